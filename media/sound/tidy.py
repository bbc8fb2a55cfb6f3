"""Make what somebody recorded over a telephone fit for callers: trimmed, and as loud as other recordings."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from media.sound.prompts import RATE, UnreadableSound, read_samples

WINDOW_SECONDS = 0.02
QUIET = 10 ** (-50 / 20)
"""Share of full scale (-50 dBFS, of a window's root mean square) below which nobody speaks."""
NOISE_FACTOR = 3.0
"""Speech is so much louder than the quietest tenth of the recording, where that is louder than QUIET."""
MARGIN_SECONDS = 0.2
"""What stays of the silence around what was said."""
LOUDNESS = 0.09
"""Root mean square of what is spoken, as of the built-in prompts: about -21 dBFS."""
PEAK = 0.85
MOST_GAIN = 10.0
"""A recording that is fainter still is mostly noise, and stays so."""
SHORTEST_SECONDS = 0.5
"""If less were left, the recording stays as it was."""

Samples = NDArray[np.float64]


def tidy(path: str | os.PathLike[str], rate: int = RATE) -> bool:
    """Replace a recording by its tidied self; False if it was left as it is. Raises UnreadableSound or OSError."""
    sound = read_samples(path, rate).astype(np.float64) / 32768
    tidied = evened(trimmed(sound, rate), rate)
    if len(tidied) < SHORTEST_SECONDS * rate:
        return False
    beside = Path(path).with_suffix(".tidy")
    try:
        with beside.open("wb") as file:
            soundfile.write(file, tidied, rate, subtype="PCM_16", format="WAV")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except soundfile.SoundFileError as error:
        raise UnreadableSound(f"{path} cannot be written: {error}") from error
    finally:
        beside.unlink(missing_ok=True)
    return True


def trimmed(sound: Samples, rate: int = RATE) -> Samples:
    """A sound without the silence around it, but for a margin; nothing if nobody speaks in it."""
    where = np.flatnonzero(_spoken(sound, rate))
    if not len(where):
        return sound[:0]
    margin, size = round(MARGIN_SECONDS * rate), round(WINDOW_SECONDS * rate)
    return sound[max(0, int(where[0]) * size - margin) : (int(where[-1]) + 1) * size + margin]


def evened(sound: Samples, rate: int = RATE) -> Samples:
    """A sound as loud as other recordings, measured where somebody speaks, and never clipped."""
    spoken = np.repeat(_spoken(sound, rate), round(WINDOW_SECONDS * rate))
    said = sound[: len(spoken)][spoken]
    if not len(said):
        return sound
    gain = min(MOST_GAIN, LOUDNESS / float(np.sqrt(np.mean(said**2))), PEAK / float(np.abs(sound).max()))
    return sound * gain


def _spoken(sound: Samples, rate: int) -> NDArray[np.bool_]:
    """In which windows of a sound somebody speaks."""
    size = round(WINDOW_SECONDS * rate)
    windows = sound[: len(sound) // size * size].reshape(-1, size)
    if not len(windows):
        return np.zeros(0, np.bool_)
    level = np.sqrt(np.mean(windows**2, axis=1))
    loudest = float(level.max())
    noise = float(np.quantile(level, 0.1)) * NOISE_FACTOR
    # a recording without a pause is all speech: there is no quiet tenth that could be told from it
    return np.asarray(level > max(QUIET, noise if noise < loudest / NOISE_FACTOR else 0.0))
