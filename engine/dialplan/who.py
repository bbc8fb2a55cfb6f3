"""Some callers: people of the account, numbers, beginnings of numbers, those who hide theirs.

What a caller's network says of a number can be forged; only who is one of our people is certain, as their phone has
proved it by its password.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.call.protocol import Caller
from engine.dialplan.findings import Wrong
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList
from engine.dialplan.values import e164, read_number

PEOPLE = "people"
ANONYMOUS = "anonymous"
WORDS = (PEOPLE, ANONYMOUS)
MAX_ENTRIES = 200
MIN_BEGINNING = 2

WHO_SCHEMA: dict[str, Any] = {
    "description": 'people, anonymous, a person, a number or its beginning ("+3120*"), or a list of them',
    "anyOf": [
        {"type": ["string", "integer"]},
        {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1, "maxItems": MAX_ENTRIES},
    ],
}


@dataclass(frozen=True, slots=True)
class Who:
    """Those callers who are meant: by a word of WORDS, as a person, by number (E.164) or how it begins."""

    words: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()

    def includes(self, caller: Caller, country: str) -> bool:
        """Whether the caller is meant. ``country`` is the one whose national numbers their network may send."""
        if caller.person is not None:
            return PEOPLE in self.words or caller.person in self.people
        number = e164(caller.number, country)
        if number is None:
            return ANONYMOUS in self.words
        return number in self.numbers or number.startswith(self.beginnings)


def read_who(value: Any, reading: Reading) -> Who:
    """``people``, a name, a number, ``"+3120*"``, or a list of such. Raises Wrong."""
    entries: Iterable[Any] = value if isinstance(value, SourceList) else (value,)
    if isinstance(value, SourceList) and not 1 <= len(value) <= MAX_ENTRIES:
        raise Wrong("this list of callers is empty or too long", f"expected 1 to {MAX_ENTRIES}")
    words, people, numbers, beginnings = set(), set(), set(), set()
    for entry in entries:
        if isinstance(entry, bool) or not isinstance(entry, str | int):
            raise Wrong(f"{shown(entry)} is no caller", _expected())
        text = str(entry).strip()
        if text in WORDS:
            words.add(text)
        elif text in reading.names.get("people", ()) or text in reading.people_by_extension:
            people.add(reading.people_by_extension.get(text, text))
        elif text.endswith("*"):
            beginnings.add(_beginning(text))
        else:
            numbers.add(_number(text, reading))
    return Who(frozenset(words), frozenset(people), frozenset(numbers), tuple(sorted(beginnings)))


def _expected() -> str:
    return 'expected people, anonymous, a person, a number such as "+31 20 123 4567", or its beginning: "+3120*"'


def _beginning(text: str) -> str:
    digits = "".join(character for character in text[:-1] if character not in " -.()/")
    if not (digits.startswith("+") and digits[1:].isascii() and digits[1:].isdigit() and len(digits) >= MIN_BEGINNING):
        raise Wrong(f"{shown(text)} is no beginning of a number", 'write it with the country, such as "+3120*"')
    return digits


def _number(text: str, reading: Reading) -> str:
    try:
        return read_number(text, reading.country)
    except Wrong:
        if any(character.isdigit() for character in text):
            raise
        known = [*WORDS, *reading.names.get("people", ())]
        raise Wrong(f"{shown(text)} is no caller", reading.guess(text, known, _expected())) from None
