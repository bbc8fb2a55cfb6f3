"""Keys as telephone-events (RFC 4733): each press heard once at its first packet, and presses made packet by packet.

Theory of operation. All packets of one press bear the RTP timestamp of its beginning, so that the timestamp tells
presses apart, not the marker, nor the sequence number, nor the end bit: each of these may be lost. What is older than
the newest press, or equals it, is a repetition. Two kinds of sender break the rule and are known by their durations: a
long press goes on in segments (section 2.5.1.3), each beginning where the one before ended; and some phones move the
timestamp with each packet. Both are the same press if no end has been seen and the new packet touches what the press
has covered so far.
"""

from __future__ import annotations

import struct

EVENTS = "0123456789*#ABCD"
_WRAP = 1 << 32
MAX_DURATION = 0xFFFF
VOLUME = 10
"""dBm0 below zero of what we send."""
END_REPEATS = 3
FRAME_SECONDS = 0.02
TOUCHING_SECONDS = 0.03
"""How far a continued press may lie from what it continues; the pause between two presses is longer (Q.24: 40 ms)."""


class EventReceiver:
    """The keys of one leg. ``rate`` is the clock of its events, in Hz."""

    __slots__ = ("_covered_until", "_ended", "_event", "_slack", "_timestamp")

    def __init__(self, rate: int = 8000) -> None:
        self._slack = int(TOUCHING_SECONDS * rate)
        self._timestamp: int | None = None
        self._covered_until = 0
        self._event = -1
        self._ended = True

    def receive(self, payload: bytes, timestamp: int, sequence: int, now: float) -> str | None:  # noqa: ARG002
        """The key, at the first packet of its press; None for everything else, malformed payloads too."""
        if len(payload) < 4:
            return None
        event, flags, duration = struct.unpack_from("!BBH", payload)
        if event >= len(EVENTS):
            return None
        ended = bool(flags & 0x80)
        if self._timestamp is not None:
            ahead = (timestamp - self._timestamp) % _WRAP
            if ahead == 0 and event == self._event:
                self._note(timestamp, duration, ended)
                return None
            if ahead >= _WRAP // 2:
                return None
            if event == self._event and not self._ended and self._touches(timestamp):
                self._timestamp = timestamp
                self._note(timestamp, duration, ended)
                return None
        self._timestamp, self._event, self._ended = timestamp, event, False
        self._covered_until = timestamp
        self._note(timestamp, duration, ended)
        return EVENTS[event]

    def _note(self, timestamp: int, duration: int, ended: bool) -> None:
        until = (timestamp + duration) % _WRAP
        if (until - self._covered_until) % _WRAP < _WRAP // 2:
            self._covered_until = until
        self._ended = self._ended or ended

    def _touches(self, timestamp: int) -> bool:
        gap = (timestamp - self._covered_until) % _WRAP
        return gap <= self._slack or gap >= _WRAP // 2


class EventSender:
    """One press of ``seconds``, a payload for each 20 ms; the end is sent three times (section 2.5.1.4)."""

    __slots__ = ("_duration", "_ends", "_event", "_length", "_step")

    def __init__(self, digit: str, seconds: float, rate: int = 8000) -> None:
        self._event = EVENTS.index(digit)
        self._step = int(rate * FRAME_SECONDS)
        self._length = min(int(seconds * rate), MAX_DURATION)
        self._duration = 0
        self._ends = 0

    def next(self) -> bytes | None:
        """The payload of the next frame, None after the last."""
        if self._ends >= END_REPEATS:
            return None
        self._duration = min(self._duration + self._step, self._length)
        ending = self._duration >= self._length
        if ending:
            self._ends += 1
        return struct.pack("!BBH", self._event, (0x80 if ending else 0) | VOLUME, self._duration)
