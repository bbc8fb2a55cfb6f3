"""What codecs have in common: coders, which turn sound into payloads and back, and sounds that are encoded as a whole.

A codec of bytes (G.711, G.722) has 8,000 of them to the second: a sound is cut into frames by slicing. One of packets
(Opus) has a packet to each frame of 20 ms, of any length: ``Packets`` is sliced in the same way, a frame at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

FRAMES_A_SECOND = 50
FRAME_UNITS = 160
"""What a frame of 20 ms counts in the unit of an eight-thousandth of a second, whatever it is encoded in."""


class Coder(Protocol):
    """One direction of one stream. What it encodes and decodes has the rate it was made for; 20 ms, or whole frames."""

    def encode(self, samples: NDArray[Any]) -> bytes: ...

    def decode(self, payload: bytes) -> Samples:
        """What cannot be decoded is silence."""
        ...


class Packets:
    """A sound as one packet a frame."""

    __slots__ = ("_packets",)

    def __init__(self, packets: Sequence[bytes]) -> None:
        self._packets = tuple(packets)

    def __len__(self) -> int:
        return FRAME_UNITS * len(self._packets)

    def __getitem__(self, part: slice) -> bytes:
        """The packet of the frame in which the slice begins."""
        return self._packets[int(part.start) // FRAME_UNITS]

    @property
    def size(self) -> int:
        """Bytes, all together."""
        return sum(map(len, self._packets))


Encoded = bytes | Packets


@dataclass(frozen=True, slots=True)
class Codec:
    """``payload_type`` is the static one of RFC 3551, None if it is agreed on for each call.

    ``clock_rate`` is that of its RTP timestamps in Hz, ``sound_rate`` the one at which sounds are encoded. ``silence``
    is a unit of it (a byte), or a whole packet where it is ``in_packets``. ``coder`` makes one for a rate in Hz.
    ``block_frames`` are encoded in one go: the interpreter stands still meanwhile.
    """

    name: str
    payload_type: int | None
    clock_rate: int
    sound_rate: int
    silence: bytes
    coder: Callable[[int], Coder]
    in_packets: bool = False
    block_frames: int = 50

    @property
    def scale(self) -> int:
        """Ticks of the clock to a unit of an eight-thousandth of a second."""
        return self.clock_rate // (FRAMES_A_SECOND * FRAME_UNITS)

    def quiet(self, units: int) -> bytes:
        """So much silence; one frame at a time where it is in packets."""
        return self.silence if self.in_packets else self.silence * units

    def encode_sound(self, blocks: Iterable[NDArray[Any]], rate: int = 8000) -> Encoded:
        """A whole sound of 16-bit samples at ``rate``; the last frame is filled up with silence if in packets."""
        coder = self.coder(rate)
        size = rate // FRAMES_A_SECOND * self.block_frames
        parts = [coder.encode(part) for part in cut(blocks, size, fill=self.in_packets)]
        return Packets(parts) if self.in_packets else b"".join(parts)


def cut(blocks: Iterable[NDArray[Any]], size: int, *, fill: bool) -> Iterable[Samples]:
    """The same samples in blocks of ``size``; the last one is shorter, or filled up with zeros."""
    rest = np.zeros(0, np.int16)
    for block in blocks:
        rest = np.concatenate([rest, block]) if len(rest) else np.asarray(block, np.int16)
        whole = len(rest) // size * size
        for at in range(0, whole, size):
            yield rest[at : at + size]
        rest = rest[whole:]
    if len(rest):
        yield np.concatenate([rest, np.zeros(size - len(rest), np.int16)]) if fill else rest
