"""Commands as they are typed, in a folder with the example account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.bakery import bakery_in
from web.main import run

Belplan = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = bakery_in(tmp_path)
    for name in ("state", "dialplans", "prompts"):
        monkeypatch.setenv(f"BELPLAN_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def belplan(home: Path, capsys: pytest.CaptureFixture[str]) -> Belplan:
    """Run a command: exit status, standard output, standard error."""

    def call(*words: str) -> tuple[int, str, str]:
        status = run(list(words))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return status, out, err

    return call
