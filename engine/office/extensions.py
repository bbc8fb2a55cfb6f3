"""What an account's people do on the phone, call by call: whom a lamp on a colleague's phone is lit for.

``Presence`` says whether somebody is busy; this says with which calls, since when they ring or talk, and with whom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallEvent,
    CallOffered,
    CallPickedUp,
    Ringing,
    RingingEnded,
    Unbridged,
)
from engine.office.presence import is_outside


class Stage(Enum):
    """How far a call is at one of its ends (the states of RFC 4235 section 4.1.2)."""

    TRYING = "trying"
    EARLY = "early"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's part in ``call``: ``calling`` if it is theirs; ``other`` is the number of the other side as shown."""

    call: str
    calling: bool
    stage: Stage
    other: str
    name: str = ""


class Extensions:
    """Told of every event of every call of the account. ``on_change`` hears the name of whoever does something else
    than before; people go by their names in the dialplan.
    """

    def __init__(self) -> None:
        self.on_change: Callable[[str], None] | None = None
        self._parts: dict[str, dict[str, Part]] = {}
        self._callers: dict[str, tuple[str, str | None]] = {}
        self._rung_in: dict[str, set[str]] = {}

    def parts(self, person: str) -> tuple[Part, ...]:
        """The calls somebody has, rings included, the oldest first."""
        return tuple(self._parts.get(person, {}).values())

    def note(self, event: CallEvent) -> None:
        """Take an event of a call."""
        match event:
            case CallOffered(call=call, caller=caller, called=called, person=person):
                self._callers[call] = (caller, person)
                if person is not None:
                    self._put(person, Part(call, True, Stage.TRYING, called))
            case CallAnswered(call=call):
                self._raise(call, Stage.CONFIRMED)
            case CallPickedUp(call=call, caller=caller):
                self._raise(call, Stage.CONFIRMED, caller)
            case Ringing(call=call, person=person, shown=shown):
                if not is_outside(person):
                    number = self._callers.get(call, ("", None))[0]
                    self._put(person, Part(call, False, Stage.EARLY, number, "" if shown == number else shown))
                self._raise(call, Stage.EARLY)
            case RingingEnded(call=call, person=person, outcome="answered") | Bridged(call=call, person=person):
                self._talks(call, person)
            case RingingEnded(call=call, person=person) | Unbridged(call=call, person=person):
                self._leave(person, call)
            case CallEnded(call=call):
                _, caller_person = self._callers.pop(call, ("", None))
                for one in (*self._rung_in.pop(call, ()), *((caller_person,) if caller_person else ())):
                    self._leave(one, call)
            case _:
                pass

    def _raise(self, call: str, stage: Stage, other: str | None = None) -> None:
        """The caller's own part is further than it was; never less far."""
        person = self._callers.get(call, ("", None))[1]
        part = self._parts.get(person, {}).get(call) if person is not None else None
        if person is None or part is None or not part.calling:
            return
        reached = part.stage if part.stage is Stage.CONFIRMED else stage
        self._put(person, replace(part, stage=reached, other=part.other if other is None else other))

    def _talks(self, call: str, person: str) -> None:
        if is_outside(person):
            return
        part = self._parts.get(person, {}).get(call)
        if part is None:
            part = Part(call, False, Stage.CONFIRMED, self._callers.get(call, ("", None))[0])
        self._put(person, replace(part, stage=Stage.CONFIRMED))
        self._raise(call, Stage.CONFIRMED)

    def _put(self, person: str, part: Part) -> None:
        mine = self._parts.setdefault(person, {})
        if mine.get(part.call) == part:
            return
        mine[part.call] = part
        if not part.calling:
            self._rung_in.setdefault(part.call, set()).add(person)
        if self.on_change is not None:
            self.on_change(person)

    def _leave(self, person: str, call: str) -> None:
        mine = self._parts.get(person)
        if mine is None or mine.pop(call, None) is None:
            return
        if not mine:
            del self._parts[person]
        if self.on_change is not None:
            self.on_change(person)
