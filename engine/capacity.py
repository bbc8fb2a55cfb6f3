"""How many calls there can be at a time, and that somebody who needs help is never one too many."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection

from engine.call.live import LiveCall
from engine.call.ways_out import EMERGENCY_FIRST
from engine.events import Side
from engine.log import Sparing

PORTS_OF_A_CALL = 4
"""RTP and RTCP, for the caller's side and the other one."""
KEPT_FOR_EMERGENCIES = 1
"""Calls for which there is room beyond those that are taken otherwise."""

log = logging.getLogger(__name__)


class Capacity:
    """For RTP ports ``first`` to ``last``."""

    def __init__(self, first: int, last: int) -> None:
        self._most = max(1, (last - first + 1) // PORTS_OF_A_CALL)
        self._turned_away = Sparing(1)

    def admits(self, calls: Collection[LiveCall], *, emergency: bool) -> bool:
        """Whether one more call can be taken beside those there are. For an emergency the youngest other call ends.

        A few that can be talked to the end are better than twice as many that lack one side's port.
        """
        if emergency:
            others = [call for call in calls if call.over is not None and not call.story.emergency]
            if len(calls) >= self._most and others and (over := others[-1].over) is not None:
                over(Side.SYSTEM, EMERGENCY_FIRST, False)
            return True
        if len(calls) < max(1, self._most - KEPT_FOR_EMERGENCIES):
            return True
        if self._turned_away.take(time.monotonic()) is not None:
            log.warning("no call can be taken: the RTP ports are in use", extra={"calls": len(calls)})
        return False
