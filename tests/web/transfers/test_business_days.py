"""Business days over Christmas, counted by hand in the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from web.transfers.business_days import LATEST, SOONEST, business_day_after, expected, is_business_day, weekend


@pytest.mark.parametrize(
    ("country", "submitted", "first", "last"),
    [
        # NL 2026: Fri 25 and Sat 26 December, Fri 1 January are holidays.
        # Days: 18 21 22 23 24 28 29 | 30 31 (1 is a holiday) 4
        ("NL", date(2026, 12, 17), date(2026, 12, 29), date(2027, 1, 4)),
        # submitted on a Saturday: 21 22 23 24 28 29 30 | 31 4 5
        ("NL", date(2026, 12, 19), date(2026, 12, 30), date(2027, 1, 5)),
        # BE 2026: only Fri 25 December and Fri 1 January (26 is a Saturday anyway): as in NL
        ("BE", date(2026, 12, 17), date(2026, 12, 29), date(2027, 1, 4)),
        # NL 2024: Wed 25, Thu 26 December and Wed 1 January. Days: 19 20 23 24 27 30 31 | 2 3 6
        ("NL", date(2024, 12, 18), date(2024, 12, 31), date(2025, 1, 6)),
        # BE 2024: Wed 25 December and Wed 1 January; the 26th is a day like others. Days: 19 20 23 24 26 27 30 | 31 2 3
        ("BE", date(2024, 12, 18), date(2024, 12, 30), date(2025, 1, 3)),
        # US 2026: Fri 25 December, Fri 1 January. Days: 18 21 22 23 24 28 29 | 30 31 4
        ("US", date(2026, 12, 17), date(2026, 12, 29), date(2027, 1, 4)),
        # US 2027: Sat 25 December is kept on Fri 24, Sat 1 January on Fri 31. Days: 20 21 22 23 27 28 29 | 30 3 4
        ("US", date(2027, 12, 17), date(2027, 12, 29), date(2028, 1, 4)),
    ],
)
def test_seven_to_ten_business_days_over_christmas(country: str, submitted: date, first: date, last: date) -> None:
    assert expected(country, submitted) == (first, last)


def test_in_an_ordinary_fortnight() -> None:
    assert (SOONEST, LATEST) == (7, 10)
    assert expected("NL", date(2026, 11, 9)) == (date(2026, 11, 18), date(2026, 11, 23))


def test_weekends_are_the_countrys_own() -> None:
    assert weekend("NL") == {5, 6}
    assert weekend("IL") == {4, 5}
    assert is_business_day("IL", date(2026, 11, 15))  # a Sunday
    assert not is_business_day("IL", date(2026, 11, 13))  # a Friday
    assert not is_business_day("NL", date(2026, 11, 15))


def test_a_regions_holidays_count_there_only() -> None:
    epiphany = date(2026, 1, 6)  # a holiday in Bavaria
    assert is_business_day("DE", epiphany)
    assert not is_business_day("DE", epiphany, "BY")


def test_a_country_without_known_holidays_rests_on_saturday_and_sunday() -> None:
    friday = date(2026, 12, 25)
    assert business_day_after("XX", friday, 1) == friday + timedelta(days=3)
