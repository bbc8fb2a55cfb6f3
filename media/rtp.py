"""RTP headers (RFC 3550 section 5.1), the checks of what arrives, and arithmetic on numbers that wrap around."""

from __future__ import annotations

import random
import struct
from enum import Enum

VERSION_2 = 0x80
MARKER = 0x80
PAYLOAD_MASK = 0x7F
HEADER_BYTES = 12
MAX_PACKET_BYTES = 1500
"""Longer datagrams are no telephone audio: 60 ms of G.711 is 492 bytes."""

ENCRYPTION_BYTES = 144
"""At most so many are added to a packet by encryption: what libsrtp asks room for."""

RECEIVED = bytearray(MAX_PACKET_BYTES + ENCRYPTION_BYTES)
"""Where every packet of media is received, one after the other, and goes on from if it is bridged: one buffer for all,
which stays in the caches."""

MAX_DROPOUT = 3000
MAX_MISORDER = 100
"""Appendix A.1: a sequence number further ahead or behind than this begins a new stream."""

SAMPLE_RATE = 8000
FRAME_SECONDS = 0.02
FRAME_SAMPLES = 160

HEADER = struct.Struct("!BBHII")
"""First byte (version, padding, extension, CSRC count), marker and payload number, sequence, timestamp, SSRC."""


class Drop(Enum):
    """Why a datagram that came to a leg was not used."""

    SHORT = "shorter than a header"
    LONG = "longer than any audio packet"
    VERSION = "not RTP version 2"
    LENGTH = "lists, extension or padding longer than the packet"
    PAYLOAD = "a payload number that was not agreed"
    STRANGER = "not from the source the leg listens to"
    SSRC = "from the right address, but of another SSRC than whoever speaks from there"
    SEQUENCE = "far from the numbers before"
    DUPLICATE = "came twice, or too late"
    EMPTY = "no payload"
    RTCP = "no valid RTCP"
    UNPROVED = "not encrypted with the keys agreed, damaged, or sent before"


def payload_span(packet: bytes | bytearray | memoryview, size: int) -> tuple[int, int] | Drop:
    """Where the payload of a packet of ``size`` bytes begins and ends: behind the lists, before the padding."""
    if size < HEADER_BYTES:
        return Drop.SHORT
    if size > MAX_PACKET_BYTES:
        return Drop.LONG
    first = packet[0]
    if first & 0xC0 != VERSION_2:
        return Drop.VERSION
    start, end = HEADER_BYTES + 4 * (first & 0x0F), size
    if first & 0x10:
        if start + 4 > size:
            return Drop.LENGTH
        start += 4 + 4 * (packet[start + 2] << 8 | packet[start + 3])
    if first & 0x20:
        padding = packet[size - 1]
        if padding == 0:
            return Drop.LENGTH
        end -= padding
    if start > end:
        return Drop.LENGTH
    return (start, end) if start < end else Drop.EMPTY


def sequence_step(later: int, earlier: int) -> int:
    """How many numbers ``later`` is ahead of ``earlier``, negative when behind; 16 bits that wrap."""
    return ((later - earlier + 0x8000) & 0xFFFF) - 0x8000


def timestamp_step(later: int, earlier: int) -> int:
    """How many samples ``later`` is ahead of ``earlier``, negative when behind; 32 bits that wrap."""
    return ((later - earlier + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class Outgoing:
    """The one RTP stream a leg sends, whoever feeds it: own sounds or a bridged partner (``feeder``).

    ``scale`` is how many ticks of its clock there are to a tick of 8,000 Hz.
    """

    __slots__ = ("feeder", "octets", "packets", "scale", "sent_at", "sequence", "ssrc", "timestamp")

    def __init__(self, chance: random.Random) -> None:
        self.ssrc = chance.getrandbits(32)
        self.sequence = chance.getrandbits(16)
        self.timestamp = chance.getrandbits(32)
        self.scale = 1
        self.feeder: object | None = None
        self.sent_at = 0.0
        self.packets = 0
        self.octets = 0

    def timestamp_at(self, now: float) -> int:
        """Where the stream goes on at ``now``: at least a frame further, as much as the time that went by."""
        frames = max(1, round((now - self.sent_at) * SAMPLE_RATE / FRAME_SAMPLES)) if self.packets else 1
        return (self.timestamp + frames * FRAME_SAMPLES * self.scale) & 0xFFFFFFFF
