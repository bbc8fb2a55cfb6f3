"""Token buckets by key, as one moment each: cheap to ask, and bounded however many keys there are."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

MAX_KEYS: Final = 16_384
"""Keys that one table of buckets remembers at least; it never holds more than twice as many."""

_ROUNDING: Final = 1e-6

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_second`` on the average, ``burst`` at once after a rest."""

    per_second: float
    burst: float

    def times(self, factor: float) -> Rate:
        return Rate(self.per_second * factor, self.burst * factor)


class Buckets(Generic[Key]):
    """A bucket of one ``rate`` for each key.

    What is kept of a bucket is the moment at which it is full again. Two generations of keys take turns, so that
    forgetting costs nothing; a key that is forgotten begins with a full bucket.
    """

    def __init__(self, rate: Rate, max_keys: int = MAX_KEYS) -> None:
        self._interval = 1.0 / rate.per_second
        self._patience = (rate.burst + _ROUNDING) * self._interval
        self._max_keys = max_keys
        self._young: dict[Key, float] = {}
        self._old: dict[Key, float] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def take(self, key: Key, now: float, cost: float = 1.0) -> bool:
        """Take a token; False if there is none. ``cost`` more than one empties the bucket the sooner."""
        full_at = self._young.get(key)
        if full_at is None:
            full_at = self._old.get(key, now)
        full_at = max(full_at, now) + self._interval
        if full_at - now > self._patience:
            return False
        self._keep(key, full_at + (cost - 1.0) * self._interval)
        return True

    def drain(self, key: Key, now: float, cost: float) -> None:
        """Take tokens for something that has happened already; at most all of them are missing then."""
        full_at = max(self._young.get(key, self._old.get(key, now)), now) + cost * self._interval
        self._keep(key, min(full_at, now + self._patience))

    def forget(self, now: float) -> None:
        """Give back the memory of buckets that are full again; they are bounded without that, too."""
        self._young, self._old = (
            {key: full_at for key, full_at in each.items() if full_at > now} for each in (self._young, self._old)
        )

    def _keep(self, key: Key, full_at: float) -> None:
        if len(self._young) >= self._max_keys and key not in self._young:
            self._old, self._young = self._young, {}
        self._young[key] = full_at
