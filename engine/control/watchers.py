"""Those who watch: news are written to each as fast as they read them, and no call ever waits for one who does not."""

from __future__ import annotations

import asyncio
from typing import Protocol

from engine.control.frames import framed
from engine.control.messages import LookAgain, News, account_of

GATHER_SECONDS = 0.05
"""News of so long travel together."""
MAX_BACKLOG = 256 << 10
"""Bytes that wait for a watcher; one who is further behind misses what comes until they have read all that."""
PATIENCE_SECONDS = 60.0
"""One who has read nothing for so long while behind is let go."""


class Way(Protocol):
    """What a watcher is written to by (asyncio.WriteTransport)."""

    def write(self, data: bytes) -> None: ...

    def get_write_buffer_size(self) -> int: ...

    def abort(self) -> None: ...


class Watcher:
    """One who watches an account, or all."""

    def __init__(self, way: Way, account: str | None) -> None:
        self.account = account
        self.behind_since: float | None = None
        self._way = way
        self._gathered: list[bytes] = []
        self._size = 0

    def wants(self, account: str | None) -> bool:
        return account is None or self.account in (None, account)

    def gather(self, news: bytes, now: float) -> None:
        """Keep news to be written soon; whoever is too far behind to be given more misses them."""
        if self.behind_since is None and self._size + self._way.get_write_buffer_size() > MAX_BACKLOG:
            self.behind_since = now
        if self.behind_since is None:
            self._gathered.append(news)
            self._size += len(news)

    def write(self, now: float) -> bool:
        """Write what was gathered. False for one who is let go."""
        if self._gathered:
            self._way.write(b"".join(self._gathered))
            self._gathered.clear()
            self._size = 0
        if self.behind_since is not None:
            if self._way.get_write_buffer_size() == 0:
                self.behind_since = None
                self._way.write(framed(LookAgain()))
            elif now - self.behind_since >= PATIENCE_SECONDS:
                self._way.abort()
                return False
        return True


class Watchers:
    """All who watch. As long as nobody does, nothing is made of what happens."""

    def __init__(self) -> None:
        self._watchers: dict[Way, Watcher] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __bool__(self) -> bool:
        return bool(self._watchers)

    def join(self, way: Way, account: str | None) -> None:
        self._watchers[way] = Watcher(way, account)

    def leave(self, way: Way) -> None:
        self._watchers.pop(way, None)
        if not self._watchers and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def tell(self, news: News) -> None:
        """Tell all whom it concerns, within GATHER_SECONDS."""
        account, now = account_of(news), asyncio.get_running_loop().time()
        concerned = [watcher for watcher in self._watchers.values() if watcher.wants(account)]
        if not concerned:
            return
        written = framed(news)
        for watcher in concerned:
            watcher.gather(written, now)
        if self._timer is None:
            self._write_soon()

    def _write_soon(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._write)

    def _write(self) -> None:
        self._timer, now = None, asyncio.get_running_loop().time()
        for way, watcher in list(self._watchers.items()):
            if not watcher.write(now):
                self.leave(way)
        if any(watcher.behind_since is not None for watcher in self._watchers.values()):
            self._write_soon()
