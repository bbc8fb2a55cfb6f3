"""A call that takes over another one, which rings elsewhere or is parked: the same code for live and simulated calls.

The other call's flow bridges the two; this call's waits until that is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from engine.events import CallEvent, CallPickedUp, PickUpEnded, Side
from engine.office.waiting import WaitingCall

_SEEN_FROM_HERE = {Side.CALLER: Side.CALLEE, Side.CALLEE: Side.CALLER, Side.SYSTEM: Side.SYSTEM}


class Taking(Protocol):
    """The call that takes over."""

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...


class Taker(Protocol):
    """What is left in the letter box. ``over`` tells who ended the conversation, as the other call sees it."""

    @property
    def over(self) -> asyncio.Future[Side] | None: ...


@dataclass(frozen=True, slots=True)
class SimulatedTaker:
    """A simulated caller who takes a call over."""

    over: asyncio.Future[Side]

    def let_go(self, by: Side = Side.CALLER) -> None:
        if not self.over.done():
            self.over.set_result(by)


async def take_over(call: Taking, waiting: WaitingCall, taker: Taker, slot: str) -> bool:
    """Take a call that waits, in a ``slot`` if it is parked, and talk until that is over. False if it came too late."""
    loop, by, over = asyncio.get_running_loop(), Side.CALLER, taker.over
    if over is None or not waiting.box.take(taker):
        return False
    began = loop.time()
    call.emit(lambda c, t: CallPickedUp(c, t, waiting.caller, slot))
    try:
        by = _SEEN_FROM_HERE[await over]
    finally:
        seconds = loop.time() - began
        call.emit(lambda c, t: PickUpEnded(c, t, waiting.caller, seconds, by))
    return True
