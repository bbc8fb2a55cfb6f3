"""The INVITE session of RFC 3261 sections 13 to 15, as data.

Theory of operation
===================

A session is one call, from its INVITE to its end, as one side of it sees it:

    called:   Invited --answer--> Answered --ACK--> Confirmed
                                     `--hang up--> Leaving --ACK--> Ended
    calling:  Calling --2xx--> Confirmed
                 |  `--2xx with an offer--> Offered --our answer--> Confirmed
                 `--give up--> Cancelling --final response--> Ended

*Rules.* (1) Nothing else moves a session. (2) Each pair of state and input is an ``Arrow`` or stands in ``IGNORED``
with the reason why nothing happens; a test proves that there is no third kind. (3) An arrow's actions come first, in
their order. (4) Entering Ended takes the session out of the core's tables and stops its timers. (5) The end is told
once: ``Failed`` for a call of ours that was never answered, ``Ended`` for every other.

*A hang-up may have to wait.* The called side must not send BYE before its 2xx is acknowledged or given up (section 15);
the calling side must not leave an INVITE without a final response, and acknowledges and ends what crosses its CANCEL
(9.1). So Leaving and Cancelling outlive the wish to hang up.

*Forks.* One INVITE of ours may be answered by several phones. The first 2xx makes the call; the dialog of each further
one is acknowledged and ended at once (13.2.2.4), in whatever state the session is by then. A 2xx repeated comes not as
far as this table: its ACK is repeated (``forks``).

*A challenge* (401, 407) is no end for a call of ours that has credentials: it is made once more with them (22.2), under
the same Call-ID and From tag. What went before leaves nothing behind, its early dialogs included. So it is with a 422,
which wants a longer session interval (RFC 4028 section 7.3).

*Offers within the call* have rules of their own: ``offers``. So have provisional responses that are acknowledged:
``reliable`` (ours) and ``prack`` (the peer's); and session timers: ``session_timer``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sip.dialog.dialog import Dialog
    from sip.dialog.surroundings import Headers
    from sip.message.envelope import Request


class State(StrEnum):
    """Where a session stands."""

    INVITED = "Invited"
    ANSWERED = "Answered"
    LEAVING = "Leaving"
    CALLING = "Calling"
    CANCELLING = "Cancelling"
    OFFERED = "Offered"
    CONFIRMED = "Confirmed"
    ENDED = "Ended"


class Input(StrEnum):
    """What can happen to a session: our commands, then what the peer does or fails to do."""

    RING = "ring"
    ANSWER = "answer"
    REJECT = "reject"
    GIVE_UP = "cancel"
    ACCEPT = "accept the offer"
    REFUSE = "refuse the offer"
    HANG_UP = "hang up"
    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    SUCCESS_WITH_OFFER = "2xx with an offer"
    UNUSABLE_SUCCESS = "2xx that makes no dialog"
    FAILURE = "300-699 or none"
    CHALLENGE = "401, 407 or 422 we can answer"
    ACK = "ACK"
    NO_ACK = "no ACK in 64*T1"
    NO_PRACK = "no PRACK in 64*T1"
    NOT_REFRESHED = "session not refreshed in time"
    PEER_GOES_ON = "request that presumes our 2xx"
    PEER_CANCELS = "CANCEL"
    PEER_LEAVES = "BYE"
    DIALOG_GONE = "408 or 481 within the dialog"


class Action(StrEnum):
    """What an arrow does."""

    SEND_PROVISIONAL = "send 1xx"
    SEND_SUCCESS = "send 200 until ACK"
    SEND_FAILURE = "send 300-699"
    SEND_CANCEL = "send CANCEL"
    SEND_ACK = "send ACK"
    SEND_AGAIN = "send INVITE as asked"
    SEND_BYE = "send BYE"
    KEEP_HEADERS = "keep the BYE's headers"
    KEEP_EARLY_DIALOG = "keep the early dialog"
    DROP_EARLY_DIALOG = "drop the early dialog"
    CHOOSE_DIALOG = "this dialog is the call's"
    TELL_PROGRESS = "tell Progress"
    TELL_ANSWERED = "tell Answered"
    TELL_ACKNOWLEDGED = "tell Acknowledged"
    TELL_FAILED = "tell Failed"
    TELL_ENDED = "tell Ended"


@dataclass(frozen=True, slots=True)
class Arrow:
    """In ``state``, on ``on``: do ``actions``, go ``to``. ``section`` is RFC 3261's unless said."""

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


class Cue(NamedTuple):
    """What an input brings along for the actions: ``sdp`` is ours, ``body`` the peer's; ``by`` and ``why`` end it."""

    now: float
    status: int = 0
    why: str | None = None
    by: str = "local"
    sdp: bytes | None = None
    body: bytes | None = None
    headers: Headers = ()
    dialog: Dialog | None = None
    request: Request | None = None
    fork: str = ""


S, I, A = State, Input, Action  # noqa: E741

