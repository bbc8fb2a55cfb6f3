"""Digits heard in the audio of legs whose phones send no telephone-events: all such legs together, every 10 ms.

A leg's frame waits at most 10 ms for the others; listening with each phase would cost twice as much and be no sooner.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from media.codecs.conversion import Converter
from media.codecs.registry import PCMU
from media.digits.tones import ToneDetector
from media.rtp import FRAME_SAMPLES, timestamp_step
from media.worker.legs import Leg

MAX_ROWS = 2048
"""Legs of a worker that can be listened to at once."""
MAX_ROUNDS = 3
"""Frames of one leg heard in one go: a peer that sends in bursts."""
MAX_WAITING_BYTES = 8 * FRAME_SAMPLES
"""Audio of a leg that waits to be listened to; beyond it the oldest is left out."""
LONGEST_PAUSE = 4 * FRAME_SAMPLES
"""Samples of silence that tell two presses apart, with some to spare (Q.24: 40 ms)."""


class Inband:
    """The audio of one leg that waits to be listened to, as mu-law."""

    __slots__ = ("_converter", "_next", "audio", "row")

    def __init__(self, row: int) -> None:
        self.row = row
        self.audio = bytearray()
        self._next: tuple[int, int] | None = None
        self._converter = Converter(PCMU.name)

    def hear(self, audio: bytes, codec: str, sequence: int, timestamp: int) -> None:
        """Take a packet's payload; ``timestamp`` in samples.

        A pause in which the phone sent nothing (and nothing was lost) is silence.
        """
        if self._next is not None and sequence == self._next[0]:
            pause = timestamp_step(timestamp, self._next[1])
            self.audio += PCMU.silence * min(max(pause, 0), LONGEST_PAUSE)
        heard = self._converter.convert(codec, audio)
        self._next = (sequence + 1) & 0xFFFF, (timestamp + len(heard)) & 0xFFFFFFFF
        self.audio += heard
        if len(self.audio) > MAX_WAITING_BYTES:
            del self.audio[:-MAX_WAITING_BYTES]


class Ears:
    """Listens to the legs that were given to ``attend``; ``tell`` is called with (leg, digit, "inband", now)."""

    def __init__(self, tell: Callable[[Leg, str, str, float], None]) -> None:
        self._tell = tell
        self._detector: ToneDetector | None = None
        self._free = list(range(MAX_ROWS))
        self._legs: dict[int, Leg] = {}

    def attend(self, leg: Leg) -> None:
        """Listen to the leg from now on, unless that is done already or too many are listened to."""
        if leg.inband is not None or not self._free:
            return
        if self._detector is None:
            self._detector = ToneDetector(MAX_ROWS)
        row = self._free.pop()
        self._detector.reset(row)
        leg.inband = Inband(row)
        self._legs[row] = leg

    def dismiss(self, leg: Leg) -> None:
        """Listen to the leg no longer."""
        if leg.inband is not None:
            del self._legs[leg.inband.row]
            self._free.append(leg.inband.row)
            leg.inband = None

    def listen(self, now: float) -> None:
        """Hear what has come from the legs."""
        for _ in range(MAX_ROUNDS if self._legs else 0):
            ready: list[tuple[int, Leg, bytes]] = []
            for row, leg in self._legs.items():
                inband = leg.inband
                if inband is not None and len(inband.audio) >= FRAME_SAMPLES:
                    ready.append((row, leg, bytes(inband.audio[:FRAME_SAMPLES])))
                    del inband.audio[:FRAME_SAMPLES]
            if not ready or self._detector is None:
                return
            rows = np.array([row for row, _, _ in ready])
            samples = PCMU.decode(b"".join(frame for _, _, frame in ready)).reshape(-1, FRAME_SAMPLES)
            legs = {row: leg for row, leg, _ in ready}
            for row, digit in self._detector.detect(rows, samples):
                self._tell(legs[row], digit, "inband", now)
