"""When each phase of legs is due: the 20 ms frame is cut into four phases, so that no burst of packets leaves at once.

A loop that comes late finds each phase due once, with the number of frames that went by: it sends one packet per leg
with the timestamp moved on, never several at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from media.rtp import FRAME_SECONDS

PHASES = 4
PHASE_SECONDS = FRAME_SECONDS / PHASES
LATENESS_BINS = 200
"""Lateness is counted in bins of a millisecond; what is later than the last bin counts there."""


class Schedule:
    """Tick n belongs to phase n mod 4 and is due at ``start`` + n * 5 ms (monotonic seconds)."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._tick = 0
        self._bins = [0] * LATENESS_BINS
        self.skipped_frames = 0

    @property
    def next_at(self) -> float:
        return self._start + self._tick * PHASE_SECONDS

    def due(self, now: float) -> Iterator[tuple[int, int]]:
        """The phases due at ``now`` in their order, each with the frames to move on by: 1, or more after a stall."""
        behind = int((now - self.next_at) / PHASE_SECONDS)
        if now < self.next_at:
            return
        self._bins[min(int((now - self.next_at) * 1000), LATENESS_BINS - 1)] += 1
        ticks = behind + 1
        for offset in range(max(0, ticks - PHASES), ticks):
            frames = 1 + offset // PHASES
            self.skipped_frames += frames - 1
            yield (self._tick + offset) % PHASES, frames
        self._tick += ticks

    def late_p99(self) -> float:
        """The lateness in seconds that 99 of 100 wake-ups since the last call stayed under; counts anew."""
        total, seen = sum(self._bins), 0
        try:
            for millisecond in range(LATENESS_BINS - 1, -1, -1):
                seen += self._bins[millisecond]
                if seen * 100 > total:
                    return (millisecond + 1) / 1000
            return 0.0
        finally:
            self._bins = [0] * LATENESS_BINS
