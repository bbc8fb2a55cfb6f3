"""Numbers as callers hear them, put together from the built-in prompts."""

from __future__ import annotations

from collections.abc import Callable

from media.commands import Sound

Prompt = Callable[[str], tuple[Sound, ...]]
"""A built-in prompt by its name; nothing where the installation lacks it."""


def spoken_number(number: int, prompt: Prompt) -> tuple[Sound, ...]:
    """A number from 0 to 99: the prompt of its own if there is one, else its tens and the rest, else digit by digit.

    Languages that do not say the tens first have a prompt, ``number-21``, for every number.
    """
    whole = prompt(f"digit-{number}" if number < 10 else f"number-{number}")
    if whole:
        return whole
    tens, rest = prompt(f"number-{number // 10 * 10}"), prompt(f"digit-{number % 10}")
    if tens and rest:
        return (*tens, *rest)
    return tuple(sound for digit in str(number) for sound in prompt(f"digit-{digit}"))
