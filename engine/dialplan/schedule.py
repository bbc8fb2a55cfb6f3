"""Blocks of hours: weekdays and times in the account's time zone, without the public holidays of its country."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated, Any, Literal

import holidays
from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.model import REFERENCE, Section
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTHANDS = {
    "every day": frozenset(range(7)),
    "daily": frozenset(range(7)),
    "weekdays": frozenset(range(5)),
    "weekend": frozenset({5, 6}),
}
MIDNIGHT = 24 * 60
MAX_SPANS = 50

_TIME = re.compile(r"(\d{1,2}):(\d{2})")


def _days(value: Any) -> frozenset[int]:
    """Weekdays, Monday 0: ``mon-fri``, ``mon, wed, fri``, ``sat-sun``, ``every day``, or a list of such."""
    parts = value if isinstance(value, list) else [value]
    days: set[int] = set()
    for part in parts:
        if not isinstance(part, str):
            raise Wrong(f"{shown(part)} is no weekday", "write mon-fri, or mon, wed, fri")
        for token in part.lower().split(","):
            days |= _day_range(token.strip())
    return frozenset(days)


def _day_range(token: str) -> frozenset[int]:
    if token in SHORTHANDS:
        return SHORTHANDS[token]
    first, dash, last = (side.strip() for side in token.partition("-"))
    begin = _day(first)
    end = _day(last) if dash else begin
    return frozenset((begin + offset) % 7 for offset in range((end - begin) % 7 + 1))


def _day(word: str) -> int:
    for names in (DAYS, DAY_NAMES):
        if word in names:
            return names.index(word)
    known = [*DAYS, *DAY_NAMES, *SHORTHANDS]
    raise Wrong(f"{shown(word)} is no weekday", did_you_mean(word, known, f"known are {', '.join(DAYS)}"))


def _minute(value: Any) -> int:
    """Minutes since midnight of ``HH:MM``, up to 24:00."""
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else None
    if minute is None or minute > MIDNIGHT:
        raise Wrong(f"{shown(value)} is no time of day", 'write "08:30", from "00:00" to "24:00"')
    return minute


_TIME_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-4]):[0-5][0-9]$"})
TimeOfDay = Annotated[int, BeforeValidator(_minute), _TIME_SCHEMA]
Days = Annotated[
    frozenset[int],
    BeforeValidator(_days),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class Span(Section):
    """Some hours on some days. ``to`` not after ``from`` means the next day: ``22:00`` to ``06:00``."""

    days: Days = Field(default=SHORTHANDS["daily"], description="mon-fri, or mon, wed, fri; every day if left out")
    begin: TimeOfDay = Field(default=0, alias="from", description='The first minute that is open, such as "08:00"')
    end: TimeOfDay = Field(
        default=MIDNIGHT, alias="to", description='The first minute that is closed again, such as "17:30"'
    )
    exclude: Literal["holidays"] | None = Field(
        default=None, alias="except", description="holidays: not on public holidays"
    )

    @model_validator(mode="after")
    def _has_holidays(self, info: ValidationInfo) -> Span:
        country = info.context.country if isinstance(info.context, Reading) else ""
        if self.exclude and country and not _knows_holidays(country):
            raise Wrong(f"the public holidays of {country} are not known", "leave out 'except: holidays'")
        return self

    @property
    def in_words(self) -> str:
        """The span as one says it: ``mon-fri 08:00-17:30, not on public holidays``."""
        text = _days_in_words(self.days)
        if (self.begin, self.end) != (0, MIDNIGHT):
            text += f" {_clock(self.begin)}–{_clock(self.end)}"
        return f"{text}, not on public holidays" if self.exclude else text

    def covers(self, day: date, minute: int, country: str) -> bool:
        """Whether ``minute``, counted from the midnight ``day`` begins with, is in the span that begins that day."""
        end = self.end if self.end > self.begin else self.end + MIDNIGHT
        if not self.begin <= minute < end or day.weekday() not in self.days:
            return False
        return not (self.exclude and is_holiday(country, day))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days_in_words(days: frozenset[int]) -> str:
    """Weekdays, those in a row as a range: ``mon-wed, fri``."""
    if len(days) == len(DAYS):
        return "every day"
    rows: list[list[int]] = []
    for day in sorted(days):
        if rows and rows[-1][-1] == day - 1:
            rows[-1].append(day)
        else:
            rows.append([day])
    return ", ".join(DAYS[row[0]] if len(row) == 1 else f"{DAYS[row[0]]}–{DAYS[row[-1]]}" for row in rows)


def _as_list(value: Any) -> Any:
    if isinstance(value, SourceList):
        if not 1 <= len(value) <= MAX_SPANS:
            raise Wrong("this list of hours is empty or too long", f"expected 1 to {MAX_SPANS}")
        return value
    return (value,)


Spans = Annotated[
    tuple[Span, ...],
    BeforeValidator(_as_list),
    WithJsonSchema({"anyOf": [{REFERENCE: "Span"}, {"type": "array", "items": {REFERENCE: "Span"}, "minItems": 1}]}),
]


def is_open(spans: Iterable[Span], now: float, zone: tzinfo, country: str) -> bool:
    """Whether ``now`` (seconds since the epoch) lies in one of ``spans``, by the clock on the wall in ``zone``."""
    local = datetime.fromtimestamp(now, zone)
    today, minute = local.date(), local.hour * 60 + local.minute
    yesterday = today - timedelta(days=1)
    return any(
        span.covers(today, minute, country) or span.covers(yesterday, minute + MIDNIGHT, country) for span in spans
    )


@lru_cache(maxsize=64)
def _holidays_of(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year).keys())


def is_holiday(country: str, day: date) -> bool:
    """Whether ``day`` is a public holiday of the country (ISO 3166 code)."""
    return day in _holidays_of(country, day.year)


@lru_cache(maxsize=64)
def _knows_holidays(country: str) -> bool:
    return country in holidays.list_supported_countries()
