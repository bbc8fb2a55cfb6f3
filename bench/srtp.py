"""What encryption costs a media worker's hot paths: the same packets through plain legs and encrypted ones, in turn.

One process, real UDP sockets on loopback, no clock: CPU time of the thread while it receives, forwards and sends, so
that other work on the machine shows little. LEGS legs take turns, so that what one leg needs is not in the caches.
"""

from __future__ import annotations

import random
import socket
import statistics
import time
from collections.abc import Callable

from bench.media_load import AUDIO, HEADER
from bench.suites import SUITES, bench_keys
from media.commands import Stream
from media.srtp import Srtp
from media.worker.legs import Leg
from media.worker.receive import Receiver
from media.worker.sockets import PortPair
from media.worker.transmit import send_own

LEGS = 200
ROUNDS = 25
REPEATS = 7
GOAL = 1.6
"""Times what a plain leg costs, at most."""


class Deaf:
    """Nobody listens to what the legs find."""

    def digit(self, leg: Leg, digit: str, method: str, now: float) -> None: ...

    def press(self, leg: Leg, digit: str) -> None: ...

    def source_learnt(self, leg: Leg) -> None: ...


class Bench:
    """So many legs with their far ends, of one suite or plain, bridged in pairs or not."""

    def __init__(self, suite: str, *, bridged: bool) -> None:
        self.receiver = Receiver(Deaf())
        self.legs: list[Leg] = []
        self.far: list[tuple[socket.socket, Callable[[bytes], bytes]]] = []
        self.sent = 0
        keys = bench_keys(suite) if suite else None
        for number in range(LEGS):
            near, far, reports = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(3))
            for one in (near, far):
                one.bind(("127.0.0.1", 0))
            near.connect(far.getsockname())
            far.connect(near.getsockname())
            near.setblocking(False)
            leg = Leg(number, PortPair("127.0.0.1", 2, near, reports), 0, random.Random(number), 0.0)
            leg.configure(Stream("PCMU", 0, 0, *far.getsockname(), keys=keys), 0.0)
            leg.connected, leg.emit = True, leg.secured(near.send)
            self.legs.append(leg)
            self.far.append((far, Srtp(keys).protect if keys else lambda packet: packet))
        for one, other in zip(self.legs[::2], self.legs[1::2], strict=True):
            if bridged:
                one.partner, other.partner = other, one
        for leg in self.legs:
            leg.choose()

    def round(self, *, bridged: bool) -> float:
        """A packet comes to each leg, and one leaves each; CPU seconds of that."""
        self.sent += 1
        now = self.sent * 0.02
        for number, (far, protect) in enumerate(self.far):
            far.send(protect(HEADER.pack(0x80, 0, self.sent, self.sent * 160, number) + AUDIO))
        began = time.thread_time()
        for leg in self.legs:
            self.receiver.rtp_ready(leg, now)
            if not bridged:
                send_own(leg, AUDIO, 160, 1, now)
        spent = time.thread_time() - began
        for far, _ in self.far:
            far.recv(2048)
        return spent

    def close(self) -> None:
        assert sum(leg.statistics.received for leg in self.legs) == self.sent * LEGS, "all were understood"
        for leg in self.legs:
            leg.pair.close()
        for far, _ in self.far:
            far.close()


def srtp() -> None:
    """A row for each way of a call and each suite: microseconds of CPU a packet each way, and how many times plain."""
    for bridged in (False, True):
        plain = 0.0
        benches = {suite: Bench(suite, bridged=bridged) for suite in ("", *SUITES)}
        taken: dict[str, list[float]] = {suite: [] for suite in benches}
        for _ in range(REPEATS):
            for suite, bench in benches.items():
                rounds = sum(bench.round(bridged=bridged) for _ in range(ROUNDS))
                taken[suite].append(rounds * 1e6 / ROUNDS / LEGS)
        for suite, times in taken.items():
            benches[suite].close()
            middle = statistics.median(times)
            plain = plain or middle
            print(
                f"{'bridged' if bridged else 'ivr'} {suite or 'plain'} us_cpu_per_packet_each_way={middle:.2f}"
                f" ({min(times):.2f}-{max(times):.2f}) times_plain={middle / plain:.2f} goal={GOAL}",
                flush=True,
            )
