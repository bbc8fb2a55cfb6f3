"""The other side of a live call: ring people's phones, and bridge the one that answers with the caller."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import Any, Protocol

from engine.call.forking import MAX_PHONES, MAX_RINGING, Branch, place_calls, ring_targets
from engine.call.line import Line
from engine.call.presenting import caller_shown, headers_of
from engine.call.ring_plan import UNANSWERED, RingOutcome, RingPlan, Talked, Target
from engine.call.surroundings import MEDIA_LOST, CallFacts, Surroundings
from engine.events import Bridged, CallEvent, Held, Ringing, RingingEnded, Side, Unbridged
from engine.office.office import Office
from media.commands import Sound
from media.plane import Leg, MediaUnavailable

log = logging.getLogger(__name__)


class CallersSide(Protocol):
    """The side that the caller is on, as far as the other one needs it: a LiveCall."""

    facts: CallFacts
    around: Surroundings
    office: Office

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

    async def let_hear_ringing(self, instead: Sequence[Sound] = ()) -> None: ...

    def end(self, by: Side, reason: str, *, failed: bool = False) -> None:
        """End the whole call: at the next await its flow is cancelled."""
        ...


async def ring(caller: CallersSide, plan: RingPlan) -> RingOutcome:
    """Ring as the plan says and, if somebody answers, bridge until a side hangs up (``Call.ring``)."""
    async with AsyncExitStack() as open_lines:
        phones = RingingPhones(caller, plan, open_lines)
        try:
            result = await ring_targets(plan, phones)
        finally:
            phones.quiet()
        if isinstance(result, str):
            return UNANSWERED[result]
        return await _talk(caller, await caller.open_line(), result, result.target)


class RingingPhones:
    """The phones that ring for a caller: calls those of each target in its turn, and tells what came of it."""

    def __init__(self, caller: CallersSide, plan: RingPlan, open_lines: AsyncExitStack) -> None:
        self._caller = caller
        self._plan = plan
        self._open_lines = open_lines
        self._lines: dict[str, Line] = {}
        self._mine: Line | None = None
        self._began: dict[Target, float] = {}
        self._ringing: dict[Target, int] = {}

    async def begin(self, target: Target) -> Sequence[Branch] | str:
        """Call the target's registered phones (``Ringer.begin``). Raises CannotTalk for a caller without audio."""
        caller, began = self._caller, time.monotonic()
        if target.unless_busy and caller.office.presence.busy(target.person):
            self._began[target] = began
            return "busy"
        phones = caller.around.phones.lookup(f"{target.extension}@{caller.facts.domain}", caller.now())[:MAX_PHONES]
        if not phones:
            self._began[target] = began
            return "not_registered"
        phones = phones[: MAX_RINGING - sum(self._ringing.values())]
        if not phones:
            log.warning("more than %d phones would ring", MAX_RINGING, extra={"call": caller.id})
            self._began[target] = began
            return "failed"
        first, mine = self._mine is None, await caller.open_line()
        self._mine = mine
        if first:
            await caller.check_offer()
        self._began[target], self._ringing[target] = began, len(phones)
        me, shown = caller.facts.caller, self._plan.shown
        name = shown.name_shown(me.name, me.number)
        caller.emit(lambda c, t: Ringing(c, t, target.person, target.extension, len(phones), name, shown.ring_tone))
        if first:
            await caller.let_hear_ringing(self._plan.hears)
        await self._open_lines_at({phone.flow.local[0] for phone in phones}, mine.media)
        branches = place_calls(
            caller.around.agent,
            target,
            phones,
            self._lines,
            caller_shown(me, caller.facts.domain, shown),
            headers_of(shown),
            max_forwards=caller.max_forwards,
        )
        return branches or "failed"

    async def _open_lines_at(self, addresses: set[str], near: Leg) -> None:
        """Have a line at each address that phones registered to; one where no leg can be had is left out."""
        caller = self._caller
        for address in sorted(addresses - self._lines.keys()):
            try:
                leg = await caller.around.plane.open_leg(address, near=near)
            except MediaUnavailable as problem:
                log.warning("phones at %s are not rung: %s", address, problem, extra={"call": caller.id})
                continue
            await self._open_lines.enter_async_context(aclosing(leg))
            self._lines[address] = caller.around.line_over(leg)

    def ended(self, target: Target, outcome: str) -> None:
        """Tell how it ended (``Ringer.ended``), unless the target's turn was cut off before anything happened."""
        self._ringing.pop(target, None)
        began = self._began.pop(target, None)
        if began is not None:
            seconds = time.monotonic() - began
            self._caller.emit(lambda c, t: RingingEnded(c, t, target.person, target.extension, outcome, seconds))

    def quiet(self) -> None:
        """The caller no longer hears it ring."""
        if self._mine is not None:
            self._mine.media.stop()


async def _talk(caller: CallersSide, mine: Line, branch: Branch, target: Target) -> Talked:
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


async def _bridged(caller: CallersSide, mine: Line, branch: Branch, target: Target) -> tuple[float, Side]:
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
