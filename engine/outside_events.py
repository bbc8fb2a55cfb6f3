"""Calls to the outside as events: over which trunk, what was refused and why, and what somebody has to be told."""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import CallEvent


@dataclass(frozen=True, slots=True)
class AnsweredOutside(CallEvent):
    """A telephone outside has answered: from here on it costs. ``number`` is what other events call it by."""

    number: str
    trunk: str


@dataclass(frozen=True, slots=True)
class OutsideRefused(CallEvent):
    """A person may not call a number outside. ``why``: ``permission``, ``blocked``, ``no_number``, ``calls`` (there are
    too many at a time), ``minutes`` (none are left today)."""

    number: str
    why: str


@dataclass(frozen=True, slots=True)
class EmergencyCalled(CallEvent):
    """A phone of ``person`` of ``account`` calls an emergency number, and shows a number that can be called back."""

    account: str
    number: str
    person: str
    shows: str


@dataclass(frozen=True, slots=True)
class MinutesEnding(CallEvent):
    """Both sides hear that a conversation with the outside will be ended, as the minutes of the day are used up."""

    number: str


@dataclass(frozen=True, slots=True)
class CeilingReached(CallEvent):
    """The calls of ``account`` to the outside have come to so many ``seconds`` today that somebody wants to know."""

    account: str
    seconds: float
