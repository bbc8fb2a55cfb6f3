"""Whoever answers an outside phone is asked to take the call: only the key counts, so that no voicemail swallows it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.call.collecting import Collecting
from engine.call.dialling import Dialling
from engine.call.hearing import Keyed
from engine.call.protocol import Key, KeyPlan, Keys
from media.commands import Sound

ACCEPT, DECLINE = "1", "2"
TRIES = 3
"""How often the question is heard by somebody who presses nothing."""
PATIENCE = 3.0
"""Seconds after each."""

_PLAN = KeyPlan(frozenset({ACCEPT, DECLINE}), first_digit=PATIENCE)


async def asked(line: Keyed, prompt: Sequence[Sound]) -> str:
    """``answered``, ``declined``, or ``no_answer`` where nobody pressed anything that counts."""
    for _ in range(TRIES):
        question: Collecting[Keys] = Collecting(line, Dialling(_PLAN), PATIENCE)
        pressed = await question.run(prompt)
        if isinstance(pressed, Key):
            return outcome_of(pressed.key)
    return "no_answer"


def outcome_of(key: str) -> str:
    """What came of the question by a key."""
    return {ACCEPT: "answered", DECLINE: "declined"}[key]


def longest(prompt_seconds: float) -> float:
    """Seconds after which somebody who presses nothing is given up."""
    return TRIES * (prompt_seconds + PATIENCE)
