"""Reloads of a large account under load: ``python -m bench reloads``. See RESULTS.md.

Everybody's phone is registered and registers again, callers go through the menus to people, and all the while the
dialplan is rewritten and reloaded. What is measured: how long SIP waits for an answer, and what grows.
"""

from __future__ import annotations

import json
import select
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from bench.big_dialplan import extensions, write_recordings
from bench.reload_load import caller_rows, company, judge
from bench.server import PORT, Server, serving_folder
from bench.sipp import CALLEE_MEDIA, Sipp
from engine.settings import Settings
from engine.store.store import Store

CALLEE_PORT = 5970
FIRST_MEDIA = 10000
CALLS_PER_SECOND = 12
TALK_MS = 2000
REGISTRATIONS_PER_SECOND = 40
AGAIN_MEDIA = 15200
MEDIA_PAIRS = 600
SETTLE_SECONDS = 5
"""Until the load is steady, and until no call has a dialplan of before."""
PROBE_SECONDS = 0.002
PATIENCE = 10.0
LOOKS = 4
"""How often it is looked what has grown, the last time at the end."""
RELOAD_PAUSE = 0.25
RELOAD_SECONDS = 30.0
MAX_RELOADS = 1000
ENGINE_KB = 45_000
"""By what the engine's own memory may have grown from the first look to the last: so much garbage of calls, and of
snapshots (13,000 each), may lie there before Python looks for it. The same calls without reloads leave as much."""
WORKER_KB = 8_000
"""The same for the worker, which looks for garbage only once calls have left 50,000 objects."""


@dataclass(frozen=True, slots=True)
class Size:
    """What may not grow: memory in kB, open files and threads of engine and worker, files of the state folder."""

    engine_kb: int
    worker_kb: int
    files: int
    threads: int
    segments: int
    sounds: int


