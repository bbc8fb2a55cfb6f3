"""Where a person's calls go, as events: forwards, telephones outside, and what people set of them by phone."""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import CallEvent


@dataclass(frozen=True, slots=True)
class AcceptanceAsked(CallEvent):
    """Somebody outside has answered and is asked to take the call by a key; the others go on ringing."""

    number: str


@dataclass(frozen=True, slots=True)
class Forwarded(CallEvent):
    """A call for ``person`` goes on ``to`` somebody else, ``why``: always, busy, no_answer or not_registered."""

    person: str
    to: str
    why: str


@dataclass(frozen=True, slots=True)
class ForwardSet(CallEvent):
    """The calling person set where their calls go in case of ``why``; nowhere if ``to`` is empty."""

    person: str
    why: str
    to: str


@dataclass(frozen=True, slots=True)
class DoNotDisturbSet(CallEvent):
    """The calling person wants not to be disturbed (``on``), or does not mind any more."""

    person: str
    on: bool
