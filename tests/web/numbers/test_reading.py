"""Numbers as people and spreadsheets write them: read, or refused with the reason."""

from __future__ import annotations

import contextlib
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.csv_files import DELIMITERS, MAX_BYTES, MAX_COLUMNS, MAX_ROWS, read_rows
from web.mistakes import Mistakes
from web.numbers.listed import MAX_TOLD, MAX_TYPED, read_csv, read_typed
from web.numbers.reading import NoNumber, ReadNumber, read

AMSTERDAM = "+31201234567"


@pytest.mark.parametrize(
    "typed",
    [
        *("+31 20 123 4567", "020 123 4567", "0031201234567", "31201234567", "201234567", "(020) 123-4567"),
        *('="0201234567"', "'0201234567", " 020\u00a0123 4567 ", "+31 (0)20 123 4567", "tel:+31-20-123-4567"),
    ],
)
def test_one_number_however_it_is_written(typed: str) -> None:
    number = read(typed, "NL")
    assert (number.number, number.national, number.international) == (AMSTERDAM, "020 123 4567", "+31 20 123 4567")


@pytest.mark.parametrize("typed", ["+44 20 7946 0000", "088 123 4567", "085 123 4567", "06 12345678"])
def test_numbers_of_other_countries_and_kinds_that_cost_callers_no_more(typed: str) -> None:
    assert read(typed, "NL").number.startswith("+")


@pytest.mark.parametrize(
    ("typed", "country", "why"),
    [
        ("0800 1234", "NL", "toll-free"),
        ("+1 800 555 0100", "NL", "toll-free"),
        ("1-800-FLOWERS", "US", "toll-free"),
        ("+800 1234 5678", "NL", "toll-free"),
        ("0900 1234", "NL", "premium"),
        ("0180 5 123456", "DE", "premium"),
        ("0700 12345678", "DE", "premium"),
        ("066 1234567", "NL", "pager"),
        ("112", "NL", "emergency number"),
        ("911", "US", "emergency number"),
        ("1850", "NL", "short number"),
        ("020 12 34", "NL", "too few or too many digits|given out nowhere"),
        ("+31 20 123 4567 ext. 5", "NL", "Leave out the extension"),
        ("3,12E+10", "NL", "A spreadsheet has rounded"),
        ("3.1201234567e10", "NL", "A spreadsheet has rounded"),
        ("", "NL", "Type a telephone number"),
        ("desk", "NL", "no telephone number"),
        ("0" * 33, "NL", "too long"),
        ("+999 123456789", "NL", "no telephone number|given out nowhere"),
    ],
)
def test_what_can_be_no_number_of_an_account(typed: str, country: str, why: str) -> None:
    with pytest.raises(NoNumber, match=why):
        read(typed, country)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_number_or_refused_in_a_sentence(typed: str) -> None:
    """Invariant: a valid E.164 number, or NoNumber."""
    with contextlib.suppress(NoNumber):
        number = read(typed, "NL")
        assert read(number.number, "NL") == read(number.international, "US") == number


# --- many at once -----------------------------------------------------------------------------------------------------


def test_several_in_one_field() -> None:
    found = read_typed("020 123 4567, +31 20 123 4568;\n020 1234569", "NL")
    assert [each.number.number for each in found] == [AMSTERDAM, "+31201234568", "+31201234569"]
    with pytest.raises(Mistakes, match="is there twice"):
        read_typed("020 123 4567, +31 20 123 4567", "NL")
    with pytest.raises(Mistakes, match="at least one"):
        read_typed(" ,;\n", "NL")
    with pytest.raises(Mistakes, match="too many to type"):
        read_typed("0" * (MAX_TYPED + 1), "NL")


@pytest.mark.parametrize(
    "text",
    [
        "number\n020 123 4567\n+31 20 123 4568\n",
        'DDI;Label;Since\r\n020 123 4567;Main;2020-01-01\r\n0201234568;"Fax; old";2021-01-01\r\n',
        "020 123 4567\n020 123 4568",
        "sep=;\nName;Telefoonnummer\nA;020 123 4567\nB;0201234568\n",
        'label\tnumber\n"a\tb"\t="0201234567"\nc\t0201234568\n',
        "Inhoud|Waarde\nx|0201234567\n\n|  \ny|0201234568\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_providers_file_in_whatever_shape(text: str, encoding: str) -> None:
    assert [each.number.number for each in read_csv(text.encode(encoding), "NL")] == [AMSTERDAM, "+31201234568"]


def test_mistakes_in_a_file_have_their_line() -> None:
    with pytest.raises(Mistakes) as refused:
        read_csv(b"number\n0201234567\n\n0800 1234\n020 1234567\n", "NL")
    told = [str(each.what) for each in refused.value.mistakes]
    assert told[0].startswith("Line 4: +31 800 1234 is toll-free")
    assert told[1] == "Line 5: +31 20 123 4567 is there twice: leave one of them out."
    with pytest.raises(Mistakes) as refused:
        read_csv(b"number\n" + b"x\n" * 100, "NL")
    assert len(refused.value.mistakes) == MAX_TOLD + 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "nothing in this file"),
        (b"\n\n", "nothing in this file"),
        (b"number\n", "nothing below it"),
        (b"a,b\nc,d\n", "No column"),
        (b"PK\x03\x04\0\0", "no CSV file"),
        (b"a" * (MAX_BYTES + 1), "larger than 4 MB"),
        (b"0201234567\n" * (MAX_ROWS + 2), "more than 10000 rows"),
        (b"," * (MAX_COLUMNS + 1) + b"x", "columns"),
        (b"x" * 2000, "too long for a table"),
        (b'"' + b"x" * 200_000, "can't be read"),
    ],
)
def test_what_is_no_file_of_numbers(data: bytes, why: str) -> None:
    with pytest.raises(Mistakes, match=why):
        read_csv(data, "NL")


def test_ten_thousand_rows() -> None:
    data = "".join(f"020{each:07}\n" for each in range(2_000_000, 2_000_000 + MAX_ROWS)).encode()
    assert len(read_csv(data, "NL")) == MAX_ROWS


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_whatever_bytes_are_rows_or_a_mistake(data: bytes) -> None:
    """Invariant: rows with something in them, or Mistakes for the field."""
    with contextlib.suppress(Mistakes):
        rows = read_rows(data, "file")
        assert rows
        assert all(any(row.cells) for row in rows)


CELL = st.text(string.ascii_letters + string.digits + DELIMITERS + '" \n', min_size=1, max_size=12).filter(str.strip)


@settings(deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=2, max_size=20), st.sampled_from(DELIMITERS))
def test_quoted_cells_come_back_as_they_were(table: list[tuple[str, str]], delimiter: str) -> None:
    """Invariant: what a spreadsheet has quoted is read as it was, without the blanks around it."""

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    text = f"sep={delimiter}\n" + "\n".join(delimiter.join(map(quoted, row)) for row in table)
    assert [row.cells for row in read_rows(text.encode(), "file")] == [
        tuple(cell.strip() for cell in row) for row in table
    ]


def test_a_number_shows_itself() -> None:
    assert ReadNumber("+442079460000").national == "020 7946 0000"
