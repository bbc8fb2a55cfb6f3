"""The account's calls that somebody could take over at the moment: those that ring somewhere, and those parked.

Calls go by their ids. Each has a letter box, in which whoever takes the call over leaves word of themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from engine.events import CallEnded, CallEvent
from engine.office.presence import Presence


class LetterBox(Protocol):
    """One stretch of waiting: the first who takes the call has it."""

    @property
    def taker(self) -> Any:
        """Whoever has taken the call, with ``let_go``; None before."""
        ...

    def take(self, taker: Any) -> bool: ...

    def changed(self) -> Any:
        """A future that is done once it is taken."""
        ...


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call that can be taken over; ``caller`` is what is shown of its caller."""

    call: str
    caller: str
    box: LetterBox


class Waiting:
    """Told of the end of every call, so that nobody waits to talk to a caller who has gone."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._calls: dict[str, WaitingCall] = {}

    def of(self, call: str | None) -> WaitingCall | None:
        """A call of which the id is known, if it can be taken over."""
        return self._calls.get(call) if call is not None else None

    def ringing(self, people: Collection[str]) -> WaitingCall | None:
        """The call that has rung for longest at any of the people."""
        for waiting in self._calls.values():
            if any(self._presence.rung_by(waiting.call, person) for person in people):
                return waiting
        return None

    def offer(self, call: str, caller: str, box: LetterBox) -> WaitingCall:
        """From now on the call can be taken over."""
        waiting = self._calls[call] = WaitingCall(call, caller, box)
        return waiting

    @contextmanager
    def offered(self, call: str, caller: str, box: LetterBox) -> Iterator[None]:
        """Let the call be taken over inside the block. Who has taken it when that breaks off is let go."""
        self.offer(call, caller, box)
        try:
            yield
        except BaseException:
            if box.taker is not None:
                box.taker.let_go()
            raise
        finally:
            self._calls.pop(call, None)

    def note(self, event: CallEvent) -> None:
        """Take an event of a call."""
        if isinstance(event, CallEnded) and (left := self._calls.pop(event.call, None)) and left.box.taker is not None:
            left.box.taker.let_go()
