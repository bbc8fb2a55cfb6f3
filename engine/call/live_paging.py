"""The phones of a live page: each is a leg in one room of the media worker, where all but the caller are muted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

from engine.call.callers_side import CallersSide
from engine.call.forking import MAX_PHONES, MAX_RINGING, Branch, place_calls
from engine.call.line import Line
from engine.call.paging import ANSWER_SECONDS, PagePlan
from engine.call.presenting import AUTO_ANSWER, caller_shown
from engine.call.ring_plan import RingTarget
from engine.call.seating import LineSeat, seat_of
from media.commands import Sound
from media.conference import Seat
from media.plane import MediaUnavailable
from sip.bindings import Binding, by_device
from sip.rim.calls import Ended

log = logging.getLogger(__name__)

MAX_PAGED = MAX_RINGING
"""Phones that one call speaks to at a time."""


class LiveListeners:
    """Those that answered, with their seats; ``here`` is the caller's."""

    def __init__(self, branches: Sequence[Branch], here: LineSeat | None = None, seats: Sequence[Seat] = ()) -> None:
        self.phones = len(branches)
        self.people = tuple(dict.fromkeys(branch.target.person for branch in branches))
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._here = here
        self._seats = seats
        self._left = len(branches)
        for branch in branches:
            branch.call.ended.add_done_callback(self._leave)

    def _leave(self, _: asyncio.Future[Ended]) -> None:
        self._left -= 1
        if not self._left and not self.gone.done():
            self.gone.set_result(None)

    def hear(self, sounds: Sequence[Sound]) -> None:
        if self._here is not None:
            self._here.say(sounds)
        for seat in self._seats:
            seat.say(sounds)


class LivePaging:
    """``Paging`` for a LiveCall."""

    def __init__(self, caller: CallersSide) -> None:
        self._caller = caller

    @asynccontextmanager
    async def reached(self, plan: PagePlan) -> AsyncIterator[LiveListeners]:
        async with AsyncExitStack() as legs:
            branches: list[Branch] = []
            try:
                await self._call(plan, legs, branches)
                if branches:
                    await asyncio.wait([branch.outcome for branch in branches], timeout=ANSWER_SECONDS)
                listening = [branch for branch in branches if branch.outcome.done() and branch.agrees()]
                for branch in branches:
                    if branch not in listening:
                        branch.call.hang_up()
                if not listening:
                    yield LiveListeners(())
                    return
                async with self._room(listening) as listeners:
                    yield listeners
            finally:
                for branch in branches:
                    branch.call.hang_up()

    async def _call(self, plan: PagePlan, legs: AsyncExitStack, branches: list[Branch]) -> None:
        """Call each phone on a leg of its own; the calls go into ``branches``."""
        caller, mine = self._caller, await self._caller.open_line()
        phones = [(target, phone) for target in plan.targets for phone in self._phones_of(target)]
        if len(phones) > MAX_PAGED:
            log.warning("%d phones are not paged: more than %d", len(phones) - MAX_PAGED, MAX_PAGED,
                        extra={"call": caller.id})  # fmt: skip
        for target, phone in phones[:MAX_PAGED]:
            place = caller.around.place(phone[0].flow, target.encryption)
            try:
                leg = await legs.enter_async_context(
                    aclosing(await caller.around.plane.open_leg(place.own, near=mine.media))
                )
            except MediaUnavailable as problem:
                log.warning("a phone of %s is not paged: %s", target.person, problem, extra={"call": caller.id})
                continue
            branches += place_calls(
                caller.around,
                target,
                [phone],
                {place: caller.around.line_over(leg, place)},
                caller_shown(caller.facts.caller, caller.facts.domain, plan.shown),
                AUTO_ANSWER,
                max_forwards=caller.max_forwards,
            )

    def _phones_of(self, target: RingTarget) -> list[tuple[Binding, ...]]:
        caller = self._caller
        if target.unless_busy and caller.office.presence.busy(target.person):
            return []
        phones = caller.around.phones.lookup(f"{target.extension}@{caller.facts.domain}", caller.now())
        return by_device(phones)[:MAX_PHONES]

    @asynccontextmanager
    async def _room(self, listening: Sequence[Branch]) -> AsyncIterator[LiveListeners]:
        """Let them hear the caller, and nobody else."""
        caller, mine = self._caller, await self._caller.open_line()
        rooms, name = caller.around.plane.conferences, f"page of {caller.id}"
        async with AsyncExitStack() as seated:
            here = await seated.enter_async_context(seat_of(mine, rooms, name, lambda _: None))
            seats = [await _sit(seated, branch.line, caller, name) for branch in listening]
            for branch in listening:
                branch.line.attach(branch.call)
            yield LiveListeners(listening, here, seats)


async def _sit(seated: AsyncExitStack, line: Line, caller: CallersSide, name: str) -> Seat:
    assert line.codec is not None
    rooms = caller.around.plane.conferences
    seat = await seated.enter_async_context(rooms.seat(line.media, line.codec.name, name))
    seat.mute(True)
    return seat
