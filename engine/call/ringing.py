"""The other side of a live call: ring a person's phones, and bridge the one that answers with the caller."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, aclosing
from typing import Any, Protocol

from engine.call.forking import MAX_PHONES, Branch, place_calls, ring_phones
from engine.call.line import Line
from engine.call.protocol import Busy, Declined, NoAnswer, NotRegistered, RingOutcome, RingTarget, Talked
from engine.call.surroundings import MEDIA_LOST, CallFacts, Surroundings
from engine.events import Bridged, CallEvent, Held, Ringing, RingingEnded, Side, Unbridged
from media.plane import Leg, MediaUnavailable
from sip.message.values import NameAddr, Uri

log = logging.getLogger(__name__)

OUTCOMES: dict[str, Callable[[], Busy | NoAnswer | Declined | NotRegistered]] = {
    "busy": Busy,
    "no_answer": NoAnswer,
    "declined": Declined,
    "not_registered": NotRegistered,
    "failed": NoAnswer,
}


class CallersSide(Protocol):
    """The side that the caller is on, as far as the other one needs it: a LiveCall."""

    facts: CallFacts
    around: Surroundings

    @property
    def id(self) -> str: ...

    @property
    def max_forwards(self) -> int:
        """For calls on its behalf."""
        ...

    def now(self) -> float: ...

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...

    async def open_line(self) -> Line: ...

    async def answer(self) -> None: ...

    async def check_offer(self) -> None: ...

    def let_hear_ringing(self) -> None: ...

    def end(self, by: Side, reason: str, *, failed: bool = False) -> None:
        """End the whole call: at the next await its flow is cancelled."""
        ...


async def ring(caller: CallersSide, target: RingTarget, seconds: float) -> RingOutcome:
    """Ring all phones of a person and, if one answers, bridge it until a side hangs up (``Call.ring``)."""
    around = caller.around
    phones = around.phones.lookup(f"{target.extension}@{caller.facts.domain}", caller.now())[:MAX_PHONES]
    began = time.monotonic()
    if not phones:
        _ringing_ended(caller, target, "not_registered", began)
        return NotRegistered()
    mine = await caller.open_line()
    await caller.check_offer()
    caller.emit(lambda c, t: Ringing(c, t, target.person, target.extension, len(phones)))
    async with AsyncExitStack() as open_lines:
        outcome = "failed"
        try:
            caller.let_hear_ringing()
            lines = await _open_lines(open_lines, caller, {phone.flow.local[0] for phone in phones}, mine.media)
            branches = place_calls(around.agent, phones, lines, _shown(caller.facts), max_forwards=caller.max_forwards)
            result = await ring_phones(branches, seconds) if branches else "failed"
            outcome = result if isinstance(result, str) else "answered"
        finally:
            mine.media.stop()
            _ringing_ended(caller, target, outcome, began)
        if isinstance(result, str):
            return OUTCOMES[result]()
        return await _talk(caller, mine, result, target)


async def _open_lines(
    into: AsyncExitStack, caller: CallersSide, addresses: Iterable[str], near: Leg
) -> dict[str, Line]:
    """A line at each address that phones registered to; one where no leg can be had is left out."""
    lines = {}
    for address in sorted(addresses):
        try:
            leg = await into.enter_async_context(aclosing(await caller.around.plane.open_leg(address, near=near)))
        except MediaUnavailable as problem:
            log.warning("phones at %s are not rung: %s", address, problem, extra={"call": caller.id})
            continue
        lines[address] = caller.around.line_over(leg)
    return lines


def _ringing_ended(caller: CallersSide, target: RingTarget, outcome: str, began: float) -> None:
    seconds = time.monotonic() - began
    caller.emit(lambda c, t: RingingEnded(c, t, target.person, target.extension, outcome, seconds))


def _shown(facts: CallFacts) -> NameAddr:
    """What the person's phone shows: the caller's name and number, at the account's own domain."""
    return NameAddr(facts.caller.name, Uri("sip", facts.caller.number, None, facts.domain, None, (), ()), ())


async def _talk(caller: CallersSide, mine: Line, branch: Branch, target: RingTarget) -> Talked:
    branch.line.attach(branch.call)
    try:
        await caller.answer()
        seconds, by = await _bridged(caller, mine, branch, target)
        if by is Side.SYSTEM:
            # without the other side's audio there is nothing to go on with: the cancellation strikes here
            lost = branch.line.media.dead.result()
            caller.end(Side.SYSTEM, MEDIA_LOST[lost], failed=lost == "worker")
            await asyncio.sleep(0)
    finally:
        branch.call.hang_up()
    return Talked(target.person, seconds)


async def _bridged(caller: CallersSide, mine: Line, branch: Branch, target: RingTarget) -> tuple[float, Side]:
    """Let the two talk until the other side, or its audio, has gone: for how many seconds, and whose doing it was."""
    theirs, began, by = branch.line, time.monotonic(), Side.CALLER

    def held(side: Side, other: Line, on: bool) -> None:
        if on:
            other.hear_instead(caller.facts.hold_music)
        else:
            other.hear_partner()
        caller.emit(lambda c, t: Held(c, t, side, on))

    mine.media.join(theirs.media)
    caller.emit(lambda c, t: Bridged(c, t, target.person, target.extension))
    try:
        mine.on_hold = lambda on: held(Side.CALLER, theirs, on)
        theirs.on_hold = lambda on: held(Side.CALLEE, mine, on)
        mine.on_info_digit, theirs.on_info_digit = theirs.media.send_digits, mine.media.send_digits
        if mine.held:
            held(Side.CALLER, theirs, True)
        if theirs.held:
            held(Side.CALLEE, mine, True)
        either: set[asyncio.Future[Any]] = {branch.call.ended, theirs.media.dead}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        by = Side.CALLEE if branch.call.ended.done() else Side.SYSTEM
    finally:
        mine.on_hold = theirs.on_hold = mine.on_info_digit = theirs.on_info_digit = None
        mine.media.part()
        mine.hear_partner()
        mine.keys.clear()
        seconds = time.monotonic() - began
        caller.emit(lambda c, t: Unbridged(c, t, target.person, seconds, by))
    return seconds, by
