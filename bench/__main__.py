"""Speed and memory: ``python -m bench [registrations|setups|flood|ivr|bridged|queue|lamps|codecs|streams|...]``.

RESULTS.md has what was measured.
Engine and media worker are pinned to one core, SIPp and the RTP load to the other. Runs are bounded in calls and time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.codecs import codecs
from bench.console import console
from bench.dialplan import dialplan
from bench.lamps import lamps
from bench.rehearsal import rehearsal
from bench.reloads import reloads
from bench.server import LOAD_CPU, Cost, Server, serving
from bench.sipp import CALLEE_MEDIA, Sipp
from bench.srtp import srtp
from bench.streams import streams

MENU, RING, QUEUE = "{menu: welcome}", "{ring: p0, for: 30s}", "{queue: line}"
STARTS_PER_SECOND = 50
SETTLE_SECONDS = 4
CALLEE_PORT = 5970
FIRST_MEDIA = 10000
"""The first RTP port of the load, below those the system picks by itself; the callees' follow the callers'."""
MAX_CALLS = 600
MAX_WAITING = 200
"""As many as a queue holds."""


def registrations(rate: int, seconds: int) -> None:
    """Digest registrations: each a REGISTER that is challenged and one that is answered."""
    count = rate * seconds
    with serving(MENU) as server, tempfile.TemporaryDirectory() as folder:
        before = server.cost()
        users = _write_users(Path(folder), server.passwords)
        counted = Sipp("register", "-inf", users, "-r", rate, "-m", count).wait()
        spent = server.cost()
    cpu = (spent.engine_cpu - before.engine_cpu) * 1000 / count
    print(
        f"registrations asked/s={rate} good={counted.good} failed={counted.failed}"
        f" retransmissions={counted.retransmissions} ms_cpu_each={cpu:.2f}",
        flush=True,
    )


def setups(rate: int, seconds: int, *, bad: int = 0) -> None:
    """Calls that are answered by the menu, hear it for half a second and hang up; beside ``bad`` packets a second."""
    count = rate * seconds
    with serving(MENU) as server, tempfile.TemporaryDirectory() as folder, flooding(bad, seconds + 2) as sent:
        before = server.cost()
        ports = _write_ports(Path(folder), FIRST_MEDIA, MAX_CALLS)
        counted = Sipp("caller", "-inf", ports, "-r", rate, "-m", count, "-d", 500).wait()
        spent = server.cost()
        hostile = sent()
    engine = (spent.engine_cpu - before.engine_cpu) * 1000 / count
    worker = (spent.worker_cpu - before.worker_cpu) * 1000 / count
    print(
        f"setups asked/s={rate} good={counted.good} failed={counted.failed}"
        f" retransmissions={counted.retransmissions} ms_cpu_engine={engine:.2f} ms_cpu_worker={worker:.2f}"
        f" bad/s={hostile}",
        flush=True,
    )


def ivr(calls: int, seconds: int, *, bad: int = 0) -> None:
    """Calls that hear the menu while 50 packets a second go both ways; beside ``bad`` packets a second."""
    whole = calls / STARTS_PER_SECOND + SETTLE_SECONDS + seconds + 5
    with serving(MENU) as server, flooding(bad, whole) as sent:
        _talk("ivr", server, calls, seconds, legs=calls)
        if bad:
            print(f"  bad/s={sent()}", flush=True)


def bridged(calls: int, seconds: int) -> None:
    """Calls answered by a person, two legs each, 50 packets a second on each both ways."""
    with serving(RING) as server, tempfile.TemporaryDirectory() as folder, _phone(server, Path(folder), calls):
        _talk("bridged", server, calls, seconds, legs=2 * calls)


def queue(calls: int, seconds: int) -> None:
    """Calls that wait in one queue whose agent has no phone: music, and each call's position every 30 seconds."""
    with serving(QUEUE) as server:
        _talk("queue", server, calls, seconds, legs=calls)


def _talk(kind: str, server: Server, calls: int, seconds: int, *, legs: int) -> None:
    settle = calls / STARTS_PER_SECOND + SETTLE_SECONDS
    time.sleep(1)  # until the worker has read the greeting
    before = server.cost()
    load = _rtp_load(legs, settle + seconds, settle)
    time.sleep(1)
    hold = int((settle + seconds + 3) * 1000)
    folder = tempfile.TemporaryDirectory()
    ports = _write_ports(Path(folder.name), FIRST_MEDIA, calls)
    words = ("-inf", ports, "-r", STARTS_PER_SECOND, "-m", calls, "-d", hold)
    caller = Sipp("caller", *words, seconds=int(settle + seconds) + 30)
    time.sleep(settle)
    first, began = server.cost(), time.monotonic()
    time.sleep(seconds - 1.5)
    last, took = server.cost(), time.monotonic() - began
    heard = json.loads(load.communicate()[0].splitlines()[-1])
    counted = caller.wait()
    _tell(kind, calls, (before, first, last), took, heard)
    print(f"  good={counted.good} failed={counted.failed} retransmissions={counted.retransmissions}", flush=True)


