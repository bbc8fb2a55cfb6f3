"""An asyncio loop whose clock does not run but jumps: hours of waiting pass in no time, and always alike."""

from __future__ import annotations

import asyncio
import math
import selectors

FINEST = 1e-10
"""Seconds. asyncio takes a timer as due within a nanosecond; where floats are coarser, time must overshoot."""


class NothingLeftToHappen(Exception):
    """Every task waits for something that no timer will ever bring about."""


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting for input, moves the clock on to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeftToHappen
        if timeout > 0:
            self.now += timeout
            if math.ulp(self.now) > FINEST:
                self.now += 4 * math.ulp(self.now)
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """``time()`` begins at 0 and jumps from timer to timer. There is no input or output on this loop."""

    def __init__(self) -> None:
        self._clock = _JumpingSelector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now
