"""A bounded load of RTP: legs that each send and receive 50 packets a second, and what was measured of the far end.

    python bench/media_load.py worker --calls 50,300,500 --kind ivr,bridged --seconds 20
    python bench/media_load.py listen --address 127.0.0.1 --port 40000 --legs 300 --seconds 30

``worker`` drives a media worker alone, without SIP: it pins the worker to one core and the load to another, and prints
a row per run: CPU of the worker per call and second, gaps between the packets that came back (kernel timestamps, taken
when the worker sent them), loss, memory. ``listen`` is the load by itself, to be put behind SIPp or any phone: it binds
an even port for each leg, answers where packets come from, and ends after ``--seconds``.
"""

from __future__ import annotations

import argparse
import array
import asyncio
import functools
import itertools
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.suites import SUITES, bench_keys

MAX_LEGS = 2000
MAX_SECONDS = 300.0
TIMED_LEGS = 250
"""So many legs have their gaps measured, spread over all; loss is counted on every one."""
FRAME = 0.02
SLOTS = 20
SO_TIMESTAMPNS = 35
HEADER = struct.Struct("!BBHII")
AUDIO_PAYLOADS = (0, 8)
AUDIO = bytes((0x80, 0xFF, 0x90, 0xA0)) * 40


_even_ports = itertools.count(40000 + 2 * (os.getpid() % 2000), 2)


@dataclass(frozen=True, slots=True)
class Result:
    """What the legs of a load saw; gaps in milliseconds."""

    legs: int
    seconds: float
    sent: int
    received: int
    lost: int
    silent_legs: int
    gap_p50: float
    gap_p99: float
    gap_p999: float
    gap_max: float
    worst_leg_p99: float
    own_lateness_ms: float


class Leg:
    """One far end. ``timed`` ones note when each packet came; the others only count, so that the load keeps pace."""

    def __init__(self, address: str, port: int = 0, *, timed: bool = True) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.timed = timed
        if timed:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((address, port or next(_even_ports)))
        self.connected = False
        self.buffer = bytearray(2048)
        self.ssrc = int.from_bytes(os.urandom(4), "big")
        self.sequence = int.from_bytes(os.urandom(2), "big")
        self.timestamp = 0
        self.protect: Callable[[bytes], bytes] | None = None
        self.sent = self.received = 0
        self.lowest: int | None = None
        self.highest = 0
        self.last_at = 0.0
        self.gaps = array.array("f")

    def connect(self, remote: tuple[str, int]) -> None:
        """Send there, and hear only that."""
        self.socket.connect(remote)
        self.connected = True

    def send(self) -> None:
        if not self.connected:
            return
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + 160) & 0xFFFFFFFF
        packet = HEADER.pack(0x80, 0, self.sequence, self.timestamp, self.ssrc) + AUDIO
        try:
            self.socket.send(packet if self.protect is None else self.protect(packet))
            self.sent += 1
        except OSError:
            return

    def receive(self, *, measure: bool) -> None:
        at = 0.0
        try:
            if not self.connected:
                self.connect(self.socket.recvfrom_into(self.buffer)[1][:2])
                return
            if self.timed:
                size, extra, _, _ = self.socket.recvmsg_into([self.buffer], 64)
                seconds, nanoseconds = struct.unpack("qq", extra[0][2])
                at = seconds + nanoseconds / 1e9
            else:
                size = self.socket.recv_into(self.buffer)
        except OSError:
            return
        if not measure or size < 12 or self.buffer[1] & 0x7F not in AUDIO_PAYLOADS:
            return
        sequence = self.buffer[2] << 8 | self.buffer[3]
        if self.lowest is None:
            self.lowest = self.highest = sequence
        else:
            if self.timed:
                self.gaps.append(at - self.last_at)
            self.highest += ((sequence - self.highest + 0x8000) & 0xFFFF) - 0x8000
        self.last_at = at
        self.received += 1

    @property
    def lost(self) -> int:
        return 0 if self.lowest is None else self.highest - self.lowest + 1 - self.received


