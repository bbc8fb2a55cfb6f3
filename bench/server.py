"""The system under test: the real ``belplan serve`` pinned to one core, with what it costs read from /proc."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from engine.settings import Settings
from engine.store.store import Store

PORT = 5960
RTP_PORTS = (16400, 31999)
SERVER_CPU, LOAD_CPU = "0", "1"
PEOPLE = 500
FIRST_EXTENSION = 2000
READY_SECONDS = 30.0
TICKS = os.sysconf("SC_CLK_TCK")

DIALPLAN = """\
account: {{name: Bench, country: NL, language: en, timezone: Europe/Amsterdam, domain: bench.test}}
numbers: {{main: "+31 20 123 4567"}}
people:
{people}
main_number: {entry}
queues:
  line:
    agents: [p0]
    nobody: wait
    most: 200
    music: {{play: greeting.wav}}
    announce: {{position: yes, wait: no, every: 30s}}
menus:
  welcome:
    greeting: {{play: greeting.wav}}
    dial_extensions: true
    keys: {{1: {{ring: p0}}, "*": repeat}}
    no_input: {{tries: 1, then: {{hang_up: done}}}}
    first_digit: 20s
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds so far and memory of its own (not of files) in kB, of the engine's process and the media worker's."""

    engine_cpu: float
    worker_cpu: float
    engine_kb: int
    worker_kb: int


class Server:
    """A running Belplan in ``folder``. ``passwords`` are those of its people by extension."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, passwords: dict[str, str]) -> None:
        self.process = process
        self.folder = folder
        self.passwords = passwords
        self._worker = _children(process.pid)[0]

    def count(self, what: str) -> int:
        """How many open files (``fd``) or threads (``task``) the two processes have."""
        return sum(len(os.listdir(f"/proc/{pid}/{what}")) for pid in (self.process.pid, self._worker))

    @property
    def log(self) -> Path:
        """Its log, a line of JSON for each event."""
        return self.folder / "log"

    def cost(self) -> Cost:
        """What the two processes have used up to now."""
        return Cost(cpu_of(self.process.pid), cpu_of(self._worker), _memory(self.process.pid), _memory(self._worker))


@contextlib.contextmanager
def serving(entry: str, more: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A fresh Belplan of PEOPLE people; ``entry`` is where its main number leads, as YAML; ``more`` are settings."""
    with tempfile.TemporaryDirectory(prefix="belplan-bench-") as name:
        extensions = [str(FIRST_EXTENSION + number) for number in range(PEOPLE)]
        folder = Path(name)
        _write_dialplan(folder / "dialplans", extensions, entry)
        with serving_folder(folder, "bench", extensions, more) as server:
            yield server


@contextlib.contextmanager
def serving_folder(
    folder: Path,
    account: str,
    extensions: Sequence[str],
    more: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A Belplan on core SERVER_CPU that serves the dialplans in ``folder``, with passwords for one account's people."""
    with Store(Settings(state=folder / "state")) as store:
        passwords = store.passwords.ensure(account, extensions)
    with _running(folder, passwords, more) as server:
        yield server


def resumed(server: Server) -> contextlib.AbstractContextManager[Server]:
    """A Belplan that was killed, once more."""
    return _running(server.folder, server.passwords)


@contextlib.contextmanager
def _running(folder: Path, passwords: dict[str, str], more: Mapping[str, str] | None = None) -> Iterator[Server]:
    environment = os.environ | {
        "BELPLAN_STATE": str(folder / "state"),
        "BELPLAN_DIALPLANS": str(folder / "dialplans"),
        "BELPLAN_LISTEN": f"udp:127.0.0.1:{PORT}",
        "BELPLAN_RTP_PORTS": f"{RTP_PORTS[0]}-{RTP_PORTS[1]}",
        "BELPLAN_DIGEST": "md5",  # what SIPp 3.6 speaks
        "BELPLAN_LOG_FORMAT": "json",
        **(more or {}),
    }
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            ["taskset", "-c", SERVER_CPU, sys.executable, "-m", "engine.cli.main", "serve"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=log,
            text=True,
        )
        try:
            _wait_ready(process, folder / "log")
            yield Server(process, folder, passwords)
        finally:
            process.terminate()
            process.wait(15)


def _write_dialplan(folder: Path, extensions: Sequence[str], entry: str) -> None:
    folder.mkdir()
    people = "\n".join(f"  p{number}: {{extension: {extension}}}" for number, extension in enumerate(extensions))
    (folder / "bench.yaml").write_text(DIALPLAN.format(people=people, entry=entry))
    speech = np.random.default_rng(1).normal(0, 0.1, 60 * 8000)
    soundfile.write(folder / "greeting.wav", speech, 8000, subtype="PCM_16")


def _wait_ready(process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text().splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                if json.loads(line).get("event") == "ready":
                    return
        time.sleep(0.1)
    raise RuntimeError(f"belplan did not start: {log.read_text()[-500:]}")


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_of(pid: int) -> float:
    """Seconds so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1])
    return 0