_REFUSED = (A.SEND_FAILURE, A.TELL_ENDED)
_DECLINED = (A.SEND_ACK, A.SEND_BYE)
_LEFT = (A.SEND_BYE, A.TELL_ENDED)

ARROWS: tuple[Arrow, ...] = (
    Arrow(S.INVITED, I.RING, S.INVITED, "13.3.1.1", (A.SEND_PROVISIONAL,)),
    Arrow(S.INVITED, I.ANSWER, S.ANSWERED, "13.3.1.4", (A.SEND_SUCCESS,)),
    Arrow(S.INVITED, I.REJECT, S.ENDED, "13.3.1.3", _REFUSED),
    Arrow(S.INVITED, I.HANG_UP, S.ENDED, "13.3.1.3", _REFUSED),
    Arrow(S.INVITED, I.PEER_CANCELS, S.ENDED, "9.2", _REFUSED),
    Arrow(S.INVITED, I.PEER_LEAVES, S.ENDED, "15.1.2", _REFUSED),
    Arrow(S.INVITED, I.NO_PRACK, S.ENDED, "RFC 3262 3", _REFUSED),
    Arrow(S.ANSWERED, I.ACK, S.CONFIRMED, "13.3.1.4", (A.TELL_ACKNOWLEDGED,)),
    Arrow(S.ANSWERED, I.PEER_GOES_ON, S.CONFIRMED, "RFC 5407 3.1", (A.TELL_ACKNOWLEDGED,)),
    Arrow(S.ANSWERED, I.NO_ACK, S.ENDED, "13.3.1.4", _LEFT),
    Arrow(S.ANSWERED, I.HANG_UP, S.LEAVING, "15", (A.KEEP_HEADERS, A.TELL_ENDED)),
    Arrow(S.ANSWERED, I.PEER_LEAVES, S.ENDED, "15.1.2", (A.TELL_ENDED,)),
    Arrow(S.LEAVING, I.ACK, S.ENDED, "15", (A.SEND_BYE,)),
    Arrow(S.LEAVING, I.NO_ACK, S.ENDED, "15", (A.SEND_BYE,)),
    Arrow(S.LEAVING, I.PEER_LEAVES, S.ENDED, "15.1.2"),
    Arrow(S.CALLING, I.PROVISIONAL, S.CALLING, "13.2.2.1", (A.KEEP_EARLY_DIALOG, A.TELL_PROGRESS)),
    Arrow(S.CALLING, I.SUCCESS, S.CONFIRMED, "13.2.2.4", (A.CHOOSE_DIALOG, A.SEND_ACK, A.TELL_ANSWERED)),
    Arrow(S.CALLING, I.SUCCESS_WITH_OFFER, S.OFFERED, "13.2.2.4", (A.CHOOSE_DIALOG, A.TELL_ANSWERED)),
    Arrow(S.CALLING, I.UNUSABLE_SUCCESS, S.ENDED, "13.2.2.4", (*_DECLINED, A.TELL_FAILED)),
    Arrow(S.CALLING, I.FAILURE, S.ENDED, "13.2.2.3", (A.TELL_FAILED,)),
    Arrow(S.CALLING, I.CHALLENGE, S.CALLING, "22.2", (A.SEND_AGAIN,)),
    Arrow(S.CALLING, I.GIVE_UP, S.CANCELLING, "9.1", (A.SEND_CANCEL,)),
    Arrow(S.CALLING, I.HANG_UP, S.CANCELLING, "9.1", (A.SEND_CANCEL,)),
    Arrow(S.CALLING, I.PEER_LEAVES, S.CALLING, "15", (A.DROP_EARLY_DIALOG,)),
    Arrow(S.CANCELLING, I.PEER_LEAVES, S.CANCELLING, "15", (A.DROP_EARLY_DIALOG,)),
    Arrow(S.CANCELLING, I.SUCCESS, S.ENDED, "9.1", (*_DECLINED, A.TELL_FAILED)),
    Arrow(S.CANCELLING, I.SUCCESS_WITH_OFFER, S.ENDED, "9.1", (*_DECLINED, A.TELL_FAILED)),
    Arrow(S.CANCELLING, I.UNUSABLE_SUCCESS, S.ENDED, "9.1", (*_DECLINED, A.TELL_FAILED)),
    Arrow(S.CANCELLING, I.FAILURE, S.ENDED, "9.1", (A.TELL_FAILED,)),
    Arrow(S.OFFERED, I.ACCEPT, S.CONFIRMED, "13.2.2.4", (A.SEND_ACK,)),
    Arrow(S.OFFERED, I.REFUSE, S.ENDED, "13.2.2.4", (*_DECLINED, A.TELL_ENDED)),
    Arrow(S.OFFERED, I.HANG_UP, S.ENDED, "15", (*_DECLINED, A.TELL_ENDED)),
    Arrow(S.OFFERED, I.PEER_LEAVES, S.ENDED, "15.1.2", (A.SEND_ACK, A.TELL_ENDED)),
    Arrow(S.OFFERED, I.DIALOG_GONE, S.ENDED, "12.2.1.2", (*_DECLINED, A.TELL_ENDED)),
    Arrow(S.CONFIRMED, I.HANG_UP, S.ENDED, "15.1.1", _LEFT),
    Arrow(S.CONFIRMED, I.PEER_LEAVES, S.ENDED, "15.1.2", (A.TELL_ENDED,)),
    Arrow(S.CONFIRMED, I.NO_ACK, S.ENDED, "14.2", _LEFT),
    Arrow(S.CONFIRMED, I.DIALOG_GONE, S.ENDED, "12.2.1.2", _LEFT),
    Arrow(S.CONFIRMED, I.NOT_REFRESHED, S.ENDED, "RFC 4028 10", _LEFT),
    *(
        Arrow(state, on, state, "13.2.2.4", _DECLINED)
        for state in (S.OFFERED, S.CONFIRMED, S.ENDED)
        for on in (I.SUCCESS, I.SUCCESS_WITH_OFFER, I.UNUSABLE_SUCCESS)
    ),
)

