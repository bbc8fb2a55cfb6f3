"""Numbers of an order as people type them, and each reason why one is refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.mistakes import Mistakes
from web.transfers.numbers import FIELD, MAX_TYPED, check_free, read_numbers
from web.transfers.order import MAX_NUMBERS

FIRST, SECOND, THIRD = "+31201234567", "+31201234568", "+31612345678"


@pytest.mark.parametrize(
    "typed",
    [
        "+31 20 123 4567, +31 20 123 4568, +31 6 12345678",
        "+31201234567 +31201234568 +31612345678",
        "020 123 4567 020 123 4568 06 12345678",
        "020-1234567;020-1234568\n06-12345678\n",
        "\n\n+31 20 123 4567\r\n0201234568 ,, 0031612345678  ",
        "(020) 123 45 67\t020 123.45.68 \u00a006 1234 5678",
    ],
)
def test_numbers_are_separated_by_commas_spaces_and_lines(typed: str) -> None:
    assert read_numbers(typed, "NL") == (FIRST, SECOND, THIRD)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Type the numbers"),
        (" ,;\n ", "Type the numbers"),
        ("hello", "“hello” is no telephone number"),
        ("+31 20 123 4567, 020 1234567", "is there twice"),
        ("0800 1234", "toll-free"),
        ("+31 800 0200", "toll-free"),
        ("0900 1234567", "premium"),
        ("+31 19 000 0000", "given out nowhere"),
        ("+31 20 12", "too few or too many digits"),
        ("+31 20 123 4567, +32 2 555 12 12", "several countries (NL, BE)"),
        ("x" * (MAX_TYPED + 1), "too much"),
    ],
)
def test_what_cannot_be_transferred_is_told_beside_the_field(typed: str, why: str) -> None:
    with pytest.raises(Mistakes) as caught:
        read_numbers(typed, "NL")
    assert why in str(caught.value)
    assert {mistake.field for mistake in caught.value.mistakes} == {FIELD}


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Mistakes) as caught:
        read_numbers("0800 1234, hello, +31 20 123 4567, +31 20 123 4567", "NL")
    assert len(caught.value.mistakes) == 3


def test_an_order_has_so_many_numbers_at_most() -> None:
    many = ", ".join(f"+3120123{number:04}" for number in range(MAX_NUMBERS + 1))
    assert len(read_numbers(many.rpartition(",")[0], "NL")) == MAX_NUMBERS
    with pytest.raises(Mistakes, match="at most 200"):
        read_numbers(many, "NL")


def test_numbers_that_are_here_or_ordered_are_refused_without_telling_whose_they_are() -> None:
    numbers = (FIRST, SECOND, THIRD)
    check_free(numbers, {}, {FIRST: "MINE"}, "bakery", "MINE")
    with pytest.raises(Mistakes) as caught:
        check_free(numbers, {FIRST: "bakery", SECOND: "clinic"}, {THIRD: "OTHER"}, "bakery", "MINE")
    said = [str(mistake.what) for mistake in caught.value.mistakes]
    assert said == [
        "+31 20 123 4567 is here already.",
        "+31 20 123 4568 belongs to another account of this server.",
        "+31 6 12345678 is in another order already.",
    ]


@given(st.text(max_size=300))
def test_whatever_is_typed_gives_numbers_or_mistakes(typed: str) -> None:
    """Invariant: nothing but Mistakes is raised, and what is read is E.164, each once."""
    try:
        numbers = read_numbers(typed, "NL")
    except Mistakes:
        return
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("+") and number[1:].isdigit() for number in numbers)


def test_a_field_full_of_words_is_read_in_no_time() -> None:
    began = time.monotonic()
    with pytest.raises(Mistakes):
        read_numbers("1 " * (MAX_TYPED // 2), "NL")
    assert time.monotonic() - began < 5
