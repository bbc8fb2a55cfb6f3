"""The keys a peer pressed, in order, by whichever way its phone sends them, each press once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

MAX_TYPED_AHEAD = 32
DOUBLE_SENDING_SECONDS = 0.6
"""How far apart the two reports of one press may come from a phone that sends each key in two ways."""
MAX_REMEMBERED = 16
"""Presses whose other report may still come."""

DIGITS = frozenset("0123456789*#ABCD")
INFO_CODES = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
MAX_INFO_BYTES = 256


@dataclass(frozen=True, slots=True)
class Press:
    """A key, how it came (``rfc4733``, ``inband``, ``info``) and when (monotonic seconds)."""

    digit: str
    method: str
    at: float


class KeyPresses:
    """A bounded queue of presses. A phone set to send each key in two ways is heard once.

    Each way reports the presses in their order. So a press is a second report if the same key was taken a moment ago
    by another way that this one has not reported yet, whatever other keys came in between.

    ``on_press`` hears of each press once it is known what became of it, and whether somebody had asked for it: what is
    typed ahead may be a PIN, and nobody knows before it is taken. ``listener`` has each press as it comes, and nobody
    else then. ``watcher`` sees each press, whatever else comes of it.
    """

    def __init__(self) -> None:
        self._waiting: deque[Press] = deque()
        self._news: asyncio.Future[None] | None = None
        self._taken: deque[tuple[Press, set[str]]] = deque(maxlen=MAX_REMEMBERED)
        self.on_press: Callable[[Press, bool], None] | None = None
        self.listener: Callable[[Press], object] | None = None
        self.watcher: Callable[[Press], object] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def press(self, digit: str, method: str, at: float) -> bool:
        """Take a press; False when it is the same press heard another way, or too many wait."""
        for taken, methods in self._taken:
            near = abs(at - taken.at) < DOUBLE_SENDING_SECONDS
            if near and taken.digit == digit and method not in methods:
                methods.add(method)
                return False
        press = Press(digit, method, at)
        if self.watcher is not None:
            self.watcher(press)
        if self.listener is not None:
            self._taken.append((press, {method}))
            self.listener(press)
            return True
        if len(self._waiting) >= MAX_TYPED_AHEAD:
            return False
        self._taken.append((press, {method}))
        self._waiting.append(press)
        self.wake()
        return True

    async def next(self, deadline: float | None) -> Press | None:
        """The next press; None once ``deadline`` (monotonic seconds of the loop) has passed, or on ``wake``.

        Whoever takes it either calls ``tell`` or puts it back.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting and (deadline is None or loop.time() < deadline):
            self._news = loop.create_future()
            timer = loop.call_at(deadline, self.wake) if deadline is not None else None
            try:
                await self._news
            finally:
                if timer is not None:
                    timer.cancel()
                self._news = None
        return self._waiting.popleft() if self._waiting else None

    def wake(self) -> None:
        """Let whoever waits in ``next`` look at the clock again."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def put_back(self, press: Press) -> None:
        """Let ``press`` be the next one."""
        self._waiting.appendleft(press)

    def tell(self, press: Press, *, asked: bool = True) -> None:
        """Tell of a press: somebody had ``asked`` for it, or nothing came of it."""
        if self.on_press is not None:
            self.on_press(press, asked)

    def clear(self, *, asked: bool = False) -> None:
        """Forget what was typed ahead."""
        while self._waiting:
            self.tell(self._waiting.popleft(), asked=asked)


def info_digit(content_type: str, body: bytes) -> str | None:
    """The key in an INFO body, ``application/dtmf-relay`` (Signal=5) or ``application/dtmf`` (5); None without one."""
    text = body[:MAX_INFO_BYTES].decode("ascii", "replace")
    if content_type == "application/dtmf-relay":
        for line in text.splitlines():
            name, _, value = line.partition("=")
            if name.strip().lower() == "signal":
                return _digit(value)
        return None
    if content_type == "application/dtmf":
        return _digit(text)
    return None


def _digit(text: str) -> str | None:
    text = text.strip().upper()
    digit = INFO_CODES.get(text, text)
    return digit if digit in DIGITS else None
