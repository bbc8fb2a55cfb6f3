"""STUN Binding, by which phones keep a mapping open and learn where we see them (RFC 5389; RFC 5626 section 4.4.2)."""

from __future__ import annotations

import ipaddress
import struct
from typing import Final

from sip.flow import Address

MAGIC: Final = 0x2112A442
MAX_REQUEST: Final = 512

_HEADER: Final = struct.Struct("!HHI12s")
_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_XOR_MAPPED_ADDRESS: Final = 0x0020


def answer_to(datagram: bytes, source: Address) -> bytes | None:
    """The success response to a Binding request; None for anything else."""
    if not _HEADER.size <= len(datagram) <= MAX_REQUEST or datagram[0] > 3:
        return None
    kind, length, magic, transaction = _HEADER.unpack_from(datagram)
    if kind != _BINDING_REQUEST or magic != MAGIC or length != len(datagram) - _HEADER.size or length % 4:
        return None
    host = ipaddress.ip_address(source[0])
    mask = struct.pack("!I", MAGIC) + transaction
    masked = bytes(one ^ other for one, other in zip(host.packed, mask, strict=False))
    value = struct.pack("!xBH", 1 if host.version == 4 else 2, source[1] ^ (MAGIC >> 16)) + masked
    attribute = struct.pack("!HH", _XOR_MAPPED_ADDRESS, len(value)) + value
    return _HEADER.pack(_BINDING_SUCCESS, len(attribute), MAGIC, transaction) + attribute
