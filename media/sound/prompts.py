"""Recorded sounds: read with soundfile, brought to 8 kHz mono with soxr, encoded once per codec and kept."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from media.codecs.registry import codec_named

RATE = 8000
MAX_SECONDS = 30 * 60
MAX_CHANNELS = 8
MAX_CACHE_BYTES = 256 * 1024 * 1024
PEAK = 0.9
"""What is louder than this share of full scale after resampling is turned down to it, so that nothing clips."""


class UnreadableSound(Exception):
    """A file is no sound that can be played; the text says why, in a sentence."""


def probe(path: str | os.PathLike[str]) -> float:
    """The length of a sound in seconds, without reading it all. Raises UnreadableSound."""
    try:
        info = soundfile.info(os.fspath(path))
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        if not os.path.exists(path):
            raise UnreadableSound(f"{path} does not exist") from error
        raise UnreadableSound(f"{path} is no audio file that can be read (WAV, FLAC and OGG can)") from error
    seconds = info.frames / info.samplerate if info.samplerate else 0.0
    if seconds <= 0:
        raise UnreadableSound(f"{path} is empty")
    if seconds > MAX_SECONDS:
        raise UnreadableSound(f"{path} lasts {seconds / 60:.0f} minutes; {MAX_SECONDS // 60} are the most")
    if info.channels > MAX_CHANNELS:
        raise UnreadableSound(f"{path} has {info.channels} channels; {MAX_CHANNELS} are the most")
    return float(seconds)


def read_samples(path: str | os.PathLike[str]) -> NDArray[np.int16]:
    """A sound as 16-bit samples at 8 kHz, its channels mixed. Raises UnreadableSound."""
    probe(path)
    try:
        data, rate = soundfile.read(os.fspath(path), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        raise UnreadableSound(f"{path} cannot be read: {error}") from error
    mono = np.nan_to_num(data.mean(axis=1))
    if rate != RATE:
        mono = soxr.resample(mono, rate, RATE, quality="HQ")
    peak = float(np.abs(mono).max(initial=0.0))
    if peak > PEAK:
        mono = mono * (PEAK / peak)
    return np.asarray(mono * 32767, dtype=np.int16)


@dataclass(frozen=True, slots=True)
class _Kept:
    changed: tuple[int, int]
    data: bytes


class PromptCache:
    """Encoded sounds, the least recently used forgotten first. Any thread may use it."""

    def __init__(self, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def peek(self, path: str, codec: str) -> bytes | None:
        """The encoded sound if it is kept and the file has not changed since; costs one stat."""
        with self._lock:
            kept = self._kept.get((path, codec))
            if kept is None or kept.changed != _changed(path):
                return None
            self._kept.move_to_end((path, codec))
            return kept.data

    def get(self, path: str, codec: str) -> bytes:
        """The encoded sound, read now if need be. Raises UnreadableSound."""
        known = self.peek(path, codec)
        if known is not None:
            return known
        changed = _changed(path)
        data = codec_named(codec).encode(read_samples(path))
        with self._lock:
            old = self._kept.pop((path, codec), None)
            self._bytes += len(data) - (len(old.data) if old else 0)
            self._kept[path, codec] = _Kept(changed, data)
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= len(gone.data)
        return data


def _changed(path: str) -> tuple[int, int]:
    """What tells one version of a file from another."""
    try:
        stat = Path(path).stat()
    except OSError:
        return 0, -1
    return stat.st_mtime_ns, stat.st_size
