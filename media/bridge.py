"""Bridging: a packet of one leg goes on through the other as it arrives, under the other leg's own SSRC, sequence and
timestamps (RFC 3550 section 5.1).

Gaps, order and pauses of the source stay as they were: a number is added to its sequence and timestamps, and the sum is
made anew only where the outgoing stream was fed by something else meanwhile, or the source itself started afresh.
"""

from __future__ import annotations

from media.rtp import MAX_DROPOUT, MAX_MISORDER, SAMPLE_RATE, Outgoing, sequence_step, timestamp_step

MAX_JUMP_SECONDS = 2
"""A source whose timestamps jump by more, without a pause, has started a new clock."""


class Path:
    """One direction of a bridge, from one source into an Outgoing stream of the same clock, ``scale`` times 8,000 Hz.

    ``ssrc`` and ``timestamp`` are the source's.
    """

    __slots__ = ("_first", "_jump", "_lasts", "_next", "_sequence_offset", "_timestamp_offset", "ssrc", "timestamp")

    def __init__(self, scale: int = 1) -> None:
        self._jump = MAX_JUMP_SECONDS * SAMPLE_RATE * scale
        self.ssrc: int | None = None
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._first = 0
        self._next = 0
        self._lasts = 0
        self.timestamp = 0

    def place(
        self, out: Outgoing, sequence: int, timestamp: int, ssrc: int, now: float
    ) -> tuple[int, int, bool] | None:
        """The (sequence, timestamp, new talkspurt) of a source's packet in ``out``, which is moved on to it.

        None for a packet from before this path fed the stream: it came too late to be placed.
        """
        new = False
        ahead = sequence - self._next
        if out.feeder is not self or ssrc != self.ssrc:
            new = True
        elif ahead or not 0 <= timestamp - self.timestamp < self._jump:
            ahead = sequence_step(sequence, self._next)
            if ahead >= 0:
                jump = timestamp_step(timestamp, self.timestamp)
                new = ahead >= MAX_DROPOUT or not -self._jump < jump < self._jump + self._lasts
            elif ahead < -MAX_MISORDER:
                new = True
            elif sequence_step(sequence, self._first) < 0 <= MAX_MISORDER - sequence_step(self._next, self._first):
                return None
            self._lasts = 0
        if new:
            self._begin(out, sequence, timestamp, ssrc, now)
            ahead = 0
        placed = (sequence + self._sequence_offset) & 0xFFFF
        stamped = (timestamp + self._timestamp_offset) & 0xFFFFFFFF
        if ahead >= 0:
            self._next, self.timestamp = (sequence + 1) & 0xFFFF, timestamp
            out.sequence, out.timestamp = placed, stamped
        out.sent_at = now
        return placed, stamped, new

    def cover(self, out: Outgoing, samples: int) -> None:
        """The packet just placed, a key's, lasts so long: what comes next begins behind it, not at its timestamp."""
        self._lasts = samples
        out.timestamp = (out.timestamp + samples) & 0xFFFFFFFF

    def _begin(self, out: Outgoing, sequence: int, timestamp: int, ssrc: int, now: float) -> None:
        self._sequence_offset = out.sequence + 1 - sequence
        self._timestamp_offset = out.timestamp_at(now) - timestamp
        self.ssrc, self._first = ssrc, sequence
        out.feeder = self
