"""Even/odd port pairs (RFC 3550 section 11) of a range.

A pair that is given back rests before it is used again, so that late packets of one call are never heard in the next.
"""

from __future__ import annotations

import random
from collections import deque

REST_SECONDS = 5.0


class PortsExhausted(Exception):
    """Every pair of the range is in use or rests; the text is a sentence for the log."""


class PortPool:
    """The pairs of ``low`` to ``high``, both included, in random order; each is known by its even RTP port.

    In order, a block of ports that another program holds would have to be tried through one by one.
    """

    def __init__(self, low: int, high: int, *, rest: float = REST_SECONDS, chance: random.Random | None = None) -> None:
        first = low + low % 2
        if not 0 < first < high <= 65535:
            raise ValueError(f"no even/odd pair of ports in {low}-{high}")
        self.low, self.high, self.rest = low, high, rest
        ports = list(range(first, high, 2))
        (chance or random.Random()).shuffle(ports)
        self._free = deque(ports)
        self._resting: deque[tuple[float, int]] = deque()
        self._taken: set[int] = set()

    @property
    def taken(self) -> int:
        """The number of pairs in use."""
        return len(self._taken)

    def take(self, now: float) -> int:
        """The RTP port of a free pair. Raises PortsExhausted."""
        while self._resting and self._resting[0][0] <= now:
            self._free.append(self._resting.popleft()[1])
        if not self._free:
            raise PortsExhausted(
                f"all RTP ports of {self.low}-{self.high} are taken: {len(self._taken)} pairs in use, "
                f"{len(self._resting)} resting after a call"
            )
        port = self._free.popleft()
        self._taken.add(port)
        return port

    def give_back(self, port: int, now: float) -> None:
        """Let a pair rest for ``rest`` seconds; one that is not in use is left alone."""
        if port in self._taken:
            self._taken.remove(port)
            self._resting.append((now + self.rest, port))
