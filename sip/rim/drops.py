"""What became of messages that reached nobody: all are counted; telling and logging of them is bounded."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

from sip.errors import DropReason
from sip.flow import Flow

log = logging.getLogger(__name__)

MAX_DROPS_TOLD: Final = 20
"""Calls of ``on_dropped`` within a second."""
LOGGED_EVERY: Final = 10.0
"""Seconds between two log lines."""

_HARMLESS: Final = frozenset({DropReason.KEEP_ALIVE, DropReason.EMPTY, DropReason.RETRANSMISSION})


class Drops:
    """``counts`` by reason since the start; ``on_dropped`` is told why, and over which flow it came."""

    def __init__(self) -> None:
        self.counts: Counter[DropReason] = Counter()
        self.on_dropped: Callable[[DropReason, Flow], None] | None = None
        self._told = (0, 0)
        self._logged_at = -LOGGED_EVERY

    def note(self, reason: DropReason, flow: Flow, now: float) -> None:
        """One more. Never raises."""
        self.counts[reason] += 1
        if reason not in _HARMLESS and now - self._logged_at > LOGGED_EVERY:
            self._logged_at = now
            counts = {why.value: count for why, count in self.counts.items()}
            log.info("dropped a message: %s", reason.value, extra={"source": flow.remote[0], "dropped": counts})
        second, told = self._told
        told = told + 1 if second == int(now) else 1
        self._told = (int(now), told)
        if self.on_dropped is None or told > MAX_DROPS_TOLD:
            return
        try:
            self.on_dropped(reason, flow)
        except Exception:
            log.exception("a listener to dropped messages failed")
