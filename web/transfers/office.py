"""What a transfer has to know of an account: read from its dialplan each time, as that is the only place it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.dialplan.findings import Wrong
from engine.dialplan.values import read_number
from web.editing.plan import read_data

OFFICES_KEPT: Final = 32
"""Dialplans that are not read anew while nobody changes them: 500 people take a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the account; ``number`` is their own (E.164), "" if they have none."""

    name: str
    title: str
    email: str
    number: str
    extension: str


@dataclass(frozen=True, slots=True)
class Office:
    """An account as its dialplan describes it; numbers are E.164."""

    key: str
    name: str
    country: str
    language: str
    timezone: str
    region: str | None
    main: str
    others: tuple[str, ...]
    people: Mapping[str, Colleague]

    def today(self, now: float) -> date:
        """The day it is there, at ``now`` (seconds since the epoch)."""
        return datetime.fromtimestamp(now, ZoneInfo(self.timezone)).date()

    @property
    def numbers(self) -> frozenset[str]:
        """Every number it has."""
        own = {colleague.number for colleague in self.people.values()}
        return frozenset({self.main, *self.others, *own} - {""})


def office_of(key: str, data: Mapping[str, Any]) -> Office:
    """The account in a dialplan's values; what is missing or wrong there is left out."""
    info, numbers, people = (_mapping(data.get(name)) for name in ("account", "numbers", "people"))
    country = str(info.get("country") or "").upper()
    others = numbers.get("others")
    return Office(
        key=key,
        name=str(info.get("name") or key),
        country=country,
        language=str(info.get("language") or "en"),
        timezone=_zone(str(info.get("timezone") or "UTC")),
        region=str(info["region"]) if info.get("region") else None,
        main=e164(numbers.get("main"), country),
        others=tuple(e164(each, country) for each in (others if isinstance(others, Iterable) else ())),
        people={name: _colleague(name, _mapping(entry), country) for name, entry in people.items()},
    )


@lru_cache(maxsize=OFFICES_KEPT)
def office_in(key: str, text: str) -> Office:
    """The account that a dialplan's text describes. Raises Mistakes where it is no dialplan."""
    return office_of(key, read_data(text))


def e164(written: object, country: str) -> str:
    """A number as the dialplan has it, as E.164; "" if it is none."""
    try:
        return read_number(written, country) if written else ""
    except Wrong:
        return ""


def _colleague(name: str, entry: Mapping[str, Any], country: str) -> Colleague:
    title, email, extension = (str(entry.get(fact) or "") for fact in ("name", "email", "extension"))
    return Colleague(name, title or name, email, e164(entry.get("number"), country), extension)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
