"""Business days of a country: what is neither its weekend nor one of its public holidays."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays

from engine.dialplan.public_holidays import is_holiday, knows_holidays

SOONEST: Final = 7
LATEST: Final = 10
"""Business days that a transfer takes, counted from the day after it is submitted."""
SATURDAY_AND_SUNDAY: Final = frozenset({5, 6})
MAX_DAYS: Final = 400
"""Calendar days that are looked at: no country has fewer than ten business days in a year."""


@lru_cache(maxsize=64)
def weekend(country: str) -> frozenset[int]:
    """The days on which a country rests, 0 for Monday; Saturday and Sunday where nothing else is known."""
    if not knows_holidays(country):
        return SATURDAY_AND_SUNDAY
    return frozenset(holidays.country_holidays(country).weekend)


def is_business_day(country: str, day: date, region: str | None = None) -> bool:
    """Whether offices of the country (ISO 3166 code), or of that region of it, are open on ``day``."""
    rests = day.weekday() in weekend(country)
    return not rests and not (knows_holidays(country) and is_holiday(country, day, region))


def business_day_after(country: str, day: date, count: int, region: str | None = None) -> date:
    """The ``count``-th business day after ``day``, which does not count itself."""
    for step in range(1, MAX_DAYS):
        later = day + timedelta(days=step)
        count -= is_business_day(country, later, region)
        if count == 0:
            return later
    raise ValueError(f"no business days in {country}")


def expected(country: str, submitted: date, region: str | None = None) -> tuple[date, date]:
    """The first and the last day on which numbers are expected that were ordered on ``submitted``."""
    return (
        business_day_after(country, submitted, SOONEST, region),
        business_day_after(country, submitted, LATEST, region),
    )
