"""Test calls: Belplan calls somebody's phones by itself, and whoever answers hears that it works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import structlog

from engine.call.forking import MAX_PHONES, Branch, Party, RungPhone, place_calls, ring_targets
from engine.call.line import Line
from engine.call.ring_plan import RingPlan, RingTarget, Target
from engine.call.surroundings import Place, Surroundings
from engine.control.messages import RefusalReason
from engine.dialplan.account import Account
from engine.numbering import Numbering
from media.plane import MediaUnavailable
from sip.bindings import by_device
from sip.message.values import NameAddr, Uri

MAX_AT_ONCE = 5
RING_SECONDS = 30.0
CALLER = "Belplan test call"
PROMPT = "test-call"

log = structlog.get_logger()


class NoTestCall(Exception):
    """There is none; the text is a sentence."""

    def __init__(self, reason: RefusalReason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class TestCalls:
    """The test calls under way. They are no calls of the account: no record is kept, nobody counts as busy."""

    __test__ = False

    def __init__(self, around: Surroundings, numbering: Callable[[], Numbering]) -> None:
        self._around = around
        self._numbering = numbering
        self._rung: set[tuple[str, str]] = set()

    async def make(self, account_key: str, extension: str, began: Callable[[int], None]) -> str:
        """Ring all phones of an extension; ``began`` is told how many. What came of it (``TestCallEnded.outcome``).

        Raises NoTestCall.
        """
        account = next((each for each in self._numbering().accounts if each.key == account_key), None)
        person = account.person_by_extension.get(extension) if account is not None else None
        if account is None or person is None:
            raise NoTestCall(RefusalReason.UNKNOWN_PERSON, f"there is nobody with extension {extension}")
        who = (account_key, extension)
        if who in self._rung:
            raise NoTestCall(RefusalReason.RINGS_ALREADY, f"a test call rings {extension} already")
        if len(self._rung) >= MAX_AT_ONCE:
            raise NoTestCall(RefusalReason.TOO_MANY_RING, f"{MAX_AT_ONCE} test calls are under way already")
        self._rung.add(who)
        try:
            outcome = await _ring(self._around, account, person, began)
        finally:
            self._rung.discard(who)
        log.info("test call", account=account_key, person=person, outcome=outcome)
        return outcome


async def _ring(around: Surroundings, account: Account, person: str, began: Callable[[int], None]) -> str:
    extension = account.people[person].extension
    target = RingTarget(person, extension, codecs=account.codecs_of(person), encryption=account.encryption_of(person))
    async with AsyncExitStack() as open_lines:
        party = await ring_targets(RingPlan.one(target, RING_SECONDS), _Ringing(around, account, open_lines, began))
        if isinstance(party, str):
            return party
        try:
            return await _speak(party, account)
        finally:
            party.call.hang_up()


async def _speak(party: Party, account: Account) -> str:
    """Let whoever answered hear the prompt."""
    party.line.attach(party.call)
    said = party.line.media.begin(account.prompt(PROMPT))
    either: set[asyncio.Future[Any]] = {said, party.call.ended, party.line.media.dead}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    return "heard" if said.done() and said.result().finished else "answered"


class _Ringing:
    """Calls the phones of the one target (``Ringer``)."""

    def __init__(
        self, around: Surroundings, account: Account, open_lines: AsyncExitStack, began: Callable[[int], None]
    ) -> None:
        self._around = around
        self._account = account
        self._open_lines = open_lines
        self._began = began

    async def begin(self, target: Target) -> Sequence[RungPhone] | str:
        """Call its phones. Raises NoTestCall where there are none."""
        assert isinstance(target, RingTarget)
        around, domain = self._around, self._account.domain
        phones = by_device(around.phones.lookup(f"{target.extension}@{domain}", around.clock()))[:MAX_PHONES]
        if not phones:
            raise NoTestCall(RefusalReason.NOT_REGISTERED, f"no phone of {target.extension} is registered")
        lines = await self._lines({around.place(phone.flow, target.encryption) for phone, *_ in phones}, target)
        caller = NameAddr(CALLER, Uri("sip", "belplan", None, domain, None, (), ()), ())
        branches: list[Branch] = place_calls(around, target, phones, lines, caller)
        self._began(len(branches))
        return branches or "failed"

    async def _lines(self, places: set[Place], target: RingTarget) -> dict[Place, Line]:
        lines: dict[Place, Line] = {}
        for place in sorted(places):
            try:
                leg = await self._around.plane.open_leg(place.own)
            except MediaUnavailable as problem:
                log.warning("a test call cannot be heard", place=place.own, reason=str(problem))
                continue
            lines[place] = self._around.line_over(leg, place, target.codecs)
            self._open_lines.push_async_callback(lines[place].close)
        return lines

    def ended(self, target: Target, outcome: str) -> None:
        """Nobody else is told (``Ringer.ended``)."""
