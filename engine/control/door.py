"""The engine's side of the control door: who is registered, which calls there are, reload, test calls, and watching."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import structlog

from engine.control.board import Board
from engine.control.messages import (
    Answer,
    Calls,
    Finding,
    ListCalls,
    ListPhones,
    MailboxNews,
    NotReloaded,
    Phones,
    PhonesNews,
    PlansNews,
    RefusalReason,
    Refused,
    Reload,
    Reloaded,
    Request,
    Ring,
    TestCallBegan,
    TestCallEnded,
    Watch,
    Watching,
)
from engine.control.phones import shown
from engine.control.place import bound, door_of
from engine.control.trial import NoTestCall, TestCalls
from engine.control.visit import Visit, may_come
from engine.control.watchers import Watchers
from engine.events import CallEvent, MailboxChanged

if TYPE_CHECKING:
    from engine.app import Engine

MAX_VISITS = 64
"""Connections at a time, those who watch among them."""
MAX_TOLD = 20_000
"""Addresses-of-record of which it is known what watchers were told last."""
OF_A_TURN = 200
"""Phones or calls that are looked at without a pause."""

Value = TypeVar("Value")

log = structlog.get_logger()


class Door:
    """Open while ``run`` runs. Without a door the phone system goes on all the same."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._path = door_of(engine.settings)
        self._board = Board()
        self._watchers = Watchers()
        self._visits: set[Visit] = set()
        self._tests = TestCalls(engine.around, lambda: engine.router.numbering)
        self._told: dict[str, int] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; that it cannot be is logged."""
        self._engine.bus.listen(self._note)
        self._engine.on_phones = self._phones_changed
        self._engine.on_reloaded = self._plans_changed
        try:
            listening = bound(self._path, MAX_VISITS)
            self._server = await asyncio.get_running_loop().create_unix_server(lambda: Visit(self), sock=listening)
        except OSError as problem:
            log.error("other programs cannot talk to the engine", socket=str(self._path), reason=problem.strerror)

    async def run(self) -> None:
        """Do what is asked until cancelled; then everybody is shown out."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await asyncio.Event().wait()
        finally:
            self._tasks = None
            if self._server is not None:
                self._server.close()
                self._path.unlink(missing_ok=True)
            for visit in tuple(self._visits):
                visit.transport.abort()

    # --- House ------------------------------------------------------------------------------------------------------

    def admits(self, visit: Visit) -> Refused | None:
        if not may_come(visit.user):
            return Refused(RefusalReason.NOT_THE_USER, "only the user whom Belplan runs as may do that")
        if len(self._visits) >= MAX_VISITS:
            return Refused(RefusalReason.TOO_MANY, f"{MAX_VISITS} programs are connected already")
        self._visits.add(visit)
        return None

    def gone(self, visit: Visit) -> None:
        self._visits.discard(visit)
        self._watchers.leave(visit.transport)
        if not self._watchers:
            self._told.clear()

    def take(self, request: Request, visit: Visit) -> None:
        match request:
            case ListCalls(account=account):
                self._later(lambda: self._calls(account), visit)
            case ListPhones(account=account):
                self._later(lambda: self._phones(account), visit)
            case Watch(account=account):
                visit.say(Watching())
                self._watchers.join(visit.transport, account)
            case Reload():
                self._later(self._reload, visit)
            case Ring(account=account, extension=extension):
                self._later(lambda: self._ring(account, extension, visit), visit)

    def _later(self, do: Callable[[], Awaitable[Answer]], visit: Visit) -> None:
        """Do something that takes its time; what comes of it is the answer."""

        async def done() -> None:
            try:
                visit.close(await do())
            except Exception:
                log.exception("a request at the control door failed")
                visit.close(Refused(RefusalReason.INTERNAL, "something unexpected went wrong; the log tells more"))

        if self._tasks is not None:
            self._tasks.create_task(done())

    async def _reload(self) -> Answer:
        outcome = await self._engine.reload()
        if outcome.refusal is None:
            return Reloaded(tuple(outcome.changes))
        findings = tuple(Finding(each.file, each.line, each.column, str(each)) for each in outcome.findings)
        return NotReloaded(outcome.refusal, findings)

    async def _ring(self, account: str, extension: str, visit: Visit) -> Answer:
        try:
            outcome = await self._tests.make(account, extension, lambda phones: visit.say(TestCallBegan(phones)))
        except NoTestCall as refusal:
            return Refused(refusal.reason, str(refusal))
        return TestCallEnded(outcome)

    async def _phones(self, account: str | None) -> Answer:
        found = shown(self._engine.registrar.bindings, self._engine.router.numbering, time.time())
        return Phones(tuple([each async for each in _in_turns(found) if account in (None, each.account)]))

    async def _calls(self, account: str | None) -> Answer:
        return Calls(tuple([each async for each in _in_turns(self._board.calls(account))]))

    # --- news -------------------------------------------------------------------------------------------------------

    def _note(self, event: CallEvent) -> None:
        if isinstance(event, MailboxChanged):
            if self._watchers:
                self._watchers.tell(MailboxNews(event.account, event.mailbox, event.new, event.saved))
            return
        if self._board.note(event) and self._watchers:
            self._watchers.tell(self._board.news(event))
        self._board.forget(event)

    def _phones_changed(self, aor: str) -> None:
        """Phones of an address-of-record came, went, or registered once more, which is no news."""
        if not self._watchers:
            return
        extension, _, domain = aor.partition("@")
        account = self._engine.router.numbering.by_domain(domain)
        if account is None:
            return
        now = time.time()
        phones = tuple(shown(self._engine.registrar.of(aor), self._engine.router.numbering, now))
        seen = hash(tuple((each.user_agent, each.address, each.transport, each.silent_since) for each in phones))
        if self._told.get(aor) != seen:
            if len(self._told) >= MAX_TOLD:
                self._told.clear()
            self._told[aor] = seen
            self._watchers.tell(PhonesNews(account.key, extension, phones))

    def _plans_changed(self) -> None:
        if self._watchers:
            self._watchers.tell(PlansNews())


async def _in_turns(values: Iterable[Value]) -> AsyncIterator[Value]:
    """The values; calls get their turn in between."""
    for number, value in enumerate(values, 1):
        yield value
        if number % OF_A_TURN == 0:
            await asyncio.sleep(0)
