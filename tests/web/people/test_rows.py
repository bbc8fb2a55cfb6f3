"""Rows of people in files: whatever a spreadsheet makes of them, they are people, or a mistake with its line."""

from __future__ import annotations

import contextlib
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.mistakes import Mistakes
from web.people.rows import MAX_PEOPLE, TypedPerson, csv_rows, read_email, read_name, typed_rows


def test_columns_are_known_by_their_titles_in_any_order() -> None:
    (row,) = csv_rows(b"Toestel;Naam;E-mailadres;Nummer;Tijdelijk\n103;Anna;a@b.example;Transfer: 070 1234567;any\n")
    assert row == TypedPerson("", "a@b.example", "Anna", "transfer", "070 1234567", "any", "103", 2)


def test_people_without_an_address_have_a_name() -> None:
    (row,) = csv_rows(b"Naam;Toestel\nHall;103\n")
    assert (row.email, row.name, row.extension) == ("", "Hall", "103")


def test_without_titles_columns_are_known_by_what_stands_in_them() -> None:
    rows = csv_rows(b"Anna de Vries,a@b.example,103,+31 20 123 4570\nBo,bo@b.example,,any\n")
    assert [(each.email, each.name, each.extension, each.number) for each in rows] == [
        ("a@b.example", "Anna de Vries", "103", "+31 20 123 4570"),
        ("bo@b.example", "Bo", "", "any"),
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"number;extension\n1;101\n", "No column of this file holds e-mail addresses"),
        (b"Hall,103\nAttic,104\n", "nor is one called name"),
        (b"email\n" + b"a@b.example\n" * (MAX_PEOPLE + 1), f"At most {MAX_PEOPLE} people"),
    ],
)
def test_what_is_no_file_of_people(data: bytes, why: str) -> None:
    with pytest.raises(Mistakes, match=why):
        csv_rows(data)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet='email,name;@.\n\t"0123transfer', max_size=200).map(str.encode))
def test_whatever_is_sent_is_people_or_a_mistake(data: bytes) -> None:
    """Invariant: rows, each with its line, or Mistakes for the file."""
    with contextlib.suppress(Mistakes):
        rows = csv_rows(data)
        assert all(row.line > 0 for row in rows)


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), max_size=20)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT.map(lambda text: f"{text}@b.example"), TEXT, TEXT), min_size=1, max_size=10))
def test_what_a_spreadsheet_writes_comes_back(table: list[tuple[str, str, str]]) -> None:
    """Invariant: a file written by the csv module says the same when it is read."""
    out = io.StringIO()
    csv.writer(out).writerows([("email", "name", "extension"), *table])
    rows = csv_rows(out.getvalue().encode("utf-8-sig"))
    assert [(row.email, row.name, row.extension) for row in rows] == table


@settings(deadline=None)
@given(st.text(max_size=300))
def test_an_address_is_one_that_the_dialplan_takes_or_refused(typed: str) -> None:
    """Invariant: an address in ASCII before the @, or Mistakes for the field."""
    with contextlib.suppress(Mistakes):
        assert (read_email(typed) or "").partition("@")[0].isascii()
    with contextlib.suppress(Mistakes):
        assert (read_name(typed) or "x").isprintable()


def test_rows_of_a_form_are_counted() -> None:
    with pytest.raises(Mistakes, match="at least one row"):
        typed_rows({})
    with pytest.raises(Mistakes, match="At most"):
        typed_rows({number: {"email": "a"} for number in range(MAX_PEOPLE + 1)})
