"""Who of an account's people is on the phone, and since when the others have been free."""

from __future__ import annotations

from collections import defaultdict

from engine.events import Bridged, CallEnded, CallEvent, CallOffered, Ringing, RingingEnded, Unbridged

PLUS, SHORT = "+", "tel:"
"""How events begin to name a telephone outside: its number (E.164), or a short one. No name of a dialplan does."""


class Presence:
    """Told of every event of every call of the account; people go by their names in the dialplan.

    Of numbers outside nothing is known, and nothing is kept.
    """

    def __init__(self) -> None:
        self._talking: defaultdict[str, set[str]] = defaultdict(set)
        self._rung: defaultdict[str, set[str]] = defaultdict(set)
        self._free_since: dict[str, float] = {}

    def busy(self, person: str) -> bool:
        """Whether the person talks, or has lifted the receiver to make a call."""
        return bool(self._talking.get(person))

    def rung(self, person: str) -> bool:
        """Whether some call is ringing the person's phones at the moment."""
        return bool(self._rung.get(person))

    def rung_by(self, call: str, person: str) -> bool:
        """Whether this call is ringing the person's phones at the moment."""
        return call in self._rung.get(person, ())

    def free_since(self, person: str) -> float:
        """When the person's last call ended, seconds since the epoch; 0 if they have had none."""
        return self._free_since.get(person, 0.0)

    def note(self, event: CallEvent) -> None:
        """Take an event of a call."""
        match event:
            case (
                Ringing(person=person) | RingingEnded(person=person) | Bridged(person=person) | Unbridged(person=person)
            ) if is_outside(person):
                pass
            case CallOffered(call=call, person=str(person)) | Bridged(call=call, person=person):
                self._talking[person].add(call)
            case Unbridged(call=call, at=at, person=person):
                self._hung_up(person, call, at)
            case Ringing(call=call, person=person):
                self._rung[person].add(call)
            case RingingEnded(call=call, person=person):
                self._leave(self._rung, person, call)
            case CallEnded(call=call, at=at):
                for person in [person for person, calls in self._talking.items() if call in calls]:
                    self._hung_up(person, call, at)
            case _:
                pass

    def _hung_up(self, person: str, call: str, at: float) -> None:
        self._leave(self._talking, person, call)
        if not self.busy(person):
            self._free_since[person] = at

    @staticmethod
    def _leave(of: defaultdict[str, set[str]], person: str, call: str) -> None:
        calls = of.get(person)
        if calls is not None:
            calls.discard(call)
            if not calls:
                del of[person]


def is_outside(person: str) -> bool:
    """Whether this is a number and no name, which never begins so."""
    return person.startswith((PLUS, SHORT))
