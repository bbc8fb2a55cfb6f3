"""The control door from outside: what the console and the commands ask of the engine that runs on this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar, overload

from engine.control.frames import MAX_ANSWER, BadFrame, Frames, framed, read_answer
from engine.control.messages import (
    Answer,
    Call,
    Calls,
    ListCalls,
    ListPhones,
    LookAgain,
    News,
    NotReloaded,
    Phone,
    Phones,
    RefusalReason,
    Refused,
    Reload,
    Reloaded,
    Request,
    Ring,
    TestCallBegan,
    TestCallEnded,
    Watch,
    Watching,
)
from engine.control.place import connected, door_of
from engine.settings import Settings

ANSWER_SECONDS = 10.0
RELOAD_SECONDS = 120.0
"""Dialplans with much to be spoken take their time."""
RING_SECONDS = 60.0
READ_BYTES = 1 << 16

Kind = TypeVar("Kind")
Other = TypeVar("Other")


class NotRunning(Exception):
    """No engine answers; the text is a sentence."""


class ControlRefused(Exception):
    """The engine will not; the text is a sentence."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.text)
        self.reason: RefusalReason = refusal.reason


class Control:
    """Asks the engine of these settings. Each question is a connection of its own; all raise NotRunning and
    ControlRefused. They block for a moment (a reload for as long as it takes): in async code, call them in a thread.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = door_of(settings)

    def registered(self, account: str | None = None) -> tuple[Phone, ...]:
        """The phones that are registered, of one account or of all."""
        return self._ask(ListPhones(account), Phones).phones

    def calls(self, account: str | None = None) -> tuple[Call, ...]:
        """The calls in progress, the oldest first."""
        return self._ask(ListCalls(account), Calls).calls

    def reload(self) -> Reloaded | NotReloaded:
        """Have all dialplans read anew."""
        with self._asked(Reload(), RELOAD_SECONDS) as answers:
            return _expected(next(answers), Reloaded, NotReloaded)

    def ring(self, account: str, extension: str) -> int:
        """Begin a test call to somebody's phones: how many ring. It goes on when this returns."""
        return self._ask(Ring(account, extension), TestCallBegan).phones

    def ring_through(self, account: str, extension: str) -> Iterator[TestCallBegan | TestCallEnded]:
        """The same, and what comes of it."""
        with self._asked(Ring(account, extension), RING_SECONDS) as answers:
            began = _expected(next(answers), TestCallBegan, TestCallEnded)
            yield began
            if isinstance(began, TestCallBegan):
                yield _expected(next(answers), TestCallEnded)

    async def watch(self, account: str | None = None) -> AsyncIterator[News]:
        """What happens from now on, for as long as the engine runs; then NotRunning.

        The first news are LookAgain: whoever then asks what is now misses nothing.
        """
        reader, writer = await self._opened()
        try:
            writer.write(framed(Watch(account)))
            frames = Frames(MAX_ANSWER)
            while data := await reader.read(READ_BYTES):
                for frame in frames.feed(data):
                    told = read_answer(frame)
                    if isinstance(told, Refused):
                        raise ControlRefused(told)
                    if isinstance(told, Watching):
                        yield LookAgain()
                    elif isinstance(told, News):
                        yield told
        except (OSError, BadFrame) as problem:
            raise NotRunning(f"the connection to Belplan broke: {problem}") from None
        finally:
            writer.close()
        raise NotRunning("Belplan has stopped")

    # --- the wire ---------------------------------------------------------------------------------------------------

    def _ask(self, request: Request, kind: type[Kind]) -> Kind:
        with self._asked(request, ANSWER_SECONDS) as answers:
            return _expected(next(answers), kind)

    @contextmanager
    def _asked(self, request: Request, seconds: float) -> Iterator[Iterator[Answer | News]]:
        """The answers to a request, each of which may take so many seconds."""
        talking = self._connected()
        try:
            talking.settimeout(seconds)
            with suppress(BrokenPipeError, ConnectionResetError):  # who is refused at once can read why
                talking.sendall(framed(request))
            yield _answers(talking)
        except (OSError, BadFrame) as problem:
            raise NotRunning(f"Belplan does not answer: {problem}") from None
        finally:
            talking.close()

    def _connected(self) -> socket.socket:
        try:
            return connected(self._path, ANSWER_SECONDS)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            raise NotRunning("Belplan is not running (belplan serve starts it)") from None
        except OSError as problem:
            raise NotRunning(f"Belplan cannot be asked: {problem.strerror or problem} ({self._path})") from None

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        talking = await asyncio.to_thread(self._connected)
        try:
            talking.setblocking(False)
            return await asyncio.open_unix_connection(sock=talking)
        except BaseException:
            talking.close()
            raise


def _answers(talking: socket.socket) -> Iterator[Answer | News]:
    frames = Frames(MAX_ANSWER)
    while data := talking.recv(READ_BYTES):
        yield from map(read_answer, frames.feed(data))
    raise ConnectionResetError("it has stopped")


@overload
def _expected(answer: Answer | News, kind: type[Kind]) -> Kind: ...
@overload
def _expected(answer: Answer | News, kind: type[Kind], other: type[Other]) -> Kind | Other: ...
def _expected(answer: Answer | News, kind: type[Kind], other: type[Other] | None = None) -> Kind | Other:
    if isinstance(answer, Refused):
        raise ControlRefused(answer)
    if isinstance(answer, kind) or (other is not None and isinstance(answer, other)):
        return answer
    raise BadFrame(f"it answers {type(answer).__name__}: is it another version?")
