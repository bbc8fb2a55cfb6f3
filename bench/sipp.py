"""SIPp as the load: what to run, and what it counted."""

from __future__ import annotations

import csv
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.server import LOAD_CPU, PORT

SCENARIOS = Path(__file__).parent / "sipp"
OWN_MEDIA_PORT = 15000
"""SIPp binds some whether it speaks RTP or not."""
CALLEE_MEDIA = 15100


@dataclass(frozen=True, slots=True)
class Counted:
    """What SIPp says at its end. ``waits`` are the milliseconds to each answer, if it was asked to ``-trace_rtt``."""

    good: int
    failed: int
    retransmissions: int
    waits: tuple[float, ...] = ()


class Sipp:
    """One SIPp in the background, bounded in calls and seconds.

    ``to`` is the SIP address it calls, None for one that is called; ``cpu`` the core it is pinned to, None for any.
    ``media`` is the first of the RTP ports that it binds.
    """

    def __init__(
        self,
        scenario: str,
        *words: object,
        to: str | None = f"127.0.0.1:{PORT}",
        cpu: str | None = LOAD_CPU,
        media: int = OWN_MEDIA_PORT,
        seconds: int = 120,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="belplan-sipp-")
        self._statistics = Path(self._folder.name) / "statistics.csv"
        command: list[object] = ["taskset", "-c", cpu] if cpu else []
        command += ["sipp", "-sf", SCENARIOS / f"{scenario}.xml", "-i", "127.0.0.1", *([to] if to else [])]
        command += ["-nostdin", "-trace_stat", "-stf", self._statistics, "-fd", 1, "-l", 20000, "-timeout", seconds]
        command += ["-mp", media]
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

    def finish(self) -> None:
        """Let it begin no more calls, and end when those in progress have."""
        self._process.send_signal(signal.SIGUSR1)

    def stop(self) -> Counted:
        """End it now."""
        self._process.terminate()
        self._process.wait()
        return self._read()

    def _read(self) -> Counted:
        with self._statistics.open(newline="") as file:
            *_, last = csv.DictReader(file, delimiter=";")
        waits = [
            float(line.split(";")[1])
            for path in Path(self._folder.name).glob("*_rtt.csv")
            for line in path.read_text().splitlines()[1:]
        ]
        self._folder.cleanup()
        figures = (int(last[f"{name}(C)"]) for name in ("SuccessfulCall", "FailedCall", "Retransmissions"))
        return Counted(*figures, tuple(waits))
