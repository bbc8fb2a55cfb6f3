"""One media worker process as the engine sees it: started, talked to over a socketpair, noticed when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from media.commands import PROTOCOL_VERSION, Command, Event, Shutdown, WorkerReady, WorkerStatus
from media.wire import MAX_PACKET_BYTES, Outbox, ReaderStuck, read_events

log = logging.getLogger(__name__)

QUIET_SECONDS = 20.0
"""A worker that has said nothing for so long hangs (it reports every two seconds) and is ended."""
READS_PER_WAKE = 16
EXIT_SECONDS = 2.0
HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""Asks for transparent huge pages; other C libraries do not read it, and kernels without them refuse it silently. An
admin's word in the same variable comes later, and counts."""


class WorkerProcess:
    """A worker of its own range of RTP ports. ``on_event`` hears what it says, ``on_death`` that it is gone (once).

    Raises OSError where no process can be started.
    """

    def __init__(
        self,
        ports: tuple[int, int],
        rest: float,
        on_event: Callable[[WorkerProcess, Event], None],
        on_death: Callable[[WorkerProcess], None],
    ) -> None:
        self.ports = ports
        self.rest = rest
        self.legs = 0
        self.dead = False
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.was_ready = False
        self.status: WorkerStatus | None = None
        self._on_event = on_event
        self._on_death = on_death
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox()
        self._flushing = False
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._socket = ours
        try:
            with theirs:
                self._process = subprocess.Popen(
                    self._arguments(theirs), pass_fds=(theirs.fileno(),), env=_environment()
                )
        except OSError:
            ours.close()
            raise
        self._loop.add_reader(ours.fileno(), self._readable)
        self._heard_at = self._loop.time()
        self._watch = self._loop.call_later(QUIET_SECONDS, self._look_after)

    def _arguments(self, theirs: socket.socket) -> list[str]:
        low, high = self.ports
        words = [theirs.fileno(), low, high, self.rest]
        return [sys.executable, "-m", "media.worker.loop", *map(str, words)]

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, command: Command) -> None:
        """Commands of one turn of the event loop travel together."""
        if self.dead:
            return
        try:
            self._outbox.put(command)
        except ReaderStuck:
            self.end("it no longer reads its commands")
            return
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self.dead:
            return
        try:
            done = self._outbox.flush(self._socket.send)
        except OSError as error:
            self.end(f"its socket failed: {error}")
            return
        if done:
            self._loop.remove_writer(self._socket.fileno())
        else:
            self._flushing = True
            self._loop.add_writer(self._socket.fileno(), self._flush)

    def _readable(self) -> None:
        for _ in range(READS_PER_WAKE):
            if self.dead:
                return
            try:
                packet = self._socket.recv(MAX_PACKET_BYTES)
                events = read_events(packet) if packet else None
            except BlockingIOError:
                return
            except (OSError, msgspec.MsgspecError) as error:
                self.end(f"its socket failed: {error}")
                return
            if events is None:
                self.end("it ended")
                return
            self._heard_at = self._loop.time()
            for event in events:
                self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, WorkerReady):
            if event.version != PROTOCOL_VERSION:
                self.end(f"it speaks version {event.version} of the commands, not {PROTOCOL_VERSION}")
            elif not self.ready.done():
                self.was_ready = True
                self.ready.set_result(True)
        elif isinstance(event, WorkerStatus):
            self.status = event
        self._on_event(self, event)

    def _look_after(self) -> None:
        # what it has said may wait to be read, if it was our own loop that was held up
        self._readable()
        if self.dead:
            return
        if self._loop.time() - self._heard_at >= QUIET_SECONDS:
            self.end(f"it has said nothing for {QUIET_SECONDS:.0f} s")
        else:
            self._watch = self._loop.call_later(QUIET_SECONDS / 4, self._look_after)

    def end(self, why: str) -> None:
        """The worker is of no use any more: make sure of it, and tell."""
        if self.dead:
            return
        self._let_go()
        code = self._process.poll()
        log.error("media worker %d is gone: %s%s", self.pid, why, "" if code is None else f" (exit status {code})")
        self._kill()
        self._on_death(self)

    def _let_go(self) -> None:
        self.dead = True
        self._watch.cancel()
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        if not self.ready.done():
            self.ready.set_result(False)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        threading.Thread(target=self._process.wait, name="reaper", daemon=True).start()

    async def close(self) -> None:
        """Ask the worker to end, and see to it that it does. Nobody is told of its death."""
        if self.dead:
            return
        self._outbox.put(Shutdown())
        with contextlib.suppress(OSError):
            self._outbox.flush(self._socket.send)
        self._let_go()
        try:
            await asyncio.to_thread(self._process.wait, EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("media worker %d did not end within %.0f s and is killed", self.pid, EXIT_SECONDS)
            self._kill()


def _environment() -> dict[str, str]:
    """Ours, with the folder of this package where Python looks first, numpy kept to one thread, memory in huge pages.

    Each packet needs memory of another leg, in a dozen places: on pages of 4 kB each of them is looked up anew.
    """
    here = str(Path(__file__).resolve().parents[1])
    paths = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    tunables = ":".join(filter(None, (HUGE_PAGES, os.environ.get("GLIBC_TUNABLES"))))
    return {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(paths), "GLIBC_TUNABLES": tunables}
