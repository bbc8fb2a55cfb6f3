"""The engine's side of the media plane: worker processes, and where legs are placed.

A worker that dies ends its own legs (their ``dead`` becomes "worker"), no others, and is replaced.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable

from media.commands import Event, OpenLeg, Preload
from media.conference import Conferences
from media.leg import Leg
from media.ports import REST_SECONDS
from media.process import WorkerProcess

__all__ = ["Leg", "MediaPlane", "MediaUnavailable", "share_out"]

log = logging.getLogger(__name__)

START_SECONDS = 15.0
"""How long a worker may take to come up."""
OPEN_SECONDS = 5.0
RESTART_SECONDS = 1.0
"""The pause before a worker that died while starting is tried again."""
PRELOAD_BATCH = 8


class MediaUnavailable(Exception):
    """No leg can be had: no worker is up, or it has no ports left. The text is a sentence for the log."""


class MediaPlane:
    """The media workers of an engine. ``ports`` is the range of RTP ports, both ends included, shared out among them.

    ``on_event`` sees all that the workers say (for metrics). A pair of ports rests ``port_rest`` seconds after a call.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        ports: tuple[int, int] = (16384, 32767),
        port_rest: float = REST_SECONDS,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.conferences = Conferences(self)
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
        refusal = ""
        try:
            for ports in self._ranges:
                self._start_worker(ports)
            async with asyncio.timeout(START_SECONDS):
                up = await asyncio.gather(*(asyncio.shield(worker.ready) for worker in self._workers))
            if not all(up):
                refusal = "a media worker ended as soon as it began"
        except TimeoutError:
            refusal = f"a media worker did not come up within {START_SECONDS:.0f} s"
        except OSError as error:
            refusal = f"a media worker could not be started: {error}"
        if refusal:
            await self.close()
            raise MediaUnavailable(refusal)

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
        """Let the workers read and encode these files, so that the first caller does not wait.

        A worker that takes a dead one's place reads them too; those of the call before are no longer among them.
        """
        self._preloaded = [str(path) for path in paths]
        for worker in self._workers:
            self._send_preloads(worker, self._preloaded)

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
        log.error("media worker %d took %d legs with it; another is started", worker.pid, len(lost))
        self._restart_in(0.0 if worker.was_ready else RESTART_SECONDS, worker.ports)

    def _restart_in(self, delay: float, ports: tuple[int, int]) -> None:
        self._restarts.add(asyncio.get_running_loop().call_later(delay, self._restart, ports))

    def _restart(self, ports: tuple[int, int]) -> None:
        self._restarts = {handle for handle in self._restarts if handle.when() > asyncio.get_running_loop().time()}
        if self._closing:
            return
        try:
            self._start_worker(ports)
        except OSError as error:
            log.error("no media worker could be started: %s; tried again in %.0f s", error, RESTART_SECONDS)
            self._restart_in(RESTART_SECONDS, ports)


def share_out(ports: tuple[int, int], workers: int) -> list[tuple[int, int]]:
    """A range for each worker, beginning with an even port. Raises ValueError when workers outnumber the pairs."""
    low, high = ports[0] + ports[0] % 2, ports[1]
    pairs = (high - low + 1) // 2
    if not 1 <= workers <= pairs:
        raise ValueError(f"the ports {ports[0]}-{ports[1]} are not enough for {workers} media workers")
    edges = [low + 2 * (pairs * number // workers) for number in range(workers + 1)]
    return [(first, following - 1) for first, following in itertools.pairwise(edges)]
