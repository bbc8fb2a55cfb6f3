"""What is typed about the current provider, the invoice and whoever signs: read field by field, with all mistakes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from web.mistakes import Mistake, Mistakes
from web.transfers.lettering import unwritable
from web.transfers.order import Customer
from web.words import Sentence, say

INVOICE_DAYS: Final = 30
MAX_LINE: Final = 100
MIN_PERSON: Final = 3
"""Letters of a person's name: initials alone name nobody."""

_ALIKE: Final = str.maketrans("\u2018\u2019\u02bc\u00b4`\u2010\u2011\u2012\u2013", "'''''----")


@dataclass(frozen=True, slots=True)
class Field:
    """A line of text: its name in forms, and what is said where it is missing."""

    name: str
    missing: Sentence | None
    longest: int = MAX_LINE


CUSTOMER: Final = (
    Field("provider", say("Name the provider that the numbers are with now.")),
    Field("account_number", say("The account or customer number stands on the invoice."), 40),
    Field("holder", say("Name the company or person that the contract is with, as the invoice does.")),
    Field("street", say("Street and number are missing, as they stand on the invoice.")),
    Field("postcode", say("The postcode is missing."), 20),
    Field("city", say("The city is missing.")),
    Field("code", None, 40),
)


def read_customer(typed: Mapping[str, str]) -> Customer:
    """How the current provider knows the customer. Raises Mistakes."""
    mistakes: list[Mistake] = []
    values = {field.name: _line(typed.get(field.name, ""), field, mistakes) for field in CUSTOMER}
    if mistakes:
        raise Mistakes(mistakes)
    return Customer(**values)


def read_invoice(dated: str, person: str, today: date) -> tuple[date, str]:
    """The invoice's date and the person it names. Raises Mistakes."""
    mistakes: list[Mistake] = []
    missing = say("Name the person on the invoice, who will sign: first and last name.")
    name = _line(person, Field("person", missing), mistakes)
    if name and (len(key_of(name).replace(" ", "")) < MIN_PERSON or any(letter.isdigit() for letter in name)):
        mistakes.append(Mistake("person", missing))
    found: date | None = None
    try:
        found = date.fromisoformat(dated.strip())
    except ValueError:
        what = say("The invoice's date is missing; write it as {example}.", example=today.isoformat())
        mistakes.append(Mistake("dated", what))
    if found is not None:
        mistakes += [Mistake("dated", what) for what in age_mistakes(found, today)]
    if mistakes or found is None:
        raise Mistakes(mistakes)
    return found, name


def age_mistakes(dated: date, today: date) -> Iterable[Sentence]:
    """What is wrong with the invoice's date on ``today``."""
    if dated > today:
        yield say("The invoice's date is in the future.")
    elif today - dated > timedelta(days=INVOICE_DAYS):
        yield say("The invoice is older than {n} days; take the newest one.", n=INVOICE_DAYS)


def same_person(typed: str, named: str) -> bool:
    """Whether two names are the same but for case, blanks, and how their letters are composed (Unicode)."""
    return bool(key_of(typed)) and key_of(typed) == key_of(named)


def key_of(name: str) -> str:
    """A name as it is compared: NFKC, case folded, one blank between words, one kind of apostrophe and hyphen."""
    plain = unicodedata.normalize("NFKC", name).translate(_ALIKE)
    folded = unicodedata.normalize("NFKC", plain.casefold())
    return " ".join(folded.split())


def clean(text: str) -> str:
    """A line as it is kept: composed letters (NFC), one blank between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _line(text: str, field: Field, mistakes: list[Mistake]) -> str:
    line = clean(text[: 10 * MAX_LINE])
    if not line:
        if field.missing is not None:
            mistakes.append(Mistake(field.name, field.missing))
    elif len(line) > field.longest or len(text) > 10 * MAX_LINE:
        mistakes.append(Mistake(field.name, say("This is too long; at most {n} characters.", n=field.longest)))
    elif letters := unwritable(line):
        what = say(
            "The letter cannot be written with {letters}; use Latin, Greek or Cyrillic letters.", letters=letters
        )
        mistakes.append(Mistake(field.name, what))
    return line