def run_load(legs: list[Leg], seconds: float, settle: float) -> Result:
    """Send and receive for ``settle`` seconds unmeasured, then for ``seconds`` measured."""
    poller = select.epoll()
    by_fd = {leg.socket.fileno(): leg for leg in legs}
    for fd in by_fd:
        poller.register(fd, select.EPOLLIN)
    slots = [legs[slot::SLOTS] for slot in range(SLOTS)]
    began = time.monotonic()
    measured_from, end = began + settle, began + settle + seconds
    slot, late = 0, 0.0
    while (now := time.monotonic()) < end:
        due = began + slot * FRAME / SLOTS
        if now >= due:
            late = max(late, now - due)
            for leg in slots[slot % SLOTS]:
                leg.send()
            slot += 1
            due += FRAME / SLOTS
        measure = now >= measured_from
        for fd, _ in poller.poll(max(0.0, due - time.monotonic()), 256):
            by_fd[fd].receive(measure=measure)
    return summarise(legs, seconds, late)


def summarise(legs: list[Leg], seconds: float, late: float) -> Result:
    gaps = sorted(gap * 1000 for leg in legs for gap in leg.gaps)
    worst = max((percentile(sorted(leg.gaps), 0.99) * 1000 for leg in legs if leg.gaps), default=0.0)
    return Result(
        legs=len(legs),
        seconds=seconds,
        sent=sum(leg.sent for leg in legs),
        received=sum(leg.received for leg in legs),
        lost=sum(leg.lost for leg in legs),
        silent_legs=sum(not leg.received for leg in legs),
        gap_p50=percentile(gaps, 0.5),
        gap_p99=percentile(gaps, 0.99),
        gap_p999=percentile(gaps, 0.999),
        gap_max=gaps[-1] if gaps else 0.0,
        worst_leg_p99=worst,
        own_lateness_ms=late * 1000,
    )


