"""Symmetric RTP: where a leg's media comes from, learnt from the first packets and then kept, so that nobody steals it.

The signalled address is believed at its first valid packet. A phone behind a router sends from another one: that source
is believed after LOCK_PACKETS packets in sequence if its host is the signalled one or that of the peer's SIP, and for
SETTLE_SECONDS the signalled one may still take its place. From then on the loop connects the socket to the source, and
the kernel drops strangers before they cost us anything; they can no longer be counted then, which is the price of not
looking at each packet's sender. A new remote address, or a leg taken off hold, begins the learning anew; the old source
is then trusted like a signalled one.

Whoever sends from a third host is a foreigner: a phone whose SIP comes through a proxy, or somebody who sends to all
our ports to be sent somebody's call ("RTP bleed"). One is heard after FOREIGN_PACKETS, never settled, and gone as soon
as somebody nearer speaks; where the peer's SIP and its SDP name the same host, there is none to be waited for.

A source that falls silent is doubted: its router may have given the phone another port. Whoever goes on under its SSRC,
32 bits that only those know who could hear it, is the phone.

Media goes to ``aim``; ``proved`` says whether the peer has shown to be at its host, by its SIP or by a packet from
there. Whoever has not may be anybody, named to be flooded: proving.py says how little is sent there.
"""

from __future__ import annotations

import ipaddress
from enum import Enum

from media.rtp import sequence_step

Address = tuple[str, int]

LOCK_PACKETS = 4
FOREIGN_PACKETS = 25
"""Half a second: who was called, or calls, has spoken by then if nothing is wrong."""
SETTLE_SECONDS = 2.0
"""How long the signalled address may take the place of another source that was heard first."""
DOUBT_SECONDS = 1.0
"""Silence after which a source is doubted; phones that send nothing in pauses lose nothing by it."""
MAX_CANDIDATES = 8
"""Sources tried at a time, so that nobody keeps the phone from being learnt by sending too."""
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
    """The learning of one leg.

    ``locked`` is the source once it is known, ``settled`` says that no other can take its place any more, and ``aim``
    where media goes meanwhile: the source of before if the peer signals what it did then, else what it signals.
    """

    __slots__ = (
        "_beside",
        "_candidates",
        "_known_ssrc",
        "_locked_at",
        "_near",
        "_proved",
        "_signalled",
        "aim",
        "expected",
        "locked",
        "settled",
    )

    def __init__(self) -> None:
        self.expected: tuple[Address, ...] = ()
        self.locked: Address | None = None
        self.settled = False
        self.aim: Address | None = None
        self._signalled: Address | None = None
        self._beside: str | None = None
        self._near: frozenset[str] = frozenset()
        self._proved: frozenset[str] = frozenset()
        self._locked_at = 0.0
        self._known_ssrc: int | None = None
        self._candidates: dict[tuple[Address, int], _Candidate] = {}

    @property
    def proved(self) -> bool:
        """Whether the peer is known to be where media goes."""
        return self.aim is not None and self.aim[0] in self._proved

    def expect(self, signalled: Address | None, beside: str | None = None) -> None:
        """Learn (again): believe ``signalled`` at once, and the source known so far too.

        ``beside`` is the host that the peer's SIP comes from.
        """
        trusted = (signalled, self.locked)
        self.expected = tuple(address for address in trusted if address is not None)
        self.aim = (self.locked or self.aim) if signalled == self._signalled else None
        self.aim = self.aim or signalled
        self._proved = frozenset() if self.locked is None else frozenset({self.locked[0]})
        self._signalled = signalled
        self.locked, self.settled = None, False
        self._known_ssrc = None
        self._candidates.clear()
        self.sit_beside(beside)

    def sit_beside(self, host: str | None) -> None:
        """The peer's SIP comes from ``host``; what was learnt stays."""
        self._beside = host
        hosts = {address[0] for address in self.expected}
        self._near = frozenset(hosts if host is None else hosts | {host})

    def prove(self, host: str) -> bool:
        """The peer is at ``host``. True if that lets media go where it could not before."""
        before = self.proved
        if self.aim is not None and host == self.aim[0]:
            self._proved |= {host}
        return self.proved and not before

    def is_near(self, host: str) -> bool:
        """Whether the peer may well be at ``host``: it is there, its SIP comes from there, or its SDP says so."""
        return host in self._near or (self.locked is not None and host == self.locked[0])

    def doubt(self, ssrc: int | None) -> None:
        """The source has been silent for long: it is believed again at once, another one if it has its SSRC."""
        assert self.locked is not None
        self.expected = (self.locked,)
        self._near |= {self.locked[0]}
        self.locked, self.settled = None, False
        self._known_ssrc = ssrc
        self._candidates.clear()

    def judge(self, source: Address, sequence: int, ssrc: int, now: float, *, sure: bool = False) -> Source:
        """Look at a valid packet's sender. What a tentative source says is not believed yet: it might be a stranger.

        ``sure`` of a packet that only the peer can have made, as it has the keys: then wherever it comes from.
        """
        if source == self.locked:
            if not self.settled and now - self._locked_at >= SETTLE_SECONDS:
                self.settled = not self._is_foreign(source)
            return Source.LOCKED
        if self.settled:
            return Source.STRANGER
        if source in self.expected or sure:
            return self._believe(source, now, settled=True)
        foreign = self._is_foreign(source)
        if not self._may_come(foreign, ssrc):
            return Source.STRANGER
        known = self._known_ssrc is not None
        if self._run(source, sequence, ssrc, now) < (FOREIGN_PACKETS if foreign and not known else LOCK_PACKETS):
            return Source.TENTATIVE
        return self._believe(source, now, settled=known or not (self.expected or foreign))

    def _is_foreign(self, source: Address) -> bool:
        return bool(self._near) and source[0] not in self._near

    def _may_come(self, foreign: bool, ssrc: int) -> bool:
        """Whether a source other than the expected ones may be the peer at all."""
        if self._known_ssrc is not None:
            return ssrc == self._known_ssrc
        if foreign and self._signalled is not None and self._signalled[0] == self._beside:
            return False
        return self.locked is None or (self._is_foreign(self.locked) and not foreign)

    def _believe(self, source: Address, now: float, *, settled: bool) -> Source:
        self.locked = self.aim = source
        self._proved |= {source[0]}
        if self._known_ssrc is not None:
            # it has moved, wherever to
            self._near |= {source[0]}
        self.settled, self._locked_at = settled, now
        self._known_ssrc = None
        self._candidates.clear()
        return Source.LOCKED

    def _run(self, source: Address, sequence: int, ssrc: int, now: float) -> int:
        """How many packets in sequence have come from a source, this one included."""
        candidates = self._candidates
        candidate = candidates.get((source, ssrc))
        if candidate is None:
            if len(candidates) >= MAX_CANDIDATES:
                del candidates[min(candidates, key=lambda key: (candidates[key].run, candidates[key].at))]
            candidate = candidates[source, ssrc] = _Candidate()
        in_sequence = 0 < sequence_step(sequence, candidate.sequence) < MAX_STEP
        candidate.run = candidate.run + 1 if in_sequence else 1
        candidate.sequence, candidate.at = sequence, now
        return candidate.run


class _Candidate:
    """A source that is being tried."""

    __slots__ = ("at", "run", "sequence")

    def __init__(self) -> None:
        self.at = 0.0
        self.run = 0
        self.sequence = 0
