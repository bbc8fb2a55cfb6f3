"""A leg of a call as the engine sees it: commands go to the worker that holds it, what that says resolves futures."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from media.commands import (
    CloseLeg,
    Command,
    ConfigureLeg,
    DigitPressed,
    Enter,
    Event,
    Hold,
    Join,
    Leave,
    LegClosed,
    LegFailed,
    LegHeard,
    LegOpened,
    LegSilent,
    Mute,
    Part,
    Play,
    Played,
    Record,
    Recorded,
    SendDigits,
    Sound,
    Stop,
    StopRecording,
    Stream,
)
from media.process import WorkerProcess

log = logging.getLogger(__name__)

INJECTED = frozenset({"stranger", "ssrc", "sequence"})
"""Reasons (Drop) that packets of somebody else are dropped for."""
INJECTED_TOLD = 10
"""Fewer are an ordinary change of source."""

CLOSE_SECONDS = 5.0

T = TypeVar("T")


class Ear(Protocol):
    """Somebody who is told of all that the peer of a leg is made to hear."""

    def begin(self, sounds: Sequence[Sound], *, loop: bool = False) -> object: ...

    def stop(self) -> None: ...

    def hold(self, on: bool, sounds: Sequence[Sound] = ()) -> None: ...


class Leg:
    """One leg of a call. Commands given after ``close``, or once its worker died, do nothing.

    ``dead`` becomes "silent" (nothing came for the stream's timeout) or "worker" (its worker died). ``on_digit`` is
    called for each key of the peer, ``on_heard`` when its media first comes, if the stream wants that told; ``ear`` is
    told of what it plays.
    """

    def __init__(self, number: int, worker: WorkerProcess, address: str) -> None:
        loop = asyncio.get_running_loop()
        self.number = number
        self.address = address
        self.port = 0
        self.worker = worker
        self.dead: asyncio.Future[str] = loop.create_future()
        self.on_digit: Callable[[DigitPressed], None] | None = None
        self.on_heard: Callable[[], None] | None = None
        self.ear: Ear | None = None
        self.opened: asyncio.Future[str] = loop.create_future()
        self.closed: asyncio.Future[LegClosed | None] = loop.create_future()
        self._closing = False
        self._plays: dict[int, asyncio.Future[Played]] = {}
        self._records: dict[int, asyncio.Future[Recorded]] = {}
        self._numbers = itertools.count(1)

    @property
    def usable(self) -> bool:
        """Whether commands still reach a worker."""
        return not self._closing and not self.worker.dead

    def _send(self, command: Command) -> None:
        if self.usable:
            self.worker.send(command)

    # --- commands ---------------------------------------------------------------------------------------------------

    def configure(self, stream: Stream) -> None:
        """Set or change the stream, at answer time and at each re-INVITE."""
        self._send(ConfigureLeg(self.number, stream))

    def begin(
        self, sounds: Sequence[Sound], *, barge_in: bool = False, loop: bool = False, over: bool = False
    ) -> asyncio.Future[Played]:
        """Play sounds one after the other, in place of what plays; the future tells how it ended, and never raises.

        ``over`` lets the others of a conference be heard together with them.
        """
        play = next(self._numbers)
        future: asyncio.Future[Played] = asyncio.get_running_loop().create_future()
        if self.usable:
            self._plays[play] = future
            if self.ear is not None:
                self.ear.begin(sounds, loop=loop)
            self._send(Play(self.number, play, tuple(sounds), barge_in, loop, over))
        else:
            future.set_result(Played(self.number, play, False, 0.0, "the leg is closed"))
        return future

    async def play(self, sounds: Sequence[Sound], *, barge_in: bool = False, loop: bool = False) -> Played:
        """Play sounds to their end; cancelling stops them."""
        future = self.begin(sounds, barge_in=barge_in, loop=loop)
        play = max(self._plays, default=0)
        try:
            return await asyncio.shield(future)
        finally:
            if not future.done():
                if self.ear is not None and play == max(self._plays, default=0):
                    self.ear.stop()
                self._send(Stop(self.number, play))

    def stop(self) -> None:
        """Stop what plays; comfort silence, or the bridged partner, is heard again."""
        if self.ear is not None:
            self.ear.stop()
        self._send(Stop(self.number))

    def join(self, other: Leg) -> None:
        """Bridge with another leg. Raises ValueError if it is another worker's (open it ``near`` this one)."""
        if other.worker is not self.worker:
            raise ValueError(f"media legs {self.number} and {other.number} are in different workers")
        if other.usable:
            self._send(Join(self.number, other.number))

    def part(self) -> None:
        """Undo ``join`` for both legs."""
        self._send(Part(self.number))

    def enter(self, room: int) -> None:
        """Take part in a conference of this leg's worker; conference.py gives rooms their numbers."""
        self._send(Enter(self.number, room))

    def leave(self) -> None:
        """Undo ``enter``."""
        self._send(Leave(self.number))

    def mute(self, on: bool) -> None:
        """While ``on``, the others of the conference do not hear this leg."""
        self._send(Mute(self.number, on))

    def hold(self, on: bool, sounds: Sequence[Sound] = ()) -> None:
        """While ``on``, hear ``sounds`` in a loop instead of the bridged partner."""
        if self.ear is not None:
            self.ear.hold(on, sounds)
        self._send(Hold(self.number, on, tuple(sounds)))

    def send_digits(self, digits: str, duration: float = 0.1) -> None:
        """Press keys towards the peer, each for ``duration`` seconds."""
        self._send(SendDigits(self.number, digits, duration))

    async def record(
        self,
        path: str,
        *,
        limit: float = 180.0,
        silence: float | None = None,
        stop_keys: str = "",
        both: bool = False,
    ) -> Recorded:
        """Record to a WAV file until ``limit`` or ``silence`` (s), a key, or ``stop_recording``; cancelling ends it."""
        record = next(self._numbers)
        if not self.usable:
            return Recorded(self.number, record, path, 0.0, "closed")
        future: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self._records[record] = future
        self._send(Record(self.number, record, path, limit, silence, stop_keys, both))
        try:
            return await asyncio.shield(future)
        finally:
            if not future.done():
                self.stop_recording()

    def stop_recording(self) -> None:
        self._send(StopRecording(self.number))

    async def close(self) -> LegClosed | None:
        """Give the ports back; the statistics, or None if the worker died. Closing twice is the same as once."""
        self.abandon()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                return await asyncio.shield(self.closed)
        return None

    aclose = close

    def abandon(self) -> None:
        """Close without waiting for the statistics."""
        self._send(CloseLeg(self.number))
        self._closing = True
        if self.worker.dead:
            self.end(None)

    # --- what the worker says ---------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """An event about this leg."""
        match event:
            case DigitPressed():
                if self.on_digit is not None:
                    self.on_digit(event)
            case Played(play=play):
                if self.ear is not None and play == max(self._plays, default=0):
                    self.ear.stop()
                _settle(self._plays.pop(play, None), event)
            case Recorded(record=record):
                _settle(self._records.pop(record, None), event)
            case LegOpened(port=port):
                self.port = port
                _settle(self.opened, "")
            case LegHeard():
                if self.on_heard is not None:
                    self.on_heard()
            case LegSilent():
                _settle(self.dead, "silent")
            case LegFailed(reason=reason):
                log.warning("media leg %d: %s", self.number, reason)
                if not self.opened.done():
                    self.opened.set_result(reason)
                    self.end(None)
            case LegClosed():
                if not self._closing:
                    _settle(self.dead, "worker")
                _tell_injected(self.port, event)
                self.end(event)
            case _:
                pass

    def worker_died(self) -> None:
        if not self._closing:
            _settle(self.dead, "worker")
        _settle(self.opened, "the media worker died")
        self.end(None)

    def end(self, closed: LegClosed | None) -> None:
        """Nothing more will come: let nobody wait, and whoever took the digits go."""
        self.on_digit = self.on_heard = None
        _settle(self.closed, closed)
        failed = "" if closed else "the media worker died"
        for play, playing in self._plays.items():
            _settle(playing, Played(self.number, play, False, 0.0, failed))
        for record, recording in self._records.items():
            _settle(recording, Recorded(self.number, record, "", 0.0, "closed", failed))
        self._plays.clear()
        self._records.clear()


def _tell_injected(port: int, closed: LegClosed) -> None:
    """Packets that somebody else has sent leave a line in the log."""
    injected = {name: count for name, count in closed.drops.items() if name in INJECTED}
    if sum(injected.values()) >= INJECTED_TOLD:
        log.warning("dropped injected media", extra={"port": port, **injected})


def _settle(future: asyncio.Future[T] | None, value: T) -> None:
    if future is not None and not future.done():
        future.set_result(value)
