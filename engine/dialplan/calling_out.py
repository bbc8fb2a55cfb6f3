"""Which telephones outside people may call from their phones, for how long, and which number they show there."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from engine.dialplan.findings import Wrong
from engine.dialplan.model import Section
from engine.dialplan.number_kinds import is_emergency, kind_of
from engine.dialplan.outside import MAIN
from engine.dialplan.reading import Reading, shown, text_of
from engine.dialplan.source import SourceList
from engine.dialplan.values import Email, read_number
from engine.office.outside import Bill, Bounds

if TYPE_CHECKING:
    from engine.dialplan.account import Account, Person

Permission = Literal["none", "national", "international", "premium"]
PERMISSIONS: Final[tuple[Permission, ...]] = ("none", "national", "international", "premium")
"""What may be called, each with what those before it may."""
OWN, ANONYMOUS = "own", "anonymous"
MAX_BEGINNINGS = 1000
MAX_EMERGENCY = 20
MAX_MINUTES = 1_000_000
MAX_CALLS = 10_000

Why = Literal["", "permission", "blocked", "no_number"]

_BEGINNING = re.compile(r"\+?[0-9]{1,15}")
_SHORT = re.compile(r"[0-9]{2,6}")


def _listed(value: Any) -> Any:
    return value if isinstance(value, SourceList) else [value]


def _beginning(value: Any) -> str:
    text = "".join(text_of(value, "beginning of numbers").split())
    if not _BEGINNING.fullmatch(text):
        raise Wrong(f"{shown(value)} is no beginning of numbers", 'expected one such as "+49", or a short number')
    return text


def _short(value: Any) -> str:
    text = text_of(value, "emergency number")
    if not _SHORT.fullmatch(text):
        raise Wrong(f"{shown(value)} is no emergency number", 'expected 2 to 6 digits, such as "112"')
    return text


def _shows(value: Any, info: ValidationInfo) -> str:
    if value in (OWN, MAIN, ANONYMOUS):
        return str(value)
    country = info.context.country if isinstance(info.context, Reading) else ""
    return read_number(value, country)


_DIGITS = WithJsonSchema({"type": ["string", "integer"]})
Beginning = Annotated[str, BeforeValidator(_beginning), _DIGITS]
ShortNumber = Annotated[str, BeforeValidator(_short), _DIGITS]
ShowsOutside = Annotated[str, BeforeValidator(_shows), _DIGITS]
_ONE_OR_MORE = WithJsonSchema(
    {"anyOf": [{"type": ["string", "integer"]}, {"type": "array", "items": {"type": ["string", "integer"]}}]}
)
Beginnings = Annotated[tuple[Beginning, ...], Field(max_length=MAX_BEGINNINGS), BeforeValidator(_listed), _ONE_OR_MORE]
ShortNumbers = Annotated[
    tuple[ShortNumber, ...], Field(max_length=MAX_EMERGENCY), BeforeValidator(_listed), _ONE_OR_MORE
]


class OutsideRules(Section):
    """What holds for all people of the account who call telephones outside.

    ```yaml
    outside: {calls: national, show: own, at_once: 4, minutes_a_day: 600, block: ["+49 137"]}
    ```
    """

    calls: Permission = Field(
        default="none", description="What people may call who have no `calls` of their own: none, national ..."
    )
    show: ShowsOutside = Field(
        default=OWN, description="The number shown there: own, main, anonymous, or a number of the account"
    )
    block: Beginnings = Field(default=(), description="What numbers begin with that nobody may call")
    allow: Beginnings = Field(default=(), description="What numbers begin with that all may call who may call any")
    at_once: int | None = Field(default=None, ge=1, le=MAX_CALLS, strict=True, description="Calls at a time, of all")
    minutes_a_day: int | None = Field(
        default=None, ge=1, le=MAX_MINUTES, strict=True, description="Minutes a day, of all together"
    )
    warn_after: int | None = Field(
        default=None, ge=1, le=MAX_MINUTES, strict=True, description="Minutes a day after which a warning is sent"
    )
    alert: Email | None = Field(
        default=None, description="Who gets that warning by e-mail, and word of every emergency call"
    )
    emergency: ShortNumbers = Field(default=(), description="Emergency numbers beside those of the country")


def emergency_number(account: Account, dialled: str) -> str | None:
    """The emergency number somebody of the account has dialled, if it is one."""
    number = dialled.removesuffix("#")
    if number in account.outside.emergency or is_emergency(number, account.country):
        return number
    return None


def permission_of(account: Account, person: str) -> Permission:
    """What a person may call."""
    return account.people[person].calls or account.outside.calls


def refusal(account: Account, person: str, number: str) -> Why:
    """Why a person may not call a number (E.164, or a short one); empty if they may."""
    rules, permission = account.outside, permission_of(account, person)
    if number.startswith(rules.block):
        return "blocked"
    if permission != "none" and number.startswith(rules.allow):
        return ""
    kind = kind_of(number, account.country)
    if kind == "nobody":
        return "" if permission == "premium" else "no_number" if permission != "none" else "permission"
    return "" if PERMISSIONS.index(kind) <= PERMISSIONS.index(permission) else "permission"


def may_send_calls(account: Account, person: str, number: str) -> bool:
    """Whether a person who may send their calls to the outside may send them to a number (E.164).

    Where the account says what may be called, nobody gets further by a forward than by dialling, or within the country.
    """
    if account.outside_rules is None:
        return True
    return refusal(account, person, number) == "" or (
        kind_of(number, account.country) == "national" and not number.startswith(account.outside.block)
    )


def bill_of(account: Account, person: str, now: float, *, emergency: bool = False) -> Bill:
    """Whose call to the outside it is that begins at ``now`` (seconds since the epoch); nobody's without ``person``."""
    rules = account.outside
    entry = account.people.get(person)
    return Bill(
        account=account.key,
        person=person,
        day=datetime.fromtimestamp(now, account.info.timezone).date().isoformat(),
        of_person=Bounds(entry.calls_at_once, _seconds(entry.minutes_a_day)) if entry is not None else Bounds(),
        of_account=Bounds(rules.at_once, _seconds(rules.minutes_a_day)),
        warns_at=_seconds(rules.warn_after),
        emergency=emergency,
    )


def _seconds(minutes: int | None) -> float | None:
    return None if minutes is None else minutes * 60.0


def number_of(account: Account, person: str) -> tuple[str, bool]:
    """The number (E.164) that a person's calls show outside, and whether it is hidden from whoever is called."""
    entry = account.people[person]
    shows = entry.show or account.outside.show
    if shows == MAIN:
        return account.numbers.main, False
    return (own_number(account, entry), shows == ANONYMOUS) if shows in (OWN, ANONYMOUS) else (shows, False)


def own_number(account: Account, entry: Person) -> str:
    """Where a person can be called back: their own number, or the account's."""
    return entry.number or account.numbers.main
