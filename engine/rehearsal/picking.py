"""People who take over a call that is rehearsed over the wire: each calls in from a phone of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from engine.call.live import LiveCall
from engine.call.script import PickUp
from engine.office.presence import Presence
from engine.office.waiting import LetterBox, Waiting


class PickedUp(Waiting):
    """The calls that can be taken over; ``pick_up`` is called for each who does, whenever a call has waited so long."""

    def __init__(self, presence: Presence, pick_ups: Sequence[PickUp], pick_up: Callable[[PickUp], None]) -> None:
        super().__init__(presence)
        self._pick_ups = pick_ups
        self._pick_up = pick_up

    @contextmanager
    def offered(self, call: str, caller: str, box: LetterBox) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        timers = [loop.call_later(one.after, self._pick_up, one) for one in self._pick_ups]
        try:
            with super().offered(call, caller, box):
                yield
        finally:
            for timer in timers:
                timer.cancel()


async def take_over(call: LiveCall, waits: str) -> None:
    """The flow of whoever takes over the call with the id ``waits``, if it still waits."""
    await call.answer()
    waiting = call.office.waiting.of(waits)
    if waiting is not None:
        await call.take_over(waiting)
