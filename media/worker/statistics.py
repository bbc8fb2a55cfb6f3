"""What a receiver knows of a source: sequence numbers, loss and jitter (RFC 3550 sections 6.4.1, A.1, A.3, A.8)."""

from __future__ import annotations

from dataclasses import dataclass

from media.rtp import MAX_DROPOUT, MAX_MISORDER, SAMPLE_RATE

MAX_TRANSIT_JUMP = SAMPLE_RATE * 10
"""A change of the transit time beyond this, in ticks, is a new clock at the source and no jitter."""


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
    """Counts one leg's incoming packets over all the sources (SSRC) it has had; ``rate`` is their clock's, in Hz."""

    __slots__ = (
        "_base",
        "_before",
        "_cycles",
        "_earlier_lost",
        "_expected_prior",
        "_next",
        "_received_prior",
        "_transit",
        "jitter",
        "rate",
        "received",
        "ssrc",
    )

    def __init__(self) -> None:
        self.ssrc: int | None = None
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

    def update(self, sequence: int, timestamp: int, ssrc: int, now: float) -> None:
        """Count an audio packet that arrived at ``now`` (seconds)."""
        if sequence == self._next and ssrc == self.ssrc and sequence:
            self._next = sequence + 1
            self.received += 1
        else:
            self.count(sequence, ssrc)
        transit = now * self.rate - timestamp
        change = abs(transit - self._transit)
        if change < MAX_TRANSIT_JUMP:
            self.jitter += (change - self.jitter) * 0.0625
        self._transit = transit

    def count(self, sequence: int, ssrc: int) -> None:
        """Count a packet whose timestamp says nothing of its sending time (telephone-event)."""
        if ssrc != self.ssrc:
            self._restart(sequence, ssrc)
        else:
            ahead = (sequence - self._next) & 0xFFFF
            if ahead < MAX_DROPOUT:
                if sequence < self._next & 0xFFFF or self._next == 0x10000:
                    self._cycles += 0x10000
                self._next = sequence + 1
            elif ahead < 0x10000 - MAX_MISORDER:
                self._restart(sequence, ssrc)
        self.received += 1

    def _restart(self, sequence: int, ssrc: int) -> None:
        self._earlier_lost += self._lost_now()
        self.ssrc = ssrc
        self._base, self._next = sequence, sequence + 1
        self._before = self.received
        self._cycles = 0
        self._expected_prior = self._received_prior = 0

    def _lost_now(self) -> int:
        return max(0, self._expected() - self._heard()) if self.ssrc is not None else 0

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
