"""The numbers of an order as people type them: separated by commas, semicolons, spaces or lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import phonenumbers

from engine.dialplan.values import MAX_NUMBER
from web.mistakes import Mistake, Mistakes, refused
from web.numbers.reading import NoNumber, ReadNumber, read
from web.transfers.order import MAX_NUMBERS
from web.words import say

FIELD: Final = "numbers"
MAX_TYPED: Final = 10_000
"""Characters of the whole field."""
MAX_MISTAKES: Final = 20
"""As many are told at once."""

_SEPARATORS = re.compile(r"[,;\n\r]+")
_BLANKS = re.compile(r"[\s\u00a0]+")


def read_numbers(typed: str, country: str) -> tuple[str, ...]:
    """The numbers as E.164, in the order they were typed. Raises Mistakes with all that is wrong."""
    if len(typed) > MAX_TYPED:
        raise refused(FIELD, say("This is too much for one order: at most {n} numbers.", n=MAX_NUMBERS))
    found: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for written in _written(typed, country):
        try:
            number = read_one(written, country)
        except Mistakes as problem:
            mistakes += problem.mistakes
            if len(mistakes) >= MAX_MISTAKES:
                break
            continue
        if number in found:
            mistakes.append(Mistake(FIELD, say("{number} is there twice.", number=shown(number))))
        found.setdefault(number, written)
    if not found and not mistakes:
        mistakes.append(Mistake(FIELD, say("Type the numbers that are to come over, such as +31 20 123 4567.")))
    if len(found) > MAX_NUMBERS:
        mistakes.append(Mistake(FIELD, say("One order takes at most {n} numbers; make several.", n=MAX_NUMBERS)))
    countries = dict.fromkeys(region_of(number) for number in found)
    if len(countries) > 1:
        names = ", ".join(countries)
        mistakes.append(Mistake(FIELD, say("These are of several countries ({names}): one order each.", names=names)))
    if mistakes:
        raise Mistakes(mistakes)
    return tuple(found)


def read_one(written: str, country: str) -> str:
    """One number as E.164. Raises Mistakes."""
    try:
        return read(written, country).number
    except NoNumber as problem:
        raise refused(FIELD, problem.why) from None


def shown(number: str) -> str:
    """A number for people: +31 20 123 4567."""
    return ReadNumber(number).international


def national(number: str) -> str:
    """The same as it is dialled within its country."""
    return ReadNumber(number).national


def region_of(number: str) -> str:
    """The country of a number (ISO 3166)."""
    return str(phonenumbers.region_code_for_number(phonenumbers.parse(number, None)) or "")


def check_free(
    numbers: tuple[str, ...], here: Mapping[str, str], ordered: Mapping[str, str], account: str, own: str
) -> None:
    """``here`` has the account that already has a number, ``ordered`` the open order it is in; ``own`` is this order.

    Raises Mistakes. What belongs to other accounts is not told.
    """
    mistakes = []
    for number in numbers:
        if number in here and here[number] == account:
            mistakes.append(Mistake(FIELD, say("{number} is here already.", number=shown(number))))
        elif number in here:
            mistakes.append(
                Mistake(FIELD, say("{number} belongs to another account of this server.", number=shown(number)))
            )
        elif ordered.get(number, own) != own:
            mistakes.append(Mistake(FIELD, say("{number} is in another order already.", number=shown(number))))
    if mistakes:
        raise Mistakes(mistakes)


def _written(typed: str, country: str) -> Iterator[str]:
    """Each number as it was written. Spaces separate numbers where what stands between them is whole by itself."""
    for part in _SEPARATORS.split(typed):
        words = [word for word in _BLANKS.split(part) if word]
        if not words:
            continue
        text = " ".join(words)
        if len(words) == 1 or _is_number(text, country):
            yield text
        else:
            yield from _apart(words, country)


def _apart(words: list[str], country: str) -> Iterator[str]:
    """Numbers that only spaces separate: each takes as few words as make a valid number."""
    taken: list[str] = []
    for word in words:
        if taken and word.startswith("+"):
            yield " ".join(taken)
            taken = []
        taken.append(word)
        text = " ".join(taken)
        if len(text) > MAX_NUMBER or _is_number(text, country):
            yield text
            taken = []
    if taken:
        yield " ".join(taken)


def _is_number(text: str, country: str) -> bool:
    try:
        read(text, country)
    except NoNumber:
        return False
    return True
