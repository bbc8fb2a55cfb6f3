"""The console beside the engine: what pages take, what the live view costs, and whether calls notice either.

The console runs on the engine's core with the politeness that ``belplan serve`` gives it: whatever it takes, it takes
from calls.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert

from bench.console_forms import Manager, sending
from bench.server import LOAD_CPU, PEOPLE, SERVER_CPU, Server, cpu_of, serving
from bench.sipp import Sipp
from engine.companion_start import POLITENESS
from engine.settings import Settings
from engine.store.console.accounts import OWNER, StoredAccount
from engine.store.store import Store
from engine.store.tables import CallRow
from web.accounts import sessions, tokens
from web.shell.cookies import SESSION_COOKIE

PORT = 5980
ACCOUNT = "bench"
OWNER_EMAIL = "owner@bench.example"
RECORDS = 100_000
PAGES = (
    *("/dashboard", "/calls", "/calls?text=2017", "/calls?text=p77", "/calls?outcome=missed", "/account"),
    *("/people", "/people/add", "/people/person/p7", "/numbers", "/greetings", "/rehearsal", "/plan", "/transfers"),
    *("/main-number", "/main-number/preview", "/main-number/menus/welcome", "/main-number/new-menu"),
    *("/plan/versions", "/account/audit", "/account/tokens", "/account/managers"),
    *("/api/v1/live", "/api/v1/calls", "/api/v1/people", "/api/v1/main-number", "/api/v1/menus"),
)
TIMES = 30
READY_SECONDS = 30.0
VIEWERS = 20
CALLS_A_SECOND = 2
CLIENTS = 4
"""Browsers that load pages one after the other, for the load."""


@dataclass(frozen=True, slots=True)
class Console:
    """A running console, and what a browser and a program of the owner's send with each request.

    ``plan`` is the file of the account's dialplan.
    """

    process: subprocess.Popen[bytes]
    cookie: str
    token: str
    plan: Path

    @property
    def cpu(self) -> float:
        """Seconds so far."""
        return cpu_of(self.process.pid)

    def headers(self, path: str) -> dict[str, str]:
        if path.startswith("/api/"):
            return {"Authorization": f"Bearer {self.token}"}
        return {"Cookie": f"{SESSION_COOKIE}={self.cookie}"}


def console(menu: str, talk: Callable[[Server, int, int], None], write_ports: Callable[[Path, int, int], Path]) -> None:
    """All of it. ``talk`` has so many calls hear the ``menu`` for so many seconds, and tells their packets' gaps."""
    with serving(menu) as server, beside(server) as console:
        _pages(console)
        _forms(console)
        _live(server, console, write_ports)
    for loaded in (False, True):
        with serving(menu) as server, beside(server) as console, loading(console, loaded) as a_second:
            talk(server, 100, 20)
            print(f"  pages/s={a_second():.0f}", flush=True)


@contextlib.contextmanager
def beside(server: Server) -> Iterator[Console]:
    """A console beside an engine, whose account has an owner and RECORDS calls."""
    settings = Settings(state=server.folder / "state")
    now = time.time()
    with Store(settings, apart=True) as store:
        names = ("Bench", "NL", "Europe/Amsterdam", "en")
        store.console.accounts.begin(StoredAccount(ACCOUNT, *names, PEOPLE, OWNER_EMAIL, "Owner", now))
        cookie = sessions.begin(store, OWNER_EMAIL, ACCOUNT, now)
        token = tokens.make(store, ACCOUNT, OWNER, "bench", ["plan", "people"], now).secret
        _write_records(store, now)
    environment = os.environ | {
        "BELPLAN_STATE": str(settings.state),
        "BELPLAN_DIALPLANS": str(server.folder / "dialplans"),
        "BELPLAN_CONSOLE": f"127.0.0.1:{PORT}",
        "BELPLAN_LOG_LEVEL": "warning",
    }
    words = ["taskset", "-c", SERVER_CPU, "nice", "-n", str(POLITENESS), sys.executable, "-m", "web.serve"]
    process = subprocess.Popen(words, env=environment)
    try:
        found = Console(process, cookie, token, server.folder / "dialplans" / f"{ACCOUNT}.yaml")
        _wait_ready(found)
        yield found
    finally:
        process.terminate()
        process.wait(15)


def _write_records(store: Store, now: float) -> None:
    """Calls of a year, with all sorts of ends."""
    chosen = random.Random(1)
    verdicts = (("talked", "p7"), ("served", None), ("abandoned", None), ("unanswered", None))
    rows = []
    for number in range(RECORDS):
        verdict, by = chosen.choice(verdicts)
        row = {
            "id": f"bench-{number}",
            "account": ACCOUNT,
            "caller": f"+3170{chosen.randrange(10**7):07}",
            "called": "+31201234567",
            "started_at": now - 300 * number,
            "path": '["menu:welcome","ring:p7"]',
            "keys": '[[1.5,"1"]]',
            "answered_by": by,
            "seconds": 60.0,
            "talked": 50.0 if by else 0.0,
            "verdict": verdict,
            "ended_by": "caller",
            "reason": "hung up",
        }
        rows.append(row)
    with store.database.begin() as connection:
        connection.execute(insert(CallRow), rows)


