"""A wire that loses, repeats and reorders, as it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from sip.flow import Flow

Fate = tuple[float, ...]
"""After how many seconds each copy of a packet arrives; none at all: it is lost."""

ON_TIME: Fate = (0.01,)
LOST: Fate = ()
TWICE: Fate = (0.01, 0.03)
LATE: Fate = (0.7,)
"""Later than its own first repetition."""


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """A copy of a packet that reaches ``receiver``; ``flow`` is as that one sees it."""

    at: float
    number: int
    receiver: str
    data: bytes
    flow: Flow


class LossyWire:
    """Carries the packets of two parties. ``fates`` tells what becomes of the n-th one (from 0), ``usual`` of others.

    What goes over a reliable transport arrives once and in order.
    """

    def __init__(self, fates: Mapping[int, Fate] | None = None, usual: Fate = ON_TIME) -> None:
        self.sent = 0
        self._fates = fates or {}
        self._usual = usual
        self._arrivals: list[Arrival] = []
        self._numbers = 0

    def carry(self, data: bytes, flow: Flow, receiver: str, now: float) -> Fate:
        """Take a packet that its sender gives to ``flow``; its fate."""
        fate = ON_TIME if flow.reliable else self._fates.get(self.sent, self._usual)
        self.sent += 1
        seen = Flow(flow.transport, flow.remote, flow.local, flow.connection)
        for delay in fate:
            self._numbers += 1
            heappush(self._arrivals, Arrival(now + delay, self._numbers, receiver, data, seen))
        return fate

    def next_at(self) -> float | None:
        """When the next packet arrives, None if none is under way."""
        return self._arrivals[0].at if self._arrivals else None

    def due(self, now: float) -> list[Arrival]:
        """Take out what has arrived."""
        found = []
        while self._arrivals and self._arrivals[0].at <= now:
            found.append(heappop(self._arrivals))
        return found
