"""What a receiver knows of a source: sequence numbers, loss and jitter (RFC 3550 sections 6.4.1, A.1, A.3, A.8).

It also says which packets are no part of it, though they come from its address: whoever can write that address into
packets still has to guess the SSRC of who speaks, 32 bits. A source that is given up for another (a re-INVITE, a
gateway that switches over) has fallen silent by then.
"""

from __future__ import annotations

from dataclasses import dataclass

from media.rtp import MAX_DROPOUT, MAX_MISORDER, SAMPLE_RATE, Drop

MAX_TRANSIT_JUMP = SAMPLE_RATE * 10
"""A change of the transit time beyond this, in ticks, is a new clock at the source and no jitter."""
SOURCE_PACKETS = 3
"""In sequence, after which another SSRC is believed ..."""
SILENT_SECONDS = 0.05
"""... if the one before has said nothing for so long."""
NOBODY = -1


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """A report block of SR and RR: loss and jitter since the start; jitter in samples, LSR and DLSR as on the wire."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_sr: int = 0
    delay_since_sr: int = 0


class SourceStatistics:
    """Counts one leg's incoming packets over all the sources (SSRC) it has had; ``rate`` is their clock's, in Hz.

    The first source is believed at once, unless ``wary``.
    """

    __slots__ = (
        "_at",
        "_bad",
        "_base",
        "_before",
        "_cycles",
        "_earlier_lost",
        "_expected_prior",
        "_missing",
        "_newcomer",
        "_next",
        "_received_prior",
        "_senior",
        "_transit",
        "jitter",
        "rate",
        "received",
        "ssrc",
    )

    def __init__(self, *, wary: bool = False) -> None:
        self.ssrc: int | None = NOBODY if wary else None
        self.rate = SAMPLE_RATE
        self.jitter = 0.0
        self.received = 0
        self._before = 0
        self._base = 0
        self._next = 0
        self._cycles = 0
        self._transit = 0.0
        self._earlier_lost = 0
        self._expected_prior = 0
        self._received_prior = 0
        self._at = -SILENT_SECONDS
        self._bad: int | None = None
        self._missing: set[int] = set()
        self._newcomer = (NOBODY, 0, 0)
        self._senior: int | None = None

    def update(self, sequence: int, timestamp: int, ssrc: int, now: float) -> Drop | None:
        """Count an audio packet that arrived at ``now`` (seconds), or say why it is not to be used."""
        if sequence == self._next and ssrc == self.ssrc and sequence:
            self._next = sequence + 1
            self.received += 1
            self._at = now
        elif (drop := self.count(sequence, ssrc, now)) is not None:
            return drop
        transit = now * self.rate - timestamp
        change = abs(transit - self._transit)
        if change < MAX_TRANSIT_JUMP:
            self.jitter += (change - self.jitter) * 0.0625
        self._transit = transit
        return None

    def count(self, sequence: int, ssrc: int, now: float) -> Drop | None:
        """The same for a packet whose timestamp says nothing of its sending time (telephone-event)."""
        drop = self._take(sequence) if ssrc == self.ssrc else self._take_newcomer(sequence, ssrc, now)
        if drop is None:
            self.received += 1
            self._at = now
        return drop

    def _take(self, sequence: int) -> Drop | None:
        """A packet of the source, by appendix A.1; but one that came already is not counted again."""
        ahead = (sequence - self._next) & 0xFFFF
        if ahead < MAX_DROPOUT:
            if ahead:
                self._miss(sequence, ahead)
            if sequence < self._next & 0xFFFF or self._next == 0x10000:
                self._cycles += 0x10000
            self._next = sequence + 1
        elif ahead >= 0x10000 - MAX_MISORDER:
            if sequence not in self._missing:
                return Drop.DUPLICATE
            self._missing.discard(sequence)
        elif sequence == self._bad:
            assert self.ssrc is not None
            self._restart(sequence, self.ssrc)
        else:
            self._bad = (sequence + 1) & 0xFFFF
            return Drop.SEQUENCE
        return None

    def _miss(self, sequence: int, ahead: int) -> None:
        """Remember the numbers that were left out before ``sequence``: what else comes late has come before."""
        self._missing = {number for number in self._missing if (sequence - number) & 0xFFFF <= MAX_MISORDER}
        self._missing.update((sequence - back) & 0xFFFF for back in range(1, min(ahead, MAX_MISORDER) + 1))

    def _take_newcomer(self, sequence: int, ssrc: int, now: float) -> Drop | None:
        """A packet of another source: believed if it goes on and the one before does not.

        Whoever was heard before it is believed again with its first packet; the other way round would let an intruder
        come back again and again.
        """
        if self.ssrc is None:
            self._restart(sequence, ssrc)
            return None
        if ssrc == self._senior:
            self._restart(sequence, ssrc)
            self._senior = None
            return None
        known, following, run = self._newcomer
        run = run + 1 if (ssrc, sequence) == (known, following) else 1
        self._newcomer = ssrc, (sequence + 1) & 0xFFFF, run
        if run < SOURCE_PACKETS or now - self._at < SILENT_SECONDS:
            return Drop.SSRC
        self._senior = self.ssrc
        self._restart(sequence, ssrc)
        return None

    def _restart(self, sequence: int, ssrc: int) -> None:
        self._bad = None
        self._missing.clear()
        self._earlier_lost += self._lost_now()
        self.ssrc = ssrc
        self._base, self._next = sequence, sequence + 1
        self._before = self.received
        self._cycles = 0
        self._expected_prior = self._received_prior = 0

    def _lost_now(self) -> int:
        return max(0, self._expected() - self._heard()) if self.ssrc not in (None, NOBODY) else 0

    def _expected(self) -> int:
        return self._cycles + self._next - self._base

    def _heard(self) -> int:
        return self.received - self._before

    @property
    def lost(self) -> int:
        """Packets missing in the sequence numbers, over all sources."""
        return self._earlier_lost + self._lost_now()

    @property
    def jitter_seconds(self) -> float:
        return self.jitter / self.rate

    def report(self) -> ReportBlock | None:
        """The block for the next report; the fraction lost is that since the last one. None before any packet."""
        if self.ssrc is None:
            return None
        expected, received = self._expected(), self._heard()
        expected_interval = expected - self._expected_prior
        lost_interval = expected_interval - (received - self._received_prior)
        self._expected_prior, self._received_prior = expected, received
        fraction = min(255, (lost_interval << 8) // expected_interval) if expected_interval and lost_interval > 0 else 0
        lost = max(-0x800000, min(0x7FFFFF, expected - received))
        return ReportBlock(self.ssrc, fraction, lost, (self._cycles + self._next - 1) & 0xFFFFFFFF, int(self.jitter))
