"""Who waits in the queues of an account and in which order: the state of the moment, without a clock of its own.

Strictly in order: callers stand by priority, then as they came; only the first of a queue is offered to agents
(engine/call/queueing.py). Seconds are those of a monotonic clock that all callers of a queue keep to.
"""

from __future__ import annotations

import itertools
from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from engine.events import CallEnded, CallEvent, RingingEnded, Unbridged
from engine.office.agents import Agents
from engine.office.presence import Presence

NEWEST_COUNTS = 0.25
"""The weight of the last serving in the moving average of serving times."""

Tell = Callable[[], None]


@dataclass(slots=True, eq=False)
class Place:
    """One caller's place in a queue. ``tell`` wakes them: something has changed that may concern them.

    ``precedence`` is the queue's among others with the same agents. ``number`` says in which order callers came; who
    comes back (their agent's phone failed) has the number they had. ``first_since``: since when they are the first.
    """

    call: str
    queue: str
    number: int
    joined_at: float
    tell: Tell
    priority: int = 0
    precedence: int = 0
    first_since: float | None = None


def _gone() -> None:
    """Nobody is told any more."""


def _order(place: Place) -> tuple[int, int]:
    return -place.priority, place.number


def _order_of_firsts(place: Place) -> tuple[int, int, int]:
    return -place.precedence, *_order(place)


@dataclass(slots=True)
class _Queue:
    """Those who wait, the first first, and how long the first one waits usually until an agent is there."""

    places: list[Place] = field(default_factory=list)
    serving: float | None = None


class Queues:
    """The queues of an account, by their names in the dialplan."""

    def __init__(self, presence: Presence) -> None:
        self.agents = Agents(presence)
        self._queues: dict[str, _Queue] = {}
        self._places = 0
        self._numbers = itertools.count(1)

    # --- coming and going -------------------------------------------------------------------------------------------

    def join(
        self,
        queue: str,
        call: str,
        tell: Tell,
        now: float,
        *,
        priority: int = 0,
        precedence: int = 0,
        number: int | None = None,
    ) -> Place:
        """Let a call stand in a queue: behind those of its priority, or at the place that its ``number`` gives it."""
        place = Place(call, queue, next(self._numbers) if number is None else number, now, tell, priority, precedence)
        places = self._queues.setdefault(queue, _Queue()).places
        before = places[0] if places else None
        insort(places, place, key=_order)
        self._places += 1
        self._first_changed(places, before, now)
        return place

    def leave(self, place: Place, now: float, *, served: bool = False) -> None:
        """A call stands in its queue no longer: an agent has it (``served``), or it is gone."""
        queue = self._queues[place.queue]
        before = queue.places[0]
        queue.places.remove(place)
        self._places -= 1
        place.tell = _gone  # nothing of the call is kept by its place
        if served and place.first_since is not None:
            self.note_serving(place.queue, now - place.first_since)
        self._first_changed(queue.places, before, now)

    @staticmethod
    def _first_changed(places: list[Place], before: Place | None, now: float) -> None:
        first = places[0] if places else None
        if first is before:
            return
        if before is not None:
            before.first_since = None
            before.tell()
        if first is not None:
            first.first_since = now
            first.tell()

    # --- looking ----------------------------------------------------------------------------------------------------

    def waiting(self, queue: str) -> int:
        """How many wait in a queue."""
        known = self._queues.get(queue)
        return len(known.places) if known is not None else 0

    def longest_wait(self, queue: str, now: float) -> float:
        """For how many seconds the one who has waited longest does; 0 if nobody waits."""
        known = self._queues.get(queue)
        return max((now - place.joined_at for place in known.places), default=0.0) if known is not None else 0.0

    def is_first(self, place: Place) -> bool:
        """Whether it is this caller's turn."""
        return self._queues[place.queue].places[0] is place

    def position(self, place: Place) -> int:
        """The how manieth a caller is: 1 for the first."""
        return self._queues[place.queue].places.index(place) + 1

    def wait(self, place: Place, now: float) -> float | None:
        """In how many seconds an agent may be expected; None as long as nobody has been served.

        A queue that gets on more slowly than usual is known by how long its first one stands there already.
        """
        queue = self._queues[place.queue]
        if queue.serving is None:
            return None
        first = queue.places[0].first_since
        stands = now - first if first is not None else 0.0
        return self.position(place) * max(queue.serving, stands)

    def note_serving(self, queue: str, seconds: float) -> None:
        """The first one of a queue stood there for so long until an agent was there."""
        known = self._queues.setdefault(queue, _Queue())
        if known.serving is None:
            known.serving = seconds
        else:
            known.serving += NEWEST_COUNTS * (seconds - known.serving)

    # --- what may let somebody be served ----------------------------------------------------------------------------

    def note(self, event: CallEvent) -> None:
        """Take an event of any call of the account, after ``Presence`` has."""
        if not self._places:
            return
        if isinstance(event, RingingEnded):
            self.agents.ringing_ended(event.person, event.call, event.outcome)
        if isinstance(event, RingingEnded | Unbridged | CallEnded):
            self.look()

    def look(self) -> None:
        """An agent may be free: wake the first of each queue, the most urgent first, who takes whom they find."""
        if self._places:
            for place in sorted(self._firsts(), key=_order_of_firsts):
                place.tell()

    def tell_more_urgent(self, place: Place) -> bool:
        """Wake the firsts of other queues who go before this one. Whether there are any."""
        before = [first for first in self._firsts() if _order_of_firsts(first) < _order_of_firsts(place)]
        for first in sorted(before, key=_order_of_firsts):
            first.tell()
        return bool(before)

    def tell_all(self) -> None:
        """Who is an agent may have changed: wake everybody."""
        self.look()
        for queue in self._queues.values():
            for place in queue.places[1:]:
                place.tell()

    def _firsts(self) -> Iterator[Place]:
        return (queue.places[0] for queue in self._queues.values() if queue.places)
