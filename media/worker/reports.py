"""The RTCP traffic of the legs: when reports leave, what they say of a leg, and whose reports are listened to."""

from __future__ import annotations

import heapq
from dataclasses import replace

from media.rtp import MAX_PACKET_BYTES, Drop
from media.worker.leg_table import LegTable
from media.worker.legs import Leg
from media.worker.rtcp import SenderInfo, compose, parse, rtp_clock


def report(leg: Leg, cname: str, now: float, ntp: int, *, bye: bool = False) -> None:
    """Send the leg's report to its peer, if the peer is known. An SR as soon as media was sent, else an RR."""
    remote = leg.rtcp_remote()
    if remote is None:
        return
    out = leg.out
    sender = None
    if out.packets:
        sender = SenderInfo(ntp, rtp_clock(out.timestamp, out.sent_at, now, out.scale), out.packets, out.octets)
    block = leg.statistics.report()
    if block is not None:
        last, delay = leg.rtcp.heard_since(now)
        blocks = [replace(block, last_sr=last, delay_since_sr=delay)]
    else:
        blocks = []
    try:
        packet = compose(out.ssrc, cname, sender, blocks, bye=bye)
        leg.pair.rtcp.sendto(packet if leg.secure is None else leg.secure.protect_rtcp(packet), remote)
    except OSError:
        # as with media: a peer that cannot be reached is found out by its silence
        return


def receive(leg: Leg, buffer: bytearray, now: float, ntp: int) -> bool:
    """Read one RTCP datagram; only where the leg's media comes from, or would, is listened to.

    True if it shows that the peer is where media goes, and that was not known before: phones that say nothing, as their
    microphone is off, still report.
    """
    try:
        size, sender = leg.pair.rtcp.recvfrom_into(buffer)
    except OSError:
        return False
    source: tuple[str, int] = sender[:2]
    if not leg.lock.is_near(source[0]):
        leg.drops[Drop.STRANGER] += 1
        return False
    packet = bytes(buffer[: min(size, MAX_PACKET_BYTES + 1)])
    if leg.secure is not None:
        packet = leg.secure.unprotect_rtcp(packet)
        if not packet:
            leg.drops[Drop.UNPROVED] += 1
            return False
    reports = parse(packet)
    if isinstance(reports, Drop):
        leg.drops[reports] += 1
        return False
    if leg.statistics.ssrc is not None and reports[0].ssrc != leg.statistics.ssrc:
        leg.drops[Drop.SSRC] += 1
        return False
    leg.rtcp_source = source
    leg.heard_at = now
    leg.rtcp.take(reports, leg.out.ssrc, now, ntp)
    return leg.lock.prove(source[0])


class Reports:
    """Which leg's report is due when."""

    def __init__(self, legs: LegTable, cname: str) -> None:
        self._legs = legs
        self._cname = cname
        self._due: list[tuple[float, int]] = []

    def begin(self, leg: Leg, now: float) -> None:
        heapq.heappush(self._due, (leg.rtcp.next_after(now), leg.number))

    def send_due(self, now: float, ntp: int) -> None:
        """Send what is due; a leg that is gone leaves the list."""
        while self._due and self._due[0][0] <= now:
            _, number = heapq.heappop(self._due)
            leg = self._legs.get(number)
            if leg is not None:
                report(leg, self._cname, now, ntp)
                self.begin(leg, now)
