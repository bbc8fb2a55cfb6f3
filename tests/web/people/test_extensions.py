"""Extensions: proposed so that nobody waits, and refused with what they would mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dialplan.account import Account
from engine.dialplan.load import load_account
from tests.web.people.conftest import BAKERY
from web.people.extensions import Extensions

MORE = """
mailboxes:
  all: {extension: 130, people: [desk]}
features:
  "*21250": {do_not_disturb: "on"}
"""


@pytest.fixture
def account(tmp_path: Path) -> Account:
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "welcome.wav").write_bytes(Path("dialplans/sounds/welcome.wav").read_bytes())
    file = tmp_path / "bakery.yaml"
    file.write_text(BAKERY + MORE)
    return load_account(file, sounds_cache=tmp_path / "speech", prompts_dir=Path("prompts"))


@pytest.mark.parametrize(
    ("extension", "why"),
    [
        ("10a", "digits only, such as 103"),
        ("1", "2 to 6 digits"),
        ("1234567", "2 to 6 digits"),
        ("1010", "have 3 digits"),
        ("101", "is the extension of Front desk"),
        ("130", "the number of a mailbox"),
        ("702", "a slot in which callers are parked"),
        ("112", "emergency number"),
        ("500", "It begins with 5, a key of the menu welcome"),
    ],
)
def test_what_will_not_do(account: Account, extension: str, why: str) -> None:
    problem = Extensions(account, "NL").problem(extension)
    assert problem is not None
    assert why in str(problem)


def test_what_begins_like_others_that_callers_wait_for_anyway_will_do(account: Account) -> None:
    assert Extensions(account, "NL").problem("103") is None
    assert Extensions(account, "NL").problem("200") is None


def test_numbers_of_other_lengths_that_begin_alike(account: Account) -> None:
    problem = Extensions(account, "NL", 4).problem("1011")
    assert problem is not None
    assert "begin alike" in str(problem)
    assert Extensions(account, "NL", 4).next() == "8001"


def test_a_star_code_that_would_swallow_it(account: Account) -> None:
    assert "star code" in str(Extensions(account, "NL").problem("250"))
    assert Extensions(account, "NL").problem("251") is None


def test_their_own_stays_whatever_its_shape(account: Account) -> None:
    assert Extensions(account, "NL", 5, of="desk").problem("101") is None
    assert Extensions(account, "NL", 5).problem("101") is not None


def test_the_next_ones_leave_out_what_is_taken(account: Account) -> None:
    extensions = Extensions(account, "NL")
    found = []
    for _ in range(110):
        extension = extensions.next()
        assert extension is not None
        found.append(extension)
        extensions.give(extension, "somebody")
    assert found[:10] == ["103", "104", "105", "106", "107", "108", "109", "110", "111", "113"]
    assert "130" not in found
    assert len(set(found)) == 110
    assert not any(each.startswith("5") for each in found)


def test_the_first_of_an_account_leaves_keys_and_short_numbers_free() -> None:
    assert Extensions(None, "NL").next() == "801"
    french = Extensions(None, "FR", 4)
    assert french.next() == "8001"
    full = Extensions(None, "NL", 2)
    while extension := full.next():
        full.give(extension, "x")
    assert full.problem("81") is not None
