"""Telephone numbers outside: which may be dialled, and whose number is shown there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo
from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from engine.call.protocol import Caller
from engine.dialplan.number_kinds import NO_COUNTRY
from engine.dialplan.reading import Reading
from engine.dialplan.values import e164, national_digits, read_number

if TYPE_CHECKING:
    from engine.dialplan.account import Account

NOBODY_FORWARDS_TO = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.UNKNOWN})
"""Kinds of numbers that cost whoever calls them more than a call, or that nobody has."""


def _number(value: Any, info: ValidationInfo) -> str:
    country = info.context.country if isinstance(info.context, Reading) else ""
    if not country and isinstance(info.context, Reading) and not str(value).strip().startswith("+"):
        return str(value)
    return read_number(value, country)


OutsideNumber = Annotated[str, BeforeValidator(_number), WithJsonSchema({"type": ["string", "integer"]})]

CALLER, MAIN = "caller", "main"


def _shows(value: Any, info: ValidationInfo) -> str:
    return value if value in (CALLER, MAIN) else _number(value, info)


Shows = Annotated[str, BeforeValidator(_shows), WithJsonSchema({"type": ["string", "integer"]})]


def number_shown(account: Account, caller: Caller, shows: str) -> str:
    """The number (E.164) that a telephone outside is shown; of a caller who shows none, the account's own."""
    if shows == MAIN:
        return account.numbers.main
    if shows != CALLER:
        return shows
    if caller.person is not None:
        return account.people[caller.person].number or account.numbers.main
    return e164(caller.number, account.country) or account.numbers.main


def may_be_set_by_phone(number: str, account: Account) -> bool:
    """Whether people may let their calls go to a number (E.164): no emergency, no premium rate, none of our own."""
    parsed = phonenumbers.parse(number, None)
    national = national_digits(parsed)
    if any(
        shortnumberinfo.connects_to_emergency_number(dialled, account.country)
        for dialled in (national, str(parsed.national_number))
    ):
        return False
    if not phonenumbers.is_valid_number(parsed) or number in account.numbers_at:
        return False
    kind = phonenumbers.number_type(parsed)
    if phonenumbers.region_code_for_number(parsed) == NO_COUNTRY:
        return bool(kind == PhoneNumberType.TOLL_FREE)
    return kind not in NOBODY_FORWARDS_TO
