"""Numbers, telephone numbers and moments as callers hear them, made of the built-in prompts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from media.commands import Sound

Prompt = Callable[[str], tuple[Sound, ...]]
"""A built-in prompt by its name; nothing where the installation lacks it."""

MAX_SPOKEN_DIGITS = 20


def spoken_number(number: int, prompt: Prompt) -> tuple[Sound, ...]:
    """A number that is not negative: the prompt of its own if there is one, else figure by figure.

    Prompts are not put together, as languages differ in how they do that: ``number-21`` is one in all of them.
    """
    whole = prompt(f"number-{number}") if number > 9 else ()
    return whole or spoken_digits(str(number), prompt)


def spoken_digits(number: str, prompt: Prompt) -> tuple[Sound, ...]:
    """A telephone number figure by figure; nothing if it has none."""
    figures = [figure for figure in number if figure in "0123456789"][:MAX_SPOKEN_DIGITS]
    return tuple(sound for figure in figures for sound in prompt(f"digit-{figure}"))


def spoken_moment(at: float, now: float, zone: ZoneInfo, prompt: Prompt) -> tuple[Sound, ...]:
    """The day and the time of day of ``at`` (seconds since the epoch) in ``zone``, as one says them at ``now``.

    Each prompt is what its language says between two others: ``hour-14`` is "in the afternoon at 2", or "um 14 Uhr".
    """
    then = datetime.fromtimestamp(at, zone)
    days = (datetime.fromtimestamp(now, zone).date() - then.date()).days
    if days in (0, 1):
        day = prompt("day-yesterday" if days else "day-today")
    else:
        day = (*prompt(f"date-{then.day}"), *prompt(f"month-{then.month}"))
    minute = prompt(f"minute-{then.minute}") if then.minute < 10 else spoken_number(then.minute, prompt)
    return (*day, *prompt(f"hour-{then.hour}"), *minute)
