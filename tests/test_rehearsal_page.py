"""What the pages on rehearsing and on the examples show is true: commands print what they say, files hold it."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.cli.simulate import simulate
from engine.dialplan.account import Account
from engine.dialplan.load import load_account
from engine.dialplan.model import Section
from engine.rehearsal.judge import judge
from engine.rehearsal.rehearse import Rehearser
from engine.rehearsal.scenarios import Given, Then, When, load_suite
from engine.rehearsal.setting import situation_of
from engine.settings import Settings
from engine.store.records import CallRecord
from engine.store.store import Store

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "rehearsal.md").read_text()
EXAMPLES = (ROOT / "docs" / "examples.md").read_text()
DATE = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b")
TOOK = re.compile(r"\(\d+\.\d\d s\)")


def commands() -> list[tuple[str, str]]:
    """Every command the pages show, and what they say the command prints."""
    shown = []
    for block in re.findall(r"^```console\n(.*?)^```", PAGE + EXAMPLES, re.MULTILINE | re.DOTALL):
        for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            shown.append((command, printed))
    return shown


COMMANDS = commands()


def test_the_page_shows_every_command() -> None:
    for name in ("simulate", "test", "replay"):
        assert any(f"belplan {name}" in command for command, _ in COMMANDS)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the example account, a changed one, a call of yesterday, and ``belplan`` to type."""
    shutil.copytree(ROOT / "dialplans", tmp_path / "dialplans")
    shutil.copytree(tmp_path / "dialplans", tmp_path / "new")
    plan = tmp_path / "new" / "bakery.yaml"
    plan.write_text(plan.read_text().replace("1: {ring: orders,", "1: {ring: front-desk,"))
    program = tmp_path / "bin" / "belplan"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m engine.cli.main "$@"\n')
    program.chmod(0o755)
    account = load_account(plan, sounds_cache=tmp_path / "cache", prompts_dir=ROOT / "prompts")
    with Store(Settings(state=tmp_path / "state")) as store:
        store.records.put(lately(account))
    return tmp_path


def lately(account: Account) -> CallRecord:
    """A call on the main number at the last moment, but an hour, at which the bakery was open."""
    hours = (time.time() - 3600.0 * back for back in itertools.count(1))
    return CallRecord(
        id="lately",
        account="bakery",
        caller="+31612345678",
        called="+31201234567",
        started_at=next(hour for hour in hours if account.is_open("open", hour)),
        path=("hours:open", "menu:welcome", "ring:orders"),
        keys=((3.2, "1"),),
        answered_by="orders",
        seconds=60.2,
        talked=50.0,
        verdict="talked",
        ended_by="callee",
        reason="hung up",
        rings=(("orders", "answered", 5.0),),
    )


def plain(printed: str) -> list[list[str]]:
    """What was printed, without what differs from time to time and from terminal to pipe."""
    masked = TOOK.sub("(time)", DATE.sub("date", printed))
    return [line.split() for line in masked.splitlines() if line.strip()]


@pytest.mark.parametrize(("command", "printed"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_prints_what_the_page_says(home: Path, command: str, printed: str) -> None:
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=home,
        env=os.environ | {"PATH": path, "BELPLAN_STATE": str(home / "state"), "BELPLAN_PROMPTS": str(ROOT / "prompts")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert plain(done.stdout) == plain(printed)


def test_the_scenarios_shown_come_out(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "bakery.tests.yaml").write_text(block)
    account = load_account(ROOT / "dialplans" / "bakery.yaml", sounds_cache=tmp_path, prompts_dir=ROOT / "prompts")
    suite = load_suite(tmp_path / "bakery.tests.yaml", account)
    with Rehearser([account]) as rehearser:
        for name, scenario in suite.scenarios.items():
            assert judge(scenario.then, rehearser.rehearse(situation_of(suite, scenario))) == [], name


@pytest.mark.parametrize("block", re.findall(r"^```yaml\n(.*?)^```", EXAMPLES, re.MULTILINE | re.DOTALL))
def test_what_is_shown_of_an_example_stands_in_it(block: str) -> None:
    files = [path for path in (ROOT / "dialplans" / "examples").glob("*.yaml") if not path.stem.endswith(".tests")]
    assert any(block in path.read_text() for path in files)


def test_every_example_is_explained() -> None:
    for path in (ROOT / "dialplans" / "examples").glob("*.yaml"):
        assert f"../dialplans/examples/{path.name}" in EXAMPLES


@pytest.mark.parametrize(("title", "block"), [("given", Given), ("when", When), ("then", Then)])
def test_every_word_of_scenarios_is_in_the_tables(title: str, block: type[Section]) -> None:
    (table,) = re.findall(rf"^\| {title} \| \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == block.yaml_names()


def test_every_option_of_simulate_is_in_the_table() -> None:
    known = {option for parameter in simulate.params for option in parameter.opts if option.startswith("--")}
    named = set(re.findall(r"`(?:belplan simulate )?(--[a-z-]+)", PAGE)) | {"--config"}
    assert known <= named
