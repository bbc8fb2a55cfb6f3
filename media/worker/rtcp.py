"""RTCP of a leg (RFC 3550 section 6): reports we send about every five seconds, and what the peer's say of us.

A report is never an answer to a packet, so nothing sent here makes us send more. NTP times are 64-bit integers.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from media.rtp import MAX_PACKET_BYTES, SAMPLE_RATE, Drop
from media.worker.statistics import ReportBlock

INTERVAL_SECONDS = 5.0
COMPENSATION = math.e - 1.5
"""Section 6.3.1: makes up for the bias of the randomised timer."""
NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""
MAX_BLOCKS = 31
SR, RR, SDES, BYE = 200, 201, 202, 203

_HEAD = struct.Struct("!BBHI")
_SENDER = struct.Struct("!QIII")
_BLOCK = struct.Struct("!IIIIII")


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """What SR says of our own packets; ``timestamp`` is the RTP clock at ``ntp``."""

    ntp: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Report:
    """One SR or RR as it came: ``ntp`` is the middle 32 bits of a sender's clock, None in an RR."""

    ssrc: int
    ntp: int | None
    blocks: tuple[ReportBlock, ...]


def ntp_time(unix: float) -> int:
    """The 64-bit NTP timestamp of a time in seconds since 1970 (section 4)."""
    return int((unix + NTP_EPOCH) * 4294967296.0) & 0xFFFFFFFFFFFFFFFF


def middle(ntp: int) -> int:
    """The middle 32 bits, in units of 1/65536 s."""
    return (ntp >> 16) & 0xFFFFFFFF


def compose(
    ssrc: int, cname: str, sender: SenderInfo | None, blocks: Sequence[ReportBlock] = (), *, bye: bool = False
) -> bytes:
    """A compound packet: SR (or RR while nothing was sent), SDES with CNAME, and BYE at the end of a leg."""
    body = b"".join(_block(block) for block in blocks)
    if sender is None:
        report = _HEAD.pack(0x80 | len(blocks), RR, (4 + len(body)) // 4, ssrc) + body
    else:
        body = (
            _SENDER.pack(sender.ntp, sender.timestamp, sender.packets & 0xFFFFFFFF, sender.octets & 0xFFFFFFFF) + body
        )
        report = _HEAD.pack(0x80 | len(blocks), SR, (4 + len(body)) // 4, ssrc) + body
    name = cname.encode()[:255]
    item = bytes((1, len(name))) + name
    item += bytes(4 - len(item) % 4)
    packet = report + _HEAD.pack(0x81, SDES, (4 + len(item)) // 4, ssrc) + item
    return packet + _HEAD.pack(0x81, BYE, 1, ssrc) if bye else packet


def _block(block: ReportBlock) -> bytes:
    lost = (block.fraction_lost << 24) | (block.lost & 0xFFFFFF)
    return _BLOCK.pack(block.ssrc, lost, block.highest, block.jitter, block.last_sr, block.delay_since_sr)


def parse(packet: bytes) -> list[Report] | Drop:
    """The reports of a compound packet, checked as in appendix A.2; other packet types within it are passed over."""
    if not 8 <= len(packet) <= MAX_PACKET_BYTES or len(packet) % 4:
        return Drop.RTCP
    if packet[0] & 0xE0 != 0x80 or packet[1] not in (SR, RR):
        return Drop.RTCP
    reports: list[Report] = []
    at = 0
    while at < len(packet):
        if len(packet) - at < 4 or packet[at] >> 6 != 2:
            return Drop.RTCP
        end = at + 4 + 4 * (packet[at + 2] << 8 | packet[at + 3])
        if end > len(packet):
            return Drop.RTCP
        if packet[at + 1] in (SR, RR):
            report = _parse_report(packet, at, end)
            if report is None:
                return Drop.RTCP
            reports.append(report)
        at = end
    return reports


def _parse_report(packet: bytes, at: int, end: int) -> Report | None:
    count, is_sender = packet[at] & 0x1F, packet[at + 1] == SR
    blocks_at = at + (28 if is_sender else 8)
    if blocks_at + count * _BLOCK.size > end:
        return None
    (ssrc,) = struct.unpack_from("!I", packet, at + 4)
    ntp = middle(_SENDER.unpack_from(packet, at + 8)[0]) if is_sender else None
    blocks = []
    for number in range(count):
        source, lost, highest, jitter, last, delay = _BLOCK.unpack_from(packet, blocks_at + number * _BLOCK.size)
        signed = lost & 0xFFFFFF
        signed -= (signed & 0x800000) << 1
        blocks.append(ReportBlock(source, lost >> 24, signed, highest, jitter, last, delay))
    return Report(ssrc, ntp, tuple(blocks))


class RtcpState:
    """The timer of one leg's reports, and what the peer last said: packets it lost, and the round trip in seconds."""

    __slots__ = ("_chance", "_sr_at", "_sr_ntp", "remote_lost", "round_trip")

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._sr_ntp = 0
        self._sr_at = 0.0
        self.remote_lost = 0
        self.round_trip: float | None = None

    def next_after(self, now: float) -> float:
        """When the next report is due (section 6.3.1, two members)."""
        return now + INTERVAL_SECONDS * self._chance.uniform(0.5, 1.5) / COMPENSATION

    def take(self, reports: Sequence[Report], own_ssrc: int, now: float, ntp: int) -> None:
        """Note reports of the peer that arrived at ``now`` (monotonic) and ``ntp`` (the clock our SRs bear)."""
        for report in reports:
            if report.ntp is not None:
                self._sr_ntp, self._sr_at = report.ntp, now
            for block in report.blocks:
                if block.ssrc == own_ssrc:
                    self._take_block(block, ntp)

    def _take_block(self, block: ReportBlock, ntp: int) -> None:
        self.remote_lost = max(0, block.lost)
        if block.last_sr:
            trip = (middle(ntp) - block.last_sr - block.delay_since_sr) & 0xFFFFFFFF
            if trip < 0x80000000:
                self.round_trip = trip / 65536

    def heard_since(self, now: float) -> tuple[int, int]:
        """LSR and DLSR for our next block (section 6.4.1): zero while no SR has come."""
        if not self._sr_ntp:
            return 0, 0
        return self._sr_ntp, min(0xFFFFFFFF, int((now - self._sr_at) * 65536))


def rtp_clock(timestamp: int, sent_at: float, now: float, scale: int = 1) -> int:
    """The RTP timestamp that belongs to ``now`` when ``timestamp`` was sent at ``sent_at``."""
    return (timestamp + int((now - sent_at) * SAMPLE_RATE * scale)) & 0xFFFFFFFF
