"""Recording a leg: a timeline of samples built from packets, and the WAV file that grows with it.

``Track`` lays packets where their timestamps say and fills what is missing with silence, so that a recording lasts as
long as the talk did. ``Recording`` cuts the tracks into blocks of PCM16 and says when it is over. ``WavFile`` writes
blocks so that the file is a readable WAV after each of them. None of them reads a clock.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from media.codecs.conversion import Decoder
from media.rtp import SAMPLE_RATE, timestamp_step

Samples = npt.NDArray[np.int16]

BLOCK_SECONDS = 0.25
"""How often what was heard is written; a kill loses no more than this and what the writer has in hand."""
LAG_SAMPLES = SAMPLE_RATE // 5
"""How far behind the clock a track may be before silence is put in: late packets still find their place."""
MAX_AHEAD_SAMPLES = SAMPLE_RATE
"""How far ahead of the clock a packet's timestamp may put it; further ahead it is a new clock of the source."""
QUIET_LEVEL = 300
"""Mean magnitude of PCM16 under which a block counts as silence: about -41 dBm0."""
MAX_LIMIT_SECONDS = 4 * 3600.0


class Track:
    """One direction's bytes of PCM16, little-endian, from the first moment on."""

    __slots__ = ("_base", "_done", "_started_at", "pcm")

    def __init__(self, now: float) -> None:
        self.pcm = bytearray()
        self._started_at = now
        self._done = 0
        self._base: int | None = None

    def _position(self) -> int:
        return self._done + len(self.pcm) // 2

    def add(self, timestamp: int, samples: Samples, now: float) -> None:
        """Lay a packet's samples at its timestamp; what overlaps with samples already there is left out."""
        clock = int((now - self._started_at) * SAMPLE_RATE)
        position = self._position()
        if self._base is None:
            self._base = timestamp - position
        ahead = timestamp_step(timestamp, (self._base + position) & 0xFFFFFFFF)
        if (ahead > 0 and position + ahead > clock + MAX_AHEAD_SAMPLES) or ahead < -SAMPLE_RATE:
            self._base, ahead = timestamp - position, 0
        if ahead > 0:
            self.pcm += bytes(2 * ahead)
        self.pcm += samples[max(0, -ahead) :].astype("<i2").tobytes()

    def begin_clock(self) -> None:
        """The next packet follows what is there, whatever its timestamp."""
        self._base = None

    def advance(self, now: float) -> None:
        """Fill up with silence to shortly before ``now``: nothing has come."""
        missing = int((now - self._started_at) * SAMPLE_RATE) - LAG_SAMPLES - self._position()
        if missing > 0:
            self.pcm += bytes(2 * missing)

    def available(self) -> int:
        """Samples ready to be taken."""
        return len(self.pcm) // 2

    def take(self, samples: int) -> Samples:
        """The oldest ``samples``, which must be there."""
        taken = np.frombuffer(bytes(self.pcm[: 2 * samples]), dtype="<i2")
        del self.pcm[: 2 * samples]
        self._done += samples
        return taken


