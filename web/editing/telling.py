"""Telling the engine that a dialplan has changed, and hearing whether it took it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engine.control.client import Control, ControlRefused, NotRunning
from engine.control.messages import NotReloaded
from engine.settings import Settings
from web.words import Sentence, say


class Taken(Enum):
    """What became of it: the engine goes by the new plan, it does not take it, or it does not run."""

    TAKEN = "taken"
    REFUSED = "refused"
    NOT_RUNNING = "not running"


@dataclass(frozen=True, slots=True)
class Told:
    """What the engine answered, and the sentence for whoever has saved."""

    taken: Taken
    what: Sentence


def tell_engine(settings: Settings) -> Told:
    """Have the engine of these settings read its dialplans anew. Takes as long as the engine does."""
    try:
        answer = Control(settings).reload()
    except NotRunning:
        return Told(
            Taken.NOT_RUNNING, say("Saved. Belplan is not running, or it is busy; it goes by this once it can.")
        )
    except ControlRefused as refusal:
        return Told(Taken.REFUSED, say("Saved, but Belplan goes on as before: {reason}", reason=str(refusal)))
    if isinstance(answer, NotReloaded):
        return Told(
            Taken.REFUSED,
            say("Saved, but Belplan goes on as before, as another file has mistakes: belplan check tells which."),
        )
    return Told(Taken.TAKEN, say("Saved. New calls go by it; calls in progress go on as they began."))
