"""How loud a recording is: whether there is anything in it, when it begins, how much of it is clipped."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import soundfile

from media.sound.prompts import UnreadableSound, probe

SILENCE = 10 ** (-45 / 20)
"""Share of full scale (-45 dBFS) below which a sample is silence on a telephone."""
FULL_SCALE = 0.999
CLIPPED_RUN = 3
"""So many samples in a row at full scale are no voice any more."""
BLOCK_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Loudness:
    """``begins_at``: seconds until the first sound. ``clipped``: share of the samples, 0 to 1."""

    silent: bool
    begins_at: float
    clipped: float


def measure(path: str | os.PathLike[str]) -> Loudness:
    """Listen to a whole recording, its loudest channel. Raises UnreadableSound."""
    probe(path)
    begins_at: float | None = None
    done = clipped = 0
    try:
        with soundfile.SoundFile(os.fspath(path)) as file:
            for block in file.blocks(BLOCK_SECONDS * file.samplerate, dtype="float32", always_2d=True):
                level = np.abs(np.nan_to_num(block)).max(axis=1)
                if begins_at is None and (level > SILENCE).any():
                    begins_at = (done + int((level > SILENCE).argmax())) / file.samplerate
                clipped += _clipped(level >= FULL_SCALE)
                done += len(level)
    except (soundfile.SoundFileError, OSError, RuntimeError, ValueError) as error:
        raise UnreadableSound(f"{path} cannot be read: {error}") from error
    return Loudness(begins_at is None, begins_at or 0.0, clipped / max(1, done))


def _clipped(full: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    """Samples that stand in runs of CLIPPED_RUN or more at full scale."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], full, [False]))))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= CLIPPED_RUN].sum())
