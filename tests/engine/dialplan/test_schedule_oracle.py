"""Timetables against a naive oracle: two years of minutes in three time zones whose clocks are changed differently.

The oracle knows neither time zones nor which line counts. It paints a calendar day by day, the more particular lines
over the others, and turns minutes of UTC into those on the wall by a table of clock changes written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import holidays
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.dialplan.account import Account

Load = Callable[..., Account]
Bits = NDArray[np.bool_]

YEARS = (2026, 2027)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
MINUTES = int((END - BEGIN).total_seconds()) // 60
FIRST_DAY, LAST_DAY = date(2025, 12, 30), date(2028, 1, 2)
DAY = 24 * 60


@dataclass(frozen=True)
class Place:
    """``changes``: when (UTC) the clocks are set to so many minutes before UTC's; the first holds from the start."""

    zone: str
    country: str
    region: str | None
    number: str
    changes: Sequence[tuple[str, int]]


PLACES = [
    Place("Europe/Amsterdam", "NL", None, "+31 20 123 4567", [
        ("2026-01-01 00:00", 60), ("2026-03-29 01:00", 120), ("2026-10-25 01:00", 60),
        ("2027-03-28 01:00", 120), ("2027-10-31 01:00", 60),
    ]),
    Place("America/New_York", "US", "NY", "+1 212 555 0100", [
        ("2026-01-01 00:00", -300), ("2026-03-08 07:00", -240), ("2026-11-01 06:00", -300),
        ("2027-03-14 07:00", -240), ("2027-11-07 06:00", -300),
    ]),
    Place("Australia/Lord_Howe", "AU", "NSW", "+61 2 9876 5432", [
        ("2026-01-01 00:00", 660), ("2026-04-04 15:00", 630), ("2026-10-03 15:30", 660),
        ("2027-04-03 15:00", 630), ("2027-10-02 15:30", 660),
    ]),
]  # fmt: skip


