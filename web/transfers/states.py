"""What may happen to an order to transfer numbers, as data.

Theory of operation
===================

An order belongs to an account and moves through seven states. A manager draws it up (Draft), somebody signs it, and
it is handed to the carrier (Submitted), who answers: yes, on such a day (Accepted), or no (Rejected). Once the
numbers are there, they are put into the dialplan (Going live), and the order is Complete. Until then it may be
Cancelled.

*Rules.* (1) Nothing that moves an order lives elsewhere. (2) Each pair of state and event is either an arrow or
stands in ``REFUSED`` with the sentence that is said to whoever asks; a test proves that there is no third kind. (3)
An arrow's actions and its new state are kept in one transaction with the news of it. What reaches other machines (the
carrier, e-mail) is done after that, and found in the news and done again if the process dies in between.

*Going live is a state*, since two things have to change that no transaction holds together: the dialplan's file and
the order. The order says first that its numbers go live; then the file is saved; then the order is complete. Whoever
starts after a crash in between finds the order in that state and goes on: the change of the file is one that does
nothing the second time. While the file cannot be changed (somebody has broken it by hand, say) the order waits there,
with the reason.

*A signature is given for a letter*, and for the letter as it was shown. Whatever the letter says is no longer what
was signed once it changes, so a change takes the signature away.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from web.words import Sentence, say


class State(StrEnum):
    """Where an order stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    GOING_LIVE = "going live"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to an order: by a manager, by the carrier, or by Belplan itself (``live``, ``not live``)."""

    CHANGE = "change"
    PLACE = "place"
    SIGN = "sign"
    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    COMPLETE = "complete"
    CANCEL = "cancel"
    LIVE = "live"
    NOT_LIVE = "not live"


class Action(StrEnum):
    """What an arrow does beside changing the state."""

    DROP_SIGNATURE = "drop the signature"
    KEEP_SIGNATURE = "keep the signature"
    KEEP_WISH = "keep where numbers lead"
    HAND_IN = "hand it to the carrier"
    WITHDRAW = "tell the carrier"
    EXPECT = "work out the expected days"
    KEEP_DAY = "keep the agreed day"
    KEEP_REASON = "keep the reason"
    CHANGE_DIALPLAN = "change the dialplan"
    FREE_NUMBERS = "free its numbers"
    TELL = "write to everyone concerned"


@dataclass(frozen=True, slots=True)
class Arrow:
    """In ``state``, on ``on``: do ``actions``, go ``to``."""

    state: State
    on: Event
    to: State
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """In ``states``, ``on`` is refused with ``why``."""

    states: tuple[State, ...]
    on: Event
    why: Sentence


S, E, A = State, Event, Action

ARROWS: Final = (
    Arrow(S.DRAFT, E.CHANGE, S.DRAFT, (A.DROP_SIGNATURE,)),
    Arrow(S.DRAFT, E.PLACE, S.DRAFT, (A.KEEP_WISH,)),
    Arrow(S.DRAFT, E.SIGN, S.DRAFT, (A.KEEP_SIGNATURE,)),
    Arrow(S.DRAFT, E.SUBMIT, S.SUBMITTED, (A.HAND_IN, A.EXPECT, A.TELL)),
    Arrow(S.DRAFT, E.CANCEL, S.CANCELLED, (A.FREE_NUMBERS,)),
    Arrow(S.SUBMITTED, E.PLACE, S.SUBMITTED, (A.KEEP_WISH,)),
    Arrow(S.SUBMITTED, E.ACCEPT, S.ACCEPTED, (A.KEEP_DAY, A.TELL)),
    Arrow(S.SUBMITTED, E.REJECT, S.REJECTED, (A.KEEP_REASON, A.TELL)),
    Arrow(S.SUBMITTED, E.CANCEL, S.CANCELLED, (A.WITHDRAW, A.FREE_NUMBERS, A.TELL)),
    Arrow(S.ACCEPTED, E.PLACE, S.ACCEPTED, (A.KEEP_WISH,)),
    Arrow(S.ACCEPTED, E.ACCEPT, S.ACCEPTED, (A.KEEP_DAY, A.TELL)),
    Arrow(S.ACCEPTED, E.REJECT, S.REJECTED, (A.KEEP_REASON, A.TELL)),
    Arrow(S.ACCEPTED, E.COMPLETE, S.GOING_LIVE, (A.CHANGE_DIALPLAN,)),
    Arrow(S.ACCEPTED, E.CANCEL, S.CANCELLED, (A.WITHDRAW, A.FREE_NUMBERS, A.TELL)),
    Arrow(S.REJECTED, E.CHANGE, S.DRAFT, (A.DROP_SIGNATURE,)),
    Arrow(S.REJECTED, E.PLACE, S.REJECTED, (A.KEEP_WISH,)),
    Arrow(S.REJECTED, E.SUBMIT, S.SUBMITTED, (A.HAND_IN, A.EXPECT, A.TELL)),
    Arrow(S.REJECTED, E.CANCEL, S.CANCELLED, (A.FREE_NUMBERS, A.TELL)),
    Arrow(S.GOING_LIVE, E.PLACE, S.GOING_LIVE, (A.KEEP_WISH,)),
    Arrow(S.GOING_LIVE, E.COMPLETE, S.GOING_LIVE, (A.CHANGE_DIALPLAN,)),
    Arrow(S.GOING_LIVE, E.LIVE, S.COMPLETE, (A.FREE_NUMBERS, A.TELL)),
    Arrow(S.GOING_LIVE, E.NOT_LIVE, S.GOING_LIVE, (A.KEEP_REASON, A.TELL)),
)

_WITH_THE_CARRIER = (S.SUBMITTED, S.ACCEPTED)
_OVER = (S.COMPLETE, S.CANCELLED)

_SENT = say("The order is with the carrier: cancel it and begin a new one, or wait for the answer.")
_BEING_PUT_IN = say("The numbers are here and are being put in place: nothing else can be done with the order now.")
_COMPLETE = say("The transfer is complete; nothing more can be done with it.")
_CANCELLED = say("The order has been cancelled; begin a new one.")
_NOT_SENT = say("The order has not been submitted, so the carrier cannot have answered.")
_ANSWERED = say("The carrier has rejected the order; correct it and submit it again first.")
_BY_ITSELF = say("This happens by itself when the numbers are put in place.")
_CHANGED_FIRST = say("A rejected order is signed again once something in it has been corrected.")
_NOT_ACCEPTED = say("The carrier has not accepted the order yet: record the agreed day first.")

REFUSED: Final = (
    *(
        Refused((state,), event, why)
        for state, why in ((S.COMPLETE, _COMPLETE), (S.CANCELLED, _CANCELLED))
        for event in Event
        if event not in (E.LIVE, E.NOT_LIVE)
    ),
    Refused((S.DRAFT,), E.ACCEPT, _NOT_SENT),
    Refused((S.DRAFT,), E.REJECT, _NOT_SENT),
    Refused((S.DRAFT,), E.COMPLETE, _NOT_SENT),
    Refused(_WITH_THE_CARRIER, E.CHANGE, _SENT),
    Refused(_WITH_THE_CARRIER, E.SIGN, _SENT),
    Refused(_WITH_THE_CARRIER, E.SUBMIT, _SENT),
    Refused((S.SUBMITTED,), E.COMPLETE, _NOT_ACCEPTED),
    Refused((S.REJECTED,), E.SIGN, _CHANGED_FIRST),
    Refused((S.REJECTED,), E.ACCEPT, _ANSWERED),
    Refused((S.REJECTED,), E.REJECT, _ANSWERED),
    Refused((S.REJECTED,), E.COMPLETE, _ANSWERED),
    *(
        Refused((S.GOING_LIVE,), event, _BEING_PUT_IN)
        for event in (E.CHANGE, E.SIGN, E.SUBMIT, E.ACCEPT, E.REJECT, E.CANCEL)
    ),
    Refused((S.DRAFT, S.SUBMITTED, S.ACCEPTED, S.REJECTED, *_OVER), E.LIVE, _BY_ITSELF),
    Refused((S.DRAFT, S.SUBMITTED, S.ACCEPTED, S.REJECTED, *_OVER), E.NOT_LIVE, _BY_ITSELF),
)

OPEN: Final = frozenset(State) - {S.COMPLETE, S.CANCELLED}
"""The states in which an order's numbers are taken."""
TITLES: Final = {
    S.DRAFT: say("Draft"),
    S.SUBMITTED: say("Submitted"),
    S.ACCEPTED: say("Accepted"),
    S.REJECTED: say("Rejected"),
    S.GOING_LIVE: say("Going live"),
    S.COMPLETE: say("Complete"),
    S.CANCELLED: say("Cancelled"),
}


class OutOfTurn(Exception):
    """The event cannot happen where the order stands; ``why`` is said to whoever asked."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(str(why))
        self.why = why


@cache
def _moves() -> dict[tuple[State, Event], Arrow]:
    return {(arrow.state, arrow.on): arrow for arrow in ARROWS}


@cache
def _refusals() -> dict[tuple[State, Event], Sentence]:
    return {(state, each.on): each.why for each in REFUSED for state in each.states}


def move(state: State, event: Event) -> Arrow:
    """The arrow for the event. Raises OutOfTurn."""
    arrow = _moves().get((state, event))
    if arrow is None:
        raise OutOfTurn(_refusals()[state, event])
    return arrow


def possible(state: State) -> frozenset[Event]:
    """What a manager or the carrier may do with an order that stands there."""
    return frozenset(on for at, on in _moves() if at is state) - {E.LIVE, E.NOT_LIVE}
