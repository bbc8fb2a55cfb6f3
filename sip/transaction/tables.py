"""The four transactions of RFC 3261 section 17, with the corrections of RFC 6026, as data.

Theory of operation
===================

A transaction is one request and all that answers it on one hop. Four automata exist, as a request is an INVITE or is
not, and as we sent it or received it. They know no dialogs, and no other transaction but one: a CANCEL, which travels
as a transaction of its own (section 9).

*Rules.* (1) Nothing that moves a transaction lives elsewhere: an input that has an ``Arrow`` does what the arrow says,
any other does nothing. (2) Each pair of state and input is either an arrow or stands in ``ignored`` with the reason why
nothing happens; a test proves that there is no third kind. (3) A timer runs only in the states that have an arrow for
it: entering any other state stops it. So a terminated transaction has no deadline. (4) An arrow's actions come first,
in their order; then its timers are stopped and started; a timer of length 0 fires at once.

*Why a transaction outlives its answer.* Over UDP either side may miss the other's last message and repeat its own. The
states after the final response exist only to absorb these repetitions, for as long as a datagram can live (64*T1, T4).
Over a reliable transport the timers of those states are 0 and the transaction ends with its answer.

*2xx to INVITE is special.* It is repeated end to end by the user agent until ACK, not by the transaction, since several
phones behind a proxy may each send one (section 13.3.1.4). RFC 6026 keeps the transaction in Accepted meanwhile: the
client passes up every 2xx of every fork, the server absorbs the INVITE repeated by a client that has not yet got the
2xx. ACK to 2xx is a transaction of nobody; ACK to a failure belongs to the INVITE's.

*Who else moves.* ``machine`` runs the tables; ``matching`` finds the transaction a message belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cached_property

from sip.errors import DropReason
from sip.transaction.timers import Timer


class State(StrEnum):
    """Where a transaction stands; the names of the figures 5 to 8."""

    CALLING = "Calling"
    TRYING = "Trying"
    PROCEEDING = "Proceeding"
    COMPLETED = "Completed"
    CONFIRMED = "Confirmed"
    ACCEPTED = "Accepted"
    TERMINATED = "Terminated"


class Input(StrEnum):
    """What can happen to a transaction, but for its timers (``timers.Timer``)."""

    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "300-699"
    CANCEL_WANTED = "CANCEL wanted by TU"
    REQUEST = "request repeated"
    ACK = "ACK"
    CANCEL = "CANCEL"
    SEND_PROVISIONAL = "1xx from TU"
    SEND_SUCCESS = "2xx from TU"
    SEND_FAILURE = "300-699 from TU"
    TRANSPORT_ERROR = "transport error"


class Action(StrEnum):
    """What an arrow does. The transaction user (TU) is whoever uses this layer: dialogs, registrar, core."""

    SEND_REQUEST = "send request"
    SEND_ACK = "send ACK"
    REPEAT_ACK = "repeat ACK"
    HOLD_CANCEL = "hold CANCEL back"
    RELEASE_CANCEL = "CANCEL if held back"
    SEND_CANCEL = "send CANCEL"
    SEND_RESPONSE = "send response"
    REPEAT_RESPONSE = "repeat last response"
    SEND_TRYING = "send 100"
    PASS_RESPONSE = "response to TU"
    PASS_ACK = "ACK to TU"
    PASS_CANCEL = "CANCEL to TU"
    TELL_TIMED_OUT = "tell TU it timed out"
    TELL_FAILED = "tell TU the transport failed"
    ABSORB = "absorb"


class Repeat(Enum):
    """How long a timer waits the next time it is set by its own firing."""

    DOUBLE = "twice as long"
    DOUBLE_TO_T2 = "twice as long, at most T2"
    T2 = "T2"


@dataclass(frozen=True, slots=True)
class Arrow:
    """In ``state``, on ``on``: do ``actions``, go ``to``, stop, start timers. ``section`` is RFC 3261's unless said."""

    state: State
    on: Input | Timer
    to: State
    section: str
    actions: tuple[Action, ...] = ()
    start: tuple[Timer, ...] = ()
    stop: tuple[Timer, ...] = ()
    repeat: Repeat | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Why nothing happens, and under which reason a message that came from the peer is counted as dropped."""

    why: str
    drop: DropReason | None = None


Pair = tuple[State, Input | Timer]


@dataclass(frozen=True)
class Automaton:
    """One of the four machines: how it begins (``initial``, ``first``, ``start``), its arrows, what it ignores."""

    name: str
    section: str
    initial: State
    first: tuple[Action, ...]
    start: tuple[Timer, ...]
    arrows: tuple[Arrow, ...]
    deliberately_ignored: Mapping[Pair, Ignored]

    @cached_property
    def moves(self) -> Mapping[Pair, Arrow]:
        """The arrows by state and input."""
        return {(arrow.state, arrow.on): arrow for arrow in self.arrows}

    @cached_property
    def states(self) -> tuple[State, ...]:
        """All states, in the order of their first appearance, the initial one first."""
        return tuple(dict.fromkeys([self.initial, *(s for a in self.arrows for s in (a.state, a.to))]))

    @cached_property
    def inputs(self) -> tuple[Input | Timer, ...]:
        """All that can be fed to this machine."""
        named = [arrow.on for arrow in self.arrows] + [on for _, on in self.deliberately_ignored]
        return tuple(dict.fromkeys(named))

    @cached_property
    def ignored(self) -> Mapping[Pair, Ignored]:
        """The deliberately ignored, all that comes after the end, and timers that do not run in a state (rule 3)."""
        ended: dict[Pair, Ignored] = {(State.TERMINATED, on): ENDED for on in self.inputs if not isinstance(on, Timer)}
        stopped: dict[Pair, Ignored] = {
            (state, on): NOT_RUNNING
            for state in self.states
            for on in self.inputs
            if isinstance(on, Timer) and (state, on) not in self.moves
        }
        return {**self.deliberately_ignored, **ended, **stopped}

    @cached_property
    def minds_transport(self) -> frozenset[State]:
        """The states in which a broken flow matters."""
        return frozenset(arrow.state for arrow in self.arrows if arrow.on is Input.TRANSPORT_ERROR)

    @cached_property
    def repeats(self) -> frozenset[State]:
        """The states in which the last message may be sent again, so that it must be kept."""
        return frozenset(arrow.state for arrow in self.arrows if not _REPEATING.isdisjoint(arrow.actions))


_REPEATING = frozenset({Action.SEND_REQUEST, Action.REPEAT_ACK, Action.REPEAT_RESPONSE})

ENDED = Ignored("the transaction has ended; the table no longer knows it")
NOT_RUNNING = Ignored("the timer does not run in this state")

_ANSWERED = Ignored("the final response has been sent; there is only one")
_LATE_CANCEL = Ignored("a CANCEL after the final response has no effect (9.2); it is answered 200 nevertheless")
_LATE_WISH = Ignored("the final response is here: nothing is left to cancel (9.1)")
_REPEATED = Ignored("a final response repeated is absorbed (17.1.2.2)", DropReason.RETRANSMISSION)
_OVERTAKEN = Ignored("a provisional response overtaken by the final one says nothing new", DropReason.STRAY_RESPONSE)

S, I, T, A, R = State, Input, Timer, Action, Repeat  # noqa: E741  short names: the tables are read as figures

INVITE_CLIENT = Automaton(
    name="INVITE client",
    section="17.1.1, figure 5; RFC 6026 7.2",
    initial=S.CALLING,
    first=(A.SEND_REQUEST,),
    start=(T.A, T.B),
    arrows=(
        Arrow(S.CALLING, T.A, S.CALLING, "17.1.1.2", (A.SEND_REQUEST,), repeat=R.DOUBLE),
        Arrow(S.CALLING, T.B, S.TERMINATED, "17.1.1.2", (A.TELL_TIMED_OUT,)),
        Arrow(S.CALLING, I.CANCEL_WANTED, S.CALLING, "9.1", (A.HOLD_CANCEL,)),
        Arrow(S.CALLING, I.PROVISIONAL, S.PROCEEDING, "17.1.1.2", (A.PASS_RESPONSE, A.RELEASE_CANCEL), start=(T.C,)),
        Arrow(S.CALLING, I.SUCCESS, S.ACCEPTED, "RFC 6026 7.2", (A.PASS_RESPONSE,), start=(T.M,)),
        Arrow(S.CALLING, I.FAILURE, S.COMPLETED, "17.1.1.3", (A.SEND_ACK, A.PASS_RESPONSE), start=(T.D,)),
        Arrow(S.CALLING, I.TRANSPORT_ERROR, S.TERMINATED, "17.1.4", (A.TELL_FAILED,)),
        Arrow(S.PROCEEDING, I.PROVISIONAL, S.PROCEEDING, "17.1.1.2", (A.PASS_RESPONSE,), start=(T.C,)),
        Arrow(S.PROCEEDING, T.C, S.PROCEEDING, "16.8", (A.SEND_CANCEL,), start=(T.CANCELLED,)),
        Arrow(S.PROCEEDING, I.CANCEL_WANTED, S.PROCEEDING, "9.1", (A.SEND_CANCEL,), start=(T.CANCELLED,)),
        Arrow(S.PROCEEDING, T.CANCELLED, S.TERMINATED, "9.1", (A.TELL_TIMED_OUT,)),
        Arrow(S.PROCEEDING, I.SUCCESS, S.ACCEPTED, "RFC 6026 7.2", (A.PASS_RESPONSE,), start=(T.M,)),
        Arrow(S.PROCEEDING, I.FAILURE, S.COMPLETED, "17.1.1.3", (A.SEND_ACK, A.PASS_RESPONSE), start=(T.D,)),
        Arrow(S.COMPLETED, I.FAILURE, S.COMPLETED, "17.1.1.2", (A.REPEAT_ACK, A.ABSORB)),
        Arrow(S.COMPLETED, I.TRANSPORT_ERROR, S.TERMINATED, "17.1.4", (A.TELL_FAILED,)),
        Arrow(S.COMPLETED, T.D, S.TERMINATED, "17.1.1.2"),
        Arrow(S.ACCEPTED, I.SUCCESS, S.ACCEPTED, "RFC 6026 7.2", (A.PASS_RESPONSE,)),
        Arrow(S.ACCEPTED, T.M, S.TERMINATED, "RFC 6026 7.2"),
    ),
    deliberately_ignored={
        (S.PROCEEDING, I.TRANSPORT_ERROR): Ignored(
            "nothing is being sent; the answer may come over a new connection (18.2.2), or timer C ends the wait"
        ),
        (S.COMPLETED, I.PROVISIONAL): _OVERTAKEN,
        (S.COMPLETED, I.SUCCESS): Ignored(
            "the INVITE has failed for its user; whoever accepts it later gets no ACK and hangs up (13.3.1.4)",
            DropReason.STRAY_RESPONSE,
        ),
        (S.COMPLETED, I.CANCEL_WANTED): _LATE_WISH,
        (S.ACCEPTED, I.PROVISIONAL): _OVERTAKEN,
        (S.ACCEPTED, I.FAILURE): Ignored(
            "a fork's failure after another's 2xx (RFC 6026 7.2)", DropReason.STRAY_RESPONSE
        ),
        (S.ACCEPTED, I.CANCEL_WANTED): _LATE_WISH,
        (S.ACCEPTED, I.TRANSPORT_ERROR): Ignored("nothing is sent here: the ACK to 2xx is the user's (13.2.2.4)"),
    },
)

NON_INVITE_CLIENT = Automaton(
    name="non-INVITE client",
    section="17.1.2, figure 6",
    initial=S.TRYING,
    first=(A.SEND_REQUEST,),
    start=(T.E, T.F),
    arrows=(
        Arrow(S.TRYING, T.E, S.TRYING, "17.1.2.2", (A.SEND_REQUEST,), repeat=R.DOUBLE_TO_T2),
        Arrow(S.TRYING, T.F, S.TERMINATED, "17.1.2.2", (A.TELL_TIMED_OUT,)),
        Arrow(S.TRYING, I.PROVISIONAL, S.PROCEEDING, "17.1.2.2", (A.PASS_RESPONSE,)),
        Arrow(S.TRYING, I.SUCCESS, S.COMPLETED, "17.1.2.2", (A.PASS_RESPONSE,), start=(T.K,)),
        Arrow(S.TRYING, I.FAILURE, S.COMPLETED, "17.1.2.2", (A.PASS_RESPONSE,), start=(T.K,)),
        Arrow(S.TRYING, I.TRANSPORT_ERROR, S.TERMINATED, "17.1.4", (A.TELL_FAILED,)),
        Arrow(S.PROCEEDING, T.E, S.PROCEEDING, "17.1.2.2", (A.SEND_REQUEST,), repeat=R.T2),
        Arrow(S.PROCEEDING, T.F, S.TERMINATED, "17.1.2.2", (A.TELL_TIMED_OUT,)),
        Arrow(S.PROCEEDING, I.PROVISIONAL, S.PROCEEDING, "17.1.2.2", (A.PASS_RESPONSE,)),
        Arrow(S.PROCEEDING, I.SUCCESS, S.COMPLETED, "17.1.2.2", (A.PASS_RESPONSE,), start=(T.K,)),
        Arrow(S.PROCEEDING, I.FAILURE, S.COMPLETED, "17.1.2.2", (A.PASS_RESPONSE,), start=(T.K,)),
        Arrow(S.PROCEEDING, I.TRANSPORT_ERROR, S.TERMINATED, "17.1.4", (A.TELL_FAILED,)),
        Arrow(S.COMPLETED, T.K, S.TERMINATED, "17.1.2.2"),
    ),
    deliberately_ignored={
        (S.COMPLETED, I.PROVISIONAL): _OVERTAKEN,
        (S.COMPLETED, I.SUCCESS): _REPEATED,
        (S.COMPLETED, I.FAILURE): _REPEATED,
        (S.COMPLETED, I.TRANSPORT_ERROR): Ignored("nothing more is sent; the answer is already here"),
    },
)

INVITE_SERVER = Automaton(
    name="INVITE server",
    section="17.2.1, figure 7; RFC 6026 7.1",
    initial=S.PROCEEDING,
    first=(),
    start=(T.TRYING,),
    arrows=(
        Arrow(S.PROCEEDING, T.TRYING, S.PROCEEDING, "17.2.1", (A.SEND_TRYING,)),
        Arrow(S.PROCEEDING, I.REQUEST, S.PROCEEDING, "17.2.1", (A.REPEAT_RESPONSE, A.ABSORB)),
        Arrow(S.PROCEEDING, I.CANCEL, S.PROCEEDING, "9.2", (A.PASS_CANCEL,)),
        Arrow(S.PROCEEDING, I.SEND_PROVISIONAL, S.PROCEEDING, "17.2.1", (A.SEND_RESPONSE,), stop=(T.TRYING,)),
        Arrow(S.PROCEEDING, I.SEND_SUCCESS, S.ACCEPTED, "RFC 6026 7.1", (A.SEND_RESPONSE,), start=(T.L,)),
        Arrow(S.PROCEEDING, I.SEND_FAILURE, S.COMPLETED, "17.2.1", (A.SEND_RESPONSE,), start=(T.G, T.H)),
        Arrow(S.PROCEEDING, I.TRANSPORT_ERROR, S.PROCEEDING, "RFC 6026 7.1", (A.TELL_FAILED,)),
        Arrow(S.COMPLETED, T.G, S.COMPLETED, "17.2.1", (A.REPEAT_RESPONSE,), repeat=R.DOUBLE_TO_T2),
        Arrow(S.COMPLETED, T.H, S.TERMINATED, "17.2.1", (A.TELL_TIMED_OUT,)),
        Arrow(S.COMPLETED, I.REQUEST, S.COMPLETED, "17.2.1", (A.REPEAT_RESPONSE, A.ABSORB)),
        Arrow(S.COMPLETED, I.ACK, S.CONFIRMED, "17.2.1", start=(T.I,)),
        Arrow(S.COMPLETED, I.TRANSPORT_ERROR, S.COMPLETED, "RFC 6026 7.1", (A.TELL_FAILED,)),
        Arrow(S.CONFIRMED, T.I, S.TERMINATED, "17.2.1"),
        Arrow(S.ACCEPTED, I.REQUEST, S.ACCEPTED, "RFC 6026 7.1", (A.ABSORB,)),
        Arrow(S.ACCEPTED, I.ACK, S.ACCEPTED, "RFC 6026 7.1", (A.PASS_ACK,)),
        Arrow(S.ACCEPTED, I.SEND_SUCCESS, S.ACCEPTED, "RFC 6026 7.1", (A.SEND_RESPONSE,)),
        Arrow(S.ACCEPTED, I.TRANSPORT_ERROR, S.ACCEPTED, "RFC 6026 7.1", (A.TELL_FAILED,)),
        Arrow(S.ACCEPTED, T.L, S.TERMINATED, "RFC 6026 7.1"),
    ),
    deliberately_ignored={
        (S.PROCEEDING, I.ACK): Ignored(
            "no final response has been sent that it could acknowledge", DropReason.STRAY_ACK
        ),
        (S.COMPLETED, I.CANCEL): _LATE_CANCEL,
        (S.COMPLETED, I.SEND_PROVISIONAL): _ANSWERED,
        (S.COMPLETED, I.SEND_SUCCESS): _ANSWERED,
        (S.COMPLETED, I.SEND_FAILURE): _ANSWERED,
        (S.CONFIRMED, I.ACK): Ignored("an ACK repeated is absorbed (17.2.1)", DropReason.RETRANSMISSION),
        (S.CONFIRMED, I.REQUEST): Ignored("an INVITE overtaken by its own ACK", DropReason.RETRANSMISSION),
        (S.CONFIRMED, I.CANCEL): _LATE_CANCEL,
        (S.CONFIRMED, I.SEND_PROVISIONAL): _ANSWERED,
        (S.CONFIRMED, I.SEND_SUCCESS): _ANSWERED,
        (S.CONFIRMED, I.SEND_FAILURE): _ANSWERED,
        (S.CONFIRMED, I.TRANSPORT_ERROR): Ignored("the response has arrived: its ACK is here"),
        (S.ACCEPTED, I.CANCEL): _LATE_CANCEL,
        (S.ACCEPTED, I.SEND_PROVISIONAL): _ANSWERED,
        (S.ACCEPTED, I.SEND_FAILURE): _ANSWERED,
    },
)

NON_INVITE_SERVER = Automaton(
    name="non-INVITE server",
    section="17.2.2, figure 8; RFC 4320",
    initial=S.TRYING,
    first=(),
    start=(T.TRYING, T.UNANSWERED),
    arrows=(
        Arrow(S.TRYING, T.TRYING, S.PROCEEDING, "RFC 4320 4.1", (A.SEND_TRYING,)),
        Arrow(S.TRYING, T.UNANSWERED, S.TERMINATED, "RFC 4320 4.2", (A.TELL_TIMED_OUT,)),
        Arrow(S.TRYING, I.SEND_PROVISIONAL, S.PROCEEDING, "17.2.2", (A.SEND_RESPONSE,)),
        Arrow(S.TRYING, I.SEND_SUCCESS, S.COMPLETED, "17.2.2", (A.SEND_RESPONSE,), start=(T.J,)),
        Arrow(S.TRYING, I.SEND_FAILURE, S.COMPLETED, "17.2.2", (A.SEND_RESPONSE,), start=(T.J,)),
        Arrow(S.PROCEEDING, T.UNANSWERED, S.TERMINATED, "RFC 4320 4.2", (A.TELL_TIMED_OUT,)),
        Arrow(S.PROCEEDING, I.REQUEST, S.PROCEEDING, "17.2.2", (A.REPEAT_RESPONSE, A.ABSORB)),
        Arrow(S.PROCEEDING, I.SEND_PROVISIONAL, S.PROCEEDING, "17.2.2", (A.SEND_RESPONSE,)),
        Arrow(S.PROCEEDING, I.SEND_SUCCESS, S.COMPLETED, "17.2.2", (A.SEND_RESPONSE,), start=(T.J,)),
        Arrow(S.PROCEEDING, I.SEND_FAILURE, S.COMPLETED, "17.2.2", (A.SEND_RESPONSE,), start=(T.J,)),
        Arrow(S.PROCEEDING, I.TRANSPORT_ERROR, S.TERMINATED, "17.2.4", (A.TELL_FAILED,)),
        Arrow(S.COMPLETED, I.REQUEST, S.COMPLETED, "17.2.2", (A.REPEAT_RESPONSE, A.ABSORB)),
        Arrow(S.COMPLETED, T.J, S.TERMINATED, "17.2.2"),
    ),
    deliberately_ignored={
        (S.TRYING, I.REQUEST): Ignored("nothing to repeat yet: discarded (17.2.2)", DropReason.RETRANSMISSION),
        (S.TRYING, I.TRANSPORT_ERROR): Ignored("nothing has been sent yet; the answer will fail by itself"),
        (S.COMPLETED, I.SEND_PROVISIONAL): _ANSWERED,
        (S.COMPLETED, I.SEND_SUCCESS): _ANSWERED,
        (S.COMPLETED, I.SEND_FAILURE): _ANSWERED,
        (S.COMPLETED, I.TRANSPORT_ERROR): Ignored(
            "a lost answer is repeated with the request; ended here, that request would reach the user twice"
        ),
    },
)

AUTOMATA = (INVITE_CLIENT, NON_INVITE_CLIENT, INVITE_SERVER, NON_INVITE_SERVER)