def changes_of(place: Place) -> list[tuple[int, int]]:
    """The minute of each change since BEGIN, and the minutes before UTC from then on."""
    moments = [(datetime.fromisoformat(at).replace(tzinfo=UTC), ahead) for at, ahead in place.changes]
    return [(int((at - BEGIN).total_seconds()) // 60, ahead) for at, ahead in moments]


def on_the_wall(place: Place) -> NDArray[np.int64]:
    """For each minute since BEGIN the one on the wall, counted from the midnight FIRST_DAY begins with."""
    minutes = np.arange(MINUTES, dtype=np.int64)
    ahead = np.zeros(MINUTES, dtype=np.int64)
    for minute, minutes_ahead in changes_of(place):
        ahead[minute:] = minutes_ahead
    return minutes + ahead + (BEGIN.date() - FIRST_DAY).days * DAY


# --- the oracle -------------------------------------------------------------------------------------------------------


def calendar() -> Iterator[date]:
    day = FIRST_DAY
    while day <= LAST_DAY:
        yield day
        day += timedelta(days=1)


def sundays_before_christmas() -> list[date]:
    return [date(2025, 12, 21), date(2026, 12, 20), date(2027, 12, 19)]


def days_between(first: date, last: date) -> list[date]:
    return [day for day in calendar() if first <= day <= last]


def layers(place: Place) -> dict[str, list[date]]:
    """The days of each line that is used here, those first over which the others are painted."""
    free = holidays.country_holidays(place.country, subdiv=place.region, years=[2025, 2026, 2027, 2028])
    named = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    by_name = {name: [day for day in calendar() if day.strftime("%A").lower() == name] for name in named}
    return {
        "mon-wed": by_name["monday"] + by_name["tuesday"] + by_name["wednesday"],
        "thu, fri": by_name["thursday"] + by_name["friday"],
        "saturday": by_name["saturday"],
        "sun": by_name["sunday"],
        "holidays": [day for day in calendar() if day in free],
        "12-30 to 01-02": [day for day in calendar() if (day.month, day.day) in ((12, 30), (12, 31), (1, 1), (1, 2))],
        "20 jul to 10 aug": [day for year in YEARS for day in days_between(date(year, 7, 20), date(year, 8, 10))],
        "03-27 to 04-07": [day for year in YEARS for day in days_between(date(year, 3, 27), date(year, 4, 7))],
        "2026-10-20 to 2026-11-02": days_between(date(2026, 10, 20), date(2026, 11, 2)),
        "2027-07-25 to 2027-08-20": days_between(date(2027, 7, 25), date(2027, 8, 20)),
        "sun before 12-25": sundays_before_christmas(),
        "12-24": [date(2026, 12, 24), date(2027, 12, 24)],
        "dec 25": [date(2026, 12, 25), date(2027, 12, 25)],
        "02-29": [],
        "2026-03-29": [date(2026, 3, 29)],
        "8 march 2026": [date(2026, 3, 8)],
        "2026-04-05": [date(2026, 4, 5)],
        "2026-12-20": [date(2026, 12, 20)],
        "2027-10-31": [date(2027, 10, 31)],
        "2027-12-31": [date(2027, 12, 31)],
    }


Times = Sequence[tuple[int, int]]


def painted(timetable: Mapping[str, Times], place: Place) -> Bits:
    """Whether it is open in each minute of the calendar; what opens before midnight and goes on is of that day."""
    times_of: dict[date, Times] = {}
    for line, days in layers(place).items():
        if line in timetable:
            times_of.update(dict.fromkeys(days, timetable[line]))
    wall = np.zeros(((LAST_DAY - FIRST_DAY).days + 3) * DAY, dtype=np.bool_)
    for number, day in enumerate(calendar()):
        for begin, end in times_of.get(day, ()):
            minute = begin
            while True:
                wall[number * DAY + minute] = True
                minute += 1
                if minute % DAY == end % DAY:
                    break
    return wall


# --- what is compared with it -----------------------------------------------------------------------------------------


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def written(timetable: Mapping[str, Times]) -> str:
    lines = {line: ", ".join(f"{clock(a)}-{clock(b)}" for a, b in times) for line, times in timetable.items()}
    return "\n".join(f'    "{line}": "{hours or "closed"}"' for line, hours in lines.items())


def account_at(place: Place, timetable: Mapping[str, Times], load: Load) -> Account:
    region = f", region: {place.region}" if place.region else ""
    return load(f"""
account: {{name: A, country: {place.country}{region}, timezone: {place.zone}}}
numbers: {{main: "{place.number}"}}
main_number: hang_up
hours:
  open:
{written(timetable)}
""")


def asked(account: Account, minutes: Sequence[int] | range) -> Bits:
    begin, is_open = BEGIN.timestamp(), account.is_open
    return np.fromiter((is_open("open", begin + 60 * minute) for minute in minutes), dtype=np.bool_)


def assert_alike(found: Bits, expected: Bits, minutes: Sequence[int] | range) -> None:
    wrong = np.flatnonzero(found != expected)
    first = str(BEGIN + timedelta(minutes=int(minutes[wrong[0]]))) if len(wrong) else ""
    assert not len(wrong), f"{len(wrong)} minutes differ, the first one at {first}"


RICH: dict[str, Times] = {
    "mon-wed": [(510, 720), (780, 1050)],
    "thu, fri": [(480, 719), (720, 1080), (1320, 360)],
    "saturday": [(1380, 180)],
    "sun": [(90, 150), (165, 1440)],
    "holidays": [(130, 140), (600, 660)],
    "12-30 to 01-02": [],
    "20 jul to 10 aug": [(540, 780)],
    "2027-07-25 to 2027-08-20": [(0, 1)],
    "2026-10-20 to 2026-11-02": [(60, 125), (1439, 1440)],
    "sun before 12-25": [(720, 1020)],
    "12-24": [(510, 720)],
    "dec 25": [(0, 1440)],
    "02-29": [(0, 1440)],
    "2026-04-05": [(0, 115), (119, 121), (1200, 119)],
    "2026-12-20": [(1080, 1140)],
}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.zone)
def test_every_minute_of_two_years(place: Place, load: Load) -> None:
    expected = painted(RICH, place)[on_the_wall(place)]
    assert 0.2 < expected.mean() < 0.8
    assert_alike(asked(account_at(place, RICH, load), range(MINUTES)), expected, range(MINUTES))


@st.composite
def timetables(draw: st.DrawFn) -> dict[str, Times]:
    """Any of the lines, in any order, each with up to three spans that do not meet."""
    lines = draw(st.lists(st.sampled_from(list(layers(PLACES[0]))), unique=True, min_size=1))
    timetable = {}
    for line in lines:
        edges = sorted(draw(st.sets(st.integers(0, 96).map(lambda quarter: quarter * 15), max_size=6)))
        times = list(zip(edges[0::2], edges[1::2], strict=False))
        if times and draw(st.booleans()):
            begin, _ = times[-1]
            times[-1] = (min(begin, DAY - 15), draw(st.integers(0, 24).map(lambda quarter: quarter * 15)))
        timetable[line] = times
    return timetable


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(timetables(), st.sampled_from(PLACES), st.lists(st.integers(0, MINUTES - 1), min_size=200, max_size=400))
def test_any_timetable_at_any_minute_and_all_around_the_changes(
    load: Load, timetable: dict[str, Times], place: Place, minutes: list[int]
) -> None:
    for change, _ in changes_of(place)[1:]:
        minutes += range(change - 150, change + 150, 5)
    expected = painted(timetable, place)[on_the_wall(place)][minutes]
    assert_alike(asked(account_at(place, timetable, load), minutes), expected, minutes)
