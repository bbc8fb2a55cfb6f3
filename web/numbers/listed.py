"""Many numbers at once, typed into one field or in a provider's CSV file: each is read, each mistake has its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from web.csv_files import MAX_ROWS, Row, read_sheet
from web.mistakes import Mistake, Mistakes, refused
from web.numbers.reading import NoNumber, ReadNumber, read
from web.words import Sentence, say

MAX_TYPED: Final = 20_000
"""Characters in the field for numbers."""
MAX_TOLD: Final = 20
"""Mistakes that are told one by one; of more, how many there are."""
TITLES: Final[Mapping[str, Sequence[str]]] = {
    "number": (
        *("numbers", "phone", "phone number", "telephone", "telephone number", "did", "ddi", "msisdn", "e164", "e.164"),
        *("nummer", "nummers", "telefoon", "telefoonnummer", "doorkiesnummer", "rufnummer", "telefonnummer", "numéro"),
    )
}
_BETWEEN: Final = re.compile(r"[,;\n\t]")
_SAMPLE: Final = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A number, and where it stood: the line of a file, or its place in the field."""

    line: int
    number: ReadNumber


def read_typed(text: str, country: str, field: str = "numbers") -> tuple[Listed, ...]:
    """Numbers separated by commas, semicolons or line ends, each once. Raises Mistakes."""
    if len(text) > MAX_TYPED:
        raise refused(field, say("These are too many to type: import them as a CSV file."))
    words = [(place, word) for place, word in enumerate(_BETWEEN.split(text), 1) if word.strip()]
    if not words:
        raise refused(field, say("Type at least one number."))
    return _read_all(words, country, field)


def read_each(typed: Sequence[str], country: str, field: str = "numbers") -> tuple[Listed, ...]:
    """The same for numbers that are separate already; the mistakes' fields are ``numbers.2`` and the like."""
    found, wrong = _each_once(enumerate(typed), country)
    if wrong:
        raise Mistakes(Mistake(f"{field}.{index}", what) for index, what in wrong)
    return found


def read_csv(data: bytes, country: str, field: str = "file") -> tuple[Listed, ...]:
    """The numbers of a provider's file, each once. Raises Mistakes."""
    sheet = read_sheet(data, field, TITLES, _guess)
    if "number" not in sheet.columns:
        raise refused(field, say("No column of this file holds telephone numbers."))
    cells = [(row.line, sheet.text(row, "number")) for row in sheet.rows]
    return _read_all([(line, cell) for line, cell in cells if cell], country, field, lines=True)


def _read_all(words: Sequence[tuple[int, str]], country: str, field: str, *, lines: bool = False) -> tuple[Listed, ...]:
    found, wrong = _each_once(words, country)
    if wrong:
        raise Mistakes(told(field, [placed(place, what, lines) for place, what in wrong]))
    if not found:
        raise refused(field, say("There is no number in it."))
    if len(found) > MAX_ROWS:
        raise refused(field, say("These are more than {rows} numbers.", rows=MAX_ROWS))
    return found


def _each_once(words: Iterable[tuple[int, str]], country: str) -> tuple[tuple[Listed, ...], list[tuple[int, Sentence]]]:
    """The numbers of these words, and what is wrong with which of them, each by its place."""
    found: dict[str, Listed] = {}
    wrong: list[tuple[int, Sentence]] = []
    for place, word in words:
        try:
            number = read(word, country)
        except NoNumber as problem:
            wrong.append((place, problem.why))
            continue
        if found.setdefault(number.number, Listed(place, number)).line != place:
            wrong.append((place, say("{number} is there twice: leave one of them out.", number=number.international)))
    return tuple(found.values()), wrong


def placed(line: int, what: Sentence, lines: bool) -> Sentence:
    """What is wrong with something in a file, by its ``line``; just what it is where there are no ``lines``."""
    return say("Line {line}: {problem}", line=line, problem=what) if lines else what


def told(field: str, wrong: Sequence[Sentence]) -> list[Mistake]:
    """The first of them, and how many there are beyond."""
    mistakes = [Mistake(field, each) for each in wrong[:MAX_TOLD]]
    if len(wrong) > MAX_TOLD:
        mistakes.append(Mistake(field, say("And {count} more mistakes.", count=len(wrong) - MAX_TOLD)))
    return mistakes


def _guess(rows: Sequence[Row]) -> tuple[dict[str, int], bool]:
    """The column in which most of the first cells are numbers; the first row is titles if only there it is none."""
    sample = rows[:_SAMPLE]
    width = max(len(row.cells) for row in sample)
    hits = [sum(_is_number(row.cell(column)) for row in sample) for column in range(width)]
    best = max(range(width), key=lambda column: hits[column])
    if not hits[best]:
        return {}, False
    digits = any(character.isdigit() for character in sample[0].cell(best))
    return {"number": best}, len(rows) > 1 and not digits


def _is_number(cell: str) -> bool:
    """Whether it was meant as a number, be it one that will not do."""
    digits = sum(character.isdigit() for character in cell)
    return digits >= 6 and all(character.isdigit() or character in " +-./()='\"\u00a0eE," for character in cell)
