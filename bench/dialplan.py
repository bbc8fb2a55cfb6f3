"""What loading and checking a dialplan costs: ``python -m bench dialplan``."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.big_dialplan import write_big_dialplan
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.load import load_account

ROUNDS = 7
PROMPTS = Path(__file__).resolve().parent.parent / "prompts"


def dialplan(people: int = 500, menus: int = 200) -> None:
    """Load and check one in this process, then ``belplan check`` as a whole; the first round reads cold caches."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_big_dialplan(folder, people, menus)

        def load() -> Account:
            return load_account(path, sounds_cache=folder, prompts_dir=PROMPTS)

        account = load()
        if found := check(account):
            raise RuntimeError(f"the bench's dialplan is doubtful: {found[0]}")
        loading, checking = _timed(load), _timed(lambda: check(account))
        command = [sys.executable, "-m", "engine.cli.main", "check", "--strict", str(path)]
        whole = _timed(lambda: subprocess.run(command, check=True, capture_output=True))
    print(f"dialplan people={people} menus={menus} load={loading} check={checking} command={whole}", flush=True)


def _timed(action: Callable[[], object]) -> str:
    """Milliseconds of CPU, of this process and those it starts: median and range of some rounds."""
    took = []
    for _ in range(ROUNDS):
        began = _cpu_seconds()
        action()
        took.append((_cpu_seconds() - began) * 1000)
    return f"{statistics.median(took):.0f}ms ({min(took):.0f}-{max(took):.0f})"


def _cpu_seconds() -> float:
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system
