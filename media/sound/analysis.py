"""What is to be heard in a recording: which tone, how strong, for how long. For the demo, the tests and the bench."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

WINDOW_SECONDS = 0.1
QUIET = 0.01
"""Peak of full scale below which a window counts as silence."""
NEAR_HZ = 20.0


def read(path: Path) -> tuple[NDArray[np.float64], int]:
    """A recording's first channel as floats from -1 to 1, and its rate in Hz."""
    data, rate = soundfile.read(path, dtype="float64", always_2d=True)
    return data[:, 0], int(rate)


def loudest_frequency(path: Path, *, last_seconds: float | None = None) -> float:
    """The frequency in Hz that dominates a recording, or its last seconds; 0 for silence."""
    sound, rate = read(path)
    if last_seconds is not None:
        sound = sound[-int(last_seconds * rate) :]
    if len(sound) < rate // 50 or np.abs(sound).max() < QUIET:
        return 0.0
    size = max(len(sound), 2 * rate)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    return float(np.fft.rfftfreq(size, 1 / rate)[spectrum.argmax()])


def seconds_of(path: Path, hertz: float) -> float:
    """For how many seconds of a recording a tone dominates."""
    sound, rate = read(path)
    return float(_dominated(sound, rate, hertz).sum() * WINDOW_SECONDS)


def first_heard(path: Path, hertz: float) -> float | None:
    """When in a recording a tone is first heard, in seconds, to a tenth; None if never."""
    sound, rate = read(path)
    where = np.flatnonzero(_dominated(sound, rate, hertz))
    return float(where[0] * WINDOW_SECONDS) if len(where) else None


def quiet_share(path: Path) -> float:
    """Which share of a recording is silence, 0 to 1."""
    sound, rate = read(path)
    windows = _windows(sound, rate)
    return float((np.abs(windows).max(axis=1) < QUIET).mean()) if len(windows) else 1.0


def _windows(sound: NDArray[Any], rate: int) -> NDArray[Any]:
    size = int(WINDOW_SECONDS * rate)
    count = len(sound) // size
    return sound[: count * size].reshape(count, size)


def _dominated(sound: NDArray[Any], rate: int, hertz: float) -> NDArray[np.bool_]:
    windows = _windows(sound, rate)
    if not len(windows):
        return np.zeros(0, np.bool_)
    spectrum = np.abs(np.fft.rfft(windows * np.hanning(windows.shape[1]), 4096, axis=1)) ** 2
    near = np.abs(np.fft.rfftfreq(4096, 1 / rate) - hertz) < NEAR_HZ
    loud = np.abs(windows).max(axis=1) >= QUIET
    return np.asarray(loud & (spectrum[:, near].sum(axis=1) > 0.5 * spectrum.sum(axis=1)))
