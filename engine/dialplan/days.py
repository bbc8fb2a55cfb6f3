"""Which days a line of opening hours is for: weekdays, public holidays, dates, ranges of dates.

The more particular line counts (``Rank``), so that a date overrides weekdays whatever the order in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Any

from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.public_holidays import is_holiday, knows_holidays
from engine.dialplan.reading import Reading, shown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTHANDS = {
    "every day": frozenset(range(7)),
    "daily": frozenset(range(7)),
    "weekdays": frozenset(range(5)),
    "weekend": frozenset({5, 6}),
}
HOLIDAYS = "holidays"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2000, 2199
LEAP_YEAR = 2024
CALENDARS = range(LEAP_YEAR, LEAP_YEAR + 28)
"""Years in which every date falls on every weekday."""

HOW_DATES_ARE_WRITTEN = "write 12-24 or 24 dec for every year, 2026-12-24 for one"

DAYS_PATTERN = "^ *([0-9]|{})".format(
    "|".join(f"[{word[0].upper()}{word[0]}]{word[1:]}" for word in (*DAYS, *MONTHS, *SHORTHANDS, HOLIDAYS))
)
"""How the days of a timetable may begin: for JSON Schema."""

_NUMERIC = re.compile(r"(?:(\d{4})-)?(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.? ([a-z]{3,9})(?:,? (\d{4}))?")
_MONTH_FIRST = re.compile(r"([a-z]{3,9}) (\d{1,2})(?:,? (\d{4}))?")
_RANGE = re.compile(r"(.+?)(?: to | until | – | - )(.+)")
_NEXT_TO = re.compile(r"([a-z]+) (before|after) (.+)")


class Rank(IntEnum):
    """How particular a line is. Of the lines that are for a day those of the highest rank count."""

    WEEKDAYS = 0
    HOLIDAYS = 1
    YEARLY_RANGE = 2
    RANGE = 3
    WEEKDAY_NEXT_TO = 4
    YEARLY_DATE = 5
    DATE = 6


@dataclass(frozen=True, slots=True)
class Holidays:
    """The public holidays of a country, or of a region of it."""

    country: str
    region: str | None = None
    rank = Rank.HOLIDAYS

    def cover(self, day: date) -> bool:
        return is_holiday(self.country, day, self.region)

    def samples(self) -> Iterable[date]:
        return ()

    @property
    def in_words(self) -> str:
        return "public holidays"


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Days of the week, Monday 0, perhaps without public holidays."""

    days: frozenset[int]
    but: Holidays | None = None
    rank = Rank.WEEKDAYS

    def cover(self, day: date) -> bool:
        return day.weekday() in self.days and not (self.but is not None and self.but.cover(day))

    def samples(self) -> Iterable[date]:
        monday = date(LEAP_YEAR, 1, 1)
        return [monday + timedelta(days=number) for number in sorted(self.days)]

    @property
    def in_words(self) -> str:
        """Those in a row as a range: ``mon–wed, fri``."""
        if len(self.days) == len(DAYS):
            return "every day"
        rows: list[list[int]] = []
        for day in sorted(self.days):
            if rows and rows[-1][-1] == day - 1:
                rows[-1].append(day)
            else:
                rows.append([day])
        return ", ".join(DAYS[row[0]] if len(row) == 1 else f"{DAYS[row[0]]}–{DAYS[row[-1]]}" for row in rows)


@dataclass(frozen=True, slots=True)
class Dates:
    """From one date of a certain year to another, both included."""

    begin: date
    end: date

    @property
    def rank(self) -> Rank:
        return Rank.DATE if self.begin == self.end else Rank.RANGE

    def cover(self, day: date) -> bool:
        return self.begin <= day <= self.end

    def samples(self) -> Iterable[date]:
        return (self.begin,)

    @property
    def in_words(self) -> str:
        first, last = (f"{day.day} {MONTHS[day.month - 1].title()} {day.year}" for day in (self.begin, self.end))
        return first if first == last else f"{first} – {last}"


MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True)
class YearlyDates:
    """From one day of the year to another, both included, perhaps over New Year: month and day of each."""

    begin: MonthDay
    end: MonthDay

    @property
    def rank(self) -> Rank:
        return Rank.YEARLY_DATE if self.begin == self.end else Rank.YEARLY_RANGE

    def cover(self, day: date) -> bool:
        here = (day.month, day.day)
        if self.begin <= self.end:
            return self.begin <= here <= self.end
        return here >= self.begin or here <= self.end

    def samples(self) -> Iterable[date]:
        return (date(LEAP_YEAR, *self.begin),)

    @property
    def in_words(self) -> str:
        first, last = (f"{day} {MONTHS[month - 1].title()}" for month, day in (self.begin, self.end))
        return first if first == last else f"{first} – {last}"


@dataclass(frozen=True, slots=True)
class NextTo:
    """The last such weekday before a day of the year, or the first after it: ``sun before 12-25``."""

    weekday: int
    before: bool
    of: MonthDay
    rank = Rank.WEEKDAY_NEXT_TO

    def cover(self, day: date) -> bool:
        if day.weekday() != self.weekday:
            return False
        away = 1 if self.before else -1
        return any(self.of == (near.month, near.day) for near in (day + timedelta(away * n) for n in range(1, 8)))

    def samples(self) -> Iterable[date]:
        for year in CALENDARS:
            if there := _date(year, *self.of):
                week = (there + timedelta(-n if self.before else n) for n in range(1, 8))
                yield next(day for day in week if day.weekday() == self.weekday)

    @property
    def in_words(self) -> str:
        month, day = self.of
        return f"{DAYS[self.weekday]} {'before' if self.before else 'after'} {day} {MONTHS[month - 1].title()}"


