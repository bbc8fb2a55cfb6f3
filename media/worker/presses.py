"""Keys pressed towards a leg's peer, a frame of 20 ms at a time: as RFC 4733 events, or as their tones in the audio."""

from __future__ import annotations

from collections import deque

import numpy as np

from media.codecs.coder import Coder, Samples
from media.codecs.registry import codec_named
from media.digits.events import EventSender
from media.digits.tones import dual_tone
from media.rtp import SAMPLE_RATE

KEYS = frozenset("0123456789*#ABCD")
MAX_WAITING = 64
"""Keys that may wait to be pressed; more are left out."""
MIN_SECONDS, MAX_SECONDS = 0.04, 5.0
PAUSE_SECONDS = 0.08
"""Between two keys (ITU-T Q.24 asks for 65 ms)."""

_PAUSE = np.zeros(round(PAUSE_SECONDS * SAMPLE_RATE), np.int16)


class Waiting:
    """The keys still to be pressed, each with its length in seconds."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: deque[tuple[str, float]] = deque()

    def add(self, digits: str, seconds: float) -> None:
        """Press these behind those that wait; what is no key is passed over."""
        length = min(max(seconds, MIN_SECONDS), MAX_SECONDS)
        for digit in digits.upper():
            if digit in KEYS and len(self._keys) < MAX_WAITING:
                self._keys.append((digit, length))

    def next(self) -> tuple[str, float] | None:
        return self._keys.popleft() if self._keys else None


class EventPresses(Waiting):
    """Keys as telephone-events. ``step`` is asked once a frame."""

    __slots__ = ("_pause", "_rate", "_sender", "over")

    def __init__(self, rate: int) -> None:
        super().__init__()
        self._rate = rate
        self._sender: EventSender | None = None
        self._pause = 0
        self.over = False

    def step(self) -> tuple[bytes, bool] | None:
        """The event payload of this frame and whether it is a key's first; None in the pause between keys.

        None at the end too: then ``over`` is set.
        """
        if self._pause:
            self._pause -= 1
            return None
        first = self._sender is None
        if self._sender is None:
            key = self.next()
            if key is None:
                self.over = True
                return None
            self._sender = EventSender(*key, self._rate)
        payload = self._sender.next()
        if payload is not None:
            return payload, first
        self._sender = None
        self._pause = round(PAUSE_SECONDS / 0.02) - 1
        return None


class TonePresses(Waiting):
    """Keys as tones in the leg's codec; a ``source`` like a Playback."""

    __slots__ = ("_coder", "_sound")

    def __init__(self, codec: str) -> None:
        super().__init__()
        self._coder: Coder = codec_named(codec).coder(SAMPLE_RATE)
        self._sound: Samples = np.zeros(0, np.int16)

    def speak(self, codec: str) -> None:
        """Press what waits in another codec."""
        self._coder = codec_named(codec).coder(SAMPLE_RATE)

    def frame(self, samples: int) -> bytes | None:
        """The next samples, None when all keys are pressed."""
        while len(self._sound) < samples:
            key = self.next()
            if key is None:
                break
            self._sound = np.concatenate([self._sound, dual_tone(*key), _PAUSE])
        frame, self._sound = self._sound[:samples], self._sound[samples:]
        if not len(frame):
            return None
        return self._coder.encode(np.concatenate([frame, np.zeros(samples - len(frame), np.int16)]))
