"""The engine's side of the media plane: worker processes, and the legs they hold, as asyncio objects.

A worker that dies ends its own legs (their ``dead`` becomes "worker"), no others, and is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from media.commands import (
    CloseLeg,
    Command,
    ConfigureLeg,
    DigitPressed,
    Event,
    Hold,
    Join,
    LegClosed,
    LegFailed,
    LegOpened,
    LegSilent,
    OpenLeg,
    Part,
    Play,
    Played,
    Preload,
    Record,
    Recorded,
    SendDigits,
    Sound,
    Stop,
    StopRecording,
    Stream,
)
from media.ports import REST_SECONDS
from media.process import WorkerProcess

log = logging.getLogger(__name__)

START_SECONDS = 15.0
"""How long a worker may take to come up."""
OPEN_SECONDS = 5.0
CLOSE_SECONDS = 5.0
RESTART_SECONDS = 1.0
"""The pause before a worker that died while starting is tried again."""
PRELOAD_BATCH = 8

T = TypeVar("T")


class MediaUnavailable(Exception):
    """No leg can be had: no worker is up, or it has no ports left. The text is a sentence for the log."""


class Leg:
    """One leg of a call. Commands given after ``close``, or once its worker died, do nothing.

    ``dead`` becomes "silent" (nothing came for the stream's timeout) or "worker" (its worker died). ``on_digit`` is
    called for each key of the peer.
    """

    def __init__(self, number: int, worker: WorkerProcess, address: str) -> None:
        loop = asyncio.get_running_loop()
        self.number = number
        self.address = address
        self.port = 0
        self.worker = worker
        self.dead: asyncio.Future[str] = loop.create_future()
        self.on_digit: Callable[[DigitPressed], None] | None = None
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

    def begin(self, sounds: Sequence[Sound], *, barge_in: bool = False, loop: bool = False) -> asyncio.Future[Played]:
        """Play sounds one after the other, in place of what plays; the future tells how that ended. It never raises."""
        play = next(self._numbers)
        future: asyncio.Future[Played] = asyncio.get_running_loop().create_future()
        if self.usable:
            self._plays[play] = future
            self._send(Play(self.number, play, tuple(sounds), barge_in, loop))
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
                self._send(Stop(self.number, play))

    def stop(self) -> None:
        """Stop what plays; comfort silence, or the bridged partner, is heard again."""
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

    def hold(self, on: bool, sounds: Sequence[Sound] = ()) -> None:
        """While ``on``, hear ``sounds`` in a loop instead of the bridged partner."""
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
        """Record to a WAV file until ``limit`` or ``silence`` (s), a key, or ``stop_recording``; cancelling ends it too."""
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
                _settle(self._plays.pop(play, None), event)
            case Recorded(record=record):
                _settle(self._records.pop(record, None), event)
            case LegOpened(port=port):
                self.port = port
                _settle(self.opened, "")
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
                self.end(event)
            case _:
                pass

    def worker_died(self) -> None:
        if not self._closing:
            _settle(self.dead, "worker")
        _settle(self.opened, "the media worker died")
        self.end(None)

    def end(self, closed: LegClosed | None) -> None:
        """Nothing more will come: let nobody wait."""
        _settle(self.closed, closed)
        failed = "" if closed else "the media worker died"
        for play, playing in self._plays.items():
            _settle(playing, Played(self.number, play, False, 0.0, failed))
        for record, recording in self._records.items():
            _settle(recording, Recorded(self.number, record, "", 0.0, "closed", failed))
        self._plays.clear()
        self._records.clear()


def _settle(future: asyncio.Future[T] | None, value: T) -> None:
    if future is not None and not future.done():
        future.set_result(value)


class MediaPlane:
    """The media workers of an engine. ``ports`` is the range of RTP ports, both ends included, shared out among them.

    ``on_event`` sees everything the workers say (for metrics). A pair of ports rests ``port_rest`` seconds after a call.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        ports: tuple[int, int] = (16384, 32767),
        port_rest: float = REST_SECONDS,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self._ranges = share_out(ports, workers)
        self._rest = port_rest
        self._tell = on_event
        self._workers: list[WorkerProcess] = []
        self._legs: dict[int, Leg] = {}
        self._numbers = itertools.count(1)
        self._came_up = asyncio.Event()
        self._restarts: set[asyncio.TimerHandle] = set()
        self._preloaded: list[str] = []
        self._closing = False

    @property
    def legs(self) -> int:
        """The number of legs open."""
        return len(self._legs)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that are up."""
        return [worker.pid for worker in self._workers if not worker.dead]

    async def start(self) -> None:
        """Start the workers. Raises MediaUnavailable if one does not come up."""
        for ports in self._ranges:
            self._start_worker(ports)
        try:
            async with asyncio.timeout(START_SECONDS):
                up = await asyncio.gather(*(asyncio.shield(worker.ready) for worker in self._workers))
        except TimeoutError:
            up = [False]
        if not all(up):
            await self.close()
            raise MediaUnavailable(f"a media worker did not come up within {START_SECONDS:.0f} s")

    def _start_worker(self, ports: tuple[int, int]) -> None:
        worker = WorkerProcess(ports, self._rest, self._take, self._worker_died)
        worker.ready.add_done_callback(lambda ready: self._came_up.set() if ready.result() else None)
        self._workers.append(worker)
        self._send_preloads(worker, self._preloaded)

    async def close(self) -> None:
        """End the workers, and so all legs."""
        self._closing = True
        for restart in self._restarts:
            restart.cancel()
        await asyncio.gather(*(worker.close() for worker in self._workers))
        for leg in tuple(self._legs.values()):
            leg.end(None)
        self._workers.clear()
        self._legs.clear()

    async def open_leg(self, address: str, *, near: Leg | None = None) -> Leg:
        """A leg with ports on a local ``address``, in the worker of ``near`` if the two are to be joined.

        Raises MediaUnavailable.
        """
        worker = near.worker if near is not None else await self._least_loaded()
        if worker.dead:
            raise MediaUnavailable("the media worker of this call died")
        leg = Leg(next(self._numbers), worker, address)
        self._legs[leg.number] = leg
        worker.legs += 1
        leg.closed.add_done_callback(lambda _: self._forget(leg))
        worker.send(OpenLeg(leg.number, address))
        failed = f"the media worker did not open a leg within {OPEN_SECONDS:.0f} s"
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                failed = await leg.opened
        except TimeoutError:
            pass
        finally:
            if failed:
                leg.abandon()
        if failed:
            raise MediaUnavailable(failed)
        return leg

    async def _least_loaded(self) -> WorkerProcess:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                while True:
                    up = [worker for worker in self._workers if worker.ready.done() and not worker.dead]
                    if up:
                        return min(up, key=lambda worker: worker.legs)
                    self._came_up.clear()
                    await self._came_up.wait()
        except TimeoutError:
            raise MediaUnavailable("no media worker is up") from None

    def preload(self, paths: Iterable[str]) -> None:
        """Let the workers read and encode these files, so that the first caller does not wait."""
        wanted = [str(path) for path in paths]
        self._preloaded = list(dict.fromkeys([*self._preloaded, *wanted]))
        for worker in self._workers:
            self._send_preloads(worker, wanted)

    def _send_preloads(self, worker: WorkerProcess, paths: list[str]) -> None:
        for at in range(0, len(paths), PRELOAD_BATCH):
            worker.send(Preload(tuple(paths[at : at + PRELOAD_BATCH])))

    def _take(self, worker: WorkerProcess, event: Event) -> None:
        number = getattr(event, "leg", None)
        leg = self._legs.get(number) if number is not None else None
        if leg is not None and leg.worker is worker:
            leg.take(event)
        if self._tell is not None:
            self._tell(event)

    def _forget(self, leg: Leg) -> None:
        if self._legs.pop(leg.number, None) is not None:
            leg.worker.legs -= 1

    def _worker_died(self, worker: WorkerProcess) -> None:
        self._workers.remove(worker)
        lost = [leg for leg in self._legs.values() if leg.worker is worker]
        for leg in lost:
            leg.worker_died()
        if self._closing:
            return
        delay = 0.0 if worker.was_ready else RESTART_SECONDS
        log.error("media worker %d took %d legs with it; another is started", worker.pid, len(lost))
        handle = asyncio.get_running_loop().call_later(delay, self._restart, worker.ports)
        self._restarts.add(handle)

    def _restart(self, ports: tuple[int, int]) -> None:
        self._restarts = {handle for handle in self._restarts if handle.when() > asyncio.get_running_loop().time()}
        if not self._closing:
            self._start_worker(ports)


def share_out(ports: tuple[int, int], workers: int) -> list[tuple[int, int]]:
    """A range for each worker, beginning with an even port. Raises ValueError when there are fewer pairs than workers."""
    low, high = ports[0] + ports[0] % 2, ports[1]
    pairs = (high - low + 1) // 2
    if not 1 <= workers <= pairs:
        raise ValueError(f"the ports {ports[0]}-{ports[1]} are not enough for {workers} media workers")
    edges = [low + 2 * (pairs * number // workers) for number in range(workers + 1)]
    return [(first, following - 1) for first, following in itertools.pairwise(edges)]
