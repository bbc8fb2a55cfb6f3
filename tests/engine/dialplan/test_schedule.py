"""Hours by the clock on the wall: against a naive oracle, across daylight saving, over midnight, on holidays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dialplan.account import Account
from engine.dialplan.schedule import DAYS, Span, is_holiday, is_open

ZONES = [ZoneInfo("Europe/Amsterdam"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
COUNTRY_OF = dict(zip(ZONES, ("NL", "US", "AU"), strict=True))
AMSTERDAM = ZONES[0]


def span(**fields: object) -> Span:
    return Span(**fields)  # type: ignore[arg-type]


def open_at(spans: list[Span], local: str, zone: ZoneInfo = AMSTERDAM) -> bool:
    moment = datetime.fromisoformat(local).replace(tzinfo=zone)
    return is_open(spans, moment.timestamp(), zone, COUNTRY_OF[zone])


OFFICE = [span(days="mon-fri", begin="08:00", end="17:30", exclude="holidays")]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-23 07:59:59", False),
        ("2026-11-23 08:00:00", True),
        ("2026-11-23 17:29:59", True),
        ("2026-11-23 17:30:00", False),
        ("2026-11-22 12:00", False),
        ("2026-12-25 12:00", False),
        ("2026-12-24 12:00", True),
        ("2026-04-27 12:00", False),
        ("2026-03-30 08:00", True),
        ("2026-03-27 08:00", True),
        ("2026-10-26 08:00", True),
        ("2026-10-23 07:59", False),
    ],
)
def test_office_hours(local: str, expected: bool) -> None:
    assert open_at(OFFICE, local) is expected


def test_over_midnight_belongs_to_the_day_it_began() -> None:
    night = [span(days="fri", begin="22:00", end="06:00", exclude="holidays")]
    assert open_at(night, "2026-11-27 23:00")
    assert open_at(night, "2026-11-28 05:59")
    assert not open_at(night, "2026-11-28 06:00")
    assert not open_at(night, "2026-11-28 22:30")
    assert not open_at(night, "2026-11-27 05:00")
    assert not open_at(night, "2026-12-26 02:00"), "Christmas night began on a holiday"


def test_the_hour_that_comes_twice_is_open_both_times() -> None:
    early = [span(days="sun", begin="02:30", end="03:00")]
    first = datetime(2026, 10, 25, 0, 45, tzinfo=UTC).timestamp()
    assert is_open(early, first, AMSTERDAM, "NL")
    assert is_open(early, first + 3600, AMSTERDAM, "NL")
    assert not is_open(early, first + 7200, AMSTERDAM, "NL")


def test_the_hour_that_is_left_out_is_never_open() -> None:
    missing = [span(days="sun", begin="02:00", end="03:00")]
    start = datetime(2026, 3, 29, 0, 0, tzinfo=UTC).timestamp()
    assert not any(is_open(missing, start + 60 * minute, AMSTERDAM, "NL") for minute in range(180))


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("mon - fri", {0, 1, 2, 3, 4}),
        ("Sat, Sun", {5, 6}),
        ("fri-mon", {4, 5, 6, 0}),
        ("wednesday", {2}),
        ("tue-tue", {1}),
        ("weekdays,sun", {0, 1, 2, 3, 4, 6}),
        (["mon", "wed-thu"], {0, 2, 3}),
        ("every day", set(range(7))),
    ],
)
def test_weekdays_as_people_write_them(written: object, days: set[int]) -> None:
    assert span(days=written).days == days


def oracle(spans: list[Span], moment: datetime, country: str) -> bool:
    """Walk every span of today and yesterday as wall-clock times and look whether the moment lies in one."""
    free = holidays.country_holidays(country)
    wall = moment.replace(tzinfo=None)
    for one in spans:
        for back in (0, 1):
            day = datetime.combine(moment.date() - timedelta(days=back), datetime.min.time())
            if DAYS[day.weekday()] not in [DAYS[number] for number in one.days]:
                continue
            if one.exclude and day.date() in free:
                continue
            begin = day + timedelta(minutes=one.begin)
            end = day + timedelta(minutes=one.end)
            if end <= begin:
                end += timedelta(days=1)
            if begin <= wall < end:
                return True
    return False


TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
SPANS = st.lists(
    st.builds(
        lambda days, begin, end, free: span(
            days=",".join(days), begin=begin, end=end, exclude="holidays" if free else None
        ),
        st.lists(st.sampled_from(DAYS), min_size=1, max_size=4),
        TIMES,
        st.one_of(TIMES, st.just("24:00")),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
)
TWO_YEARS = st.integers(int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) // 60, int(datetime(2028, 1, 1, tzinfo=UTC).timestamp()) // 60)  # fmt: skip  # noqa: E501


@settings(max_examples=300, deadline=None)
@given(SPANS, TWO_YEARS, st.sampled_from(ZONES))
def test_it_agrees_with_a_naive_reading(spans: list[Span], minute: int, zone: ZoneInfo) -> None:
    now = minute * 60.0
    local = datetime.fromtimestamp(now, zone)
    assert is_open(spans, now, zone, COUNTRY_OF[zone]) == oracle(spans, local, COUNTRY_OF[zone])


def test_holidays_are_the_countrys() -> None:
    assert is_holiday("NL", date(2026, 4, 27))
    assert not is_holiday("DE", date(2026, 4, 27))


def test_an_account_goes_by_its_own_clock(load: Callable[..., Account]) -> None:
    account = load("""
account: {name: Down under, country: AU, timezone: Australia/Sydney}
numbers: {main: "+61 2 9876 5432"}
hours: {open: {from: "09:00", to: "10:00"}}
main_number: [{during: open, hang_up: open}, hang_up]
""")
    assert account.is_open("open", datetime(2026, 11, 22, 22, 30, tzinfo=UTC).timestamp())
    assert not account.is_open("open", datetime(2026, 11, 23, 9, 30, tzinfo=UTC).timestamp())