_CALLED = (S.INVITED, S.ANSWERED, S.LEAVING)
_CALLING = (S.CALLING, S.CANCELLING, S.OFFERED)
_NOT_OURS_TO_ANSWER = "our own call: nobody asks us"
_SETTLED = "the INVITE has its final response"
_OVER = "the call is over"

IGNORED: tuple[Ignored, ...] = (
    *(
        ignored
        for on in (I.RING, I.ANSWER, I.REJECT, I.PEER_CANCELS)
        for ignored in (
            Ignored(on, _CALLING, _NOT_OURS_TO_ANSWER),
            Ignored(on, (S.ANSWERED, S.LEAVING, S.CONFIRMED, S.ENDED), _SETTLED),
        )
    ),
    Ignored(I.GIVE_UP, _CALLED, "the peer's call: it is rejected or hung up"),
    Ignored(I.GIVE_UP, (S.CANCELLING,), "given up already"),
    Ignored(I.GIVE_UP, (S.OFFERED, S.CONFIRMED, S.ENDED), _SETTLED),
    *(
        Ignored(on, tuple(state for state in State if state is not S.OFFERED), "no 2xx waits for our answer: offers")
        for on in (I.ACCEPT, I.REFUSE)
    ),
    Ignored(I.HANG_UP, (S.LEAVING, S.CANCELLING), "under way"),
    Ignored(I.HANG_UP, (S.ENDED,), _OVER),
    *(
        Ignored(on, _CALLED, "we sent no INVITE")
        for on in (I.PROVISIONAL, I.SUCCESS, I.SUCCESS_WITH_OFFER, I.UNUSABLE_SUCCESS, I.FAILURE, I.CHALLENGE)
    ),
    Ignored(I.CHALLENGE, (S.CANCELLING,), "given up: taken as a failure"),
    Ignored(I.CHALLENGE, (S.OFFERED, S.CONFIRMED, S.ENDED), "another fork succeeded, or the transaction just ended"),
    Ignored(I.PROVISIONAL, (S.CANCELLING,), "nobody wants to know any more"),
    Ignored(I.PROVISIONAL, (S.OFFERED, S.CONFIRMED, S.ENDED), "overtaken by a final response"),
    Ignored(I.FAILURE, (S.OFFERED, S.CONFIRMED, S.ENDED), "another fork succeeded, or the transaction just ended"),
    Ignored(I.ACK, (S.INVITED, *_CALLING), "no 2xx of ours that it could acknowledge"),
    Ignored(I.ACK, (S.CONFIRMED, S.ENDED), "repeated, or of a re-INVITE: offers"),
    Ignored(I.NO_ACK, (S.INVITED, *_CALLING), "no 2xx of ours"),
    Ignored(I.NO_ACK, (S.ENDED,), _OVER),
    Ignored(I.NO_PRACK, _CALLING, "no provisional response of ours"),
    Ignored(I.NO_PRACK, (S.ANSWERED, S.LEAVING, S.CONFIRMED, S.ENDED), _SETTLED),
    Ignored(I.NOT_REFRESHED, (*_CALLED, *_CALLING), "the timer runs once the call is up"),
    Ignored(I.NOT_REFRESHED, (S.ENDED,), _OVER),
    Ignored(I.PEER_GOES_ON, (S.INVITED, S.LEAVING, *_CALLING, S.CONFIRMED, S.ENDED), "no 2xx is being doubted"),
    Ignored(I.PEER_LEAVES, (S.ENDED,), _OVER),
    Ignored(I.DIALOG_GONE, (*_CALLED, S.CALLING, S.CANCELLING), "the INVITE itself decides, or its ACK"),
    Ignored(I.DIALOG_GONE, (S.ENDED,), _OVER),
)

MOVES: Mapping[tuple[State, Input], Arrow] = {(arrow.state, arrow.on): arrow for arrow in ARROWS}
OVER = frozenset({State.LEAVING, State.ENDED})
"""The user has been told of the end."""
