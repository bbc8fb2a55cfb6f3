"""An asyncio loop whose clock does not run but jumps: hours of waiting pass in no time, and always alike."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable

FINEST = 1e-10
"""Seconds. asyncio takes a timer as due within a nanosecond; where floats are coarser, time must overshoot."""


class NothingLeftToHappen(Exception):
    """Every task waits for something that no timer will ever bring about."""


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting for input, moves the clock on to the next timer, or as far as ``on_jump`` lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.on_jump: Callable[[float], float] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeftToHappen
        if timeout > 0:
            self.now += timeout if self.on_jump is None else self.on_jump(timeout)
            if math.ulp(self.now) > FINEST:
                self.now += 4 * math.ulp(self.now)
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """``time()`` begins at 0 and jumps from timer to timer. There is no input or output on this loop.

    ``on_jump`` is asked when nothing is left to do at the present time: given the seconds to the next timer, it says
    how many of them may pass. In the meantime it may bring something about with ``call_soon``.
    """

    def __init__(self, on_jump: Callable[[float], float] | None = None) -> None:
        self._clock = _JumpingSelector()
        self._clock.on_jump = on_jump
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now
