"""Files of rows as spreadsheets and providers export them: CSV with any delimiter, quotes, encodings; bounded."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from web.mistakes import refused
from web.words import say

MAX_BYTES: Final = 4 << 20
MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 100
MAX_CELL: Final = 1000
DELIMITERS: Final = ";,\t|"
LOOKED_AT: Final = 50
"""Lines from which the delimiter is guessed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file; ``line`` counts from 1, as a text editor does."""

    line: int
    cells: tuple[str, ...]

    def cell(self, column: int | None) -> str:
        """What stands in a column, "" where the row has none."""
        return self.cells[column] if column is not None and column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file that are not empty, and which column holds what, by the names asked for."""

    columns: Mapping[str, int]
    rows: tuple[Row, ...]

    def text(self, row: Row, name: str) -> str:
        """What a row has in the column of that name, "" where there is none."""
        return row.cell(self.columns.get(name))


Guess = Callable[[Sequence[Row]], tuple[dict[str, int], bool]]
"""Tells from rows without known titles what their columns hold, and whether the first is one of titles all the same."""


def read_rows(data: bytes, field: str) -> tuple[Row, ...]:
    """The rows of a file, those without anything in them left out. Raises Mistakes for the form's ``field``."""
    if len(data) > MAX_BYTES:
        raise refused(field, say("This file is larger than {size} MB.", size=MAX_BYTES >> 20))
    text = _decoded(data, field)
    rows: list[Row] = []
    delimiter, text = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(reader.line_num, cells, field))
            if len(rows) > MAX_ROWS + 1:
                raise refused(field, say("This file has more than {rows} rows: split it.", rows=MAX_ROWS))
    except csv.Error:
        raise refused(
            field, say("Line {line} can't be read: it has a quotation mark too few or too many.", line=reader.line_num)
        ) from None
    if not rows:
        raise refused(field, say("There is nothing in this file."))
    return tuple(rows)


def read_sheet(data: bytes, field: str, names: Mapping[str, Sequence[str]], guess: Guess) -> Sheet:
    """The rows with what each column holds: by a first row of titles, among ``names``' words for it, else by ``guess``.

    Raises Mistakes for the form's ``field``.
    """
    rows = read_rows(data, field)
    titles = [_plain(cell) for cell in rows[0].cells]
    columns: dict[str, int] = {}
    for name, words in names.items():
        known = {_plain(word) for word in (name, *words)}
        found = [column for column, title in enumerate(titles) if title in known and column not in columns.values()]
        if found:
            columns[name] = found[0]
    if columns:
        return Sheet(columns, _bounded(rows[1:], field))
    columns, titled = guess(rows)
    return Sheet(columns, _bounded(rows[1:] if titled else rows, field))


def _bounded(rows: tuple[Row, ...], field: str) -> tuple[Row, ...]:
    if len(rows) > MAX_ROWS:
        raise refused(field, say("This file has more than {rows} rows: split it.", rows=MAX_ROWS))
    if not rows:
        raise refused(field, say("This file has a row of titles, and nothing below it."))
    return rows


def _row(line: int, cells: list[str], field: str) -> Row:
    if len(cells) > MAX_COLUMNS:
        raise refused(field, say("Line {line} has more than {columns} columns.", line=line, columns=MAX_COLUMNS))
    if any(len(cell) > MAX_CELL for cell in cells):
        raise refused(field, say("Line {line} holds a text that is too long for a table.", line=line))
    return Row(line, tuple(cell.strip() for cell in cells))


def _plain(title: str) -> str:
    return "".join(filter(str.isalnum, title.casefold()))


def _decoded(data: bytes, field: str) -> str:
    """The text of a file: UTF-8 or UTF-16 by its mark, else UTF-8, else what older spreadsheets of the West write."""
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
    encoding = next((name for mark, name in marks.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if any(character < " " and character not in "\t\r\n\f" for character in text):
        raise refused(field, say("This is no CSV file: export the table as CSV (text, separated by commas)."))
    return text


def _delimiter(text: str) -> tuple[str, str]:
    """The sign that most lines have equally often, outside of quotes, unless the first line names it (``sep=;``); and
    the text, such a line made empty.
    """
    first, _, rest = text.partition("\n")
    if (named := first.rstrip("\r")).startswith("sep=") and named[4:] in tuple(DELIMITERS):
        return named[4:], "\n" + rest
    lines = [line for line in text.splitlines()[:LOOKED_AT] if line.strip()]
    best, most = DELIMITERS[1], 0
    for sign in DELIMITERS:
        counts = Counter(_outside_quotes(line).count(sign) for line in lines)
        counts.pop(0, None)
        alike = max(counts.values(), default=0)
        if alike > most:
            best, most = sign, alike
    return best, text


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
