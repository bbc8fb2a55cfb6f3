"""Commands as they are typed, in a folder that a test module sets up as its ``home``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli.main import run

Belplan = Callable[..., tuple[int, str, str]]


def settle(folder: Path, monkeypatch: pytest.MonkeyPatch, dialplan: str) -> Path:
    """Make ``folder`` the working directory, with one account and settings that keep the state there."""
    for place, name, text in (("dialplans", "bakery.yaml", dialplan), ("config", "belplan.yaml", "state: state\n")):
        (folder / place).mkdir()
        (folder / place / name).write_text(text)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def belplan(home: Path, capsys: pytest.CaptureFixture[str]) -> Belplan:
    """Run a command: exit status, standard output, standard error."""

    def command(*words: str) -> tuple[int, str, str]:
        status = run(list(words))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return status, out, err

    return command
