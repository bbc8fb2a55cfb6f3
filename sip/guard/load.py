"""How late we are, and so what is turned away: strangers first, then everybody without a call or a phone here."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

HOLD_SECONDS: Final = 1.0
"""How long we keep turning away after the last sign of lateness, so that the queue gets empty first."""


class Shedding(IntEnum):
    """Whom requests outside calls are turned away from. Registered phones and calls in progress are never."""

    NOBODY = 0
    STRANGERS = 1
    ALL_BUT_KNOWN = 2


class Load:
    """``limit`` is the lateness in seconds from which all but known phones are turned away; strangers from half of it.

    Lateness is how long a packet has waited in the kernel before we read it, or how long after its time a timer ran.
    With a limit of 0 nobody is ever turned away.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._until = {Shedding.STRANGERS: 0.0, Shedding.ALL_BUT_KNOWN: 0.0}
        self.worst = 0.0

    def note(self, lateness: float, now: float) -> None:
        """Something was so many seconds late."""
        self.worst = max(self.worst, lateness)
        if not self._limit or lateness < self._limit / 2:
            return
        self._until[Shedding.STRANGERS] = now + HOLD_SECONDS
        if lateness >= self._limit:
            self._until[Shedding.ALL_BUT_KNOWN] = now + HOLD_SECONDS

    def shedding(self, now: float) -> Shedding:
        """Who is turned away at present."""
        if now >= self._until[Shedding.STRANGERS]:
            return Shedding.NOBODY
        return Shedding.ALL_BUT_KNOWN if now < self._until[Shedding.ALL_BUT_KNOWN] else Shedding.STRANGERS
