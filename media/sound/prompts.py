"""Recorded sounds: read with soundfile, brought to the codec's rate with soxr, encoded once per codec and kept."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from media.codecs.coder import Encoded, Packets
from media.codecs.registry import codec_named

RATE = 8000
MAX_SECONDS = 30 * 60
MAX_CHANNELS = 8
RATES = (2_000, 400_000)
"""The lowest and the highest rate of a file, in Hz: what lies outside is damaged, and costs much to resample."""
BLOCK_SECONDS = 5
MAX_BLOCK_FRAMES = 1 << 18
"""A file is read block by block: half an hour of studio sound is 1.3 GB at once, and packets wait for no thread."""
UNKNOWN_FRAMES = 1 << 40
"""libsndfile's answer where the length is not in the file's header is larger than this."""
MAX_CACHE_BYTES = 256 * 1024 * 1024
PEAK = 0.9
"""What is louder than this share of full scale after resampling is turned down to it, so that nothing clips."""


class UnreadableSound(Exception):
    """A file is no sound that can be played; the text says why, in a sentence."""


def probe(path: str | os.PathLike[str]) -> float:
    """The length of a sound in seconds, without reading it all. Raises UnreadableSound."""
    if not os.path.isfile(path):
        raise UnreadableSound(f"{path} {'is no file' if os.path.exists(path) else 'does not exist'}")
    try:
        info = soundfile.info(os.fspath(path))
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        raise UnreadableSound(f"{path} is no audio file that can be read (WAV, FLAC and OGG can)") from error
    if info.frames <= 0:
        raise UnreadableSound(f"{path} is empty")
    if not RATES[0] <= info.samplerate <= RATES[1]:
        raise UnreadableSound(f"{path} has {info.samplerate} samples a second; {RATES[0]} to {RATES[1]} can be played")
    if info.frames >= UNKNOWN_FRAMES:
        raise UnreadableSound(f"{path} does not say how long it is, as files written to a pipe; convert it once more")
    seconds = info.frames / info.samplerate
    if seconds > MAX_SECONDS:
        raise UnreadableSound(f"{path} lasts {seconds / 60:.0f} minutes; {MAX_SECONDS // 60} are the most")
    if info.channels > MAX_CHANNELS:
        raise UnreadableSound(f"{path} has {info.channels} channels; {MAX_CHANNELS} are the most")
    return float(seconds)


def read_samples(path: str | os.PathLike[str], rate: int = RATE) -> NDArray[np.int16]:
    """A sound as 16-bit samples at ``rate`` (8 kHz), its channels mixed. Raises UnreadableSound."""
    return np.concatenate(list(_read_blocks(path, rate)))


def _read_blocks(path: str | os.PathLike[str], rate: int = RATE) -> Iterator[NDArray[np.int16]]:
    """The same at ``rate`` in blocks of some seconds. All of it has been read before the first is given."""
    probe(path)
    blocks: list[NDArray[np.float32]] = []
    try:
        with soundfile.SoundFile(os.fspath(path)) as file:
            resampler = soxr.ResampleStream(file.samplerate, rate, 1, dtype="float32", quality="HQ")
            size, last = min(BLOCK_SECONDS * file.samplerate, MAX_BLOCK_FRAMES), False
            while not last:
                data = file.read(size, dtype="float32", always_2d=True)
                last = len(data) < size
                mono = np.nan_to_num(data, posinf=1.0, neginf=-1.0).mean(axis=1)
                blocks.append(mono if file.samplerate == rate else resampler.resample_chunk(mono, last=last))
    except (soundfile.SoundFileError, OSError, RuntimeError, ValueError) as error:
        raise UnreadableSound(f"{path} cannot be read: {error}") from error
    if not any(map(len, blocks)):
        raise UnreadableSound(f"{path} is too short to be heard")
    peak = max(float(np.abs(block).max(initial=0.0)) for block in blocks)
    scale = 32767 * min(1.0, PEAK / peak if peak else 1.0)
    return (np.asarray(block * scale, dtype=np.int16) for block in blocks)


@dataclass(frozen=True, slots=True)
class _Kept:
    changed: tuple[int, int]
    data: Encoded


class PromptCache:
    """Encoded sounds, the least recently used forgotten first. Any thread may use it."""

    def __init__(self, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def peek(self, path: str, codec: str) -> Encoded | None:
        """The encoded sound if it is kept and the file has not changed since; costs one stat."""
        with self._lock:
            kept = self._kept.get((path, codec))
            if kept is None or kept.changed != _changed(path):
                return None
            self._kept.move_to_end((path, codec))
            return kept.data

    def get(self, path: str, codec: str) -> Encoded:
        """The encoded sound, read now if need be. Raises UnreadableSound.

        A file that was replaced by what cannot be played, or is gone, is heard as it was for as long as it is kept:
        callers are not to hear nothing because a file is being copied.
        """
        known = self.peek(path, codec)
        if known is not None:
            return known
        changed = _changed(path)
        spoken = codec_named(codec)
        try:
            data = spoken.encode_sound(_read_blocks(path, spoken.sound_rate), spoken.sound_rate)
        except UnreadableSound:
            with self._lock:
                kept = self._kept.get((path, codec))
            if kept is None:
                raise
            return kept.data
        with self._lock:
            old = self._kept.pop((path, codec), None)
            self._bytes += _size(data) - (_size(old.data) if old else 0)
            self._kept[path, codec] = _Kept(changed, data)
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= _size(gone.data)
        return data


def _size(data: Encoded) -> int:
    return data.size if isinstance(data, Packets) else len(data)


def _changed(path: str) -> tuple[int, int]:
    """What tells one version of a file from another."""
    try:
        stat = Path(path).stat()
    except (OSError, ValueError):
        return 0, -1
    return stat.st_mtime_ns, stat.st_size