def _get(connection: http.client.HTTPConnection, console: Console, path: str) -> tuple[int, int]:
    connection.request("GET", path, headers=console.headers(path))
    answer = connection.getresponse()
    return answer.status, len(answer.read())


def _wait_ready(console: Console) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            _get(http.client.HTTPConnection("127.0.0.1", PORT, timeout=10), console, "/health")
            return
        time.sleep(0.1)
    raise RuntimeError("the console did not start")


def _pages(console: Console) -> None:
    """What each page takes from the request to its last byte, over one connection, and of that the console's own CPU.

    On a machine that has nothing else to do the two are about the same.
    """
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    for path in PAGES:
        _measure(f"page {path}", console, lambda _, path=path: _get(connection, console, path))


def _forms(console: Console) -> None:
    """The same for what managers send: looking at a change, saving it, people, numbers, a rehearsal."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    manager = Manager(connection, console.headers("/"), console.headers("/api/"))
    for label, send in sending(manager, console.plan).items():
        _measure(f"form {label}", console, send)


def _measure(label: str, console: Console, do: Callable[[int], tuple[int, int]]) -> None:
    """Do something TIMES times, after once that does not count; ``do`` gets a number and gives status and size."""
    status, size = do(0)
    took, spent = [], console.cpu
    for number in range(1, TIMES + 1):
        began = time.perf_counter()
        status, size = do(number)
        took.append((time.perf_counter() - began) * 1000)
    assert status < 400, f"{label}: {status}"
    took.sort()
    cpu = (console.cpu - spent) * 1000 / TIMES
    print(
        f"{label} status={status} kB={size / 1000:.0f} ms_cpu={cpu:.0f} ms_median={took[TIMES // 2]:.0f}"
        f" ms_p95={took[int(TIMES * 0.95)]:.0f} ms_max={took[-1]:.0f}",
        flush=True,
    )


def _live(server: Server, console: Console, write_ports: Callable[[Path, int, int], Path], seconds: int = 30) -> None:
    """What VIEWERS of the live view cost while calls come and go, beside nobody who looks."""
    for viewers in (0, VIEWERS):
        with watching(console, viewers) as received:
            time.sleep(5)
            count = CALLS_A_SECOND * (seconds + 10)
            ports = write_ports(server.folder, 10000, 200)
            calls = Sipp("caller", "-inf", ports, "-r", CALLS_A_SECOND, "-m", count, "-d", 5000)
            time.sleep(3)
            before, engine, began, events = console.cpu, server.cost(), time.monotonic(), received()
            time.sleep(seconds)
            took = time.monotonic() - began
            spent, engine_spent = console.cpu - before, server.cost().engine_cpu - engine.engine_cpu
            a_second = (received() - events) / max(viewers, 1) / took
            calls.stop()
        print(
            f"live viewers={viewers} calls/s={CALLS_A_SECOND} console_core={spent / took:.2%}"
            f" engine_core={engine_spent / took:.2%} events/s_each={a_second:.2f}",
            flush=True,
        )


@contextlib.contextmanager
def watching(console: Console, viewers: int) -> Iterator[Callable[[], int]]:
    """So many browsers that look at the live view, in a process on the other core; how many events they had so far."""
    program = (
        "import http.client, json, sys, threading\n"
        "port, viewers, headers = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])\n"
        "count = [0]\n"
        "def watch():\n"
        "    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=120)\n"
        "    connection.request('GET', '/dashboard/live', headers=headers)\n"
        "    answer = connection.getresponse()\n"
        "    while line := answer.readline():\n"
        "        count[0] += line.startswith(b'event: pieces')\n"
        "for _ in range(viewers):\n"
        "    threading.Thread(target=watch, daemon=True).start()\n"
        "for _ in sys.stdin:\n"
        "    print(count[0], flush=True)\n"
    )
    words = ["taskset", "-c", LOAD_CPU, sys.executable, "-c", program, str(PORT), str(viewers)]
    process = subprocess.Popen(
        [*words, json.dumps(console.headers("/"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def received() -> int:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    try:
        yield received
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def loading(console: Console, wanted: bool) -> Iterator[Callable[[], float]]:
    """CLIENTS browsers that load the dashboard and the list of calls without a pause; how many pages a second it is."""
    if not wanted:
        yield lambda: 0.0
        return
    done, loaded, began = threading.Event(), [0], time.monotonic()

    def load() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        while not done.is_set():
            for path in ("/dashboard", "/calls"):
                _get(connection, console, path)
                loaded[0] += 1

    os.sched_setaffinity(0, {int(LOAD_CPU)})
    threads = [threading.Thread(target=load) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield lambda: loaded[0] / (time.monotonic() - began)
    finally:
        done.set()
        for thread in threads:
            thread.join()
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
