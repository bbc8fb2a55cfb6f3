"""SIPp as the load: what to run, and what it counted."""

from __future__ import annotations

import csv
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.server import LOAD_CPU, PORT

SCENARIOS = Path(__file__).parent / "sipp"
OWN_MEDIA_PORT = 15000
"""SIPp binds one whether it speaks RTP or not."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What SIPp says at its end."""

    good: int
    failed: int
    retransmissions: int


class Sipp:
    """One SIPp in the background, pinned to the load's core, bounded in calls and seconds."""

    def __init__(self, scenario: str, *words: object, remote: bool = True, seconds: int = 120) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="belplan-sipp-")
        self._statistics = Path(self._folder.name) / "statistics.csv"
        command = ["taskset", "-c", LOAD_CPU, "sipp", "-sf", SCENARIOS / f"{scenario}.xml", "-i", "127.0.0.1"]
        command += [f"127.0.0.1:{PORT}"] * remote
        command += ["-nostdin", "-trace_stat", "-stf", self._statistics, "-fd", 1, "-l", 20000, "-timeout", seconds]
        command += ["-mp", OWN_MEDIA_PORT if remote else OWN_MEDIA_PORT + 100]
        self._process = subprocess.Popen(
            [str(word) for word in (*command, *words)],
            cwd=self._folder.name,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> Counted:
        """Wait for its end."""
        self._process.wait()
        return self._read()

    def stop(self) -> Counted:
        """End it now."""
        self._process.terminate()
        self._process.wait()
        return self._read()

    def _read(self) -> Counted:
        with self._statistics.open(newline="") as file:
            *_, last = csv.DictReader(file, delimiter=";")
        self._folder.cleanup()
        figures = (int(last[f"{name}(C)"]) for name in ("SuccessfulCall", "FailedCall", "Retransmissions"))
        return Counted(*figures)
