"""One connection through the control door: a request, and its answer. Nothing here waits for whoever is outside."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from typing import Protocol, cast

from engine.control.frames import MAX_REQUEST, BadFrame, Frames, TooLong, framed, read_request
from engine.control.messages import Answer, RefusalReason, Refused, Request

REQUEST_SECONDS = 5.0
"""How long a request may take to come in."""
ANSWER_SECONDS = 30.0
"""How long an answer may take to be read."""
_CREDENTIALS = struct.Struct("3i")


class House(Protocol):
    """What is behind the door."""

    def admits(self, visit: Visit) -> Refused | None:
        """Why somebody is not let in."""
        ...

    def take(self, request: Request, visit: Visit) -> None:
        """Do what is asked and answer it, now or later; whoever watches is not answered for the last time."""
        ...

    def gone(self, visit: Visit) -> None: ...


class Visit(asyncio.Protocol):
    """Somebody at the door."""

    def __init__(self, house: House) -> None:
        self.transport: asyncio.Transport
        self._house = house
        self._frames = Frames(MAX_REQUEST)
        self._asked = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        refusal = self._house.admits(self)
        if refusal is not None:
            self.close(refusal)
            return
        self._within(REQUEST_SECONDS, self._too_late)

    @property
    def user(self) -> int:
        """The user id of the process at the other end, as the kernel knows it."""
        talking: socket.socket = self.transport.get_extra_info("socket")
        credentials = talking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        return int(_CREDENTIALS.unpack(credentials)[1])

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        try:
            for frame in self._frames.feed(data):
                self._take(frame)
        except TooLong as problem:
            self.close(Refused(RefusalReason.TOO_LONG, str(problem)))
        except BadFrame as problem:
            self.close(Refused(RefusalReason.MALFORMED, f"this is no request: {problem}"))

    def _take(self, frame: bytes) -> None:
        if self._asked:
            self.close(Refused(RefusalReason.ONE_REQUEST, "open another connection for another request"))
            return
        request = read_request(frame)
        self._asked = True
        self._stop_timer()
        self._house.take(request, self)

    def eof_received(self) -> bool:
        """Who has asked may have closed their side: they are answered all the same."""
        return self._asked

    def say(self, answer: Answer) -> None:
        """Answer; something more is to come."""
        if not self.transport.is_closing():
            self.transport.write(framed(answer))

    def close(self, answer: Answer) -> None:
        """Answer for the last time."""
        if not self.transport.is_closing():
            self.transport.write(framed(answer))
            self.transport.close()
            self._within(ANSWER_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio gives it
        self._stop_timer()
        self._house.gone(self)

    def _too_late(self) -> None:
        self.close(Refused(RefusalReason.TOO_LATE, f"no request came within {REQUEST_SECONDS:.0f} s"))

    def _within(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, otherwise)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def may_come(user: int) -> bool:
    """Whether a user may: the one we run as, and root, whom nothing keeps out anyway."""
    return user in (os.geteuid(), 0)
