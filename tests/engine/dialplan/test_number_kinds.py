"""What kinds of numbers there are, as somebody in a country dials them."""

from __future__ import annotations

import pytest

from engine.dialplan.number_kinds import MAX_DIALLED, is_emergency, is_short, kind_of, read_dialled


@pytest.mark.parametrize(
    ("dialled", "country", "number"),
    [
        ("0201234567", "NL", "+31201234567"),
        ("020 123 45 67", "NL", "+31201234567"),
        ("0031201234567", "NL", "+31201234567"),
        ("+31201234567", "NL", "+31201234567"),
        ("004930123456#", "NL", "+4930123456"),
        ("2125551234", "US", "+12125551234"),
        ("12125551234", "US", "+12125551234"),
        ("01149301234567", "US", "+49301234567"),
        ("912345678", "ES", "+34912345678"),
        ("116117", "DE", "116117"),
        ("112", "NL", "112"),
        ("1035", "NL", None),
        ("201234567", "NL", None),
        ("12345678", "NL", None),
        ("+3112", "NL", None),
        ("abc", "NL", None),
        ("*21", "NL", None),
        ("", "NL", None),
        ("0" * (MAX_DIALLED + 1), "NL", None),
        ("٠٢٠١٢٣٤٥٦٧", "NL", None),
    ],
)
def test_what_is_dialled_is_read_as_the_country_dials(dialled: str, country: str, number: str | None) -> None:
    assert read_dialled(dialled, country) == number


@pytest.mark.parametrize(
    ("number", "country", "kind"),
    [
        ("+31201234567", "NL", "national"),
        ("+31612345678", "NL", "national"),
        ("+318001234", "NL", "national"),
        ("+4930123456", "NL", "international"),
        ("+4930123456", "DE", "national"),
        ("+441534123456", "GB", "international"),
        ("+319000101", "NL", "premium"),
        ("+499001234567", "NL", "premium"),
        ("+80012345678", "NL", "international"),
        ("+870773123456", "NL", "premium"),
        ("+31000000000", "NL", "nobody"),
        ("116117", "DE", "national"),
        ("1888", "NL", "premium"),
    ],
)
def test_what_a_number_costs_is_told_by_its_kind(number: str, country: str, kind: str) -> None:
    assert kind_of(number, country) == kind


def test_emergency_numbers_of_countries() -> None:
    for number, country in (("112", "NL"), ("911", "US"), ("999", "GB"), ("110", "DE"), ("17", "FR")):
        assert is_emergency(number, country)
        assert is_short(number, country)
    for number, country in (("911", "DE"), ("1122", "NL"), ("+112", "NL"), ("0112", "NL"), ("", "NL"), ("112", "??")):
        assert not is_emergency(number, country)
