"""Messages waiting, told to phones that have not subscribed to it: a NOTIFY that nobody asked for.

Many makers' phones light their lamp by it as they are delivered, and want to be told to subscribe. A phone that refuses
it is left alone from then on, and so are all phones of somebody of whose phones one subscribes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from engine.dialplan.account import Account
from engine.events import CallEvent, MailboxChanged
from engine.numbering import Numbering
from engine.office.messages import Count
from engine.watching.message_summary import MessageSummary, Summary, code_for
from sip.bindings import Binding
from sip.message.values import NameAddr, Uri
from sip.rim.asking import Question, ask
from sip.rim.user_agent import UserAgent

NOTHING_OF_THE_KIND = frozenset({405, 481, 489, 501})
"""What phones say that do not know it."""
MAX_UNDER_WAY = 200
"""NOTIFYs that no phone has answered yet. Whom one more would have gone to hears of it at their next registration."""


class Unasked:
    """``waiting`` gives the messages of a mailbox, ``subscribes`` whether somebody's phone has asked to be told."""

    def __init__(
        self,
        agent: UserAgent,
        numbering: Callable[[], Numbering],
        lookup: Callable[[str, float], list[Binding]],
        waiting: Callable[[str, str], Count],
        subscribes: Callable[[str], bool],
    ) -> None:
        self._agent = agent
        self._numbering = numbering
        self._lookup = lookup
        self._waiting = waiting
        self._subscribes = subscribes
        self._told: dict[str, dict[Uri, Count]] = {}
        self._refused: dict[str, set[Uri]] = {}
        self._under_way: set[tuple[str, Uri]] = set()
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Tell phones until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await asyncio.get_running_loop().create_future()

    def note(self, event: CallEvent) -> None:
        """A listener of the bus."""
        if isinstance(event, MailboxChanged):
            account = next((each for each in self._numbering().accounts if each.key == event.account), None)
            if account is not None and event.mailbox in account.people:
                self._tell(account, event.mailbox)

    def phone_there(self, aor: str) -> None:
        """Somebody's phone has registered."""
        extension, _, domain = aor.rpartition("@")
        account = self._numbering().by_domain(domain)
        person = account.person_by_extension.get(extension) if account is not None else None
        if account is not None and person is not None:
            self._tell(account, person)

    def phones_gone(self, aor: str) -> None:
        """None of somebody's phones is there any more."""
        self._told.pop(aor, None)
        self._refused.pop(aor, None)

    def _tell(self, account: Account, person: str) -> None:
        """Tell all phones of somebody what they have not heard yet. One that is new is dark, and need not hear that."""
        aor = f"{account.people[person].extension}@{account.domain}"
        count = self._waiting(account.key, person)
        told = self._told.get(aor, {})
        if self._tasks is None or (not told and count == Count()) or self._subscribes(aor):
            return
        for phone in self._lookup(aor, time.time()):
            here = (aor, phone.contact)
            new = told.get(phone.contact, Count()) != count and phone.contact not in self._refused.get(aor, ())
            if new and here not in self._under_way and len(self._under_way) < MAX_UNDER_WAY:
                self._under_way.add(here)
                self._tasks.create_task(self._notify(account, person, aor, phone))

    async def _notify(self, account: Account, person: str, aor: str, phone: Binding) -> None:
        entity = f"sip:{aor}"
        count = self._waiting(account.key, person)
        address = NameAddr("", Uri.parse(entity))
        question = Question(
            "NOTIFY",
            phone.contact,
            from_=address,
            to=address,
            headers=(("Event", MessageSummary.event), ("Subscription-State", "terminated;reason=noresource")),
            body=MessageSummary().write(Summary(count, code_for(account, person)), entity, 0),
            content_type=MessageSummary.content_type,
            routes=phone.path,
        )
        try:
            reply = await ask(self._agent, question, flow=phone.flow)
        finally:
            self._under_way.discard((aor, phone.contact))
        if 200 <= reply.status < 300:
            self._told.setdefault(aor, {})[phone.contact] = count
            if self._waiting(account.key, person) != count:
                self._tell(account, person)
        elif reply.status in NOTHING_OF_THE_KIND:
            self._refused.setdefault(aor, set()).add(phone.contact)
