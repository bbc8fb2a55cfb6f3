"""A subscription of RFC 6665 as its notifier sees it, as data.

Theory of operation
===================

Somebody wants to be told how something stands. Their SUBSCRIBE makes a dialog of its own, in which we tell it by
NOTIFY: at once, whenever it changes, at each refresh, and for a last time at the end.

    Active --change--> Notifying --2xx--> Active
                          `--change--> Behind --2xx--> Notifying (with what holds by then)
    Active --end--> Last --2xx--> Ended;   Notifying, Behind --end--> Closing --2xx--> Last

*Rules.* (1) Nothing else moves a subscription. (2) Each pair of state and input is an ``Arrow`` or stands in
``IGNORED`` with the reason why nothing happens; a test proves that there is no third kind. (3) An arrow's actions come
first, in their order. (4) Entering Ended takes the subscription out of the table, the store and the notifier's memory.

*Throttling.* At most one NOTIFY of a subscription is under way. What changes meanwhile is not kept: the document is
asked for when a NOTIFY is made, so the newest state wins, and a phone that is slow hears less often.

*A NOTIFY that is refused* or never answered ends it (section 4.2.2). With Retry-After it is only too early: Waiting.
Waiting is also where a subscription stands that a restart has found in the store, until its turn has come.

*A NOTIFY that cannot be sent*, as the connection is gone, is no fault of the phone: Stranded, until it sends a
SUBSCRIBE or registers from a new place, or the time is over. No NOTIFY ever goes where the peer has not proved to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a subscription stands."""

    ACTIVE = "Active"
    NOTIFYING = "Notifying"
    BEHIND = "Behind"
    WAITING = "Waiting"
    STRANDED = "Stranded"
    CLOSING = "Closing"
    LAST = "Last"
    ENDED = "Ended"


class Input(StrEnum):
    """What can happen to it: ours, the peer's, time, then what comes of a NOTIFY."""

    CHANGED = "what is watched changed"
    CLOSED = "we end it"
    REACHABLE = "the phone registered"
    SUBSCRIBED = "SUBSCRIBE"
    LEFT = "SUBSCRIBE with Expires 0"
    EXPIRED = "its time is over"
    DUE = "its turn has come"
    TAKEN = "2xx to NOTIFY"
    TOO_EARLY = "refused with Retry-After"
    GONE = "refused, or no response"
    NO_WAY = "cannot be sent"


class Action(StrEnum):
    """What an arrow does."""

    KEEP = "keep in the store"
    SEND = "send NOTIFY"
    SEND_LAST = "send NOTIFY, terminated"


@dataclass(frozen=True, slots=True)
class Arrow:
    """In ``state``, on ``on``: do ``actions``, go ``to``. ``section`` is RFC 6665's unless said."""

    state: State
    on: Input
    to: State
    section: str
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """In any of ``states`` nothing happens on ``on``: why."""

    on: Input
    states: tuple[State, ...]
    why: str


S, I, A = State, Input, Action  # noqa: E741

_UNDER_WAY = (S.NOTIFYING, S.BEHIND, S.CLOSING, S.LAST)
_RESTING = (S.ACTIVE, S.WAITING, S.STRANDED)
_LEAVING = (S.CLOSING, S.LAST)

ARROWS: tuple[Arrow, ...] = (
    Arrow(S.ACTIVE, I.CHANGED, S.NOTIFYING, "4.2.2", (A.SEND,)),
    Arrow(S.NOTIFYING, I.CHANGED, S.BEHIND, "4.2.2"),
    *(Arrow(state, I.SUBSCRIBED, S.NOTIFYING, "4.2.1.2", (A.KEEP, A.SEND)) for state in _RESTING),
    *(Arrow(state, I.SUBSCRIBED, S.BEHIND, "4.2.1.2", (A.KEEP,)) for state in (S.NOTIFYING, S.BEHIND)),
    *(
        Arrow(state, on, S.LAST, section, (A.SEND_LAST,))
        for on, section in ((I.LEFT, "4.2.1.4"), (I.EXPIRED, "4.2.2"), (I.CLOSED, "4.2.2"))
        for state in (S.ACTIVE, S.WAITING)
    ),
    *(
        Arrow(state, on, S.CLOSING, section)
        for on, section in ((I.LEFT, "4.2.1.4"), (I.EXPIRED, "4.2.2"), (I.CLOSED, "4.2.2"))
        for state in (S.NOTIFYING, S.BEHIND)
    ),
    Arrow(S.STRANDED, I.LEFT, S.LAST, "4.2.1.4", (A.SEND_LAST,)),
    Arrow(S.STRANDED, I.EXPIRED, S.ENDED, "4.2.2"),
    Arrow(S.STRANDED, I.CLOSED, S.ENDED, "4.2.2"),
    *(Arrow(state, I.REACHABLE, S.NOTIFYING, "4.2.2", (A.KEEP, A.SEND)) for state in (S.WAITING, S.STRANDED)),
    Arrow(S.WAITING, I.DUE, S.NOTIFYING, "4.2.2", (A.KEEP, A.SEND)),
    Arrow(S.NOTIFYING, I.TAKEN, S.ACTIVE, "4.2.2"),
    Arrow(S.BEHIND, I.TAKEN, S.NOTIFYING, "4.2.2", (A.SEND,)),
    Arrow(S.CLOSING, I.TAKEN, S.LAST, "4.2.2", (A.SEND_LAST,)),
    Arrow(S.LAST, I.TAKEN, S.ENDED, "4.2.2"),
    *(Arrow(state, I.TOO_EARLY, S.WAITING, "4.2.2") for state in (S.NOTIFYING, S.BEHIND)),
    *(Arrow(state, I.NO_WAY, S.STRANDED, "4.2.2") for state in (S.NOTIFYING, S.BEHIND)),
    *(Arrow(state, I.GONE, S.ENDED, "4.2.2") for state in _UNDER_WAY),
    *(Arrow(state, on, S.ENDED, "4.2.2") for on in (I.TOO_EARLY, I.NO_WAY) for state in _LEAVING),
)

_TOLD_LATER = "the next NOTIFY has what holds by then"
_OVER = "it is over, or as good as"

IGNORED: tuple[Ignored, ...] = (
    Ignored(I.CHANGED, (S.BEHIND, S.WAITING, S.STRANDED), _TOLD_LATER),
    Ignored(I.REACHABLE, (S.ACTIVE, S.NOTIFYING, S.BEHIND), "nothing has to be told again"),
    Ignored(I.DUE, (S.ACTIVE, S.NOTIFYING, S.BEHIND, S.STRANDED), "no turn is waited for"),
    *(Ignored(on, (*_RESTING, S.ENDED), "no NOTIFY is under way") for on in (I.TAKEN, I.TOO_EARLY, I.GONE, I.NO_WAY)),
    *(
        Ignored(on, (S.CLOSING, S.LAST, S.ENDED), _OVER)
        for on in (I.CHANGED, I.CLOSED, I.REACHABLE, I.SUBSCRIBED, I.LEFT, I.EXPIRED, I.DUE)
    ),
)

MOVES: Mapping[tuple[State, Input], Arrow] = {(arrow.state, arrow.on): arrow for arrow in ARROWS}
OVER = frozenset({State.CLOSING, State.LAST, State.ENDED})
"""A SUBSCRIBE for it is answered 481."""
