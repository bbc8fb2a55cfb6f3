"""Keys that hold until a moment, as many as there is room for."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Recent(Generic[Key]):
    """At most ``most`` keys; the one marked longest ago makes room for a new one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._until: dict[Key, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def holds(self, key: Key, now: float) -> bool:
        return self._until.get(key, now) > now

    def mark(self, key: Key, until: float) -> None:
        """Hold a key until then."""
        self._until.pop(key, None)
        if len(self._until) >= self._most:
            del self._until[next(iter(self._until))]
        self._until[key] = until

    def drop(self, key: Key) -> None:
        self._until.pop(key, None)

    def forget(self, now: float) -> None:
        """Give back the memory of keys that are over."""
        self._until = {key: until for key, until in self._until.items() if until > now}
