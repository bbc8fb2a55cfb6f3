"""Asking a caller for a PIN: the one way in which PINs are entered, so that none is ever told."""

from __future__ import annotations

from collections.abc import Sequence

from engine.call.protocol import Call, DigitPlan, Digits, Sound
from engine.dialplan.path import Path
from engine.dialplan.values import MAX_PIN_LENGTH

PIN_TRIES = 3
"""In one call."""

# one digit more than any PIN: a longer one is wrong, not cut short
PIN_ENTRY = DigitPlan(MAX_PIN_LENGTH + 1, first_digit=8.0, secret=True)


async def enter_pin(call: Call, prompt: Sequence[Sound]) -> str:
    """What a caller enters until ``#``, or a pause; nothing if they enter nothing."""
    entered = await call.collect_digits(prompt, PIN_ENTRY)
    return entered.digits if isinstance(entered, Digits) else ""


async def knows_pin(call: Call, path: Path, pin: str, protects: str) -> bool:
    """Whether the caller enters ``pin``, in PIN_TRIES at most, and in so many over all calls as ``Guesses`` admits."""
    guesses, before = call.office.guesses, tuple[Sound, ...]()
    for _ in range(PIN_TRIES):
        if not guesses.may_try(protects, call.now()):
            return False
        entered = await enter_pin(call, (*before, *path.prompt("pin")))
        if entered == pin:
            return True
        before = path.prompt("conference-pin-again") if entered else ()
        if entered:
            guesses.was_wrong(protects, call.now())
    return False