@dataclass(slots=True)
class Recording:
    """One Record command being carried out. ``over`` is why it ended, empty while it goes on."""

    record: int
    path: str
    now: float
    limit: float
    silence: float | None = None
    stop_keys: str = ""
    both: bool = False
    samples: int = 0
    over: str = ""
    failed: str = ""
    loud_samples: int = 0
    heard: Track = field(init=False)
    said: Track | None = field(init=False)
    _quiet: int = 0
    _heard_in: Decoder = field(default_factory=Decoder)
    _said_in: Decoder = field(default_factory=Decoder)

    def __post_init__(self) -> None:
        self.limit = max(0.0, min(self.limit, MAX_LIMIT_SECONDS))
        self.heard = Track(self.now)
        self.said = Track(self.now) if self.both else None

    @property
    def seconds(self) -> float:
        return self.samples / SAMPLE_RATE

    @property
    def spoken(self) -> float:
        """Seconds that were no silence."""
        return self.loud_samples / SAMPLE_RATE

    def hear(self, timestamp: int, kind: str, payload: bytes, now: float) -> None:
        """A packet of the leg's peer; ``timestamp`` in samples, ``kind`` its codec."""
        self.heard.add(timestamp, self._heard_in.decode(kind, payload), now)

    def say(self, timestamp: int, kind: str, payload: bytes, now: float) -> None:
        """A packet that the leg sends, where that is recorded too."""
        if self.said is not None:
            self.said.add(timestamp, self._said_in.decode(kind, payload), now)

    def begin_clocks(self) -> None:
        """The codec has changed, and with it perhaps the clock: timestamps say nothing about those before."""
        self.heard.begin_clock()
        if self.said is not None:
            self.said.begin_clock()

    def press(self, digit: str) -> None:
        """A key of the recorded leg."""
        if digit in self.stop_keys:
            self.over = self.over or "key"

    def fail(self, reason: str) -> None:
        """Its file cannot be written, for a reason said in a sentence."""
        self.failed = self.failed or reason
        self.over = "failed"

    def block(self, now: float) -> bytes:
        """What has become ready since the last block, as PCM16 bytes; sets ``over`` at the limit or after silence."""
        tracks = [self.heard] if self.said is None else [self.heard, self.said]
        for track in tracks:
            track.advance(now)
        ready = min(track.available() for track in tracks)
        ready = min(ready, int(self.limit * SAMPLE_RATE) - self.samples)
        mixed = self.heard.take(ready)
        if self.said is not None:
            total = mixed.astype(np.int32) + self.said.take(ready)
            mixed = np.clip(total, -32768, 32767).astype("<i2")
        self._judge(mixed)
        self.samples += ready
        if self.samples >= int(self.limit * SAMPLE_RATE):
            self.over = self.over or "limit"
        return mixed.tobytes()

    def _judge(self, block: Samples) -> None:
        if not len(block):
            return
        if is_quiet(block):
            self._quiet += len(block)
        else:
            self._quiet = 0
            self.loud_samples += len(block)
        if self.silence is not None and self._quiet >= self.silence * SAMPLE_RATE:
            self.over = self.over or "silence"


def is_quiet(block: Samples) -> bool:
    """Whether a block counts as silence."""
    return float(np.abs(block.astype(np.int32)).mean()) < QUIET_LEVEL


class WavFile:
    """A WAV file of 8 kHz mono PCM16 that is complete after each ``write``. All methods may block and raise OSError."""

    HEADER_BYTES = 44

    def __init__(self, path: str) -> None:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._bytes = 0
        self._write_header()

    def _write_header(self) -> None:
        rate = SAMPLE_RATE
        header = b"RIFF" + struct.pack("<I", 36 + self._bytes) + b"WAVEfmt "
        header += struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16) + b"data" + struct.pack("<I", self._bytes)
        _write_all(self._fd, header, 0)

    def write(self, pcm: bytes) -> None:
        """Append samples, then let the header own up to them: in this order a kill in between loses only the end."""
        if pcm:
            _write_all(self._fd, pcm, self.HEADER_BYTES + self._bytes)
            self._bytes += len(pcm)
            self._write_header()

    def close(self) -> None:
        os.close(self._fd)


def read_back(path: str, enough: float = MAX_LIMIT_SECONDS) -> tuple[float, float]:
    """The seconds in a file of WavFile, and how many of them are no silence; counting those ends at ``enough``.

    So a long file costs no more than a short one, if somebody speaks in it. No file, or none of ours, holds nothing.
    """
    try:
        with open(path, "rb") as file:
            header = file.read(WavFile.HEADER_BYTES)
            if len(header) < WavFile.HEADER_BYTES or not header.startswith(b"RIFF"):
                return 0.0, 0.0
            size = min(struct.unpack_from("<I", header, WavFile.HEADER_BYTES - 4)[0], os.fstat(file.fileno()).st_size)
            return size / 2 / SAMPLE_RATE, _spoken_in(file, size, enough)
    except OSError:
        return 0.0, 0.0


def _spoken_in(file: BinaryIO, size: int, enough: float) -> float:
    """Seconds that are no silence in the next ``size`` bytes of PCM16."""
    loud = 0
    while size > 0 and loud < enough * SAMPLE_RATE:
        data = file.read(min(2 * int(BLOCK_SECONDS * SAMPLE_RATE), size))
        block = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")
        if not len(block):
            break
        size -= len(data)
        loud += 0 if is_quiet(block) else len(block)
    return loud / SAMPLE_RATE


def _write_all(fd: int, data: bytes, at: int) -> None:
    while data:
        written = os.pwrite(fd, data, at)
        data, at = data[written:], at + written
