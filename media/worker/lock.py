"""Symmetric RTP: where a leg's media comes from, learnt from the first packets and then kept, so that nobody steals it.

The signalled address is believed at its first valid packet. A phone behind a router sends from another one: that source
is believed after LOCK_PACKETS packets in sequence, unless the signalled one is heard meanwhile. From then on the loop
connects the socket to the source, and the kernel drops strangers before they cost us anything; they can no longer be
counted then (only those that come while learning are), which is the price of not looking at each packet's sender.
A new remote address, or a leg taken off hold, begins the learning anew; the old source is then trusted like a signalled
one.
"""

from __future__ import annotations

import ipaddress
from enum import Enum

from media.rtp import sequence_step

Address = tuple[str, int]

LOCK_PACKETS = 4
TENTATIVE_SECONDS = 0.25
"""How long a source that is being tried may be quiet before another may take its place."""
MAX_STEP = 50


class Source(Enum):
    """What a packet's sender is to the leg."""

    LOCKED = "locked"
    TENTATIVE = "tentative"
    STRANGER = "stranger"


def usable_address(host: str, port: int, *, ipv6: bool) -> Address | None:
    """The address media can be sent to, its host in canonical form; None for names, multicast, 0.0.0.0 and the like."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if (address.version == 6) != ipv6 or not 0 < port <= 65535:
        return None
    if address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255":
        return None
    return str(address), port


class SourceLock:
    """The learning of one leg. ``locked`` is the source once it is known."""

    __slots__ = ("_last_at", "_run", "_sequence", "_tentative", "expected", "locked")

    def __init__(self) -> None:
        self.expected: tuple[Address, ...] = ()
        self.locked: Address | None = None
        self._forget()

    def _forget(self) -> None:
        self._tentative: tuple[Address, int] | None = None
        self._run = 0
        self._sequence = 0
        self._last_at = 0.0

    def expect(self, signalled: Address | None) -> None:
        """Learn (again): believe ``signalled`` at once, and the source known so far too."""
        trusted = (signalled, self.locked)
        self.expected = tuple(address for address in trusted if address is not None)
        self.locked = None
        self._forget()

    def judge(self, source: Address, sequence: int, ssrc: int, now: float) -> Source:
        """Look at a valid packet's sender. What a tentative source says is not believed yet: it might be a stranger."""
        if self.locked is not None:
            return Source.LOCKED if source == self.locked else Source.STRANGER
        if source in self.expected:
            self.locked = source
            return Source.LOCKED
        candidate = (source, ssrc)
        if self._tentative != candidate:
            if self._tentative is not None and now - self._last_at < TENTATIVE_SECONDS:
                return Source.STRANGER
            self._tentative, self._run = candidate, 0
        elif not 0 < sequence_step(sequence, self._sequence) < MAX_STEP:
            self._run = 0
        self._sequence, self._last_at = sequence, now
        self._run += 1
        if self._run < LOCK_PACKETS:
            return Source.TENTATIVE
        self.locked = source
        return Source.LOCKED