class Probe:
    """Asks the engine again and again whether it is there (OPTIONS), and notes how long each answer took."""

    def __init__(self) -> None:
        self.answers: list[tuple[float, float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="probe")

    def __enter__(self) -> Probe:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            sock.connect(("127.0.0.1", PORT))
            number = 0
            while not self._over.wait(PROBE_SECONDS):
                number += 1
                began = time.monotonic()
                sock.send(_options(sock.getsockname()[1], number))
                if select.select([sock], [], [], PATIENCE)[0]:
                    sock.recv(4096)
                self.answers.append((began, time.monotonic() - began))

    def within(self, spans: Sequence[tuple[float, float]], *, inside: bool) -> list[float]:
        """Milliseconds of the questions asked inside or outside the spans of time."""
        return [
            took * 1000
            for began, took in self.answers
            if any(first <= began + took and began <= last for first, last in spans) is inside
        ]


def _options(port: int, number: int) -> bytes:
    rows = [
        "OPTIONS sip:company@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKprobe{number};rport",
        f"From: <sip:probe@probe.test>;tag=probe{number}",
        "To: <sip:company@127.0.0.1>",
        f"Call-ID: probe-{port}-{number}",
        f"CSeq: {number} OPTIONS",
        "Max-Forwards: 70",
        "Content-Length: 0",
    ]
    return ("\r\n".join(rows) + "\r\n\r\n").encode()


def reloads(count: int, people: int = 1100, menus: int = 200) -> None:
    """Reload ``count`` times under load; raises RuntimeError where a call, a digit or a registration is lost."""
    count = min(count, MAX_RELOADS)
    with tempfile.TemporaryDirectory(prefix="belplan-reloads-") as name:
        folder = Path(name)
        (folder / "dialplans").mkdir()
        write_recordings(folder / "dialplans")
        (folder / "dialplans" / "company.yaml").write_text(company(0, people, menus))
        with serving_folder(folder, "company", extensions(people)) as server:
            _reloads(server, count, people, menus)


def _reloads(server: Server, count: int, people: int, menus: int) -> None:
    everybody = _write_users(server, "everybody", server.passwords)
    first = Sipp("register", "-inf", everybody, "-r", 200, "-m", people, "-p", CALLEE_PORT).wait()
    _insist(first.good == people, f"{people - first.good} phones could not register")
    # a phone is called where it registered from last, so those who register again are none of those who are called
    again = _write_users(server, "again", dict(list(server.passwords.items())[people // 2 :]))
    media = range(FIRST_MEDIA, FIRST_MEDIA + 2 * MEDIA_PAIRS, 2)
    rows, ports = server.folder / "callers.csv", server.folder / "ports.csv"
    rows.write_text(caller_rows(media))
    ports.write_text("\n".join(["SEQUENTIAL", *(f"{port + 2 * MEDIA_PAIRS};" for port in media)]) + "\n")
    bound = int(60 + 3 * count)
    callees = Sipp("callee", "-inf", ports, "-p", CALLEE_PORT, to=None, media=CALLEE_MEDIA, seconds=bound)
    timed = ("-trace_rtt", "-rtt_freq", 1)
    load = [
        Sipp("menu", "-inf", rows, "-r", CALLS_PER_SECOND, "-d", TALK_MS, *timed, seconds=bound),
        Sipp("register", "-inf", again, "-r", REGISTRATIONS_PER_SECOND, *timed, seconds=bound, media=AGAIN_MEDIA),
    ]
    spans: list[tuple[float, float]] = []
    sizes: list[Size] = []
    with Probe() as probe, server.log.open() as log:
        time.sleep(SETTLE_SECONDS)
        for number in range(1, count + 1):
            spans.append(_reload(server, log, company(number, people, menus)))
            time.sleep(RELOAD_PAUSE)
            if number % max(1, count // LOOKS) == 0:
                time.sleep(SETTLE_SECONDS)
                sizes.append(_size(server))
        for sipp in load:
            sipp.finish()
        callers, registered = (sipp.wait() for sipp in load)
        time.sleep(1)
    callees.stop()
    told = judge(_lines(server))
    for what in told.wrong[:10]:
        print("  wrong:", what, flush=True)
    took = [(last - began) * 1000 for began, last in spans]
    print(f"reloads={count} people={people} took {_spread(took)} calls={told.calls} wrong={len(told.wrong)}")
    for noun, counted in (("calls", callers), ("registrations", registered)):
        print(f"  {noun} good={counted.good} failed={counted.failed} retransmissions={counted.retransmissions}", end="")
        print(f" answered after {_spread(counted.waits)}")
    for where, inside in (("during reloads", True), ("between them", False)):
        print(f"  OPTIONS {where}: {_spread(probe.within(spans, inside=inside))}")
    for size in sizes:
        print(f"  {size}", flush=True)
    _insist(told.calls == callers.good, f"SIPp counts {callers.good} calls, the engine {told.calls}")
    _insist(not told.wrong, f"{len(told.wrong)} things went wrong")
    _insist(callers.failed == registered.failed == 0, "SIPp counts calls or registrations that failed")
    missing = people - _registered(server)
    _insist(missing == 0, f"{missing} registrations were lost")
    early, late = sizes[0], sizes[-1]
    _insist(late.engine_kb - early.engine_kb <= ENGINE_KB, "the engine's memory has grown")
    _insist(late.worker_kb - early.worker_kb <= WORKER_KB, "the worker's memory has grown")
    _insist(late.threads <= early.threads + 2, "there are more threads than before")
    _insist(late.files <= early.files + 100, "there are more open files than calls need")
    _insist(late.segments <= 3 and late.sounds == early.sounds, "the state folder has grown")


def _reload(server: Server, log: TextIO, dialplan: str) -> tuple[float, float]:
    """When the reload was asked for, and when the engine said that it was done. ``log`` is read on from where it is."""
    path = server.folder / "dialplans" / "company.yaml"
    path.with_suffix(".new").write_text(dialplan)
    path.with_suffix(".new").replace(path)
    log.read()
    began = time.monotonic()
    server.process.send_signal(signal.SIGHUP)
    said = ""
    while time.monotonic() < began + RELOAD_SECONDS:
        time.sleep(0.005)
        said += log.read()
        if '"dialplan reloaded"' in said:
            return began, time.monotonic()
    raise RuntimeError(f"a reload did not end: {said[-500:]}")


def _lines(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def _registered(server: Server) -> int:
    """How many people have a phone, by what the engine keeps."""
    with Store(Settings(state=server.folder / "state")) as store:
        return len({binding.aor for binding in store.bindings.load() if binding.expires_at > time.time()})


def _size(server: Server) -> Size:
    cost = server.cost()
    state = server.folder / "state"
    return Size(
        cost.engine_kb,
        cost.worker_kb,
        files=server.count("fd"),
        threads=server.count("task"),
        segments=len(list(state.glob("*.journal"))),
        sounds=len(list((state / "sounds").glob("*"))),
    )


def _write_users(server: Server, name: str, passwords: Mapping[str, str]) -> Path:
    path = server.folder / f"{name}.csv"
    words = (f"{user};[authentication username={user} password={word}]" for user, word in passwords.items())
    path.write_text("\n".join(["SEQUENTIAL", *words]) + "\n")
    return path


def _spread(milliseconds: Sequence[float]) -> str:
    ordered = sorted(milliseconds)
    if not ordered:
        return "nothing"
    p50, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
    return f"p50={p50:.1f} p99={p99:.1f} max={ordered[-1]:.1f} ms (n={len(ordered)})"


def _insist(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RuntimeError(otherwise)