def _tell(kind: str, calls: int, costs: tuple[Cost, Cost, Cost], took: float, heard: dict[str, float]) -> None:
    before, first, last = costs
    engine = (last.engine_cpu - first.engine_cpu) * 1000 / took / calls
    worker = (last.worker_cpu - first.worker_cpu) * 1000 / took / calls
    memory = (last.engine_kb + last.worker_kb - before.engine_kb - before.worker_kb) / calls
    gaps = " ".join(f"{name}={heard[name]:.1f}" for name in ("gap_p50", "gap_p99", "gap_max"))
    print(
        f"{kind} calls={calls} ms_cpu_per_call_second={engine + worker:.2f} (engine {engine:.2f}, worker {worker:.2f})"
        f" kB_per_call={memory:.0f} {gaps} lost={heard['lost']} load_late_ms={heard['own_lateness_ms']:.1f}",
        flush=True,
    )


def _rtp_load(legs: int, seconds: float, settle: float) -> subprocess.Popen[str]:
    """The RTP side of SIPp's calls, on every second port from FIRST_MEDIA."""
    program = Path(__file__).parent / "media_load.py"
    words = ["listen", "--port", FIRST_MEDIA, "--legs", legs, "--seconds", seconds + 1, "--settle", settle + 1]
    return subprocess.Popen(
        ["taskset", "-c", LOAD_CPU, sys.executable, str(program), *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def flooding(rate: int, seconds: float) -> Iterator[Callable[[], int]]:
    """Bad packets meanwhile; what is yielded waits for their end and says how many there were a second."""
    if not rate:
        yield lambda: 0
        return
    program = Path(__file__).parent / "flood.py"
    words = ["--rate", str(rate), "--seconds", str(seconds)]
    process = subprocess.Popen(
        ["taskset", "-c", LOAD_CPU, sys.executable, str(program), *words], stdout=subprocess.PIPE, text=True
    )
    try:
        yield lambda: int(json.loads(process.communicate()[0])["per_second"])
    finally:
        process.kill()
        process.wait()


@contextmanager
def _phone(server: Server, folder: Path, calls: int) -> Iterator[None]:
    """The first person's phone: one SIPp registers, then another answers at its port, where phones are called."""
    extension, password = next(iter(server.passwords.items()))
    users = _write_users(folder, {extension: password})
    counted = Sipp("register", "-inf", users, "-m", 1, "-p", CALLEE_PORT).wait()
    if counted.good != 1:
        raise RuntimeError("the bench's phone could not register")
    ports = _write_ports(folder, FIRST_MEDIA + 2 * calls, calls)
    callee = Sipp("callee", "-inf", ports, "-p", CALLEE_PORT, "-m", calls, to=None, media=CALLEE_MEDIA)
    try:
        yield
    finally:
        callee.stop()


def _write_users(folder: Path, passwords: dict[str, str]) -> Path:
    """SIPp's injection file: a user and its credentials a line."""
    rows = [f"{user};[authentication username={user} password={word}]" for user, word in passwords.items()]
    path = folder / "users.csv"
    path.write_text("\n".join(["SEQUENTIAL", *rows]) + "\n")
    return path


def _write_ports(folder: Path, first: int, calls: int) -> Path:
    """SIPp's injection file: an RTP port a line, for one call after the other."""
    path = folder / f"ports-{first}.csv"
    path.write_text("\n".join(["SEQUENTIAL", *(f"{first + 2 * number};" for number in range(calls))]) + "\n")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", default=["registrations", "setups", "ivr", "bridged", "dialplan"])
    parser.add_argument("--rates", type=int, nargs="*", help="for registrations and setups, a second")
    parser.add_argument("--calls", type=int, nargs="*", default=[50, 300, 500], help="for ivr, bridged and queue")
    parser.add_argument("--reloads", type=int, default=200, help="for reloads")
    parser.add_argument("--bad", type=int, default=5000, help="bad packets a second, for flood")
    parser.add_argument("--connections", type=int, default=10_000, help="for streams")
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    for what in options.what:
        if what in ("ivr", "bridged"):
            for calls in options.calls:
                (ivr if what == "ivr" else bridged)(min(calls, MAX_CALLS), min(options.seconds, 60))
        elif what in ("registrations", "setups"):
            for rate in options.rates or ([500, 1000, 1500] if what == "registrations" else [200, 400, 500]):
                (registrations if what == "registrations" else setups)(rate, min(options.seconds, 60))
        elif what == "flood":
            for bad in (0, options.bad):
                setups((options.rates or [200])[0], min(options.seconds, 60), bad=bad)
                ivr(min(options.calls[0], MAX_CALLS), min(options.seconds, 60), bad=bad)
        elif what == "queue":
            for calls in options.calls:
                queue(min(calls, MAX_WAITING), min(options.seconds, 60))
        elif what == "lamps":
            lamps(RING, _phone, _write_ports, FIRST_MEDIA)
        elif what == "rehearsal":
            rehearsal()
        elif what == "dialplan":
            dialplan()
        elif what == "reloads":
            reloads(options.reloads)
        elif what == "streams":
            streams(options.connections, min(options.seconds, 60))
        elif what == "codecs":
            codecs()
        elif what == "srtp":
            srtp()
        elif what == "console":
            console(MENU, lambda server, calls, seconds: _talk("ivr", server, calls, seconds, legs=calls), _write_ports)
        else:
            parser.error(f"there is no bench {what!r}")


if __name__ == "__main__":
    main()
