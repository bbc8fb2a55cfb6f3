"""What reaches a ringing from elsewhere while it goes on: targets that join it, and somebody who takes the call."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

from engine.call.ring_plan import Target

Taker = TypeVar("Taker")


class RingNews(Generic[Taker]):
    """One ringing's letter box. A ``Taker`` is whoever can talk to the caller in place of the phones that ring.

    It is open for one ringing: what comes after that ended is too late.
    """

    def __init__(self) -> None:
        self._coming: deque[Target] = deque()
        self._taker: Taker | None = None
        self._closed = False
        self._changed: asyncio.Future[None] | None = None

    def add(self, target: Target) -> None:
        """Let a target ring as well; its ``after`` counts from now on."""
        self._coming.append(target)
        self._tell()

    def take(self, taker: Taker) -> bool:
        """Take the call: the phones stop ringing. False if somebody else was sooner, or nothing rings any more."""
        if self._closed or self._taker is not None:
            return False
        self._taker = taker
        self._tell()
        return True

    @property
    def taker(self) -> Taker | None:
        return self._taker

    def next_target(self) -> Target | None:
        """A target that has come and is not rung yet."""
        return self._coming.popleft() if self._coming else None

    @property
    def unread(self) -> bool:
        """Whether something has come that the ringing must look at before it ends."""
        return bool(self._coming) or self._taker is not None

    def changed(self) -> asyncio.Future[None]:
        """Done with the next news."""
        if self._changed is None or self._changed.done():
            self._changed = asyncio.get_running_loop().create_future()
            if self.unread:
                self._changed.set_result(None)
        return self._changed

    @property
    def closed(self) -> bool:
        """Whether what comes now is too late."""
        return self._closed

    def close(self) -> None:
        """The ringing is over."""
        self._closed = True

    def _tell(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)
