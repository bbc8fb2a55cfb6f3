"""Which call is parked in which slot."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.events import Bridged, CallEnded, CallEvent, CallParked


class Slots:
    """Told of every event of every call: a slot is taken when a call is parked, and free again once somebody talks to
    the caller or the call is over. ``on_change`` hears the number of a slot that is taken, or free again."""

    def __init__(self) -> None:
        self.on_change: Callable[[str], None] | None = None
        self._taken: dict[str, str] = {}
        self._slot_of: dict[str, str] = {}

    def call_in(self, slot: str) -> str | None:
        """The id of the call that is parked in a slot."""
        return self._taken.get(slot)

    def free_of(self, slots: Iterable[str]) -> str | None:
        """The first of the slots that is free; None if all are taken."""
        return next((slot for slot in slots if slot not in self._taken), None)

    def leave(self, call: str) -> None:
        """The call is no longer parked."""
        slot = self._slot_of.pop(call, None)
        if slot is not None:
            del self._taken[slot]
            self._tell(slot)

    def note(self, event: CallEvent) -> None:
        """Take an event of a call."""
        match event:
            case CallParked(call=call, slot=slot):
                self.leave(call)
                self._taken[slot], self._slot_of[call] = call, slot
                self._tell(slot)
            case Bridged(call=call) | CallEnded(call=call):
                self.leave(call)
            case _:
                pass

    def _tell(self, slot: str) -> None:
        if self.on_change is not None:
            self.on_change(slot)
