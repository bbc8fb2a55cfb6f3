"""Opening hours by name: what is open on which days, by the clock on the wall of the account's time zone.

They are written as a timetable (``mon-fri: 08:30-12:00, 13:00-17:30``) or as a span or a list of spans
(``{days: mon-fri, from: "08:30", to: "17:30"}``). Either becomes a ``Schedule``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from engine.dialplan.days import (
    DAYS,
    DAYS_PATTERN,
    SHORTHANDS,
    Days,
    Weekdays,
    clash,
    read_days,
    read_holidays,
    read_weekdays,
)
from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.model import REFERENCE, Section
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import START, Position, SourceList, SourceMapping

MIDNIGHT = 24 * 60
MAX_SPANS = 50
MAX_LINES = 200
DAYS_KEPT = 1000
"""Days of which a schedule remembers what is open; calls ask for two of them."""

CLOSED, ALL_DAY = "closed", "open"
HOW_HOURS_ARE_WRITTEN = "write 08:30-17:30, or 08:30-12:00, 13:00-17:30, or closed, or open for all day"

_TIME = re.compile(r"(\d{1,2}):(\d{2})")

Opening = tuple[int, int]
"""Minutes from the midnight a day begins with to the first one that is closed again, which may be of the next day."""


@dataclass(frozen=True, slots=True)
class Line:
    """When it is open on some days; never if there are no openings."""

    days: Days
    openings: tuple[Opening, ...]

    @property
    def in_words(self) -> str:
        """As one says it: ``mon–fri 08:00–17:30, not on public holidays``."""
        without = isinstance(self.days, Weekdays) and self.days.but is not None
        return f"{self.days.in_words} {self._times}".rstrip() + (", not on public holidays" if without else "")

    @property
    def _times(self) -> str:
        if not self.openings:
            return CLOSED
        if self.openings == ((0, MIDNIGHT),):
            return "" if isinstance(self.days, Weekdays) else ALL_DAY
        return ", ".join(f"{_clock(begin)}–{_clock(end)}" for begin, end in self.openings)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A block of hours: of the lines that are for a day the most particular ones count."""

    lines: tuple[Line, ...]
    at: Position = field(default=START, compare=False)
    _known: dict[date, tuple[Opening, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def in_words(self) -> tuple[str, ...]:
        return tuple(line.in_words for line in self.lines)

    def openings_on(self, day: date) -> tuple[Opening, ...]:
        """What opens on a day, be it into the next one."""
        known = self._known.get(day)
        if known is None:
            if len(self._known) >= DAYS_KEPT:
                self._known.clear()
            known = self._known[day] = tuple(self._openings_on(day))
        return known

    def _openings_on(self, day: date) -> Iterator[Opening]:
        lines = [line for line in self.lines if line.days.cover(day)]
        highest = max((line.days.rank for line in lines), default=None)
        for line in lines:
            if line.days.rank == highest:
                yield from line.openings

    def is_open(self, now: float, zone: tzinfo) -> bool:
        """Whether it is open at ``now`` (seconds since the epoch), by the clock on the wall in ``zone``.

        An hour that the clocks show twice is open both times, one that they leave out never comes.
        """
        local = datetime.fromtimestamp(now, zone)
        today, minute = local.date(), local.hour * 60 + local.minute
        if any(begin <= minute < end for begin, end in self.openings_on(today)):
            return True
        since_yesterday = minute + MIDNIGHT
        return any(since_yesterday < end for _, end in self.openings_on(today - timedelta(days=1)))


def _clock(minute: int) -> str:
    minute = minute if minute <= MIDNIGHT else minute - MIDNIGHT
    return f"{minute // 60:02}:{minute % 60:02}"


# --- spans ------------------------------------------------------------------------------------------------------------


def _minute(value: Any) -> int:
    """Minutes since midnight of ``HH:MM``, up to 24:00."""
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else None
    if minute is None or minute > MIDNIGHT:
        raise Wrong(f"{shown(value)} is no time of day", 'write "08:30", from "00:00" to "24:00"')
    return minute


def _opening(begin: int, end: int) -> Opening:
    """An end that is not after the beginning means the next day."""
    return begin, end if end > begin else end + MIDNIGHT


_TIME_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-4]):[0-5][0-9]$"})
TimeOfDay = Annotated[int, BeforeValidator(_minute), _TIME_SCHEMA]
DaysOfWeek = Annotated[
    frozenset[int],
    BeforeValidator(read_weekdays),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class Span(Section):
    """Some hours on some days. ``to`` not after ``from`` means the next day: ``22:00`` to ``06:00``."""

    days: DaysOfWeek = Field(
        default=SHORTHANDS["daily"], description="mon-fri, or mon, wed, fri; every day if left out"
    )
    begin: TimeOfDay = Field(default=0, alias="from", description='The first minute that is open, such as "08:00"')
    end: TimeOfDay = Field(
        default=MIDNIGHT, alias="to", description='The first minute that is closed again, such as "17:30"'
    )
    exclude: Literal["holidays"] | None = Field(
        default=None, alias="except", description="holidays: not on public holidays"
    )


def _line(span: Span, reading: Reading) -> Line:
    but = None
    if span.exclude:
        try:
            but = read_holidays(reading)
        except Wrong as wrong:
            reading.error(span.place("except"), wrong.what, "leave out 'except: holidays'")
    return Line(Weekdays(span.days, but), (_opening(span.begin, span.end),))


def _read_spans(spans: Iterable[tuple[Any, Position]], reading: Reading) -> Iterator[Line]:
    for value, at in spans:
        if not isinstance(value, SourceMapping):
            reading.error(at, f"{shown(value)} is no span of hours", "expected {days: mon-fri, from: ..., to: ...}")
        elif span := reading.read(Span, value, at):
            yield _line(span, reading)


# --- timetables -------------------------------------------------------------------------------------------------------


def _read_timetable(block: SourceMapping, reading: Reading) -> Iterator[Line]:
    lines: list[tuple[str, Days]] = []
    for text, value in block.items():
        try:
            days = read_days(text, reading)
        except Wrong as wrong:
            reading.error(block.key_at[text], wrong.what, wrong.suggestion)
            continue
        for other, taken in lines:
            if day := clash(taken, days):
                when = DAYS[day.weekday()] if isinstance(days, Weekdays) else f"{day:%Y-%m-%d}"
                reading.error(
                    block.key_at[text], f"'{other}' and '{text}' are both for {when}", "name it in one of them"
                )
                break
        lines.append((text, days))
        try:
            yield Line(days, _read_openings(value, text))
        except Wrong as wrong:
            reading.error(block.value_at[text], wrong.what, wrong.suggestion)


def _read_openings(value: Any, of: str) -> tuple[Opening, ...]:
    """``closed``, ``open``, ``08:30-12:00, 13:00-17:30``, or a list of spans. Raises Wrong."""
    if value is None:
        raise Wrong(f"nothing is said of '{of}'", HOW_HOURS_ARE_WRITTEN)
    parts = value if isinstance(value, SourceList) else [value]
    if not all(isinstance(part, str) for part in parts):
        raise Wrong(f"{shown(value)} will not do here", HOW_HOURS_ARE_WRITTEN)
    texts = [text.strip().lower() for part in parts for text in part.split(",")]
    if texts == [CLOSED]:
        return ()
    if texts == [ALL_DAY]:
        return ((0, MIDNIGHT),)
    if CLOSED in texts or ALL_DAY in texts:
        raise Wrong(f"'{CLOSED if CLOSED in texts else ALL_DAY}' cannot stand beside other hours", "leave it out")
    openings = sorted(_read_opening(text) for text in texts)
    if len(openings) > MAX_SPANS:
        raise Wrong("these are too many hours for a day", f"expected at most {MAX_SPANS}")
    for (_, end), (begin, _) in pairwise(openings):
        if begin < end:
            raise Wrong(f"{_clock(begin)} is within the hours before it, which end at {_clock(end)}", "join the two")
    return tuple(openings)


def _read_opening(text: str) -> Opening:
    begin, dash, end = re.sub("–| to ", "-", text).partition("-")
    if not dash:
        advice = did_you_mean(text, (CLOSED, ALL_DAY), HOW_HOURS_ARE_WRITTEN)
        raise Wrong(f"{shown(text)} are no hours", advice)
    return _opening(_minute(begin), _minute(end))


# --- either -----------------------------------------------------------------------------------------------------------


def _read_schedule(value: Any, info: ValidationInfo) -> Schedule:
    if isinstance(value, Schedule):
        return value
    reading = info.context
    if not isinstance(reading, Reading):
        raise Wrong("hours are read from a file")
    if isinstance(value, SourceList):
        if not 1 <= len(value) <= MAX_SPANS:
            raise Wrong("this list of hours is empty or too long", f"expected 1 to {MAX_SPANS}")
        return Schedule(tuple(_read_spans(zip(value, value.item_at, strict=True), reading)), _first(value))
    if not isinstance(value, SourceMapping):
        raise Wrong(f"{shown(value)} will not do here", "expected days with their hours, such as mon-fri: 08:30-17:30")
    if len(value) > MAX_LINES:
        raise Wrong("this timetable is too long", f"expected at most {MAX_LINES} lines")
    if not value or any(name in value for name in Span.yaml_names()):
        return Schedule(tuple(_read_spans([(value, value.at)], reading)), value.at)
    return Schedule(tuple(_read_timetable(value, reading)), value.at)


def _first(items: SourceList) -> Position:
    first = items[0]
    return first.at if isinstance(first, SourceMapping) else items.at


class _Hours:
    """Makes ``Hours`` a field type that is read by ``_read_schedule``."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(_read_schedule)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        span: dict[str, Any] = {REFERENCE: "Span"}
        text = {"type": "string", "pattern": f"^ *({CLOSED}|{ALL_DAY}|[0-9]{{1,2}}:[0-9]{{2}}.*)$"}
        hours = {"anyOf": [text, {"type": "array", "items": text, "minItems": 1, "maxItems": MAX_SPANS}]}
        timetable = {
            "type": "object",
            "description": "Days with their hours: mon-fri: 08:30-17:30, holidays: closed, 12-24: 08:30-12:00",
            "propertyNames": {"pattern": DAYS_PATTERN},
            "additionalProperties": hours,
            "minProperties": 1,
        }
        return {"anyOf": [span, {"type": "array", "items": span, "minItems": 1, "maxItems": MAX_SPANS}, timetable]}


Hours = Annotated[Schedule, _Hours()]
