"""What README.md shows is true: its commands run, its dialplan loads, its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile

from engine.dialplan.check import check_files
from engine.setting_values import DEFAULT_LISTEN
from engine.settings import Settings
from web.main import belplan

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

CONSOLE = [
    line.removeprefix("$ ")
    for block in re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
TABLE = re.findall(r"^\| `belplan ([a-z-]+)([^`]*)`", README, re.MULTILINE)


def test_there_are_commands_to_try() -> None:
    assert len(CONSOLE) >= 3
    assert len(TABLE) >= 7


@pytest.mark.parametrize("command", CONSOLE)
def test_a_command_shown_does_its_work(command: str, tmp_path: Path) -> None:
    words = shlex.split(command)
    assert words[0] == "belplan"
    done = subprocess.run(
        [sys.executable, "-m", "web.main", *words[1:]],
        cwd=ROOT,
        env=os.environ | {"BELPLAN_STATE": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout + done.stderr


@pytest.mark.parametrize(("name", "words"), TABLE)
def test_a_command_in_the_table_exists_with_its_options(name: str, words: str) -> None:
    context = click.Context(belplan)
    command = belplan.get_command(context, name)
    assert command is not None
    options = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", words)) <= options
    without_values = re.sub(r"--?[a-z-]+ [A-Z]+", "", words)
    arguments = {parameter.name for parameter in command.params if isinstance(parameter, click.Argument)}
    named = re.findall(r"\b(?:EXTENSION|DIALPLAN|MENU|NAME|SETTING|PERSON|FILE)\b", without_values)
    assert len(arguments) == len(named)


def test_the_dialplan_shown_loads(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "bakery.yaml").write_text(block)
    soundfile.write(tmp_path / "welcome.wav", np.sin(np.arange(800) / 3).astype(np.float32) / 2, 8000)
    findings = check_files(tmp_path, sounds_cache=tmp_path / "cache", prompts_dir=ROOT / "prompts")
    assert [finding.what for finding in findings] == ["key 1 of menu 'welcome' begins extensions 101, 102"]


def test_the_ports_named_are_the_defaults() -> None:
    (ports,) = re.findall(r"^Ports to open in a firewall: (\d+) \(UDP and TCP\) and (\d+)-(\d+) \(UDP\)", README, re.M)
    sip, first, last = map(int, ports)
    assert {(address.transport, address.port) for address in DEFAULT_LISTEN} == {("udp", sip), ("tcp", sip)}
    assert Settings().rtp_ports == (first, last)


def test_the_example_number_is_the_example_accounts() -> None:
    (number,) = re.findall(r"main number, `(\+\d+)`", README)
    assert number in (ROOT / "dialplans" / "bakery.yaml").read_text().replace(" ", "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert target.startswith(("http://", "https://")) or (page.parent / target).exists(), target


@pytest.mark.parametrize("target", ["run", "demo", "phone", "test", "check", "bench", "docs"])
def test_make_knows_what_is_named(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
