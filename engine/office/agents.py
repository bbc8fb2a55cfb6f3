"""Which people of an account can take a queue's next call: who is rung for whom, who wraps up, who rests.

Pure: ``now`` and moments (``*_until``) are seconds of a monotonic clock that its callers keep to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from engine.office.presence import Presence

SOON = 1e-6
"""What is over within so many seconds is over now: timers strike that much too early."""


class AgentState(Enum):
    """What an agent does at the moment."""

    FREE = "free"
    TALKING = "talking"
    RUNG = "rung"
    WRAPPING_UP = "wrapping up"
    RESTING = "resting"


@dataclass(frozen=True, slots=True)
class Offer:
    """An agent is rung for the call ``call`` of a queue, or talks to it; ``ended`` is told what came of the ringing."""

    call: str
    ended: Callable[[str, str], None]


class Agents:
    """People go by their names in the dialplan. Each is offered one caller at a time, over all queues they are in."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._offered: dict[str, Offer] = {}
        self._wraps_up_until: dict[str, float] = {}
        self._rests_until: dict[str, float] = {}

    def state(self, person: str, now: float) -> AgentState:
        """What somebody does at ``now``."""
        if self._presence.busy(person):
            return AgentState.TALKING
        if person in self._offered or self._presence.rung(person):
            return AgentState.RUNG
        if self._wraps_up_until.get(person, now) > now + SOON:
            return AgentState.WRAPPING_UP
        if self._rests_until.get(person, now) > now + SOON:
            return AgentState.RESTING
        return AgentState.FREE

    def free(self, person: str, now: float) -> bool:
        """Whether somebody can be offered a call."""
        return self.state(person, now) is AgentState.FREE

    def next_free_at(self, people: Iterable[str], now: float) -> float:
        """When the first of these people has wrapped up or rested who does so at ``now``; infinite if nobody does."""
        pauses = (max(self._wraps_up_until.get(one, 0.0), self._rests_until.get(one, 0.0)) for one in people)
        return min((until for until in pauses if until > now + SOON), default=float("inf"))

    # --- offers -----------------------------------------------------------------------------------------------------

    def offer(self, person: str, offer: Offer) -> None:
        """Somebody is rung for a caller from now on, and for no other."""
        self._offered[person] = offer

    def offered(self, call: str) -> list[str]:
        """Who is rung for a call, or talks to it."""
        return [person for person, offer in self._offered.items() if offer.call == call]

    def release(self, person: str) -> None:
        """Somebody is rung no longer, and talks to no caller of a queue."""
        self._offered.pop(person, None)

    def ringing_ended(self, person: str, call: str, outcome: str) -> None:
        """A call's ringing of somebody has ended."""
        offer = self._offered.get(person)
        if offer is not None and offer.call == call:
            offer.ended(person, outcome)

    # --- pauses -----------------------------------------------------------------------------------------------------

    def wrap_up(self, person: str, until: float) -> None:
        """Let somebody finish their work on a call before the next one."""
        self._wraps_up_until[person] = until

    def rest(self, person: str, until: float) -> None:
        """Leave somebody alone who did not take a call."""
        self._rests_until[person] = until

    def back(self, person: str) -> None:
        """Somebody is ready before their time is up."""
        self._wraps_up_until.pop(person, None)
        self._rests_until.pop(person, None)
