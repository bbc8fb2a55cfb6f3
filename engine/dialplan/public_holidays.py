"""Public holidays of countries and of their regions: states, provinces, Länder."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import holidays

from engine.dialplan.findings import Wrong, did_you_mean

YEARS_KEPT = 256
MAX_REGION = 60
"""Characters of a region that are looked at."""


@lru_cache(maxsize=YEARS_KEPT)
def _of_year(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year).keys())


def is_holiday(country: str, day: date, region: str | None = None) -> bool:
    """Whether ``day`` is a public holiday of the country (ISO 3166 code), or of that region of it."""
    return day in _of_year(country, region, day.year)


@lru_cache(maxsize=64)
def _regions() -> dict[str, list[str]]:
    return dict(holidays.list_supported_countries())


def knows_holidays(country: str) -> bool:
    """Whether the public holidays of a country are known."""
    return country in _regions()


def read_region(value: Any, country: str) -> str:
    """A region of the country as the code its holidays go by, from the code or the name: ``BY``, ``Bayern``.

    Raises Wrong if the country has none of its own holidays under that name.
    """
    known = _regions().get(country, [])
    if not known:
        raise Wrong(f"no regions of {country} with public holidays of their own are known", "leave out 'region'")
    text = str(value).strip()[:MAX_REGION]
    names: dict[str, str] = getattr(holidays.country_holidays(country), "subdivisions_aliases", {})
    codes = {code.casefold(): code for code in known} | {name.casefold(): code for name, code in names.items()}
    if text.casefold() in codes:
        return codes[text.casefold()]
    advice = did_you_mean(text, [*known, *names], f"of {country} are known: {', '.join(known)}")
    raise Wrong(f"{country} has no region '{text}'", advice)
