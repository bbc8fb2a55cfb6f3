"""The other side of a live call: ring people's phones until one of them answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from engine.call.callers_side import CallersSide
from engine.call.early_media import EarlyMedia
from engine.call.forking import MAX_PHONES, MAX_RINGING, Party, RungPhone, place_calls, ring_targets
from engine.call.line import Line
from engine.call.outside import OutsidePhone
from engine.call.presenting import asserted_headers, caller_shown, diversion_headers, headers_of
from engine.call.ring_news import RingNews
from engine.call.ring_plan import UNANSWERED, OutsideTarget, RingOutcome, RingPlan, Target
from engine.call.seat import Seat
from engine.call.surroundings import Place
from engine.call.talking import talked
from engine.events import Ringing, RingingEnded, Side
from media.plane import Leg, MediaUnavailable
from sip.bindings import by_device
from sip.message.values import Uri
from sip.rim.calls import OutgoingCall
from sip.sdp.answer import Codec

log = logging.getLogger(__name__)


async def ring(caller: CallersSide, plan: RingPlan) -> RingOutcome:
    """Ring as the plan says and, if somebody answers, bridge until a side hangs up (``Call.ring``)."""
    async with reached(caller, plan) as party:
        if isinstance(party, str):
            return UNANSWERED[party]
        return await talked(caller, party, plan.in_call)


@asynccontextmanager
async def reached(
    caller: CallersSide, plan: RingPlan, news: RingNews[Party] | None = None
) -> AsyncIterator[Party | str]:
    """Ring as the plan says. Whoever answers is there to be talked to inside the block; else how it ended (UNANSWERED).

    ``news`` lets targets join the ringing; with or without it somebody may take the call while it rings.
    """
    news = RingNews[Party]() if news is None else news
    async with AsyncExitStack() as open_lines:
        phones = RingingPhones(caller, plan, open_lines)
        try:
            with caller.offered(news):
                result = await ring_targets(plan, phones, news)
        except BaseException:
            phones.quiet()
            raise
        if news.taker is not None and news.taker is not result:
            news.taker.let_go()
        phones.quiet(answered=not isinstance(result, str))
        yield result


class RingingPhones:
    """The phones that ring for a caller: calls those of each target in its turn, and tells what came of it."""

    def __init__(self, caller: CallersSide, plan: RingPlan, open_lines: AsyncExitStack) -> None:
        self._caller = caller
        self._plan = plan
        self._open_lines = open_lines
        self._lines: dict[tuple[str, ...], dict[Place, Line]] = {}
        self._speaks: Sequence[Codec] = ()
        self._mine: Line | None = None
        self._began: dict[Target, float] = {}
        self._ringing: dict[Target, int] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._early = EarlyMedia(caller, wanted=not (plan.unheard or plan.hears))

    async def begin(self, target: Target) -> Sequence[RungPhone] | str:
        """Call the target's registered phones (``Ringer.begin``). Raises CannotTalk for a caller without audio."""
        if isinstance(target, OutsideTarget):
            return await self._begin_outside(target)
        caller, began = self._caller, time.monotonic()
        if target.undisturbed or (target.unless_busy and caller.office.presence.busy(target.person)):
            self._began[target] = began
            return "busy"
        around = caller.around
        phones = by_device(around.phones.lookup(f"{target.extension}@{caller.facts.domain}", caller.now()))[:MAX_PHONES]
        if not phones:
            self._began[target] = began
            return "not_registered"
        phones = phones[: MAX_RINGING - sum(self._ringing.values())]
        if not phones:
            log.warning("more than %d phones would ring", MAX_RINGING, extra={"call": caller.id})
            self._began[target] = began
            return "failed"
        mine = await self._rings(target, len(phones), began)
        me, shown = caller.facts.caller, self._plan.shown
        places = {around.place(phone.flow, target.encryption) for phone, *_ in phones}
        lines = await self._open_lines_at(places, mine.media, target.codecs)
        diversions = (*target.diversions, *caller.facts.diversions)
        rung = Uri("sip", target.extension, None, caller.facts.domain)
        named = caller_shown(me, caller.facts.domain, shown)
        branches = place_calls(
            around,
            target,
            phones,
            lines,
            named,
            (
                *asserted_headers(me, named),
                *headers_of(shown),
                *diversion_headers(diversions, caller.facts.domain, rung=rung),
                *caller.referred_by,
            ),
            max_forwards=caller.max_forwards,
        )
        for branch in branches:
            branch.call.owner = Seat(caller, branch.call, Side.CALLEE, target.person)
            branch.call.on_progress = partial(self._progress, branch.call, branch.line)
        return branches or "failed"

    def _progress(self, call: OutgoingCall, line: Line, _status: int, sdp: bytes | None) -> None:
        self._early.progress(call, line, sdp)

    async def _begin_outside(self, target: OutsideTarget) -> Sequence[RungPhone] | str:
        caller, began = self._caller, time.monotonic()
        ways_out, account = caller.around.ways_out, caller.facts.account
        if target.emergency:
            trunks = ways_out.to_emergency(account, target.number)
        else:
            trunks = ways_out.to(account, target.number) if caller.max_forwards else ()
        give_back = self._take(target) if trunks else None
        if give_back is None:
            self._began[target] = began
            return "unreachable"
        try:
            mine = await self._rings(target, 1, began)
            if self._tasks is None:
                self._tasks = await self._open_lines.enter_async_context(asyncio.TaskGroup())
        except BaseException:
            give_back()
            raise
        phone = OutsidePhone(caller, target, trunks, mine.media, self._open_lines, self._early, self._speaks)
        phone.begin(self._tasks, give_back)
        return [phone]

    def _take(self, target: OutsideTarget) -> Callable[[], None] | None:
        """One more call to the outside; what is to be called at its end. None if there can be none."""
        caller, bill = self._caller, target.bill
        of_account = caller.office.outside.begin(bill)
        if of_account is None:
            return None
        of_all = caller.around.ways_out.take(caller.facts.account, emergency=bill.emergency)
        if of_all is None:
            of_account()
            return None

        def give_back() -> None:
            of_account()
            of_all()

        return give_back

    async def _rings(self, target: Target, phones: int, began: float) -> Line:
        """Tell that a target rings and let the caller hear so; the caller's line. Raises CannotTalk."""
        caller, plan = self._caller, self._plan
        first, mine = self._mine is None, await caller.open_line()
        self._mine = mine
        if first:
            self._speaks = await caller.check_offer()
        self._began[target], self._ringing[target] = began, phones
        self._early.begin(mine, sum(self._ringing.values()))
        name = plan.shown.name_shown(caller.facts.caller.name, caller.facts.caller.number)
        tone = plan.shown.ring_tone
        caller.emit(lambda c, t: Ringing(c, t, target.person, target.extension, phones, name, tone))
        if first and not plan.unheard:
            await caller.let_hear_ringing(plan.hears)
        return mine

    async def _open_lines_at(self, places: set[Place], near: Leg, codecs: tuple[str, ...]) -> Mapping[Place, Line]:
        """The lines that offer these codecs, at each place that phones registered to and a leg can be had at."""
        caller, lines = self._caller, self._lines.setdefault(codecs, {})
        for place in sorted(places - lines.keys()):
            try:
                leg = await caller.around.plane.open_leg(place.own, near=near)
            except MediaUnavailable as problem:
                log.warning("phones at %s are not rung: %s", place.own, problem, extra={"call": caller.id})
                continue
            line = lines[place] = caller.around.line_over(leg, place, codecs, self._speaks)
            self._open_lines.push_async_callback(line.close)
        return lines

    def ended(self, target: Target, outcome: str) -> None:
        """Tell how it ended (``Ringer.ended``), unless the target's turn was cut off before anything happened."""
        if (
            self._ringing.pop(target, None) is not None
            and not self._ringing
            and outcome not in ("answered", "elsewhere")
        ):
            self._early.stop()
        began = self._began.pop(target, None)
        if began is not None:
            seconds = time.monotonic() - began
            self._caller.emit(lambda c, t: RingingEnded(c, t, target.person, target.extension, outcome, seconds))

    def quiet(self, *, answered: bool = False) -> None:
        """The caller no longer hears it ring, nor what they heard instead once somebody has ``answered``."""
        self._early.part()
        if self._mine is not None and (answered or not self._plan.unheard):
            self._mine.media.stop()
