"""A parked call, from the slot it is in to whoever talks to the caller: the same code for live and simulated calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from engine.call.hearing import Ear
from engine.call.in_call import InCall, Talking
from engine.call.ring_news import RingNews
from engine.call.ring_plan import NoAnswer, Parked, RingOutcome, RingPlan, Talked, Transferred
from media.commands import Sound


@dataclass(frozen=True, slots=True)
class ParkPlan:
    """How long a caller who is in a slot stays there: ``rounds`` of so many ``seconds``.

    After each, ``rings_back`` is rung, if there is such a plan, while the caller goes on hearing what they hear: the
    ``music``, or without any what they heard before.
    """

    seconds: float
    rounds: int
    rings_back: RingPlan | None = None
    music: tuple[Sound, ...] = ()
    in_call: InCall | None = None


class ParkedSide(Talking, Protocol):
    """The call of the caller who is parked."""

    async def ring(self, plan: RingPlan) -> RingOutcome: ...


async def stay_parked(
    call: ParkedSide, ear: Ear, plan: ParkPlan, talk: Callable[[Any], Awaitable[RingOutcome]]
) -> RingOutcome:
    """Wait in the slot until somebody talks to the caller, by ``talk`` or rung back, and has done so; else NoAnswer."""
    outcome: RingOutcome = NoAnswer()
    if plan.music:
        ear.begin(plan.music, loop=True)
    try:
        for _ in range(plan.rounds):
            outcome = await _round(call, ear, plan, talk)
            if isinstance(outcome, Talked | Parked | Transferred):
                break
        else:
            outcome = NoAnswer()
        return outcome
    finally:
        if not isinstance(outcome, Parked):
            ear.stop()
            call.office.slots.leave(call.id)


async def _round(
    call: ParkedSide, ear: Ear, plan: ParkPlan, talk: Callable[[Any], Awaitable[RingOutcome]]
) -> RingOutcome:
    taker = await _taken(call, plan.seconds)
    if taker is not None:
        ear.stop()
        return await talk(taker)
    return await call.ring(plan.rings_back) if plan.rings_back is not None else NoAnswer()


async def _taken(call: ParkedSide, seconds: float) -> Any:
    """Whoever takes the call within so many seconds; None if nobody does."""
    waiting = call.office.waiting.of(call.id)
    box = waiting.box if waiting is not None else RingNews[object]()
    with call.offered(box):
        await asyncio.wait((box.changed(),), timeout=seconds)
        return box.taker
