"""The journal: what must not be lost is appended to a file at once, and moved into the database a moment later.

One entry is one ``write`` of a few microseconds on the thread that calls it; what the kernel has taken, kill -9 of the
process can lose. A segment is a file of entries, each: length and CRC-32 of the rest (4 bytes each, big-endian), then
msgpack ``[table, key, value]``. A torn end (power cut, full disk) is recognised and ignored.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

MAX_ENTRY_BYTES = 1 << 20
SEGMENT_SUFFIX = ".journal"

_HEAD = struct.Struct(">II")


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The newest ``value`` of ``key`` in ``table``; None takes the key away."""

    table: str
    key: str
    value: bytes | None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Entry)


class Journal:
    """Appends entries to the newest segment in ``folder``; older segments wait there to be moved and removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = max((_number(path) for path in self.segments()), default=0)
        self._file = -1
        self._size = 0

    def append(self, entry: Entry) -> None:
        """Write one entry; raises OSError (full disk), after which the segment is as if nothing had been written."""
        payload = _encoder.encode(entry)
        if len(payload) > MAX_ENTRY_BYTES:
            raise OSError(f"an entry of {len(payload)} bytes is too large for the journal")
        if self._file < 0:
            self._begin_segment()
        data = _HEAD.pack(len(payload), zlib.crc32(payload)) + payload
        if os.write(self._file, data) != len(data):
            os.ftruncate(self._file, self._size)
            raise OSError("the disk is full")
        self._size += len(data)

    def seal(self) -> None:
        """End the newest segment: entries from now on go to another."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def segments(self) -> list[Path]:
        """All segments, oldest first."""
        return sorted(self._folder.glob(f"*{SEGMENT_SUFFIX}"), key=_number)

    @property
    def open_size(self) -> int:
        """Bytes in the segment being written; 0 if none is."""
        return self._size if self._file >= 0 else 0

    def _begin_segment(self) -> None:
        self._number += 1
        path = self._folder / f"{self._number:08d}{SEGMENT_SUFFIX}"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = 0


def read_segment(path: Path) -> Iterator[Entry]:
    """The entries of a segment, up to its end or to where it is torn."""
    data = path.read_bytes()
    position = 0
    while position + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, position)
        payload = data[position + _HEAD.size : position + _HEAD.size + length]
        if len(payload) < length or zlib.crc32(payload) != checksum:
            return
        try:
            yield _decoder.decode(payload)
        except msgspec.DecodeError:
            return
        position += _HEAD.size + length


def _number(path: Path) -> int:
    stem = path.name.removesuffix(SEGMENT_SUFFIX)
    return int(stem) if stem.isascii() and stem.isdigit() else 0
