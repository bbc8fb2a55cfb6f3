"""Some callers: people of the account, numbers, beginnings of numbers, lists of them, those who hide theirs.

What a caller's network says of a number can be forged; only who is one of our people is certain, as their phone has
proved it by its password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import phonenumbers
from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from engine.call.protocol import Caller
from engine.dialplan.findings import Wrong
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList
from engine.dialplan.values import e164, read_number

PEOPLE = "people"
ANONYMOUS = "anonymous"
EVERYBODY = "everybody"
WORDS = (PEOPLE, ANONYMOUS, EVERYBODY)
MAX_ENTRIES = 200
MAX_AREA = 6
"""Digits after the + that are a country and an area at most: no telephone number is as short."""

_PUNCTUATION = str.maketrans("", "", " -.()/\u00a0")

WHO_SCHEMA: dict[str, Any] = {
    "description": 'people, anonymous, everybody, one of the lists in "callers", a person, a number or its beginning '
    '("+3120*"), or several of them',
    "anyOf": [
        {"type": ["string", "integer"]},
        {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1, "maxItems": MAX_ENTRIES},
    ],
}


@dataclass(frozen=True, slots=True)
class Who:
    """Those callers who are meant: by a word of WORDS, as a person, by number (E.164) or how it begins, or by list.

    ``text`` is what the file says; ``lists`` are names in its section ``callers``.
    """

    words: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    text: str = ""

    def includes(self, caller: Caller, country: str, lists: Mapping[str, Who]) -> bool:
        """Whether the caller is meant. ``country`` is the one whose national numbers their network may send."""
        return (
            EVERYBODY in self.words
            or self._names(caller, country)
            or any(lists[name].includes(caller, country, lists) for name in self.lists)
        )

    def _names(self, caller: Caller, country: str) -> bool:
        if caller.person is not None:
            return PEOPLE in self.words or caller.person in self.people
        number = e164(caller.number, country)
        if number is None:
            return ANONYMOUS in self.words
        return number in self.numbers or number.startswith(self.beginnings)


def read_who(value: Any, reading: Reading, *, in_list: bool = False) -> Who:
    """``people``, a name, a number, ``"+3120*"``, or a list of such; a list in ``callers`` names no other one.

    Raises Wrong.
    """
    entries: Iterable[Any] = value if isinstance(value, SourceList) else (value,)
    if isinstance(value, SourceList) and not 1 <= len(value) <= MAX_ENTRIES:
        raise Wrong("this list of callers is empty or too long", f"expected 1 to {MAX_ENTRIES}")
    words, people, numbers, beginnings = set(), set(), set(), set()
    lists: dict[str, None] = {}
    for entry in entries:
        if isinstance(entry, bool) or not isinstance(entry, str | int):
            raise Wrong(f"{shown(entry)} is no caller", _expected())
        text = str(entry).strip()
        if text in WORDS:
            words.add(text)
        elif text in reading.names.get("people", ()) or text in reading.people_by_extension:
            people.add(reading.people_by_extension.get(text, text))
        elif text in reading.names.get("callers", ()):
            if in_list:
                raise Wrong(f"{shown(text)} is a list itself", "a list holds no others; name both where they are used")
            lists[text] = None
            reading.referred.setdefault("callers", set()).add(text)
        elif "*" in text or _is_area(text):
            beginnings.add(_beginning(text.removesuffix("*"), reading.country))
        else:
            numbers.add(_number(text, reading))
    written = ", ".join(str(entry).strip() for entry in entries)
    return Who(
        frozenset(words), frozenset(people), frozenset(numbers), tuple(sorted(beginnings)), tuple(lists), written
    )


def _read(value: Any, info: ValidationInfo) -> Who:
    if isinstance(value, Who):
        return value
    if not isinstance(info.context, Reading):
        raise Wrong("callers are read from a file")
    return read_who(value, info.context)


WhoField = Annotated[Who, PlainValidator(_read), WithJsonSchema(WHO_SCHEMA)]


def _expected() -> str:
    return (
        "expected people, anonymous, everybody, a person, a list of 'callers', a number such as \"+31 20 123 4567\", "
        'or its beginning: "+3120*"'
    )


def _is_area(text: str) -> bool:
    """Whether a number is so short that it can only be the beginning of others: ``+31 6``."""
    return re.fullmatch(rf"\+[0-9]{{1,{MAX_AREA}}}", text.translate(_PUNCTUATION)) is not None


def _beginning(text: str, country: str) -> str:
    """The beginning of numbers as E.164: ``+3120`` for ``+31 20``, ``0031 20`` and, within the country, ``020``."""
    digits = text.translate(_PUNCTUATION)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country, None) if country else None
    if metadata and not digits.startswith("+"):
        abroad, national = metadata.international_prefix or "", metadata.national_prefix or ""
        if abroad.isdigit() and digits.startswith(abroad):
            digits = "+" + digits.removeprefix(abroad)
        elif digits:
            digits = f"+{metadata.country_code}{digits.removeprefix(national)}"
    if not re.fullmatch(r"\+[1-9][0-9]{0,14}", digits):
        raise Wrong(f"{shown(text + '*')} is no beginning of a number", 'write one such as "+3120*" or "020*"')
    return digits


def _number(text: str, reading: Reading) -> str:
    try:
        return read_number(text, reading.country)
    except Wrong:
        if any(character.isdigit() for character in text):
            raise
        known = [*WORDS, *reading.names.get("people", ()), *reading.names.get("callers", ())]
        raise Wrong(f"{shown(text)} is no caller", reading.guess(text, known, _expected())) from None
