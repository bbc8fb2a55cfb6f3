"""The simulator tells the truth: every scenario of the example accounts, over the wire and simulated, goes alike."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from engine.dialplan.load import dialplan_files, load_accounts
from engine.events import CallEvent
from engine.rehearsal.lengths import Lengths
from engine.rehearsal.live import run_live
from engine.rehearsal.rehearse import Rehearsal
from engine.rehearsal.run import choose, load_suites, run
from tests.rtp_ports import rtp_range

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]

ROOT = Path(__file__).resolve().parents[2]
PASSING = frozenset({"call", "at", "seconds", "talked", "method", "path"})
"""What clocks and file names may make differ."""
LATE = 3.0
"""Seconds by which a live call may be behind its simulation after minutes of menus, on a machine with more to do."""


def told(event: CallEvent) -> tuple[object, ...]:
    values = (getattr(event, each.name) for each in fields(event) if each.name not in PASSING)
    return (type(event).__name__, *values)


def story(rehearsal: Rehearsal) -> list[tuple[object, ...]]:
    return [told(event) for event in rehearsal.events]


async def test_live_and_simulated_calls_of_every_scenario_tell_the_same_story(tmp_path: Path) -> None:
    folders = (ROOT / "dialplans" / "examples", ROOT / "tests" / "dialplans" / "live")
    dialplans = [ROOT / "dialplans" / "bakery.yaml", *(path for folder in folders for path in dialplan_files(folder))]
    accounts = load_accounts(dialplans, sounds_cache=tmp_path, prompts_dir=ROOT / "prompts")
    chosen = choose(load_suites(accounts))
    assert {suite.account.key for suite, _, _ in chosen} == {"bakery", "clinic", "company", "mobile", "photographer"}
    simulated = await asyncio.to_thread(lambda: list(run(chosen, Lengths(), lambda: None)))
    live = await run_live(chosen, rtp_range(1280), Lengths(), lambda: None)
    for wire, paper in zip(live, simulated, strict=True):
        assert story(wire.rehearsal) == story(paper.rehearsal), wire.name
        assert wire.rehearsal.ended.seconds == pytest.approx(paper.rehearsal.ended.seconds, abs=LATE), wire.name
        assert (wire.name, wire.complaints(), paper.complaints()) == (wire.name, [], [])


def test_the_command_calls_over_the_wire(tmp_path: Path) -> None:
    first, last = rtp_range(64)
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "test", "--live", "-k", "the front desk calls orders"],
        cwd=ROOT,
        env=os.environ | {"BELPLAN_STATE": str(tmp_path / "state"), "BELPLAN_RTP_PORTS": f"{first}-{last}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ The front desk calls orders directly" in done.stdout
    assert "2 scenarios, all passed" in done.stdout
