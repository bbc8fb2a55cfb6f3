"""One timer for many deadlines: it rings for the next one, a little late, so that those close together ring once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

TIMER_GRAIN: Final = 0.01
"""Seconds by which a timer may be late: so many deadlines fall together that one wake serves a batch."""

_NEVER: Final = float("inf")


class Alarm:
    """``ring`` is called once after each deadline that was ``set``, unless an earlier one has rung meanwhile."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = _NEVER

    def set(self, deadline: float | None) -> None:
        """The next deadline, in the loop's time."""
        if deadline is None or (self._timer is not None and self._rings_at <= deadline + TIMER_GRAIN):
            return
        self.cancel()
        self._rings_at = max(deadline, self._loop.time()) + TIMER_GRAIN
        self._timer = self._loop.call_at(self._rings_at, self._fire)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer, self._rings_at = None, _NEVER
        self._ring()
