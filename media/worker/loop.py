"""The worker process: one epoll loop, the sockets, the only clock. ``python -m media.worker.loop FD LOW HIGH REST``.

Two epolls share the work. In the *live* one are the engine's socket and the legs that are bridged: it is what the loop
sleeps in, and their packets go on as they arrive (LOOK_SECONDS). In the *calm* one are all other RTP and RTCP sockets:
they are looked at when a phase is due, every 5 ms, so that a menu's callers cost no wake-up per packet. One datagram is
read per socket and look, so that a flood at one port holds up no other leg.

The process ends itself when the engine's end of the socketpair closes, however the engine went. Signals are ignored:
the engine decides, and a Ctrl-C in the terminal reaches both.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable

import msgspec

from media.commands import PROTOCOL_VERSION, Command, WorkerReady, WorkerStatus
from media.files import open_many
from media.ports import PortPool
from media.rtp import MAX_PACKET_BYTES as MAX_DATAGRAM
from media.wire import MAX_PACKET_BYTES, Outbox, ReaderStuck, read_commands
from media.worker import reports
from media.worker.control import Control
from media.worker.legs import Leg, discard
from media.worker.receive import Receiver
from media.worker.rtcp import ntp_time
from media.worker.schedule import Schedule
from media.worker.sockets import PortPair, disconnect, open_pair
from media.worker.sounds import Sounds
from media.worker.transmit import send_phase
from media.worker.writer import Writer

log = logging.getLogger(__name__)

STATUS_SECONDS = 2.0
SWEEP_SECONDS = 0.5
BLOCK_SECONDS = 0.25
LOOK_SECONDS = 0.002
"""The least time between two looks at the live sockets: waking up costs more than forwarding a packet does, so that
under load several go on together, up to two milliseconds late; a single call's packets find the loop waiting."""
MAX_READY = 4096
SWITCH_SECONDS = 0.0005
"""How long a helping thread may keep the interpreter while the loop wants it."""
OPEN_FILES = 65536
"""As many as we may: a bridged call has four sockets."""


