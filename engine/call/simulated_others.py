"""What goes on beside a simulated call: other calls that it may take over, and people who take it over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from engine.call.ring_plan import RingTarget
from engine.call.script import OtherCall, PickUp
from engine.call.simulated_ringing import SimulatedParty
from engine.call.taking_over import SimulatedTaker
from engine.events import CallEnded, CallEvent, CallParked, Ringing, Side, Verdict
from engine.office.office import Office
from engine.office.waiting import LetterBox


class _Box:
    """The letter box of another call: whoever takes it talks as long as the script says."""

    def __init__(self, other: OtherCall) -> None:
        self._other = other
        self.taker: SimulatedTaker | None = None

    def take(self, taker: SimulatedTaker) -> bool:
        if self.taker is not None:
            return False
        self.taker = taker
        asyncio.get_running_loop().call_later(self._other.talks, taker.let_go)
        return True

    def changed(self) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()


@contextmanager
def waiting(others: Sequence[OtherCall], office: Office, at: float = 0.0) -> Iterator[None]:
    """Have these calls in the office; at the end all of them are over. ``at`` is the time of day."""
    ids = [f"other-{number}" for number, _ in enumerate(others, 1)]
    for call, other in zip(ids, others, strict=True):
        for event in _beginning(call, other, at):
            office.note(event)
        office.waiting.offer(call, other.caller, _Box(other))
    try:
        yield
    finally:
        for call in ids:
            office.note(CallEnded(call, at, Verdict.SERVED, Side.CALLER, "", 0.0))


def _beginning(call: str, other: OtherCall, at: float) -> Iterator[CallEvent]:
    for person in other.rings:
        yield Ringing(call, at, person, "", 1)
    if other.slot:
        yield CallParked(call, at, other.slot, None)


@contextmanager
def picked_up(pick_ups: Sequence[PickUp], box: LetterBox) -> Iterator[None]:
    """Let these people take a call that waits, counted from now on."""
    loop = asyncio.get_running_loop() if pick_ups else None
    timers = [
        loop.call_later(one.after, box.take, SimulatedParty(one.phone, RingTarget(one.person, one.extension)))
        for one in pick_ups
        if loop is not None
    ]
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
