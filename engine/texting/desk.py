"""The desk that takes texts, hands them to all phones of whom they are for, and keeps those that no phone took.

A text is delivered when one phone has taken it. What waits goes out at the next registration, in order: each only when
the one before was taken. It is on the disk before its sender hears 202, and leaves it when a phone has said 200.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate

import structlog

from engine.dialplan.account import Account
from engine.numbering import Numbering
from engine.office.texts import Text, WaitingTexts
from engine.texting.recipients import Nobody, recipients
from sip.bindings import Binding
from sip.message.values import NameAddr, Uri
from sip.rim.asking import Question, Reply, ask
from sip.rim.flows import is_address
from sip.rim.messages import IncomingText
from sip.rim.user_agent import UserAgent

log = structlog.get_logger()

ANSWER_SECONDS = 5.0
"""So long a sender waits for a phone to take the text; after that they hear that it is kept."""
OTHERS_SECONDS = 2.0
"""So long the phones of one person wait for each other, so that each gets their texts in order."""
MAX_UNDER_WAY = 500
MAX_OF_SENDER = 20
"""Texts at a time that no phone has taken yet, of all senders and of one. More: 503."""
FULL = "No More Texts Can Wait There"


@dataclass(slots=True, eq=False)
class Delivery:
    """One text on its way to one person. ``taken`` is done when a phone has it, or none will."""

    text: Text
    taken: asyncio.Future[bool]


@dataclass(slots=True)
class Post:
    """What goes to one person, in order. ``again``: a phone has registered meanwhile."""

    queue: deque[Delivery] = field(default_factory=deque)
    again: bool = False


class TextDesk:
    """``lookup`` gives the phones of an address-of-record."""

    def __init__(
        self,
        agent: UserAgent,
        numbering: Callable[[], Numbering],
        lookup: Callable[[str, float], list[Binding]],
        waiting: WaitingTexts,
    ) -> None:
        self._agent = agent
        self._numbering = numbering
        self._lookup = lookup
        self._waiting = waiting
        self._posts: dict[str, Post] = {}
        self._under_way: Counter[str] = Counter()
        self._tasks: asyncio.TaskGroup | None = None
        agent.on_message = self.take

    async def run(self) -> None:
        """Deliver texts until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await asyncio.get_running_loop().create_future()

    # --- what comes in ----------------------------------------------------------------------------------------------

    def take(self, incoming: IncomingText) -> None:
        """A text of one of our people: find out whom it is for."""
        extension, _, domain = incoming.sender.rpartition("@")
        account = self._numbering().by_domain(domain)
        sender = account.person_by_extension.get(extension) if account is not None else None
        if account is None or sender is None:
            incoming.answer(403)
            return
        if self._is_elsewhere(incoming.uri, account):
            incoming.answer(404)
            return
        people = recipients(account, (incoming.uri.user or "").partition(";")[0], sender)
        if isinstance(people, Nobody):
            incoming.answer(people.value)
            return
        busy = self._under_way.total() >= MAX_UNDER_WAY or self._under_way[sender] >= MAX_OF_SENDER
        if self._tasks is None or busy:
            incoming.answer(503)
            return
        self._tasks.create_task(self._take(incoming, account, sender, people))

    async def _take(self, incoming: IncomingText, account: Account, sender: str, people: tuple[str, ...]) -> None:
        name, now = account.people[sender].name or sender, time.time()
        texts = [
            Text.of(f"{account.people[each].extension}@{account.domain}", incoming.sender, name, incoming.text, now)
            for each in people
        ]
        self._under_way[sender] += 1
        try:
            deliveries = [self._post(text) for text in texts]
            await asyncio.wait([each.taken for each in deliveries], timeout=ANSWER_SECONDS)
        finally:
            self._under_way -= Counter((sender,))
        taken = [each for each in deliveries if each.taken.done() and each.taken.result()]
        kept = [each for each in deliveries if each not in taken and self._keep(each.text)]
        incoming.answer(200 if taken else 202 if kept else 480, None if taken or kept else FULL)
        outcome = "delivered" if taken else "waits" if kept else "refused"
        size = len(incoming.text.encode())
        log.info("text", account=account.key, sender=sender, to=list(people), outcome=outcome, bytes=size)

    def _keep(self, text: Text) -> bool:
        room = self._waiting.has_room(text.recipient, text.sender)
        if room:
            self._waiting.put(text)
        return room

    def _is_elsewhere(self, uri: Uri, account: Account) -> bool:
        named = self._numbering().by_domain(uri.host)
        if named is not None:
            return named.domain != account.domain
        return len(self._numbering().accounts) > 1 and not is_address(uri.host)

    # --- what goes out ----------------------------------------------------------------------------------------------

    def phone_there(self, aor: str) -> None:
        """Somebody's phone has registered: what waits for them goes out."""
        post = self._posts.get(aor)
        if post is not None:
            post.again = True
        elif self._tasks is not None and (waiting := self._waiting.of(aor)):
            self._begin(aor, waiting)

    def tidy(self, older_than: float) -> None:
        """Forget texts sent before a moment, seconds since the epoch."""
        gone = self._waiting.forget_older(older_than)
        if gone:
            log.info("texts that nobody's phone came for are removed", count=gone)

    def _post(self, text: Text) -> Delivery:
        """Put a text behind what waits for its recipient."""
        delivery = Delivery(text, asyncio.get_running_loop().create_future())
        post = self._posts.get(text.recipient) or self._begin(text.recipient, self._waiting.of(text.recipient))
        post.queue.append(delivery)
        return delivery

    def _begin(self, aor: str, waiting: list[Text]) -> Post:
        assert self._tasks is not None
        future = asyncio.get_running_loop().create_future
        post = self._posts[aor] = Post(deque(Delivery(text, future()) for text in waiting))
        self._tasks.create_task(self._carry(aor, post))
        return post

    async def _carry(self, aor: str, post: Post) -> None:
        """Hand out one text after the other, until all are taken or one is not."""
        try:
            while post.queue:
                post.again = False
                delivery = post.queue[0]
                taken = await self._hand_out(delivery.text)
                if taken:
                    post.queue.popleft()
                    delivery.taken.set_result(True)
                    if self._waiting.remove(delivery.text):
                        log.info("text delivered", to=aor, bytes=len(delivery.text.text.encode()))
                elif not post.again:
                    break
        finally:
            del self._posts[aor]
            for delivery in post.queue:
                delivery.taken.set_result(False)

    async def _hand_out(self, text: Text) -> bool:
        """Send a text to all phones of its recipient; whether one has taken it."""
        phones = self._lookup(text.recipient, time.time())
        asked = {
            asyncio.ensure_future(ask(self._agent, self._question(text, phone), flow=phone.flow)) for phone in phones
        }
        taken = False
        left: set[asyncio.Future[Reply]] = set(asked)
        try:
            while left:
                done, left = await asyncio.wait(
                    left, timeout=OTHERS_SECONDS if taken else None, return_when=asyncio.FIRST_COMPLETED
                )
                taken = taken or any(200 <= each.result().status < 300 for each in done)
                if not done:
                    break
        finally:
            for each in left:
                each.cancel()
        return taken

    @staticmethod
    def _question(text: Text, phone: Binding) -> Question:
        return Question(
            "MESSAGE",
            phone.contact,
            from_=NameAddr(text.sender_name, Uri.parse(f"sip:{text.sender}")),
            to=NameAddr("", Uri.parse(f"sip:{text.recipient}")),
            headers=(("Date", formatdate(text.sent_at, usegmt=True)),),
            body=text.text.encode(),
            content_type="text/plain;charset=UTF-8",
            routes=phone.path,
        )
