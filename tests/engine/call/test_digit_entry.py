"""Strings of digits: when they are complete, and which presses belong to them."""

from __future__ import annotations

import pytest

from engine.call.dialling import Tail
from engine.call.digit_entry import DigitEntry
from engine.call.protocol import DigitPlan, Digits, NoInput

PLAN = DigitPlan(most=4, ends="#*", between_digits=2.0)


def press_all(entry: DigitEntry, digits: str, gap: float = 0.2) -> object:
    """The last press's effect; those before it must have none."""
    results = [entry.press(digit, gap * index) for index, digit in enumerate(digits)]
    assert results[:-1] == [None] * (len(digits) - 1)
    return results[-1]


@pytest.mark.parametrize(
    ("digits", "entered"),
    [
        ("1234", Digits("1234")),
        ("12#", Digits("12", "#")),
        ("12*", Digits("12", "*")),
        ("#", Digits("", "#")),
        ("12", None),
    ],
)
def test_an_entry_is_complete_at_its_longest_or_by_a_key_that_ends_it(digits: str, entered: Digits | None) -> None:
    assert press_all(DigitEntry(PLAN), digits) == entered


def test_a_pause_completes_what_there_is() -> None:
    entry = DigitEntry(PLAN)
    press_all(entry, "12")
    assert entry.expire(2.1) is None
    assert entry.expire(2.2) == Digits("12")


def test_nothing_entered_is_no_input() -> None:
    assert DigitEntry(PLAN).expire(0.0) == NoInput()


def test_a_press_too_late_to_belong_is_handed_back() -> None:
    entry = DigitEntry(PLAN)
    press_all(entry, "12")
    assert entry.press("3", 5.0) == Digits("12")
    assert entry.spare == "3"


def test_the_hash_after_the_last_digit_belongs_to_it() -> None:
    entry = DigitEntry(PLAN)
    press_all(entry, "1234")
    following = DigitEntry(PLAN, entry.tail)
    assert following.press("#", 1.0) is None
    assert press_all(following, "1234") == Digits("1234")


def test_presses_of_a_wrong_number_before_are_no_part_of_it() -> None:
    entry = DigitEntry(PLAN, Tail(1.0, digits=True))
    assert entry.press("9", 0.9) is None
    assert entry.digits == ""
    assert entry.press("5", 2.0) is None
    assert entry.digits == "5"
