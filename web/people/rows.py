"""Rows of people as they are typed, or stand in a CSV file: each checked whole, what is wrong beside its field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from email_validator import EmailNotValidError, validate_email

from web.csv_files import Row, Sheet, read_sheet
from web.mistakes import Mistake, Mistakes, refused
from web.numbers.listed import placed
from web.words import Sentence, say

MAX_PEOPLE: Final = 500
"""Rows at once."""
MAX_EMAIL: Final = 200
MAX_NAME: Final = 60
ANY: Final = "any"
"""In place of a number: the next free one of the stock."""
TRANSFER: Final = "transfer"
"""In place of a number: one that is still to come, ``coming``."""
TITLES: Final[Mapping[str, Sequence[str]]] = {
    "email": ("e-mail", "mail", "e-mail address", "email address", "e-mailadres", "mailadres", "mailadresse"),
    "name": ("full name", "person", "naam", "volledige naam", "vollständiger name", "nom"),
    "number": ("phone", "phone number", "telephone", "did", "ddi", "nummer", "telefoon", "telefoonnummer", "rufnummer"),
    "extension": ("ext", "ext.", "toestel", "toestelnummer", "interne nummer", "nebenstelle", "durchwahl"),
    "temporary": ("temporary number", "tijdelijk", "tijdelijk nummer"),
}
FIELDS: Final = ("email", "name", "number", "coming", "temporary", "extension")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[^@\s<>,;:\"]{1,190}")
"""What a dialplan takes."""
_TRANSFER: Final = re.compile(r"(?i:transfer|port)\b[\s:]*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TypedPerson:
    """One row. ``field`` is what its fields' names begin with (``people.2.``); ``line`` is that of the file, or 0.

    ``number`` is "" for none, ANY, TRANSFER, or a number; ``coming`` goes with TRANSFER, and ``temporary`` is the
    number (or ANY) that stands in for it, "" for none. ``extension`` is "" for the next free one.
    """

    field: str
    email: str = ""
    name: str = ""
    number: str = ""
    coming: str = ""
    temporary: str = ""
    extension: str = ""
    line: int = 0

    @classmethod
    def of(cls, field: str, values: Mapping[str, str]) -> TypedPerson:
        """The row of a form with these values by the names of FIELDS; those that are missing are empty."""
        known: dict[str, Any] = {name: values.get(name, "").strip() for name in FIELDS}
        return cls(field, **known)

    def mistake(self, name: str, what: Sentence) -> Mistake:
        """A mistake in one of its fields."""
        if self.line:
            return Mistake("file", placed(self.line, what, lines=True))
        return Mistake(f"{self.field}{name}", what)


def typed_rows(rows: Mapping[int, Mapping[str, str]], prefix: str = "people") -> tuple[TypedPerson, ...]:
    """The rows of a form, by their numbers. Raises Mistakes if there are none, or too many."""
    if not rows:
        raise refused(f"{prefix}.0.email", say("Fill in at least one row."))
    if len(rows) > MAX_PEOPLE:
        raise refused("", say("At most {most} people can be added at once.", most=MAX_PEOPLE))
    return tuple(TypedPerson.of(f"{prefix}.{index}.", row) for index, row in rows.items())


def csv_rows(data: bytes) -> tuple[TypedPerson, ...]:
    """The people of a file: e-mail, name, number, extension, temporary. Raises Mistakes.

    In the column of numbers ``transfer +31 20 ...`` is a number that is still to come, ``any`` one of the stock.
    """
    sheet = read_sheet(data, "file", TITLES, _guess)
    if sheet.columns.keys().isdisjoint({"email", "name"}):
        raise refused("file", say("No column of this file holds e-mail addresses, nor is one called name."))
    if len(sheet.rows) > MAX_PEOPLE:
        raise refused("file", say("At most {most} people can be added at once.", most=MAX_PEOPLE))
    return tuple(_person(sheet, row) for row in sheet.rows)


def _person(sheet: Sheet, row: Row) -> TypedPerson:
    number, coming = sheet.text(row, "number"), ""
    if match := _TRANSFER.fullmatch(number):
        number, coming = TRANSFER, match[1].strip()
    return TypedPerson(
        "",
        sheet.text(row, "email"),
        sheet.text(row, "name"),
        ANY if number.casefold() == ANY else number,
        coming,
        sheet.text(row, "temporary"),
        sheet.text(row, "extension"),
        row.line,
    )


def _guess(rows: Sequence[Row]) -> tuple[dict[str, int], bool]:
    """Without titles: the first column with an address is the e-mail, the others are known by what stands in them.

    Without an address anything could be a name: then no column is known.
    """
    columns: dict[str, int] = {}
    for row in rows[:20]:
        for column, cell in enumerate(row.cells):
            kind = _kind(cell)
            if kind and kind not in columns and column not in columns.values():
                columns[kind] = column
    titled = len(rows) > 1 and "@" not in "".join(rows[0].cells)
    return (columns if "email" in columns else {}), titled


def _kind(cell: str) -> str:
    digits = sum(map(str.isdigit, cell))
    if "@" in cell:
        return "email"
    if cell.isdigit() and 2 <= len(cell) <= 6:
        return "extension"
    if cell.casefold() == ANY or _TRANSFER.fullmatch(cell) or (digits >= 6 and not any(map(str.isalpha, cell))):
        return "number"
    return "name" if any(map(str.isalpha, cell)) and not digits else ""


# --- what stands in a field -------------------------------------------------------------------------------------------


def read_email(text: str) -> str | None:
    """An address that letters can go to, None for none. Raises Mistakes for ``email``."""
    if not text:
        return None
    try:
        address = validate_email(
            text[: MAX_EMAIL + 1], check_deliverability=False, globally_deliverable=False
        ).normalized
    except EmailNotValidError:
        address = ""
    if not _ADDRESS.fullmatch(address) or len(address) > MAX_EMAIL:
        raise refused("email", say("“{typed}” is no e-mail address.", typed=text[:60]))
    return address


def read_name(text: str) -> str | None:
    """A name as phones show it, None for none. Raises Mistakes for ``name``."""
    name = " ".join(text.split())
    if len(name) > MAX_NAME:
        raise refused("name", say("A name has {most} characters at most.", most=MAX_NAME))
    if not name.isprintable():
        raise refused("name", say("This name has signs in it that no phone can show."))
    return name or None


def mistakes_of(row: TypedPerson, problem: Mistakes) -> list[Mistake]:
    """The mistakes of one field, told of the row it is in."""
    return [row.mistake(each.field, each.what) for each in problem.mistakes]
