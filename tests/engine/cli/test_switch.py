"""``belplan switch``: what it shows, what it turns, and what it says of what it cannot turn."""

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
hours:
  always: {}
  never: {every day: closed}
switches: [night]
main_number: [{during: night, hang_up: night}, {during: always, hang_up: day}, {during: never, hang_up: x}, hang_up]
features: {"*60": {switch: always}}
"""
CLINIC = (
    BAKERY.replace("4567", "9999")
    .replace("  never: {every day: closed}\n", "")
    .replace("{during: never, hang_up: x}, ", "")
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return settle(tmp_path, monkeypatch, BAKERY)


@pytest.fixture
def belplan(belplan: Belplan) -> Belplan:
    return partial(belplan, "switch")


def rows(out: str) -> list[list[str]]:
    head, *lines = out.splitlines()
    assert head.split("\t") == ["account", "switch", "is", "because", "code"]
    return [line.split("\t") for line in lines]


def test_it_shows_switches_and_hours_with_their_codes(belplan: Belplan) -> None:
    status, out, _ = belplan()
    assert status == 0
    assert rows(out) == [
        ["bakery", "night", "off", "nobody turned it", "*281"],
        ["bakery", "always", "open", "of the clock", "*60"],
        ["bakery", "never", "closed", "of the clock", ""],
    ]


def test_it_turns_and_shows_what_it_turned(belplan: Belplan) -> None:
    assert rows(belplan("night", "on")[1]) == [["bakery", "night", "on", "somebody set it", "*281"]]
    assert rows(belplan("always", "off")[1]) == [["bakery", "always", "closed", "somebody set it", "*60"]]
    assert rows(belplan("never", "on")[1]) == [["bakery", "never", "open", "somebody set it", ""]]
    assert [row[2] for row in rows(belplan()[1])] == ["on", "closed", "open"]
    assert rows(belplan("always", "auto")[1])[0][2:4] == ["open", "of the clock"]
    assert rows(belplan("night")[1])[0][2] == "on", "asking turns nothing"


def test_it_sees_what_was_turned_by_phone_and_is_seen(belplan: Belplan, home: Path) -> None:
    with Store(Settings(state=home / "state"), serving=True) as store:
        store.standing.of("bakery").put("switch/night", "on")
        store.ledger.checkpoint()
        assert rows(belplan("night")[1])[0][2] == "on"
        belplan("night", "off")
        store.standing.refresh()
        assert store.standing.of("bakery").get("switch/night") == "off"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["nigt"], 1, "there is no switch 'nigt' (did you mean 'night'?)"),
        (["night", "auto"], 1, "the switch 'night' goes by no clock; turn it on or off"),
        (["night", "maybe"], 2, "'maybe' is not one of 'on', 'off', 'auto'"),
        (["--account", "bakry"], 1, "there is no account 'bakry' (did you mean 'bakery'?)"),
    ],
)
def test_what_it_cannot_turn_is_a_sentence(belplan: Belplan, words: list[str], status: int, said: str) -> None:
    found, out, err = belplan(*words)
    assert (found, out) == (status, "")
    assert said in err


def test_several_accounts_need_a_name(belplan: Belplan, home: Path) -> None:
    (home / "dialplans" / "clinic.yaml").write_text(CLINIC)
    status, _, err = belplan("night", "on")
    assert status == 1
    assert "add --account bakery or clinic" in err
    assert rows(belplan("night", "on", "--account", "clinic")[1])[0][:3] == ["clinic", "night", "on"]
    assert [row[2] for row in rows(belplan()[1]) if row[1] == "night"] == ["off", "on"]
    assert rows(belplan("never", "on")[1])[0][0] == "bakery", "only one account has it"


def test_an_account_without_any_is_told_how_to_have_one(belplan: Belplan, home: Path) -> None:
    plain = BAKERY.splitlines()[:2]
    (home / "dialplans" / "bakery.yaml").write_text("\n".join([*plain, "main_number: hang_up"]))
    assert "switches: [night]" in belplan()[1]
