"""Numbers as callers hear them, made of the built-in prompts."""

from __future__ import annotations

from collections.abc import Callable

from media.commands import Sound

Prompt = Callable[[str], tuple[Sound, ...]]
"""A built-in prompt by its name; nothing where the installation lacks it."""


def spoken_number(number: int, prompt: Prompt) -> tuple[Sound, ...]:
    """A number that is not negative: the prompt of its own if there is one, else figure by figure.

    Prompts are not put together, as languages differ in how they do that: ``number-21`` is one in all of them.
    """
    whole = prompt(f"number-{number}") if number > 9 else ()
    return whole or tuple(sound for figure in str(number) for sound in prompt(f"digit-{figure}"))