Days = Weekdays | Holidays | Dates | YearlyDates | NextTo


def clash(one: Days, other: Days) -> date | None:
    """A day that both are for though neither is more particular than the other; None if there is none."""
    if one.rank != other.rank:
        return None
    for day in one.samples():
        if other.cover(day):
            return day
    return next((day for day in other.samples() if one.cover(day)), None)


# --- reading them -----------------------------------------------------------------------------------------------------


def read_weekdays(value: Any) -> frozenset[int]:
    """Weekdays, Monday 0: ``mon-fri``, ``mon, wed, fri``, ``sat-sun``, ``every day``, or a list. Raises Wrong."""
    parts = value if isinstance(value, list) else [value]
    days: set[int] = set()
    for part in parts:
        if not isinstance(part, str):
            raise Wrong(f"{shown(part)} is no weekday", "write mon-fri, or mon, wed, fri")
        for token in part.lower().split(","):
            days |= _weekday_range(token.strip())
    return frozenset(days)


def _weekday_range(token: str) -> frozenset[int]:
    if token in SHORTHANDS:
        return SHORTHANDS[token]
    first, dash, last = (side.strip() for side in re.sub(" to |–", "-", token).partition("-"))
    begin = _weekday(first)
    end = _weekday(last) if dash else begin
    return frozenset((begin + offset) % 7 for offset in range((end - begin) % 7 + 1))


def _weekday(word: str) -> int:
    for names in (DAYS, DAY_NAMES):
        if word in names:
            return names.index(word)
    known = [*DAYS, *DAY_NAMES, *SHORTHANDS]
    raise Wrong(f"{shown(word)} is no weekday", did_you_mean(word, known, f"known are {', '.join(DAYS)}"))


def read_days(text: str, reading: Reading) -> Days:
    """The days that stand before a colon in a timetable. Raises Wrong."""
    written = " ".join(text.lower().split())
    if written == HOLIDAYS:
        return read_holidays(reading)
    next_to = _NEXT_TO.fullmatch(written)
    if next_to:
        year, anchor = _written_date(next_to[3])
        if year is not None:
            raise Wrong(f"{shown(text)} cannot be in one year only", "leave out the year, or write the date itself")
        return NextTo(_weekday(next_to[1]), next_to[2] == "before", anchor)
    span = _RANGE.fullmatch(written)
    if span and any(character.isdigit() for character in written):
        return _range(_written_date(span[1]), _written_date(span[2]), text)
    if any(character.isdigit() for character in written):
        year, found = _written_date(written)
        return YearlyDates(found, found) if year is None else Dates(date(year, *found), date(year, *found))
    try:
        return Weekdays(read_weekdays(written))
    except Wrong as wrong:
        known = [*DAYS, *DAY_NAMES, *SHORTHANDS, HOLIDAYS]
        unknown = next((word.strip() for word in re.split("[-,–]", written) if word.strip() not in known), written)
        otherwise = "expected weekdays such as mon-fri, holidays, or dates such as 12-24"
        raise Wrong(f"{shown(text)} is no day", reading.guess(unknown, known, otherwise)) from wrong


def read_holidays(reading: Reading) -> Holidays:
    """The public holidays of the account's country and region. Raises Wrong if nobody knows them."""
    if reading.country and not knows_holidays(reading.country):
        raise Wrong(f"the public holidays of {reading.country} are not known", "write their dates instead")
    return Holidays(reading.country, reading.region)


def _range(first: tuple[int | None, MonthDay], last: tuple[int | None, MonthDay], text: str) -> Days:
    if first[0] is None and last[0] is None:
        if first[1] == last[1]:
            raise Wrong(f"{shown(text)} begins and ends on the same day", "write the date alone")
        return YearlyDates(first[1], last[1])
    if first[0] is None or last[0] is None:
        raise Wrong(f"only one date of {shown(text)} has a year", "write the year in both, or in none for every year")
    begin, end = date(first[0], *first[1]), date(last[0], *last[1])
    if end <= begin:
        raise Wrong(f"{shown(text)} ends before it has begun", "the earlier date comes first")
    return Dates(begin, end)


def _written_date(text: str) -> tuple[int | None, MonthDay]:
    """The year, if there is one, and month and day. Raises Wrong."""
    if match := _NUMERIC.fullmatch(text):
        year, month, day = match[1], int(match[2]), int(match[3])
        if month > len(MONTHS) >= day:
            other = f"{f'{year}-' if year else ''}{day:02}-{month:02}"
            raise Wrong(f"{shown(text)} is no date", f"the month comes first: {other}")
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = int(match[1]), _month(match[2]), match[3]
    elif match := _MONTH_FIRST.fullmatch(text):
        month, day, year = _month(match[1]), int(match[2]), match[3]
    else:
        raise Wrong(f"{shown(text)} is no date", HOW_DATES_ARE_WRITTEN)
    if year is not None and not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise Wrong(f"{shown(text)} is in no year of this system", f"expected {FIRST_YEAR} to {LAST_YEAR}")
    if _date(int(year) if year else LEAP_YEAR, month, day) is None:
        raise Wrong(f"there is no day {shown(text)}", HOW_DATES_ARE_WRITTEN)
    return int(year) if year else None, (month, day)


def _month(word: str) -> int:
    for names in (MONTHS, MONTH_NAMES):
        if word in names:
            return names.index(word) + 1
    raise Wrong(f"{shown(word)} is no month", did_you_mean(word, MONTH_NAMES, f"known are {', '.join(MONTHS)}"))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
