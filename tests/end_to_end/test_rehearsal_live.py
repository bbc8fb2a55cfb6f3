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
from engine.rehearsal.report import Result
from engine.rehearsal.run import choose, load_suites, run
from tests.rtp_ports import rtp_range

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]

ROOT = Path(__file__).resolve().parents[2]
PASSING = frozenset({"call", "at", "seconds", "waited", "talked", "method", "path"})
"""What clocks and file names may make differ."""
NOTICED = 0.2
"""Seconds of a sound; a shorter bit may be in one of the two and not in the other."""
MAX_DOUBTFUL = 3
LATE = 3.0
"""Seconds by which a live call may be behind its simulation after minutes of menus, on a machine with more to do."""


def told(event: CallEvent) -> tuple[object, ...]:
    values = (getattr(event, each.name) for each in fields(event) if each.name not in PASSING)
    return (type(event).__name__, *values)


def story(rehearsal: Rehearsal) -> list[tuple[object, ...]]:
    return [told(event) for event in rehearsal.events]


def heard(rehearsal: Rehearsal) -> list[str]:
    """What the caller heard, but for what clocks may let them hear or not."""
    return [one.what for one in rehearsal.heard if one.seconds >= NOTICED]


def assert_alike(wire: Result, paper: Result) -> None:
    """The same story was told, and the same was heard."""
    assert story(wire.rehearsal) == story(paper.rehearsal), wire.name
    assert heard(wire.rehearsal) == heard(paper.rehearsal), wire.name
    assert wire.rehearsal.ended.seconds == pytest.approx(paper.rehearsal.ended.seconds, abs=LATE), wire.name
    assert (wire.name, wire.complaints(), paper.complaints()) == (wire.name, [], [])


async def test_live_and_simulated_calls_of_every_scenario_tell_the_same_story(tmp_path: Path) -> None:
    folders = (ROOT / "dialplans" / "examples", ROOT / "tests" / "dialplans" / "live")
    dialplans = [ROOT / "dialplans" / "bakery.yaml", *(path for folder in folders for path in dialplan_files(folder))]
    accounts = load_accounts(dialplans, sounds_cache=tmp_path, prompts_dir=ROOT / "prompts")
    chosen = choose(load_suites(accounts))
    assert {suite.account.key for suite, _, _ in chosen} == {"bakery", "clinic", "company", "mobile", "photographer"}
    simulated = await asyncio.to_thread(lambda: list(run(chosen, Lengths(), lambda: None)))
    live = await run_live(chosen, rtp_range(1280), Lengths(), lambda: None)
    doubtful = []
    for scenario, wire, paper in zip(chosen, live, simulated, strict=True):
        try:
            assert_alike(wire, paper)
        except AssertionError:
            doubtful.append((scenario, paper))
    # on a machine that was late for a moment some keys come late; what really differs does so again
    assert len(doubtful) <= MAX_DOUBTFUL, [paper.name for _, paper in doubtful]
    if not doubtful:
        return
    again = await run_live([scenario for scenario, _ in doubtful], rtp_range(1280), Lengths(), lambda: None)
    for (_, paper), wire in zip(doubtful, again, strict=True):
        assert_alike(wire, paper)


PARKING = """
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101}
  orders: {extension: 102}
  ovens: {extension: 103}
groups:
  everybody: {members: [front-desk, orders, ovens]}
parking: {slots: 701-702, time: 2s, ring_back: 2s, rounds: 1, then: hang_up}
main_number: {ring: orders, for: 5s, else: hang_up}
"""
PARKING_TESTS = """
given: {time: 2026-12-24 10:00}
scenarios:
  Parked, rung back, and nobody comes:
    given: {phones: {orders: answers after 0.5s and talks 5s and parks after 1s}}
    when: {hangs_up: after 8.5s}
    then: {rings: [orders, orders], answered_by: orders, path: [orders, any]}
  Parked and picked up:
    given: {phones: {orders: answers after 1s and parks after 1s, ovens: picks up after 1.5s and talks 1s}}
    then: {rings: orders, answered_by: ovens, ends: {how: talked, by: callee}}
  Transferred by code:
    given: {phones: {orders: answers after 0.5s and talks 9s and transfers to 103 after 1s,
                     ovens: answers after 0.5s and talks 1s}}
    then: {rings: [orders, ovens], answered_by: orders, ends: {how: talked, by: callee}}
  Picked up while it rings:
    given: {phones: {front-desk: picks up after 1s and talks 1s}}
    then: {rings: orders, answered_by: front-desk, ends: talked}
  Dialling what rings, and what is parked:
    given: {caller: ovens, calls: "*8102", waiting: [{rings: orders, talks: 1s}]}
    then: {ends: talked, path: any}
  Dialling a slot:
    given: {caller: ovens, calls: "701", waiting: {slot: 701, talks: 1s}}
    then: {ends: {how: talked, by: callee}}
  Dialling a slot that is empty:
    given: {caller: ovens, calls: "702"}
    then: {hears: nothing-to-pick-up.wav}
  A page:
    given: {caller: ovens, calls: "*721", phones: {front-desk: declines after 1s, orders: no answer}}
    when: {keys: "# at 4.5s"}
    then: {ends: served, rings: nobody, hears: beep}
"""


async def test_parking_picking_up_and_paging_tell_the_same_story(tmp_path: Path) -> None:
    (tmp_path / "bakery.yaml").write_text(PARKING)
    (tmp_path / "bakery.tests.yaml").write_text(PARKING_TESTS)
    accounts = load_accounts([tmp_path / "bakery.yaml"], sounds_cache=tmp_path, prompts_dir=ROOT / "prompts")
    chosen = choose(load_suites(accounts))
    simulated = await asyncio.to_thread(lambda: list(run(chosen, Lengths(), lambda: None)))
    assert [(paper.name, paper.complaints()) for paper in simulated if paper.complaints()] == []
    live = await run_live(chosen, rtp_range(200), Lengths(), lambda: None)
    for wire, paper in zip(live, simulated, strict=True):
        assert story(wire.rehearsal) == story(paper.rehearsal), wire.name
        assert heard(wire.rehearsal) == heard(paper.rehearsal), wire.name
        assert wire.rehearsal.ended.seconds == pytest.approx(paper.rehearsal.ended.seconds, abs=LATE), wire.name


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
