"""A test call as the console makes it."""

from __future__ import annotations

from engine.control.client import Control, ControlRefused
from engine.control.messages import RefusalReason
from web.mistakes import refused
from web.words import Sentence, say, say_n

MAX_EXTENSION = 20


def ring(control: Control, account: str, extension: str) -> Sentence:
    """Begin it; what to tell. Raises Mistakes for somebody who is not there, and NotRunning."""
    if not (extension.isascii() and extension.isdigit()) or len(extension) > MAX_EXTENSION:
        raise refused("extension", say("There is nobody with this extension."))
    try:
        phones = control.ring(account, extension)
    except ControlRefused as problem:
        match problem.reason:
            case RefusalReason.NOT_REGISTERED:
                return say("{extension} has no phone that could ring. Connect one first.", extension=extension)
            case RefusalReason.RINGS_ALREADY:
                return say("A test call rings {extension} already.", extension=extension)
            case RefusalReason.TOO_MANY_RING:
                return say("Several test calls are under way. Wait until one is over.")
            case RefusalReason.UNKNOWN_PERSON:
                raise refused("extension", say("There is nobody with this extension.")) from None
            case _:
                raise
    return say_n(
        "A phone of {extension} rings: whoever answers hears a test.",
        "{n} phones of {extension} ring: whoever answers hears a test.",
        phones,
        extension=extension,
    )
