"""The program: the engine's commands and the console's, of which one may stand in an engine's place."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

from engine.cli.main import ROOMS
from engine.settings import Settings
from web.cli.serve import beside
from web.cli.serve import serve as serve_both
from web.main import belplan, run


def test_every_command_of_the_engine_is_there_and_serve_is_the_consoles() -> None:
    context = click.Context(belplan)
    assert set(ROOMS) <= set(belplan.list_commands(context))
    assert belplan.get_command(context, "serve") is serve_both
    assert all(isinstance(belplan.get_command(context, name), click.Command) for name in belplan.list_commands(context))


def test_it_runs_like_the_engines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("belplan ")
    assert run(["nothing"]) == 2


def test_the_console_runs_beside_the_engine_unless_it_is_switched_off() -> None:
    (console,) = beside(Settings(), Path("other.yaml"))
    assert console.words == (sys.executable, "-m", "web.serve", "--config", "other.yaml")
    assert beside(Settings.model_validate({"console": "none"}), None) == ()
