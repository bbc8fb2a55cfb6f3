"""A number as people type it, or a provider lists it: what it is, or why it cannot be a number of an account here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from engine.dialplan.number_kinds import is_emergency, is_short
from engine.dialplan.values import MAX_NUMBER
from web.words import Sentence, say

MAX_SHOWN: Final = 40
"""Characters of what was typed that are shown again in a sentence about it."""

WRITTEN_KEPT: Final = 4096

_EXPONENT: Final = re.compile(r"\d[.,]?\d*[eE][+-]?\d+")
_QUOTED_FORMULA: Final = re.compile(r'="?([^"]*)"?')
_UNFIT: Final = frozenset({PhoneNumberType.PAGER, PhoneNumberType.VOICEMAIL})
_DEAR: Final = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PERSONAL_NUMBER})


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """A telephone number, E.164, and as people write it."""

    number: str

    @property
    def international(self) -> str:
        """``+31 20 123 4567``."""
        return _written(self.number, PhoneNumberFormat.INTERNATIONAL)

    @property
    def national(self) -> str:
        """``020 123 4567``: how it is dialled within its country."""
        return _written(self.number, PhoneNumberFormat.NATIONAL)


class NoNumber(Exception):
    """What was typed can't be a number of an account; ``why`` is for whoever typed it."""

    def __init__(self, why: Sentence) -> None:
        self.why = why
        super().__init__(str(why))


def example(country: str) -> str:
    """A number of the country, as one would write it for somebody abroad."""
    number = phonenumbers.example_number_for_type(country, PhoneNumberType.FIXED_LINE)
    return str(phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)) if number else "+31 20 123 4567"


def read(text: str, country: str) -> ReadNumber:
    """The number that ``text`` is in ``country``, as spreadsheets mangle it, too. Raises NoNumber."""
    plain = _unquoted(text)
    seen = plain[:MAX_SHOWN]
    if not plain:
        raise NoNumber(say("Type a telephone number, such as {example}.", example=example(country)))
    if _EXPONENT.fullmatch(plain):
        raise NoNumber(
            say(
                "A spreadsheet has rounded this number to {typed}: format its column as text, and export again.",
                typed=seen,
            )
        )
    if len(plain) > MAX_NUMBER:
        raise NoNumber(say("“{typed}” is too long for a telephone number.", typed=seen))
    digits = "".join(filter(str.isdigit, plain))
    if digits.isascii() and digits and plain.strip("0123456789 -") == "":
        if is_emergency(digits, country):
            raise NoNumber(say("{number} is an emergency number: nobody can have it.", number=digits))
        if is_short(digits, country):
            raise NoNumber(
                say("{number} is a short number of a service, which can't be a number of an account.", number=digits)
            )
    try:
        parsed = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        raise NoNumber(
            say("“{typed}” is no telephone number. Write it as {example}.", typed=seen, example=example(country))
        ) from None
    _refuse_unfit(parsed, seen, country)
    return ReadNumber(str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164)))


def _refuse_unfit(parsed: phonenumbers.PhoneNumber, seen: str, country: str) -> None:
    shown = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    kind = phonenumbers.number_type(parsed)
    if parsed.extension:
        raise NoNumber(
            say("Leave out the extension behind the number in “{typed}”: people get theirs here.", typed=seen)
        )
    if not phonenumbers.is_possible_number(parsed):
        raise NoNumber(
            say("“{typed}” has too few or too many digits for a telephone number. Write it as {example}.",
                typed=seen, example=example(country))
        )  # fmt: skip
    if kind == PhoneNumberType.TOLL_FREE:
        raise NoNumber(
            say(
                "{number} is toll-free: whoever is called pays for each call, so such numbers stay with the carrier"
                " that bills them. Let it lead to your main number there, and use a geographic or mobile number here.",
                number=shown,
            )
        )
    if kind in _DEAR:
        raise NoNumber(
            say(
                "{number} costs callers more than an ordinary call (a premium or shared-cost number): it can't be a"
                " number of an account.",
                number=shown,
            )
        )
    if kind in _UNFIT:
        raise NoNumber(say("{number} belongs to a pager or a voicemail service, not to a telephone.", number=shown))
    if not phonenumbers.is_valid_number(parsed):
        raise NoNumber(say("{number} is given out nowhere: compare it with your provider's letter.", number=shown))


def _unquoted(text: str) -> str:
    """Without what spreadsheets put around a number so that it stays text: ``="020..."``, ``'020...``."""
    plain = " ".join(text.replace("\u00a0", " ").split())
    if formula := _QUOTED_FORMULA.fullmatch(plain):
        plain = formula[1]
    return plain.lstrip("'").strip()


@lru_cache(maxsize=WRITTEN_KEPT)
def _written(number: str, form: int) -> str:
    return str(phonenumbers.format_number(phonenumbers.parse(number, None), form))
