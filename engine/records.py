"""The listener that makes one call record of a call's events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallEvent,
    CallOffered,
    CallPickedUp,
    DigitHeard,
    NodeEntered,
    RingingEnded,
    Unbridged,
)
from engine.office.presence import SHORT
from engine.outside_events import AnsweredOutside
from engine.store.records import CallRecord
from engine.transfer_events import CallTransferred

MAX_PATH = 200
MAX_KEYS = 200
MAX_RINGS = 200
"""A caller who goes round in circles fills no memory: what comes after these is not recorded."""


TRANSFERRED = "transferred:"
"""Begins the step of a call's path that tells of a transfer."""


class KeepsRecords(Protocol):
    """Where records go; ``put`` may be called again for the same call, the last one counts."""

    def put(self, record: CallRecord, /) -> None: ...


@dataclass(slots=True)
class _Draft:
    """What is known of a call under way."""

    offered: CallOffered
    answered_at: float | None = None
    answered_by: str | None = None
    path: list[str] = field(default_factory=list)
    keys: list[tuple[float, str]] = field(default_factory=list)
    rings: list[tuple[str, str, float]] = field(default_factory=list)
    outside: list[tuple[str, str, float]] = field(default_factory=list)
    costing: dict[str, tuple[str, float]] = field(default_factory=dict)

    def costs_no_more(self, person: str, at: float) -> None:
        """A call to the outside is over, if it was answered."""
        trunk, since = self.costing.pop(person, ("", 0.0))
        if trunk and len(self.outside) < MAX_RINGS:
            self.outside.append((trunk, person.removeprefix(SHORT), round(max(0.0, at - since), 3)))

    def record(self, ended: CallEnded | None = None) -> CallRecord:
        offered = self.offered
        return CallRecord(
            id=offered.call,
            account=offered.account,
            caller=offered.caller,
            called=offered.called,
            person=offered.person,
            diverted=offered.diverted,
            started_at=offered.at,
            answered_at=self.answered_at,
            path=tuple(self.path),
            keys=tuple(self.keys),
            answered_by=ended.answered_by if ended and ended.answered_by else self.answered_by,
            seconds=ended.seconds if ended else None,
            talked=ended.talked if ended else 0.0,
            verdict=ended.verdict.value if ended else None,
            ended_by=ended.by.value if ended else None,
            reason=ended.reason if ended else None,
            status=ended.status if ended else None,
            rings=tuple(self.rings),
            outside=tuple(self.outside),
        )


class CallRecorder:
    """Listens to the bus. A record is put when a call is offered, when two people talk, and when it ended."""

    def __init__(self, records: KeepsRecords) -> None:
        self._records = records
        self._drafts: dict[str, _Draft] = {}

    def __call__(self, event: CallEvent) -> None:
        if isinstance(event, CallOffered):
            draft = self._drafts[event.call] = _Draft(event)
            self._records.put(draft.record())
        elif known := self._drafts.get(event.call):
            self._note(known, event)

    def _note(self, draft: _Draft, event: CallEvent) -> None:
        match event:
            case NodeEntered(kind=kind, name=name):
                if len(draft.path) < MAX_PATH:
                    draft.path.append(f"{kind}:{name}")
            case CallTransferred(by=by, to=to):
                if len(draft.path) < MAX_PATH:
                    draft.path.append(f"{TRANSFERRED}{by} to {to}")
            case DigitHeard(digit=digit, at=at):
                if len(draft.keys) < MAX_KEYS:
                    draft.keys.append((round(at - draft.offered.at, 3), digit))
            case AnsweredOutside(number=number, trunk=trunk, at=at):
                draft.costing[number] = (trunk, at)
            case Unbridged(person=person, at=at):
                draft.costs_no_more(person, at)
            case RingingEnded(person=person, outcome=outcome, seconds=seconds, at=at):
                if outcome != "answered":
                    draft.costs_no_more(person, at)
                if len(draft.rings) < MAX_RINGS:
                    draft.rings.append((person, outcome, round(seconds, 3)))
            case CallAnswered(at=at):
                draft.answered_at = at
            case Bridged(person=who) | CallPickedUp(caller=who):
                draft.answered_by = who
                self._records.put(draft.record())
            case CallEnded(at=at):
                for person in list(draft.costing):
                    draft.costs_no_more(person, at)
                del self._drafts[event.call]
                self._records.put(draft.record(event))
            case _:
                pass
