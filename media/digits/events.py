"""Keys as telephone-events (RFC 4733): each press heard once at its first packet, and presses made packet by packet.

Theory of operation. All packets of one press bear the RTP timestamp of its beginning, so that event and timestamp tell
presses apart, not the marker, nor the sequence number, nor the end bit: each of these may be lost. The last presses are
remembered, so that packets of two keys held together, or late ones, find theirs; what is older than all of them is
late and counts for nothing. Two kinds of sender break the rule and are known by their durations: a long press goes on
in segments (section 2.5.1.3), each beginning where the one before ended; and some phones move the timestamp with each
packet. Both are the same press if the packet begins within, or touches, what the press has covered so far. After an
end only another end can be a repetition: a packet that is none is the same key pressed again.
"""

from __future__ import annotations

import struct
from collections import deque

EVENTS = "0123456789*#ABCD"
_WRAP = 1 << 32
MAX_DURATION = 0xFFFF
VOLUME = 10
"""dBm0 below zero of what we send."""
END_REPEATS = 3
FRAME_SECONDS = 0.02
TOUCHING_SECONDS = 0.03
"""How far a continued press may lie from what it continues; the pause between two presses is longer (Q.24: 40 ms)."""
SEGMENT_SLACK_SECONDS = 0.2
"""How far from MAX_DURATION a segment may end: senders stop at a whole packet, and the last ones may be lost."""
REMEMBERED = 8
"""Presses a late packet may belong to."""
LATE_SECONDS = 10.0
"""What is older than all presses remembered is late; what is older than this is of a clock that began anew."""
FORGET_SECONDS = 60.0
"""A silence after which timestamps of before say nothing any more."""


class _Press:
    """One press: where its current segment begins, up to where it was covered, and whether an end was seen."""

    __slots__ = ("begins", "ended", "event", "timestamp", "until")

    def __init__(self, event: int, timestamp: int) -> None:
        self.event = event
        self.begins = self.timestamp = self.until = timestamp
        self.ended = False

    def cover(self, timestamp: int, duration: int, ended: bool) -> None:
        until = (timestamp + duration) % _WRAP
        if _after(until, self.until) >= 0:
            self.until = until
        if _after(timestamp, self.timestamp) > 0:
            self.timestamp = timestamp
        self.ended = self.ended or ended


def _after(one: int, other: int) -> int:
    """How far ``one`` lies behind ``other`` on the clock that wraps; negative if it lies before."""
    return (one - other + _WRAP // 2) % _WRAP - _WRAP // 2


class EventReceiver:
    """The keys of one leg. ``rate`` is the clock of its events, in Hz."""

    __slots__ = ("_heard_at", "_late", "_presses", "_segment_slack", "_slack")

    def __init__(self, rate: int = 8000) -> None:
        self._slack = int(TOUCHING_SECONDS * rate)
        self._late = int(LATE_SECONDS * rate)
        self._segment_slack = int(SEGMENT_SLACK_SECONDS * rate)
        self._presses: deque[_Press] = deque(maxlen=REMEMBERED)
        self._heard_at = 0.0

    def receive(self, payload: bytes, timestamp: int, now: float) -> str | None:
        """The key, at the first packet of its press; None for everything else, malformed payloads too."""
        if len(payload) < 4:
            return None
        event, flags, duration = struct.unpack_from("!BBH", payload)
        if event >= len(EVENTS):
            return None
        ended = bool(flags & 0x80)
        if now - self._heard_at > FORGET_SECONDS:
            self._presses.clear()
        self._heard_at = now
        for press in self._presses:
            if press.event == event and self._belongs(press, timestamp, ended):
                press.cover(timestamp, duration, ended)
                return None
        if len(self._presses) == REMEMBERED:
            behind = min(_after(one.begins, timestamp) for one in self._presses)
            if 0 < behind <= self._late:
                return None
            if behind > self._late:
                self._presses.clear()
        press = _Press(event, timestamp)
        press.cover(timestamp, duration, ended)
        self._presses.appendleft(press)
        return EVENTS[event]

    def _belongs(self, press: _Press, timestamp: int, ended: bool) -> bool:
        if _after(timestamp, press.begins) < 0:
            return False
        if _after(timestamp, press.timestamp) <= 0:
            return True
        if press.ended and not ended:
            return False
        if _after(timestamp, press.until) <= self._slack:
            return True
        segment = _after(timestamp, press.timestamp)
        return not press.ended and MAX_DURATION - self._segment_slack <= segment <= MAX_DURATION + self._slack


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
