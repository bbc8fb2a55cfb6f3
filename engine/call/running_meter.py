"""A meter that goes on while whoever it counts for talks to nobody, or in another call than they were called in.

Conversations look after it themselves (talking.py); this is for the times between and beyond.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.call.forking import Party
from engine.call.metering import NO_MINUTES, WARNING, Telling, tell
from engine.events import Side


class RunningMeter:
    """Counts the seconds of a party until it is stopped; ``end`` ends the call when none are left."""

    def __init__(self, call: Telling, party: Party, end: Callable[[Side, str], None]) -> None:
        self._call = call
        self._party = party
        self._end = end
        self._timer: asyncio.TimerHandle | None = None
        self._wait()

    def stop(self) -> None:
        """Others look after it from now on, or nobody needs to."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        loop, meter = asyncio.get_running_loop(), self._party.meter
        left = meter.wait(loop.time()) if meter is not None else None
        self._timer = loop.call_later(left, self._step) if left is not None else None

    def _step(self) -> None:
        meter = self._party.meter
        assert meter is not None
        for notice in meter.step(asyncio.get_running_loop().time()):
            if notice == "over":
                self._end(Side.SYSTEM, NO_MINUTES)
                return
            if notice == "warn":
                self._party.line.media.begin(WARNING)
            tell(self._call, self._party.target, notice)
        self._wait()
