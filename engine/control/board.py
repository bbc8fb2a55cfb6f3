"""The board of calls in progress: a listener that keeps of each call what one would want to see of it at this moment.

It notes what events say, in a step or two each; values to be shown are made only when somebody asks or watches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.control.messages import Call, CallChange, CallNews, CallOver, CallState
from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallEvent,
    CallOffered,
    CallParked,
    CallPickedUp,
    ConferenceJoined,
    ConferenceLeft,
    NodeEntered,
    PickUpEnded,
    QueueJoined,
    QueueLeft,
    Ringing,
    RingingEnded,
    Unbridged,
)

MAX_PATH = 50
"""The last steps of a call that are shown."""
_ENDS: dict[type[CallEvent], CallState] = {
    Unbridged: CallState.TALKING,
    PickUpEnded: CallState.TALKING,
    QueueLeft: CallState.QUEUE,
    ConferenceLeft: CallState.CONFERENCE,
}
"""The state that an event is the end of: in a queue somebody may talk before they are told to have left it."""


@dataclass(slots=True)
class _Progress:
    """One call, as far as it has come."""

    offered: CallOffered
    since: float
    state: CallState = CallState.OFFERED
    whom: str = ""
    answered_at: float | None = None
    path: list[str] = field(default_factory=list)
    ringing: list[str] = field(default_factory=list)

    def note(self, event: CallEvent) -> bool:
        """Take an event; whether anything to be seen has changed."""
        match event:
            case CallAnswered(at=at):
                self.answered_at = at
            case NodeEntered(kind=kind, name=name, at=at):
                self.path = [*self.path[1 - MAX_PATH :], f"{kind}:{name}"]
                self._becomes(CallState.NODE, "", at)
            case Ringing(person=person, at=at):
                if person not in self.ringing:
                    self.ringing.append(person)
                if self.state is not CallState.RINGING and self._is_idle:
                    self._becomes(CallState.RINGING, "", at)
            case RingingEnded(person=person, at=at):
                if person not in self.ringing:
                    return False
                self.ringing.remove(person)
                if not self.ringing and self.state is CallState.RINGING:
                    self._becomes(CallState.NODE, "", at)
            case Bridged(person=person, at=at) | CallPickedUp(caller=person, at=at):
                self._becomes(CallState.TALKING, person, at)
            case QueueJoined(queue=queue, at=at):
                self._becomes(CallState.QUEUE, queue, at)
            case CallParked(slot=slot, at=at):
                self._becomes(CallState.PARKED, slot, at)
            case ConferenceJoined(room=room, at=at):
                self._becomes(CallState.CONFERENCE, room, at)
            case _ if self.state is _ENDS.get(type(event)):
                self._becomes(CallState.RINGING if self.ringing else CallState.NODE, "", event.at)
            case _:
                return False
        return True

    @property
    def _is_idle(self) -> bool:
        """Whether the caller does nothing that goes on while phones ring, as waiting in a queue does."""
        return self.state in (CallState.OFFERED, CallState.NODE)

    def _becomes(self, state: CallState, whom: str, at: float) -> None:
        self.state, self.whom, self.since = state, whom, at

    def shown(self) -> Call:
        offered = self.offered
        whom = (self.whom,) if self.whom else ()
        return Call(
            id=offered.call,
            account=offered.account,
            caller=offered.caller,
            called=offered.called,
            since=offered.at,
            state=self.state,
            state_since=self.since,
            person=offered.person,
            diverted=offered.diverted,
            answered_at=self.answered_at,
            path=tuple(self.path),
            with_whom=(*whom, *self.ringing) if self.state is not CallState.TALKING else whom,
        )


class Board:
    """Listens to the bus; begins with the first call."""

    def __init__(self) -> None:
        self._calls: dict[str, _Progress] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def note(self, event: CallEvent) -> bool:
        """Take an event; whether it is news to whoever watches, which ``news`` then makes of it before the next one."""
        if isinstance(event, CallOffered):
            self._calls[event.call] = _Progress(event, event.at)
            return True
        known = self._calls.get(event.call)
        if known is None:
            return False
        return isinstance(event, CallEnded) or known.note(event)

    def news(self, event: CallEvent) -> CallChange:
        """An event that was just noted, with the call as it is now."""
        call = self._calls[event.call].shown()
        if isinstance(event, CallEnded):
            return CallOver(
                at=event.at,
                call=call,
                verdict=event.verdict.value,
                ended_by=event.by.value,
                reason=event.reason,
                seconds=event.seconds,
                talked=event.talked,
                answered_by=event.answered_by,
            )
        return CallNews(type(event).__name__, event.at, call)

    def forget(self, event: CallEvent) -> None:
        """Let go of a call that has ended."""
        if isinstance(event, CallEnded):
            self._calls.pop(event.call, None)

    def calls(self, account: str | None = None) -> Iterator[Call]:
        """Those in progress, of one account or of all, the oldest first."""
        return (each.shown() for each in list(self._calls.values()) if account in (None, each.offered.account))
