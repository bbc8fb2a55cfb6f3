"""Hours by the clock on the wall: weekdays, dates and holidays, which of them counts, midnight and daylight saving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from engine.dialplan.account import Account
from engine.dialplan.days import read_weekdays
from engine.dialplan.nodes.hours import MAX_LINES_SHOWN
from engine.dialplan.public_holidays import is_holiday

Load = Callable[..., Account]

HEAD = """
account: {name: A, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
main_number: hang_up
hours:
"""


def open_at(account: Account, local: str, name: str = "open") -> bool:
    return account.is_open(name, datetime.fromisoformat(local).replace(tzinfo=account.info.timezone).timestamp())


@pytest.mark.parametrize(
    "office",
    [
        '  open: {days: mon-fri, from: "08:00", to: "17:30", except: holidays}',
        "  open: {mon-fri: 08:00-17:30, holidays: closed}",
    ],
    ids=["span", "timetable"],
)
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
def test_office_hours_however_they_are_written(load: Load, office: str, local: str, expected: bool) -> None:
    assert open_at(load(HEAD + office), local) is expected


FULL = """
  open:
    mon-fri: 08:30-12:00, 13:00-17:30
    sat: 10:00-14:00
    holidays: closed
    12-24: 08:30-12:00
    12-25: 10:00-11:00
    26 dec: open
    sunday before 12-25: 12:00-17:00
    07-20 to 08-10: 09:00-13:00
    12-30 to 01-02: closed
    2026-07-22: closed
    2027-07-26 to 2027-07-30: closed
    2026-12-20: 18:00-19:00
"""


@pytest.mark.parametrize(
    ("local", "expected", "why"),
    [
        ("2026-11-23 12:30", False, "the lunch break"),
        ("2026-11-23 13:00", True, "after it"),
        ("2026-11-21 13:59", True, "a Saturday"),
        ("2026-04-27 09:00", False, "King's Day"),
        ("2026-12-24 11:59", True, "half a day on Christmas Eve"),
        ("2026-12-24 13:00", False, "the other half, though it is a Thursday"),
        ("2026-12-25 10:30", True, "a date overrides the holiday"),
        ("2026-12-26 03:00", True, "open all day"),
        ("2025-12-21 12:00", True, "the Sunday before Christmas"),
        ("2022-12-18 12:00", True, "Christmas on a Sunday: the Sunday a week before"),
        ("2022-12-25 12:00", False, "not that Sunday itself"),
        ("2026-12-20 12:00", False, "that very date says otherwise"),
        ("2026-12-20 18:30", True, "and what it says counts"),
        ("2026-12-13 12:00", False, "any other Sunday"),
        ("2026-07-20 13:30", False, "summer"),
        ("2026-07-26 09:00", True, "a Sunday in summer: a range has all its days"),
        ("2026-08-10 12:59", True, "the last day is in it"),
        ("2026-08-11 13:30", True, "the day after is not"),
        ("2026-07-22 10:00", False, "a date in a range"),
        ("2027-07-27 10:00", False, "a range of one year in a yearly one"),
        ("2026-07-27 10:00", True, "in that year only"),
        ("2026-12-30 10:00", False, "the turn of the year"),
        ("2027-01-02 11:00", False, "its last day, a Saturday"),
        ("2027-01-04 09:00", True, "after it"),
    ],
)
def test_the_more_particular_line_counts(load: Load, local: str, expected: bool, why: str) -> None:
    assert open_at(load(HEAD + FULL), local) is expected, why


def test_the_order_of_the_lines_does_not_count(load: Load) -> None:
    head, *lines = FULL.strip("\n").splitlines()
    turned = load(HEAD + "\n".join([head, *reversed(lines)]))
    straight = load(HEAD + FULL)
    for day in range(1, 31):
        for hour in range(24):
            local = f"2026-12-{day:02} {hour:02}:30"
            assert open_at(turned, local) == open_at(straight, local)


def test_over_midnight_belongs_to_the_day_it_began(load: Load) -> None:
    night = load(HEAD + "  open: {fri: 22:00-06:00, holidays: closed}")
    assert open_at(night, "2026-11-27 23:00")
    assert open_at(night, "2026-11-28 05:59")
    assert not open_at(night, "2026-11-28 06:00")
    assert not open_at(night, "2026-11-28 22:30")
    assert not open_at(night, "2026-11-27 05:00")
    assert not open_at(night, "2026-12-26 02:00"), "Christmas night began on a holiday"


def test_the_hour_that_comes_twice_is_open_both_times(load: Load) -> None:
    early = load(HEAD + "  open: {sun: 02:30-03:00}")
    first = datetime(2026, 10, 25, 0, 45, tzinfo=UTC).timestamp()
    assert [early.is_open("open", first + hour * 3600) for hour in range(3)] == [True, True, False]


def test_the_hour_that_is_left_out_is_never_open(load: Load) -> None:
    missing = load(HEAD + "  open: {sun: 02:00-03:00}")
    start = datetime(2026, 3, 29, 0, 0, tzinfo=UTC).timestamp()
    assert not any(missing.is_open("open", start + 60 * minute) for minute in range(180))


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("mon - fri", {0, 1, 2, 3, 4}),
        ("mon to wed", {0, 1, 2}),
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
    assert read_weekdays(written) == days


@pytest.mark.parametrize(
    "written",
    ["12-24", "24 dec", "24 December", "Dec 24", "december 24", "24. dec", "2026-12-24", "24 dec 2026", "dec 24, 2026"],
)
def test_dates_as_people_write_them(load: Load, written: str) -> None:
    account = load(f'{HEAD}  open: {{"{written}": open}}')
    assert open_at(account, "2026-12-24 00:00")
    assert not open_at(account, "2026-12-25 00:00")
    assert open_at(account, "2027-12-24 23:59") is ("2026" not in written)


@pytest.mark.parametrize("written", ["07-20 to 08-10", "20 jul to 10 aug", "07-20 - 08-10", "July 20 until August 10"])
def test_ranges_as_people_write_them(load: Load, written: str) -> None:
    account = load(f'{HEAD}  open: {{"{written}": open}}')
    days = ["2026-07-19 23:59", "2026-07-20 00:00", "2026-08-10 23:59", "2026-08-11 00:00"]
    assert [open_at(account, day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("country", "region", "day", "expected"),
    [
        ("NL", None, date(2026, 4, 27), True),
        ("DE", None, date(2026, 4, 27), False),
        ("DE", None, date(2026, 6, 4), False),
        ("DE", "BY", date(2026, 6, 4), True),
        ("DE", "BE", date(2026, 6, 4), False),
        ("GB", "SCT", date(2026, 1, 2), True),
        ("GB", "ENG", date(2026, 1, 2), False),
    ],
)
def test_holidays_are_the_countrys_and_the_regions(country: str, region: str, day: date, expected: bool) -> None:
    assert is_holiday(country, day, region) is expected


@pytest.mark.parametrize(("region", "free"), [("BY", True), ("bayern", True), ("by", True), ("BE", False)])
def test_an_account_names_its_region(load: Load, region: str, free: bool) -> None:
    account = load(f"""
account: {{name: A, country: DE, region: {region}, timezone: Europe/Berlin}}
numbers: {{main: "+49 30 1234567"}}
main_number: hang_up
hours:
  open: {{mon-fri: 08:00-17:30, holidays: closed}}
  spans: {{days: mon-fri, except: holidays}}
""")
    corpus_christi = "2026-06-04 12:00"
    assert open_at(account, corpus_christi) is not free
    assert open_at(account, corpus_christi, "spans") is not free


def test_an_account_goes_by_its_own_clock(load: Load) -> None:
    account = load("""
account: {name: Down under, country: AU, timezone: Australia/Sydney}
numbers: {main: "+61 2 9876 5432"}
hours: {open: {from: "09:00", to: "10:00"}}
main_number: [{during: open, hang_up: open}, hang_up]
""")
    assert account.is_open("open", datetime(2026, 11, 22, 22, 30, tzinfo=UTC).timestamp())
    assert not account.is_open("open", datetime(2026, 11, 23, 9, 30, tzinfo=UTC).timestamp())


def test_hours_are_told_in_words(load: Load) -> None:
    account = load(HEAD + FULL)
    told = account.hours["open"].in_words
    assert told[0] == "mon–fri 08:30–12:00, 13:00–17:30"
    assert "public holidays closed" in told
    assert "20 Jul – 10 Aug 09:00–13:00" in told
    assert "sun before 25 Dec 12:00–17:00" in told
    assert "26 Dec open" in told
    assert "26 Jul 2027 – 30 Jul 2027 closed" in told


def test_a_picture_shows_the_first_lines_of_a_long_timetable(load: Load) -> None:
    account = load(HEAD.replace("main_number: hang_up", "main_number: [{during: open, hang_up: a}, hang_up]") + FULL)
    shown = account.main.caption(account).ways["open"]
    assert shown[:2] == ("open", "mon–fri 08:30–12:00, 13:00–17:30")
    assert shown[-1] == f"and {12 - MAX_LINES_SHOWN} more lines"
    assert len(shown) == MAX_LINES_SHOWN + 2
