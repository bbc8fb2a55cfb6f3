"""``belplan greetings``: what it lists, and how one goes back to what the file says."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.store import Store
from tests.engine.cli.conftest import Belplan, settle

BAKERY = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
main_number: {menu: welcome}
menus:
  welcome: {greeting: {say: Hello}, keys: {1: {menu: sales}}}
  sales: {greeting: {say: Sales}, keys: {1: repeat}}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return settle(tmp_path, monkeypatch, BAKERY)


@pytest.fixture
def belplan(belplan: Belplan) -> Belplan:
    return partial(belplan, "greetings")


def record(home: Path, *facts: str) -> None:
    with Store(Settings(state=home / "state")) as store:
        for fact in facts:
            store.standing.write("bakery", fact, "greeting.x.wav")


def test_without_any_it_says_so(home: Path, belplan: Belplan) -> None:
    assert belplan() == (0, "no greeting was recorded by phone\n", "")
    status, _, error = belplan("--remove", "welcome")
    assert status == 1
    assert "there are none" in error


def test_it_lists_what_was_recorded_and_removes_all_of_a_menu(home: Path, belplan: Belplan) -> None:
    record(home, "greeting/welcome/en", "greeting/welcome/nl/open", "greeting/sales/en")
    (home / "state" / "greetings" / "bakery").mkdir(parents=True)
    (home / "state" / "greetings" / "bakery" / "greeting.x.wav").touch()
    status, out, _ = belplan()
    assert status == 0
    head, *rows = [line.split("\t") for line in out.splitlines()]
    assert head == ["account", "menu", "language", "during", "file"]
    assert [row[:4] for row in rows] == [
        ["bakery", "sales", "en", ""],
        ["bakery", "welcome", "en", ""],
        ["bakery", "welcome", "nl", "open"],
    ]
    assert all(row[4].endswith("greetings/bakery/greeting.x.wav") for row in rows)

    status, _, error = belplan("--remove", "welcom")
    assert status == 1
    assert "did you mean 'welcome'" in error
    assert belplan("--remove", "welcome")[:2] == (0, "callers of welcome hear again what the dialplan says\n")
    assert [line.split("\t")[1] for line in belplan()[1].splitlines()[1:]] == ["sales"]


def test_a_file_that_is_gone_is_told(home: Path, belplan: Belplan) -> None:
    record(home, "greeting/sales/en")
    assert "greeting.x.wav (missing)" in belplan()[1]
