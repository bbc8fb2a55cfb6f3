"""Keys as tones in the audio (ITU-T Q.23, Q.24): made for peers without events, heard on all such legs as one matrix.

Theory of operation. Every 10 ms each leg's last 20 ms are projected on the eight frequencies, all legs in one product.
The advance of their phases since the last window tells within a few hertz how far off its frequency each tone is. A
window is a hit for a key if its low and its high tone are on frequency, loud enough, near enough to each other in level
(twist), hold nearly all of the window's energy (speech does not) and stand out from the other tones of their groups. A
key is pressed after HITS in a row of about the same power, so that 40 ms are heard and 23 ms, which fill one window and
parts of its neighbours, are not; it is over after MISSES in a row, so that a gap of 10 ms does not make it two.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 8000
LOW_HZ = (697.0, 770.0, 852.0, 941.0)
HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = ("123A", "456B", "789C", "*0#D")

HOP = 80
WINDOW = 160
HITS = 3
MISSES = 3
MIN_AMPLITUDE = 130.0
"""Of 32,768, for each tone: about -38 dBm0; Q.24 asks for -25 and below, phones send -6 to -12."""
MIN_SHARE = 0.72
MAX_TWIST = 10 ** (10 / 10)
MAX_REVERSE_TWIST = 10 ** (6 / 10)
"""High over low tone, and low over high, as ratios of power: Q.24's 8 and 4 dB, and 2 dB for the window's own error."""
MIN_STANDING_OUT = 10 ** (6 / 10)
MAX_SHARE = 1.3
MAX_OFF = 0.022
"""Of the frequency: Q.24 accepts 1.5 % and rejects 3.5 %."""
MAX_CORRECTED_OFF = 0.018
MIN_STEADINESS = 0.5
"""The weakest over the strongest of HITS windows, in power: 40 ms have 0.56 or more, below 23 ms do not reach it."""
SEND_AMPLITUDE = 6000.0

_HZ = np.array(LOW_HZ + HIGH_HZ)
_TIMES = np.arange(WINDOW) / RATE
_PROBE = (np.exp(-2j * np.pi * _TIMES[:, None] * _HZ[None, :]) * (2 / WINDOW)).astype(np.complex64)
_PROBE_REAL = np.ascontiguousarray(np.concatenate([_PROBE.real, _PROBE.imag], axis=1), dtype=np.float32)
_ADVANCE = np.exp(2j * np.pi * _HZ * HOP / RATE)


def dual_tone(digit: str, seconds: float) -> NDArray[np.int16]:
    """The tones of a key as 16-bit samples at 8 kHz. Raises ValueError for what is no key."""
    for row, keys in enumerate(KEYS):
        if digit and digit in keys:
            column = keys.index(digit)
            times = np.arange(round(seconds * RATE)) / RATE
            both = np.sin(2 * np.pi * LOW_HZ[row] * times) + np.sin(2 * np.pi * HIGH_HZ[column] * times)
            return np.asarray(both * SEND_AMPLITUDE, dtype=np.int16)
    raise ValueError(f"{digit!r} is no key")


class ToneDetector:
    """Hears keys in up to ``rows`` legs. A row is ``reset`` before another leg uses it."""

    def __init__(self, rows: int) -> None:
        self._tail = np.zeros((rows, HOP), np.float32)
        self._phases = np.ones((rows, 8), np.complex128)
        self._candidate = np.full(rows, -1)
        self._hits = np.zeros(rows, np.int64)
        self._powers = np.zeros((rows, HITS), np.float32)
        self._misses = np.zeros(rows, np.int64)
        self._pressed = np.full(rows, -1)

    def reset(self, row: int) -> None:
        """Forget what was heard on a row."""
        self._tail[row] = 0
        self._phases[row] = 1
        self._candidate[row] = self._pressed[row] = -1
        self._hits[row] = self._misses[row] = 0
        self._powers[row] = 0

    def detect(self, rows: NDArray[Any], samples: NDArray[Any]) -> list[tuple[int, str]]:
        """The keys whose press became certain in this frame: (row, key).

        ``rows`` (n) are different rows, ``samples`` (n, 160) their next 20 ms, 16-bit at 8 kHz.
        """
        found: list[tuple[int, str]] = []
        sound = samples.astype(np.float32)
        loud = np.abs(sound).max(axis=1) >= MIN_AMPLITUDE
        busy = loud | (self._hits[rows] > 0) | (self._pressed[rows] >= 0)
        if not busy.any():
            self._tail[rows] = sound[:, -HOP:]
            return found
        joined = np.concatenate([self._tail[rows], sound], axis=1)
        for start in (0, HOP):
            keys, powers = self._window(rows, joined[:, start : start + WINDOW])
            found += self._note(rows, keys, powers)
        self._tail[rows] = joined[:, -HOP:]
        return found

    def _window(self, rows: NDArray[Any], window: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The key (row * 4 + column of KEYS) each leg's window is a hit for, -1 for none, and its tones' power."""
        product = window @ _PROBE_REAL
        values = product[:, :8] + 1j * product[:, 8:]
        off = self._off_frequency(rows, values)
        # a tone beside the frequency it is projected on loses power as the window's transform falls away from it
        beside = np.minimum(off, MAX_CORRECTED_OFF) * _HZ * (WINDOW / RATE)
        power = np.abs(values) ** 2
        everyone = np.arange(len(rows))
        low, high = power[:, :4].argmax(axis=1), power[:, 4:].argmax(axis=1)
        corrected = power / np.sinc(beside) ** 2
        low_power, high_power = corrected[everyone, low], corrected[everyone, 4 + high]
        total = (window**2).mean(axis=1) * 2 + 1e-9
        others = power.copy()
        others[everyone, low] = others[everyone, 4 + high] = 0
        hit = (
            (low_power > MIN_AMPLITUDE**2)
            & (high_power > MIN_AMPLITUDE**2)
            & (low_power + high_power > MIN_SHARE * total)
            & (low_power + high_power < MAX_SHARE * total)
            & (high_power < MAX_TWIST * low_power)
            & (low_power < MAX_REVERSE_TWIST * high_power)
            & (others[:, :4].max(axis=1) * MIN_STANDING_OUT < low_power)
            & (others[:, 4:].max(axis=1) * MIN_STANDING_OUT < high_power)
        )
        keys = low * 4 + high
        continued = hit & (self._candidate[rows] == keys)
        drifting = (off[everyone, low] > MAX_OFF) | (off[everyone, 4 + high] > MAX_OFF)
        hit &= ~(continued & drifting)
        return np.where(hit, keys, -1), low_power + high_power

    def _off_frequency(self, rows: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
        """How far each tone lies from its frequency, as a share of it, by the phase since the last window."""
        turned = values * np.conj(self._phases[rows]) * np.conj(_ADVANCE)
        self._phases[rows] = values
        return np.asarray(np.abs(np.angle(turned)) / (2 * np.pi) * (RATE / HOP) / _HZ)

    def _note(self, rows: NDArray[Any], keys: NDArray[np.int64], powers: NDArray[np.float32]) -> list[tuple[int, str]]:
        same = (keys >= 0) & (keys == self._candidate[rows])
        self._hits[rows] = np.where(same, self._hits[rows] + 1, (keys >= 0).astype(np.int64))
        self._candidate[rows] = keys
        still = (keys >= 0) & (keys == self._pressed[rows])
        self._misses[rows] = np.where(still, 0, self._misses[rows] + 1)
        over = self._misses[rows] >= MISSES
        self._pressed[rows] = np.where(over, -1, self._pressed[rows])
        last = np.concatenate([self._powers[rows, 1:], powers[:, None]], axis=1)
        self._powers[rows] = last
        steady = last.min(axis=1) >= MIN_STEADINESS * last.max(axis=1)
        pressed = (self._hits[rows] >= HITS) & steady & (self._pressed[rows] != keys)
        found = []
        for index in np.flatnonzero(pressed):
            row, key = int(rows[index]), int(keys[index])
            self._pressed[row], self._misses[row] = key, 0
            found.append((row, KEYS[key // 4][key % 4]))
        return found
