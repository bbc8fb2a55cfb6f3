"""Telling the engine that a dialplan has changed, and hearing whether it took it."""

from __future__ import annotations

import fcntl
import os
import signal
from dataclasses import dataclass
from enum import Enum

from engine.settings import Settings
from engine.store.store import LOCK_FILE
from web.words import Sentence, say


class Taken(Enum):
    """What became of it: the engine goes by the new plan, it refused it, it was only told, or it does not run."""

    TAKEN = "taken"
    REFUSED = "refused"
    TOLD = "told"
    NOT_RUNNING = "not running"


@dataclass(frozen=True, slots=True)
class Told:
    """What the engine answered, and the sentence for whoever has saved."""

    taken: Taken
    what: Sentence


NOT_RUNNING = Told(Taken.NOT_RUNNING, say("Saved. Belplan is not running; it goes by this once it is started."))


def tell_engine(settings: Settings) -> Told:
    """Have the engine of these settings read its dialplans anew."""
    owner = _engine_of(settings)
    if owner is None:
        return NOT_RUNNING
    try:
        os.kill(owner, signal.SIGHUP)
    except OSError:
        return NOT_RUNNING
    return Told(Taken.TOLD, say("Saved. New calls go by it in a moment; calls in progress go on as they began."))


def _engine_of(settings: Settings) -> int | None:
    """The process that holds the state folder; None if nobody does, or this process."""
    try:
        with (settings.state / LOCK_FILE).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = int(lock.read())
                return owner if owner != os.getpid() else None
    except (OSError, ValueError):
        pass
    return None