def percentile(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def listen(options: argparse.Namespace) -> None:
    """The load by itself; with --remotes, the ports to send to come as a JSON list on standard input."""
    count = min(options.legs, MAX_LEGS)
    every = max(1, -(-count // TIMED_LEGS))
    legs = [
        Leg(options.address, options.port + 2 * n if options.port else 0, timed=n % every == 0) for n in range(count)
    ]
    print(json.dumps([leg.socket.getsockname()[1] for leg in legs]), flush=True)
    if options.suite:
        from media.srtp import Srtp

        # those that begin together encrypt once for all: phones do it elsewhere, and the load shall be a plain one's
        once = functools.lru_cache(maxsize=4)(Srtp(bench_keys(options.suite)).protect)
        for leg in legs:
            leg.protect = once if options.remotes else Srtp(bench_keys(options.suite)).protect
            leg.ssrc, leg.sequence = legs[0].ssrc, legs[0].sequence
    if options.remotes:
        for leg, port in zip(legs, json.loads(sys.stdin.readline()), strict=True):
            leg.connect((options.address, port))
    result = run_load(legs, min(options.seconds, MAX_SECONDS), options.settle)
    print(json.dumps(asdict(result)), flush=True)


# --- a media worker alone ---------------------------------------------------------------------------------------------


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def write_prompt(path: Path) -> None:
    """Ten seconds of noise: silence would be no fair prompt."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(byte & 0x1F for byte in os.urandom(160_000)))


async def measure_worker(kind: str, calls: int, options: argparse.Namespace, prompt: Path) -> dict[str, float | str]:
    """One run: ``calls`` calls of a ``kind`` on a fresh worker."""
    from media.commands import File, Stream
    from media.plane import MediaPlane

    count = calls if kind.startswith(("ivr", "conference")) else 2 * calls
    settle = 3.0
    words = [sys.executable, __file__, "listen", "--remotes", "--legs", count, "--seconds", options.seconds]
    words += ["--settle", settle]
    base, secure = kind.removesuffix("-srtp"), kind.endswith("-srtp")
    if secure:
        words += ["--suite", options.suite]
    keys = bench_keys(options.suite) if secure else None
    load = subprocess.Popen(  # noqa: ASYNC220
        ["taskset", "-c", str(options.load_cpu), *map(str, words)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    plane = MediaPlane(ports=(20000, 29999))
    await plane.start()
    pid = plane.pids[0]
    os.sched_setaffinity(pid, {options.worker_cpu})
    try:
        assert load.stdout is not None
        assert load.stdin is not None
        ports = json.loads(await asyncio.to_thread(load.stdout.readline))
        before = resident_kb(pid)
        opening = cpu_seconds(pid)
        legs = [await plane.open_leg("127.0.0.1") for _ in ports]
        events = None if base == "ivr-inband" else 101
        for number, (leg, port) in enumerate(zip(legs, ports, strict=True)):
            codec = "PCMA" if base == "transcoded" and number % 2 else "PCMU"
            payload = 0 if codec == "PCMU" else 8
            told: dict[str, Any] = {
                "event_send_payload": events,
                "event_receive_payload": events,
                "proved": "127.0.0.1",
                "keys": keys,
            }
            leg.configure(Stream(codec, payload, 0, "127.0.0.1", port, **told))
            if kind.startswith("ivr"):
                leg.begin((File(str(prompt)),), loop=True)
            elif base == "conference":
                leg.enter(1 + number // options.room)
            elif number % 2:
                leg.join(legs[number - 1])
        opening = cpu_seconds(pid) - opening
        load.stdin.write(json.dumps([leg.port for leg in legs]) + "\n")
        load.stdin.flush()
        await asyncio.sleep(settle)
        started, cpu = time.monotonic(), cpu_seconds(pid)
        await asyncio.sleep(options.seconds - 0.5)
        spent = (cpu_seconds(pid) - cpu) / (time.monotonic() - started)
        memory = resident_kb(pid) - before
        result = json.loads(await asyncio.to_thread(load.stdout.readline))
        closed = [await leg.close() for leg in legs]
    finally:
        load.kill()
        load.wait()
        await plane.close()
    return {
        "kind": kind,
        "calls": calls,
        "cpu_ms_per_call_second": spent * 1000 / calls,
        "core": spent,
        "open_ms_per_leg": opening * 1000 / count,
        "kB_per_call": memory / calls,
        "lost_by_worker": sum(statistics.lost for statistics in closed if statistics),
        **{key: result[key] for key in ("gap_p50", "gap_p99", "gap_p999", "gap_max", "worst_leg_p99", "lost")},
        "silent_legs": result["silent_legs"],
        "load_late_ms": result["own_lateness_ms"],
    }


def worker(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prompt = Path(folder) / "prompt.wav"
        write_prompt(prompt)
        for kind in options.kind.split(","):
            for calls in map(int, options.calls.split(",")):
                row = asyncio.run(measure_worker(kind, min(calls, MAX_LEGS // 2), options, prompt))
                words = (
                    f"{key}={value:.3f}" if isinstance(value, float) else f"{key}={value}" for key, value in row.items()
                )
                print(" ".join(words), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = parser.add_subparsers(required=True)
    alone = modes.add_parser("listen")
    alone.add_argument("--address", default="127.0.0.1")
    alone.add_argument(
        "--port", type=int, default=0, help="the first port, then every second one; 0: some range above 40000"
    )
    alone.add_argument("--legs", type=int, default=100)
    alone.add_argument("--seconds", type=float, default=30.0)
    alone.add_argument("--settle", type=float, default=1.0, help="seconds before measuring")
    alone.add_argument("--remotes", action="store_true", help=argparse.SUPPRESS)
    alone.add_argument("--suite", choices=sorted(SUITES), help="encrypt what is sent by SRTP")
    alone.set_defaults(run=listen)
    driven = modes.add_parser("worker")
    driven.add_argument(
        "--kind",
        default="ivr,bridged",
        help="of ivr, ivr-inband, bridged, transcoded, conference; each also with -srtp",
    )
    driven.add_argument("--room", type=int, default=30, help="members of each conference room")
    driven.add_argument("--calls", default="50,300,500")
    driven.add_argument("--seconds", type=float, default=20.0)
    driven.add_argument("--worker-cpu", type=int, default=0)
    driven.add_argument("--load-cpu", type=int, default=1)
    driven.add_argument("--suite", choices=sorted(SUITES), default="AES_CM_128_HMAC_SHA1_80", help="of -srtp")
    driven.set_defaults(run=worker)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
