"""How a provider wants numbers, who is shown there, and how many lines there are."""

from __future__ import annotations

import pytest

from engine.call.presenting import diversion_headers
from engine.call.ring_plan import Diversion
from engine.call.trunk import Trunk
from engine.call.ways_out import WaysOut


def test_outside_is_told_no_extension() -> None:
    (header,) = diversion_headers([Diversion("Anna", "101", "no-answer")], "bakery.test", "+31201234567")
    assert "sip:+31201234567@bakery.test" in header[1]


@pytest.mark.parametrize(
    ("writes", "number", "written"),
    [
        ("e164", "+31201234567", "+31201234567"),
        ("digits", "+31201234567", "31201234567"),
        ("international", "+31201234567", "0031201234567"),
        ("national", "+31201234567", "0201234567"),
        ("national", "+442079460958", "00442079460958"),
    ],
)
def test_numbers_are_written_as_the_provider_wants_them(writes: str, number: str, written: str) -> None:
    assert Trunk("t", "sip.example", writes=writes).written(number, "NL") == written  # type: ignore[arg-type]


def test_the_only_number_that_may_be_shown_is_shown() -> None:
    trunk = Trunk("t", "sip.example", shows="+31201234567")
    assert trunk.caller_shown("", "+31611111111", "NL").uri.user == "+31201234567"
    assert Trunk("t", "sip.example").caller_shown("", "", "NL").uri.user == "anonymous"
    assert str(Trunk("t", "sip.example", transport="tcp").uri_of("+31612345678", "NL")) == (
        "sip:+31612345678@sip.example;transport=tcp"
    )


def test_lines_are_taken_and_given_back_by_account() -> None:
    ways = WaysOut((Trunk("a", "a.example"), Trunk("b", "b.example", accounts=frozenset({"clinic"}))), most=1)
    assert [trunk.name for trunk in ways.of("bakery")] == ["a"]
    assert [trunk.name for trunk in ways.of("clinic")] == ["a", "b"]
    give_back = ways.take("bakery")
    assert give_back is not None
    assert ways.take("bakery") is None
    assert ways.take("clinic") is not None
    give_back()
    assert ways.take("bakery") is not None
