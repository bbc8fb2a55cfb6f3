"""What kinds of numbers there are outside, as far as calling them goes: emergency, national, international, premium."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

import phonenumbers
from phonenumbers import PhoneNumberType, ShortNumberCost, shortnumberinfo

from engine.dialplan.values import e164, international_prefix

Kind = Literal["national", "international", "premium", "nobody"]

PREMIUM: Final = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UNKNOWN,
    }
)
"""Types of numbers that cost whoever calls them more than a call, or of which nobody knows what they cost."""
NO_COUNTRY: Final = "001"
"""What the library calls the region of numbers that belong to no country: satellites, premium rate across borders."""
MAX_DIALLED: Final = 32

_DIALLED = re.compile(r"\+?[0-9]{2,31}")
_PUNCTUATION = str.maketrans("", "", " -.()/\u00a0")
_KINDS_KEPT = 1024


def read_dialled(dialled: str, country: str) -> str | None:
    """What somebody in ``country`` calls: a number as E.164, a short one as it is; None if it is neither.

    A ``#`` at the end is the key with which many people end what they dial.
    """
    if len(dialled) > MAX_DIALLED:
        return None
    plain = dialled.translate(_PUNCTUATION).removesuffix("#")
    if not _DIALLED.fullmatch(plain):
        return None
    if is_short(plain, country):
        return plain
    return e164(plain, country) if plain.startswith("+") or _is_whole(plain, country) else None


def _is_whole(digits: str, country: str) -> bool:
    """Whether digits are a number as it is dialled: with the prefixes of the country, if it has any.

    Without them they are an extension that nobody has, or a number of the same town, which needs its code here.
    """
    prefix = phonenumbers.ndd_prefix_for_region(country, strip_non_digits=True) or ""
    abroad = international_prefix(country)
    return (
        not prefix
        or digits.startswith(prefix)
        or bool(abroad and digits.startswith(abroad))
        or country in NO_TRUNK_ZERO
    )


NO_TRUNK_ZERO: Final = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])
"""Countries of the North American plan, where a number may be dialled with its 1 or without."""


@lru_cache(maxsize=_KINDS_KEPT)
def is_short(number: str, country: str) -> bool:
    """Whether digits are a short number of a country, such as 116117; emergency numbers are."""
    if number.startswith("+") or len(number) > 6:
        return False
    return bool(shortnumberinfo.is_valid_short_number_for_region(_short(number, country), country))


def _short(number: str, country: str) -> phonenumbers.PhoneNumber:
    code = phonenumbers.country_code_for_region(country)
    zeros = len(number) - len(number.lstrip("0"))
    return phonenumbers.PhoneNumber(
        country_code=code,
        national_number=int(number),
        italian_leading_zero=bool(zeros) or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


@lru_cache(maxsize=_KINDS_KEPT)
def kind_of(number: str, country: str) -> Kind:
    """What a number (E.164, or a short one) is for somebody in ``country``; ``nobody``: it is given to nobody."""
    if not number.startswith("+"):
        cost = shortnumberinfo.expected_cost_for_region(_short(number, country), country)
        return "national" if cost in (ShortNumberCost.TOLL_FREE, ShortNumberCost.STANDARD_RATE) else "premium"
    parsed = phonenumbers.parse(number, None)
    if not phonenumbers.is_valid_number(parsed):
        return "nobody"
    kind, region = phonenumbers.number_type(parsed), phonenumbers.region_code_for_number(parsed)
    if kind in PREMIUM or (region == NO_COUNTRY and kind != PhoneNumberType.TOLL_FREE):
        return "premium"
    return "national" if region == country else "international"


def is_emergency(number: str, country: str) -> bool:
    """Whether digits are an emergency number of a country."""
    pattern = _emergency_pattern(country)
    return pattern is not None and pattern.fullmatch(number) is not None


@lru_cache(maxsize=16)
def _emergency_pattern(country: str) -> re.Pattern[str] | None:
    """The country's emergency numbers; asking phonenumbers for each of many extensions would take half a second."""
    metadata = phonenumbers.PhoneMetadata.short_metadata_for_region(country)
    known = metadata.emergency.national_number_pattern if metadata and metadata.emergency else None
    return re.compile(known) if known else None
