"""Numbers, telephone numbers and moments as callers hear them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.dialplan.spoken import MAX_SPOKEN_DIGITS, spoken_digits, spoken_moment, spoken_number
from media.commands import File, Sound

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def prompt(name: str) -> tuple[Sound, ...]:
    """Every prompt is there, but for numbers from 60 on."""
    return () if name.startswith("number-") and int(name[7:]) >= 60 else (File(name),)


def said(sounds: tuple[Sound, ...]) -> str:
    return " ".join(sound.path for sound in sounds if isinstance(sound, File))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).timestamp()


def test_numbers_have_prompts_of_their_own_or_are_said_by_figures() -> None:
    assert said(spoken_number(7, prompt)) == "digit-7"
    assert said(spoken_number(42, prompt)) == "number-42"
    assert said(spoken_number(105, prompt)) == "digit-1 digit-0 digit-5"


def test_telephone_numbers_are_said_by_figures() -> None:
    assert said(spoken_digits("+31 20", prompt)) == "digit-3 digit-1 digit-2 digit-0"
    assert spoken_digits("anonymous", prompt) == ()
    assert len(spoken_digits("1" * 500, prompt)) == MAX_SPOKEN_DIGITS


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-25 09:05", "day-today hour-9 minute-5"),
        ("2026-11-25 00:00", "day-today hour-0 minute-0"),
        ("2026-11-24 23:59", "day-yesterday hour-23 number-59"),
        ("2026-11-23 14:30", "date-23 month-11 hour-14 number-30"),
        ("2025-11-25 14:10", "date-25 month-11 hour-14 number-10"),
        ("2026-07-01 12:00", "date-1 month-7 hour-12 minute-0"),
    ],
)
def test_moments_are_told_by_the_clock_of_the_account(moment: str, words: str) -> None:
    assert said(spoken_moment(at(moment), at("2026-11-25 14:00"), AMSTERDAM, prompt)) == words
