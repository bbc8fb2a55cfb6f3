"""Companions: started beside the engine, started again, ended with it whatever its end, and never waited for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from engine import companions as room
from engine.companion_start import POLITENESS
from engine.companions import Companion, Companions

WAIT = 30.0
"""Seconds, on a machine that has much else to do."""
STARTED, ENDED = "a companion is started", "a companion ended; it is started again"


def python(code: str, *words: str) -> Companion:
    return Companion("console", (sys.executable, "-c", code, *words))


@contextlib.asynccontextmanager
async def beside(*companions: Companion) -> AsyncIterator[Companions]:
    async with Companions(companions) as them:
        them.begin()
        yield them


async def until(there: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT):
        while not there():  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)


def runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


SLEEPS = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text('up'); time.sleep(600)"


async def test_it_runs_politely_until_the_exit_of_the_block(tmp_path: Path) -> None:
    up = tmp_path / "up"
    with capture_logs() as lines:
        async with beside(python(SLEEPS, str(up))):
            await until(up.exists)
            (process,) = [line["process"] for line in lines if line["event"] == STARTED]
            assert os.getpriority(os.PRIO_PROCESS, process) == os.getpriority(os.PRIO_PROCESS, 0) + POLITENESS
            assert os.getpgid(process) != os.getpgid(0), "a Ctrl-C is the engine's"
    assert not runs(process)
    assert [line["event"] for line in lines] == [STARTED]


async def test_one_that_ends_is_started_again_after_longer_and_longer_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(room, "LONGEST_PAUSE", 0.02)
    with capture_logs() as lines:
        async with beside(python("raise SystemExit(3)")):
            await until(lambda: sum(line["event"] == ENDED for line in lines) >= 4)
    ended = [line for line in lines if line["event"] == ENDED][:4]
    assert [line["pause"] for line in ended] == [0.01, 0.02, 0.02, 0.02]
    assert {line["reason"] for line in ended} == {"exit status 3"}
    assert {line["log_level"] for line in ended} == {"warning"}


async def test_one_that_ran_long_begins_with_the_first_pause_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(room, "STEADY_SECONDS", 0.0)
    with capture_logs() as lines:
        async with beside(python("import os; os.kill(os.getpid(), 9)")):
            await until(lambda: sum(line["event"] == ENDED for line in lines) >= 3)
    assert [(line["pause"], line["reason"]) for line in lines if line["event"] == ENDED][:3] == [(0.01, "signal 9")] * 3


async def test_a_program_that_is_not_there_delays_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    with capture_logs() as lines:
        async with beside(Companion("console", ("/nowhere/console",))):
            await until(lambda: any(line["event"] == ENDED for line in lines))
    assert "/nowhere/console cannot be started: No such file or directory" in capfd.readouterr().err


async def test_one_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "STOP_SECONDS", 0.1)
    up = tmp_path / "up"
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPS
    with capture_logs() as lines:
        async with beside(python(stubborn, str(up))):
            await until(up.exists)
    assert [line["event"] for line in lines] == [STARTED, "a companion did not end and is killed"]
    assert not runs(lines[0]["process"])


async def test_one_that_is_told_twice_is_waited_for_all_the_same(tmp_path: Path) -> None:
    up, done = tmp_path / "up", tmp_path / "done"
    slow = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.3); pathlib.Path(sys.argv[2]).touch(); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
    )
    async with beside(python(slow + SLEEPS, str(up), str(done))) as them:
        await until(up.exists)
        them.dismiss()
        await asyncio.sleep(0)
    assert done.exists()


async def test_telling_them_to_end_takes_no_time(tmp_path: Path) -> None:
    up = tmp_path / "up"
    with capture_logs() as lines:
        async with beside(python(SLEEPS, str(up))) as them:
            await until(up.exists)
            them.dismiss()
            await until(lambda: not runs(lines[0]["process"]))


ENGINE = """
import asyncio, sys
from engine.companions import Companion, Companions

async def main():
    async with Companions([Companion("console", tuple(sys.argv[1:]))]) as companions:
        companions.begin()
        await asyncio.sleep(600)

asyncio.run(main())
"""
PRINTS = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(600)"


def test_a_killed_engine_takes_them_along() -> None:
    words = [sys.executable, "-c", ENGINE, sys.executable, "-c", PRINTS]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as engine:
        assert engine.stdout is not None
        line = engine.stdout.readline()
        while not line.strip().isdigit():  # the engine's own log
            line = engine.stdout.readline()
        companion = int(line)
        assert runs(companion)
        engine.send_signal(signal.SIGKILL)
    give_up_at = time.monotonic() + WAIT
    while runs(companion):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


SERVES = """
import sys
from engine.companions import Companion
from engine.program import serve
from engine.settings_file import load_settings

raise SystemExit(serve(load_settings(None), [Companion("console", tuple(sys.argv[1:]))] if sys.argv[1:] else ()))
"""
PLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
main_number: {hang_up: done}
"""
FIRST_ACCOUNT = """
import os, pathlib, signal, sys, time
pathlib.Path(sys.argv[1]).write_text(sys.argv[2])
os.kill(os.getppid(), signal.SIGHUP)
time.sleep(600)
"""


def test_without_companions_there_has_to_be_an_account(tmp_path: Path) -> None:
    done = _serve(tmp_path)
    out, _ = done.communicate(timeout=WAIT)
    assert done.returncode == 1
    assert "dialplans" in out
    assert not (tmp_path / "dialplans").exists()


def test_a_companion_may_make_the_first_account(tmp_path: Path) -> None:
    plan = tmp_path / "dialplans" / "bakery.yaml"
    engine = _serve(tmp_path, sys.executable, "-c", FIRST_ACCOUNT, str(plan), PLAN)
    assert engine.stdout is not None
    seen = []
    for line in engine.stdout:
        seen.append(line)
        if "dialplan reloaded" in line:
            break
    engine.terminate()
    rest, _ = engine.communicate(timeout=WAIT)
    assert "account bakery added" in seen[-1]
    assert engine.returncode == 0
    assert "started again" not in rest


def _serve(folder: Path, *companion: str) -> subprocess.Popen[str]:
    places = {"BELPLAN_STATE": str(folder / "state"), "BELPLAN_DIALPLANS": str(folder / "dialplans")}
    return subprocess.Popen(
        [sys.executable, "-c", SERVES, *companion],
        env={**os.environ, **places, "BELPLAN_LISTEN": "udp:127.0.0.1:0", "BELPLAN_LOG_FORMAT": "json"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
