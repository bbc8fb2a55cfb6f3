"""A CSV file of known callers, ``number,name`` in each line, as spreadsheets and customer databases export it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.dialplan.findings import Wrong
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import Position
from engine.dialplan.values import MAX_NAME, read_number

MAX_BYTES = 5_000_000
MAX_ENTRIES = 50_000
MAX_ERRORS = 20
"""More of one file are not told: then something is wrong with the file and not with its lines."""
DELIMITERS = ",;\t"

_EXAMPLE = 'write a line such as "+31 20 123 4567,Anna Bakker"'


def read_phone_book(path: Path, reading: Reading) -> Mapping[str, str]:
    """The names of callers by their numbers (E.164). Each line that is wrong is told with its place in the CSV.

    A first line that holds no digit is taken for headings. Raises Wrong where the file cannot be read at all.
    """
    names: dict[str, str] = {}
    line_of: dict[str, int] = {}
    errors = 0
    for line, row in _rows(_read(path)):
        try:
            number, name = _entry(row, reading.country)
            if names.get(number, name) != name:
                raise Wrong(f"{number} has another name in line {line_of[number]} already", "leave one of them out")
        except Wrong as wrong:
            reading.error(Position(line, 1), wrong.what, wrong.suggestion, file=str(path))
            errors += 1
            if errors == MAX_ERRORS:
                break
        else:
            names.setdefault(number, name)
            line_of.setdefault(number, line)
            if len(names) > MAX_ENTRIES:
                raise Wrong(f"'{path.name}' holds more than {MAX_ENTRIES:,} callers", "split it, or leave some out")
    return names


def _read(path: Path) -> str:
    try:
        data = _begins(path) if path.is_file() else None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Wrong(f"{shown(path.name)} cannot be read", why) from None
    if data is None:
        raise Wrong(f"there is no file {shown(path.name)}", "put it beside the dialplan")
    if len(data) > MAX_BYTES:
        raise Wrong(f"'{path.name}' is larger than {MAX_BYTES:,} bytes", "leave some callers out")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Wrong(f"'{path.name}' is not UTF-8 in line {line}", "save it as 'CSV UTF-8'") from None


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold something, with their numbers; without headings. Raises Wrong."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(lines, delimiter=delimiter)
    began = True
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells) and not (began and not any(character.isdigit() for character in "".join(cells))):
                yield reader.line_num, cells
            began = began and not any(cells)
    except csv.Error as error:
        raise Wrong(f"line {reader.line_num} is no CSV: {error}", _EXAMPLE) from None


def _entry(row: list[str], country: str) -> tuple[str, str]:
    """A line's number and name; a name may be left out. Raises Wrong."""
    number, name = row[0], row[1] if len(row) > 1 else ""
    if not number:
        raise Wrong("this line has no number", _EXAMPLE)
    if len(name) > MAX_NAME or not name.isprintable():
        raise Wrong(f"{shown(name)} is no name", f"expected a text of at most {MAX_NAME} characters")
    return read_number(number, country), name
