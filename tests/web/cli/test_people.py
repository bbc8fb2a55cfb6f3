"""``belplan numbers``, ``add-people``, ``invite`` and ``licences``: from the provider's file to the letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.cli.conftest import Belplan


def test_from_the_providers_file_to_the_letters(belplan: Belplan, home: Path) -> None:
    (home / "numbers.csv").write_text("DDI;Since\n020 123 4570;2020\n020 123 4571;2021\n")
    assert belplan("numbers", "--import", "numbers.csv") == (0, "added: 2\n", "")
    assert belplan("numbers", "--add", "020 123 4572, 020 123 4573")[1] == "added: 2\n"
    assert belplan("numbers", "--remove", "+31201234573")[0] == 0
    (home / "people.csv").write_text("email,name,number\nanna@bakery.example,Anna,any\nbo@bakery.example,,\n")
    status, out, _ = belplan("add-people", "people.csv", "--invite")
    assert status == 0, out
    assert "103\tanna\t+31201234570\t-" in out
    assert f"invitations: 2, in {home / 'state' / 'outbox'}" in out
    assert len(list((home / "state" / "outbox").glob("*.eml"))) == 2
    status, out, _ = belplan(
        "add-people", "--email", "c@bakery.example", "--coming", "070 123 4567", "--temporary", "any"
    )
    assert "105\tc\t+31201234571\t+31701234567" in out
    assert "020 123 4570\t+31 20 123 4570\tin stock\tanna\n" in (listed := belplan("numbers")[1])
    assert "070 123 4567\t+31 70 123 4567\tcoming\tcoming for c\n" in listed
    assert "104\tbo\tbo@bakery.example\tinvited\n" in belplan("invite")[1]
    assert belplan("invite", "--all")[1].startswith("invitations: 3, in ")
    assert belplan("invite", "104", "--revoke")[0] == 0
    assert "104\tbo\tbo@bakery.example\tinvitation withdrawn\n" in belplan("invite")[1]
    assert belplan("invite", "bo", "--new-password")[1].startswith("invitations: 1, in ")
    assert belplan("licences") == (0, "3 in use, and nobody counts\n", "")
    assert "extensions: 3 digits, the next is 106\n" in belplan("account")[1]
    assert "extensions: 4 digits, the next is " in belplan("account", "--extension-length", "4")[1]
    assert "[x] Add the people of the office\n" in (steps := belplan("to-do")[1])
    assert "[ ] Connect a phone of your own (http://127.0.0.1:8080/people)\n" in steps


def test_somebody_is_changed_and_removed(belplan: Belplan, home: Path) -> None:
    plan = home / "dialplans" / "bakery.yaml"
    belplan("numbers", "--add", "020 123 4570, 020 123 4571")
    belplan("add-people", "--email", "anna@bakery.example", "--name", "Anna", "--number", "any")
    status, out, _ = belplan("person", "103", "--name", "Anna Bakker", "--extension", "888", "--number", "020 123 4571")
    assert status == 0
    assert "the phones have to be set up anew: belplan invite anna\n" in out
    shown = "anna\tAnna Bakker\tanna@bakery.example\t888\t+31201234571\t-\tnot invited\t0"
    assert belplan("person", "anna")[1].splitlines()[1] == shown
    belplan("person", "anna", "--coming", "070 123 4567", "--temporary", "020 123 4570")
    assert "\t+31201234570\t+31701234567\t" in belplan("person", "anna")[1]
    belplan("person", "anna", "--number", "none")
    assert "\t888\t-\t-\t" in belplan("person", "anna")[1]
    assert belplan("main-number", "--person", "anna")[0] == 0
    refused = belplan("person", "anna", "--remove")
    assert (refused[0], "anna is still used: " in refused[2]) == (1, True)
    assert belplan("person", "anna", "--remove", "--instead", "102") == (0, "anna is removed\n", "")
    assert "anna" not in plan.read_text()
    assert "ring: orders" in plan.read_text()
    assert "changed" in (log := belplan("versions")[1])
    assert "Anna Bakker removed" in log


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("numbers", "--add", "0800 1234"), "toll-free"),
        (("numbers", "--import", "nowhere.csv"), "cannot be read"),
        (("numbers", "--main", "020 123 4599"), "not in your stock"),
        (("numbers", "--account", "bakry"), "did you mean 'bakery'?"),
        (("add-people", "--email", "x"), "no e-mail address"),
        (("add-people",), "name a file, or give --email"),
        (("invite", "nobody"), "no such person"),
        (("invite", "--revoke", "orders"), "no invitation"),
        (("licences", "--set", "5"), "has no owner yet"),
        (("account", "--country", "BE"), "has no owner yet"),
        (("account", "--extension-length", "9"), "An extension has 2 to 6 digits"),
        (("person", "order", "--name", "x"), "nobody is called 'order' (did you mean 'orders'?)"),
        (("person", "orders", "--extension", "101"), "101 is the extension of"),
        (("person", "orders", "--number", "0800 1234"), "toll-free"),
        (("person", "orders", "--remove", "--name", "x"), "goes with --instead and nothing else"),
        (("person", "orders", "--instead", "x"), "--instead goes with --remove"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(belplan: Belplan, words: tuple[str, ...], said: str) -> None:
    status, _, err = belplan(*words)
    assert status != 0
    assert said in err