class Worker:
    """The process's one object."""

    def __init__(self, engine: socket.socket, ports: PortPool) -> None:
        self._engine = engine
        self._outbox = Outbox()
        self._choked = False
        self._live = select.epoll()
        self._calm = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._posted: deque[Callable[[], None]] = deque()
        self._rtp: dict[int, Leg] = {}
        self._rtcp: dict[int, Leg] = {}
        self._in_live: set[int] = set()
        cname = f"{os.urandom(9).hex()}@belplan"
        self._writer = Writer(self._post)
        self._control = Control(self, ports, Sounds(self._post), self._writer, self._outbox.put, cname)
        self._legs = self._control.legs
        self._ears = self._control.ears
        self._rooms = self._control.rooms
        self._receiver = Receiver(self._control)
        self._reports = reports.Reports(self._legs, cname)
        self._rtcp_buffer = bytearray(MAX_DATAGRAM + 1)
        self._clock_offset = time.time() - time.monotonic()
        self._schedule = Schedule(time.monotonic())
        self._status_at = self._sweep_at = self._block_at = 0.0
        self._live.register(engine.fileno(), select.EPOLLIN)
        self._live.register(self._wake, select.EPOLLIN)

    # --- the loop ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until the engine says Shutdown or is gone."""
        self._outbox.put(WorkerReady(PROTOCOL_VERSION, os.getpid()))
        look_at = 0.0
        try:
            while not self._control.over:
                self._flush()
                now = time.monotonic()
                pause = min(look_at, self._schedule.next_at) - now
                if pause > 0:
                    time.sleep(pause)
                    now = time.monotonic()
                self._serve(self._live.poll(max(0.0, self._schedule.next_at - now), MAX_READY))
                now = time.monotonic()
                look_at = now + LOOK_SECONDS
                if now >= self._schedule.next_at:
                    self._frame(now)
        except (OSError, msgspec.MsgspecError, ReaderStuck) as error:
            log.error("the engine is out of reach: %s", error or type(error).__name__)
        self._control.close_all(time.monotonic())
        self._writer.close()
        self._run_posted()
        with contextlib.suppress(OSError):
            self._flush()

    def _serve(self, ready: list[tuple[int, int]]) -> None:
        now = time.monotonic()
        rtp, hear = self._rtp, self._receiver.rtp_ready
        for fd, _ in ready:
            leg = rtp.get(fd)
            if leg is not None:
                try:
                    hear(leg, now)
                except Exception as error:
                    self._broke(leg, error, now)
            elif fd == self._wake:
                self._run_posted()
            elif fd == self._engine.fileno():
                self._take_commands(now)

    def _hear_report(self, leg: Leg, now: float) -> None:
        if reports.receive(leg, self._rtcp_buffer, now, self.ntp(now)):
            self.point(leg)

    def _broke(self, leg: Leg | None, error: Exception, now: float) -> None:
        if leg is not None:
            self._control.broke(leg, error, now)

    def _frame(self, now: float) -> None:
        """All that happens by the clock: read the calm sockets, then let the phases that are due send."""
        rtp, hear = self._rtp, self._receiver.rtp_ready
        for fd, _ in self._calm.poll(0, MAX_READY):
            leg = rtp.get(fd)
            try:
                if leg is not None:
                    hear(leg, now)
                elif (leg := self._rtcp.get(fd)) is not None:
                    self._hear_report(leg, now)
            except Exception as error:
                self._broke(leg, error, now)
        for phase, frames in self._schedule.due(now):
            if phase % 2 == 0:
                self._ears.listen(now)
            self._rooms.mix(phase, now, self._control)
            send_phase(tuple(self._legs.phases[phase].values()), frames, now, self._control)
        self._reports.send_due(now, self.ntp(now))
        if now >= self._block_at:
            self._block_at = now + BLOCK_SECONDS
            self._control.recordings.write_blocks(now)
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_SECONDS
            self._control.sweep(now)
        if now >= self._status_at:
            self._status_at = now + STATUS_SECONDS
            self._outbox.put(WorkerStatus(len(self._legs), self._schedule.late_p99(), time.process_time()))

    # --- the engine -------------------------------------------------------------------------------------------------

    def _take_commands(self, now: float) -> None:
        try:
            packet = self._engine.recv(MAX_PACKET_BYTES)
        except BlockingIOError:
            return
        if not packet:
            self._control.over = True
            return
        for command in read_commands(packet):
            self._obey(command, now)

    def _obey(self, command: Command, now: float) -> None:
        try:
            self._control.obey(command, now)
        except Exception as error:
            log.exception("a %s could not be carried out", type(command).__name__)
            leg = self._legs.get(getattr(command, "leg", -1))
            if leg is not None:
                self._control.broke(leg, error, now)

    def _flush(self) -> None:
        if self._outbox:
            choked = not self._outbox.flush(self._engine.send)
            if choked != self._choked:
                self._choked = choked
                self._live.modify(self._engine.fileno(), select.EPOLLIN | (select.EPOLLOUT if choked else 0))

    # --- callables that other threads send here ---------------------------------------------------------------------

    def _post(self, job: Callable[[], None]) -> None:
        self._posted.append(job)
        os.eventfd_write(self._wake, 1)

    def _run_posted(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        while self._posted:
            self._posted.popleft()()

    # --- what control.py asks of the rim ----------------------------------------------------------------------------

    def bind(self, address: str, port: int) -> PortPair:
        return open_pair(address, port)

    def watch(self, leg: Leg, now: float) -> None:
        rtp, rtcp = leg.pair.rtp.fileno(), leg.pair.rtcp.fileno()
        self._rtp[rtp] = self._rtcp[rtcp] = leg
        self._calm.register(rtp, select.EPOLLIN)
        self._calm.register(rtcp, select.EPOLLIN)
        self._reports.begin(leg, now)

    def unwatch(self, leg: Leg) -> None:
        """Closing the sockets takes them out of their epoll."""
        self._rtp.pop(leg.pair.rtp.fileno(), None)
        self._rtcp.pop(leg.pair.rtcp.fileno(), None)
        self._in_live.discard(leg.pair.rtp.fileno())

    def hurry(self, leg: Leg, soon: bool) -> None:
        fd = leg.pair.rtp.fileno()
        if soon == (fd in self._in_live):
            return
        old, new = (self._calm, self._live) if soon else (self._live, self._calm)
        old.unregister(fd)
        new.register(fd, select.EPOLLIN)
        (self._in_live.add if soon else self._in_live.discard)(fd)

    def ntp(self, now: float) -> int:
        return ntp_time(now + self._clock_offset)

    def point(self, leg: Leg) -> None:
        """Connected, the kernel refuses strangers and both directions are cheaper; until then everybody is heard."""
        rtp, to = leg.pair.rtp, leg.lock.aim
        if leg.connected:
            disconnect(rtp)
            leg.connected = False
        if to is None:
            leg.emit = discard
            return
        leg.emit = leg.secured(lambda packet: rtp.sendto(packet, to))
        if not leg.lock.proved:
            leg.emit = leg.trial.holding(leg.emit)
        if leg.lock.settled:
            with contextlib.suppress(OSError):
                rtp.connect(to)
                leg.connected, leg.emit = True, leg.secured(rtp.send)


def main(arguments: list[str]) -> None:
    """The process: ``FD`` of the socketpair, ``LOW`` and ``HIGH`` of the RTP ports, seconds of ``REST`` for a pair."""
    descriptor, low, high = map(int, arguments[:3])
    logging.basicConfig(level=logging.INFO, format="media worker %(process)d: %(levelname)s: %(message)s")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    open_many(OPEN_FILES)
    sys.setswitchinterval(SWITCH_SECONDS)
    with socket.socket(fileno=descriptor) as engine:
        engine.setblocking(False)
        worker = Worker(engine, PortPool(low, high, rest=float(arguments[3])))
        # what is there now stays; what comes and goes with calls is freed by its reference count
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        worker.run()


if __name__ == "__main__":
    main(sys.argv[1:])
    # a thread that still reads sounds has nobody to read them for
    os._exit(0)
