"""``belplan main-number`` and ``belplan versions``: shown, changed, shown again, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.store import Store
from tests.web.cli.conftest import Belplan
from web.accounts.audit import entries


@pytest.fixture
def plan(home: Path) -> Path:
    return home / "dialplans" / "bakery.yaml"


def test_the_main_number_is_shown_as_callers_go(belplan: Belplan) -> None:
    status, out, _ = belplan("main-number")
    assert status == 0
    assert out.splitlines()[:3] == [
        "During open: the menu welcome",
        "  Key 1: Orders (102) rings, else a message for Orders (102)",
        "  Key 2: callers hear opening-hours.wav, then the menu again",
    ]
    assert out.splitlines()[-1] == "Otherwise: a message for Front desk (101)"


def test_a_person_answers_and_it_is_taken_back(belplan: Belplan, plan: Path) -> None:
    before = plan.read_text()
    status, out, _ = belplan("main-number", "--person", "102", "--dry-run")
    assert status == 0
    assert "+  - {during: open, ring: orders, else: {voicemail: orders}}" in out
    assert plan.read_text() == before
    status, out, _ = belplan("main-number", "--person", "orders", "--outside", "say:We are closed.")
    assert status == 0
    assert "version 2: Saved." in out
    assert (
        "  - {during: open, ring: orders, else: {voicemail: orders}}\n  - {say: We are closed.}\n" in plan.read_text()
    )
    _, out, _ = belplan("versions")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["version", "2", "1"]
    _, out, _ = belplan("versions", "--show", "1")
    assert out == before
    _, out, _ = belplan("versions", "--difference", "2")
    assert "-  - {during: open, menu: welcome}" in out
    status, out, _ = belplan("versions", "--undo", "1")
    assert (status, plan.read_text()) == (0, before)
    with Store(Settings(state=plan.parents[1] / "state")) as store:
        noted = entries(store, "bakery")
    assert [str(each.what) for each in noted] == ["Back to version 1", "Main number changed"]
    assert all(each.who.endswith(" (command)") for each in noted)
    status, out, _ = belplan("versions", "--undo", "1")
    assert (status, out) == (0, "nothing changes\n")


def test_a_menu_comes_from_a_file(belplan: Belplan, plan: Path, tmp_path: Path) -> None:
    menu = tmp_path / "menu.yaml"
    menu.write_text("greeting: {say: Hello.}\nkeys: {1: {ring: orders}}\n")
    status, _, _ = belplan("main-number", "--menu", "night", "--menu-file", str(menu), "--always")
    assert status == 0
    assert "main_number: {menu: night}\n" in plan.read_text()
    assert plan.read_text().endswith("  night:\n    greeting: {say: Hello.}\n    keys:\n      1: {ring: orders}\n")
    menu.write_text("greeting: {say: Hello.}\nkeys: {1: {ring: nobody}}\n")
    status, _, err = belplan("main-number", "--menu", "night", "--menu-file", str(menu))
    assert status == 1
    assert "no person is called 'nobody'" in err


def test_a_menu_is_made_key_by_key_and_removed(belplan: Belplan, plan: Path) -> None:
    assert belplan("menu") == (0, "welcome\n", "")
    keys = ("--key", "1=person:102", "--key", "2=say:We bake.", "--key", "9=menu:welcome", "--key", "0=hang_up")
    status, out, err = belplan("menu", "night", "--say", "Good night.", *keys, "--no-input", "voicemail:orders")
    assert (status, "+  night:" in out) == (0, True), err
    assert "    keys:\n      1: {ring: orders, else: {voicemail: orders}}\n" in plan.read_text()
    changes = ("--no-key", "2", "--extensions", "--tries", "2", "--main", "--wrong-input", "end")
    assert belplan("menu", "night", *changes)[0] == 0
    assert belplan("menu", "night")[1].splitlines() == [
        "greeting: Good night.",
        "1: Orders (102) rings, else a message for Orders (102)",
        "9: the menu welcome",
        "0: the call ends",
        "extensions can be dialled",
        "nothing pressed, 2 times: a message for Orders (102)",
        "a wrong key, 2 times: goodbye",
    ]
    assert belplan("main-number")[1].startswith("During open: the menu night\n  Key 1: Orders (102) rings")
    used = belplan("menu", "night", "--remove")
    assert (used[0], "night is still used: " in used[2]) == (1, True)
    belplan("main-number", "--menu", "welcome")
    before = plan.read_text()
    assert belplan("menu", "night", "--remove", "--dry-run")[0] == 0
    assert plan.read_text() == before
    assert belplan("menu", "night", "--remove")[0] == 0
    assert "night" not in plan.read_text()
    for words, said in (
        (("x", "--key", "1"), "'1' is not KEY=PLACE"),
        (("x", "--key", "1=nowhere"), "'nowhere' is no place"),
        (("x", "--key", "1=person:x"), "x is not in the plan"),
        (("welcome", "--no-key", "7"), "key 7 leads nowhere in welcome"),
        (("x",), "There is no menu x."),
        (("--main",), "name the menu"),
        (("welcome", "--remove", "--main"), "--remove goes with nothing else"),
    ):
        status, _, err = belplan("menu", *words)
        assert (status != 0, said in err) == (True, True), err


def test_hours_are_made_on_the_spot(belplan: Belplan, plan: Path) -> None:
    hours = ("--new-hours", "mon-sat 07:00 - 13:30", "--holidays-closed")
    status, _, err = belplan("main-number", "--person", "orders", *hours, "--outside", "voicemail:orders")
    assert status == 0, err
    assert "open-2: {days: mon-sat, from: " in plan.read_text()
    out = belplan("main-number")[1]
    assert out.splitlines()[0] == "During open-2: Orders (102) rings, else a message for Orders (102)"
    assert out.splitlines()[-1] == "Otherwise: a message for Orders (102)"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--person", "x"], "nobody is called 'x' (there are: front-desk, orders)"),
        (["--menu", "x"], "there is no menu 'x' (there are: welcome)"),
        (["--person", "orders", "--menu", "welcome"], "give one of --person and --menu"),
        (["--outside", "x"], "'x' is no place"),
        (["--person", "orders", "--during", "noon"], "There are no hours called noon."),
        (["--account", "bakry"], "there is no account 'bakry' (did you mean 'bakery'?)"),
        (["--menu-file", "menu.yaml", "--menu", "m"], "This is no dialplan"),
        (["--menu-file", "menu.yaml"], "give the menu a name"),
        (["--new-hours", "always"], "'always' are no hours"),
        (["--new-hours", "mon-fri 8-17:00"], "Type a time, such as 08:30."),
        (["--new-hours", "mon-fri 08:00-17:00", "--always"], "give one of --new-hours, --during and --always"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(belplan: Belplan, plan: Path, words: list[str], said: str) -> None:
    before = plan.read_text()
    Path("menu.yaml").write_text("- 1\n")
    status, _, err = belplan("main-number", *words)
    assert status == 1
    assert said in err
    assert plan.read_text() == before


def test_versions_that_are_not_there(belplan: Belplan) -> None:
    for option in ("--show", "--undo", "--difference"):
        status, _, err = belplan("versions", option, "9")
        assert (status, err) == (1, "belplan: There is no version 9 (any more).\n")
