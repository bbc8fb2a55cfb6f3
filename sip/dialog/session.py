"""An INVITE session (RFC 3261 sections 13 to 15): one call of ours or to us, from its INVITE to its end.

Theory of operation. A session is in one state; the two sides' states are apart until it is confirmed:

    called:   INVITED --answer--> ANSWERED --ACK--> CONFIRMED
    calling:  CALLING --2xx--> CONFIRMED            (CALLING --cancel--> CANCELLING until the final response)
    both:     any state --> ENDED, told once: ``Failed`` for a call of ours that was never answered, else ``Ended``

Within CONFIRMED one offer may be under way at a time: ours (``_asking``) or the peer's (``_asked``); two that cross are
glare and get 491 (14.2). Each 2xx of ours is repeated until its ACK (13.3.1.4); each ACK of ours is kept for the peer's
repeated 2xx. Further 2xx of a forked INVITE are acknowledged and ended with BYE (13.2.2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypedDict

from sip.dialog.dialog import Dialog
from sip.errors import DropReason
from sip.events import (
    Acknowledged,
    Answered,
    AnswerReceived,
    Ended,
    Event,
    Failed,
    OfferReceived,
    Progress,
    ReofferFailed,
)
from sip.flow import Flow
from sip.message.build import new_tag, response
from sip.message.envelope import Request, Response
from sip.message.values import NameAddr
from sip.transaction.matching import TransactionTable
from sip.transaction.timers import NEVER, Timers
from sip.transaction.transaction import ClientTransaction, ServerTransaction

SDP = "application/sdp"
MAX_FORKS = 16
"""Early dialogs kept for one INVITE; provisional responses of further forks are passed on, but make none."""
MAX_REOFFERS = 5
"""How often an offer of ours is tried again after glare."""

Headers = Iterable[tuple[str, object]]
OnResponse = Callable[[Response | None, int, float], None]
"""(response or None, its status or 408 or 503, now)."""


class State(Enum):
    INVITED = "invited"
    ANSWERED = "answered"
    CALLING = "calling"
    CANCELLING = "cancelling"
    CONFIRMED = "confirmed"
    ENDED = "ended"


class Surroundings(Protocol):
    """What a session needs of the core."""

    table: TransactionTable
    timers: Timers

    def tell(self, event: Event) -> None: ...
    def drop(self, reason: DropReason, flow: Flow) -> None: ...
    def contact(self, flow: Flow) -> NameAddr: ...
    def allow(self) -> str: ...
    def flow_of(self, session: InviteSession, dialog: Dialog) -> Flow: ...
    def send_request(self, request: Request, flow: Flow, on_response: OnResponse, now: float) -> ClientTransaction: ...
    def send_ack(self, ack: Request, flow: Flow) -> bytes: ...
    def send_again(self, data: bytes, flow: Flow) -> None: ...
    def remember(self, session: InviteSession, dialog: Dialog) -> None: ...
    def forget(self, session: InviteSession) -> None: ...
    def wake(self, session: InviteSession) -> None: ...
    def random(self) -> float: ...


@dataclass(slots=True)
class Repeating:
    """A 2xx of ours on its way until its ACK comes."""

    response: Response
    transaction: ServerTransaction
    interval: float
    next_at: float
    give_up_at: float


class InviteSession:
    """One call. Commands take ``now`` and do nothing where the state has no use for them; events tell what happened."""

    __slots__ = (
        "_acks",
        "_asked",
        "_asked_request",
        "_asking",
        "_leaving",
        "_offered",
        "_reoffers",
        "_repeating",
        "_retry",
        "_retry_at",
        "_transaction",
        "around",
        "deadline",
        "dialog",
        "early",
        "flow",
        "identity",
        "local_tag",
        "outgoing",
        "request",
        "state",
        "wake_at",
    )

    def __init__(self, around: Surroundings, request: Request, flow: Flow, *, outgoing: bool) -> None:
        self.around = around
        self.request = request
        self.flow = flow
        self.outgoing = outgoing
        self.identity: str | None = None
        self.state = State.CALLING if outgoing else State.INVITED
        self.local_tag = (request.from_tag if outgoing else None) or new_tag()
        self.dialog: Dialog | None = None
        self.early: dict[str, Dialog] = {}
        self.deadline = NEVER
        self.wake_at = NEVER
        self._transaction: ServerTransaction | ClientTransaction | None = None
        self._offered = bool(request.body)
        self._asked: ServerTransaction | None = None
        self._asked_request: Request | None = None
        self._asking: ClientTransaction | None = None
        self._acks: dict[tuple[str, int], tuple[bytes, Flow]] = {}
        self._repeating: Repeating | None = None
        self._retry: tuple[bytes, str] | None = None
        self._retry_at = NEVER
        self._reoffers = 0
        self._leaving: Headers | None = None

    @property
    def call_id(self) -> str:
        return self.request.call_id

    @property
    def ended(self) -> bool:
        return self.state is State.ENDED

    # --- the called side's commands ---------------------------------------------------------------------------------

    def begin_incoming(self, transaction: ServerTransaction, identity: str | None) -> None:
        """Take the INVITE. Raises ProtocolError if it can make no dialog."""
        self.dialog = Dialog.of_request(self.request, self.local_tag)
        self.identity = identity
        self._transaction = self._asked = transaction
        self._asked_request = self.request
        self.around.remember(self, self.dialog)

    def ring(self, now: float, status: int = 180, sdp: bytes | None = None, headers: Headers = ()) -> None:
        """Send a provisional response, with early media if ``sdp``."""
        if self.state is State.INVITED and self._asked is not None:
            self._respond(self._asked, self.request, status, now, sdp=sdp, headers=headers)

    def answer(self, sdp: bytes, now: float, headers: Headers = ()) -> None:
        """Take the call: 200, repeated until the ACK. ``sdp`` answers the INVITE's offer, or is ours if it had none."""
        if self.state is State.INVITED:
            self.state = State.ANSWERED
            self._accept(sdp, now, headers)

    def reject(self, status: int, reason: str | None, now: float, headers: Headers = ()) -> None:
        """Refuse the call with a final status of 300 or more."""
        if self.state is State.INVITED and self._asked is not None:
            answer = response(self.request, status, reason, to_tag=self.local_tag, headers=headers)
            self.around.table.respond(self._asked, answer, now)
            self._end("local", f"refused with {status}")

    # --- the calling side's commands --------------------------------------------------------------------------------

    def begin_outgoing(self, now: float) -> None:
        """Send the INVITE."""
        self._transaction = self.around.send_request(self.request, self.flow, self._on_invite_response, now)

    def cancel(self, now: float, headers: Headers = ()) -> None:
        """Give up a call of ours that is not answered (section 9.1); answered in the meantime, it gets ACK and BYE."""
        if self.state is State.CALLING and isinstance(self._transaction, ClientTransaction):
            self.state = State.CANCELLING
            written = tuple((name, str(value)) for name, value in headers)
            self.around.table.cancel(self._transaction, now, written)

    def acknowledge(self, sdp: bytes) -> None:
        """The ACK with our answer, to a 2xx that answered an INVITE without an offer."""
        if self.dialog is not None and not self._offered:
            self._offered = True
            self._send_ack(self.dialog, self.request.cseq.number, sdp)
            self.state = State.CONFIRMED

    # --- both sides' commands ---------------------------------------------------------------------------------------

    def bye(self, now: float, headers: Headers = ()) -> None:
        """End the call, as its state wants it: 480, CANCEL or BYE (section 15)."""
        match self.state:
            case State.INVITED:
                self.reject(480, None, now, headers)
            case State.CALLING:
                self.cancel(now, headers)
            case State.ANSWERED:
                # no BYE before the ACK or its timeout (section 15)
                self._leaving = tuple(headers)
                self._end("local", "hung up", keep=True)
            case State.CONFIRMED:
                self._send_bye(now, headers)
                self._end("local", "hung up")
            case _:
                pass

    def reoffer(self, sdp: bytes, now: float, method: str = "INVITE") -> None:
        """Offer another session description; AnswerReceived or ReofferFailed follows. After glare: again."""
        if self.state is not State.CONFIRMED or self.dialog is None:
            return
        if self._asking is not None or self._asked is not None:
            self._try_later(sdp, method, now)
            return
        dialog, flow = self.dialog, self.around.flow_of(self, self.dialog)
        request = dialog.make(method, contact=self.around.contact(flow), headers=self._allow(), **_body(sdp))
        self._retry = (sdp, method)
        self._asking = self.around.send_request(request, flow, self._on_reoffer_response, now)

    def accept_offer(self, sdp: bytes, now: float) -> None:
        """Answer the offer of OfferReceived (or make ours, if it was None)."""
        if self._asked is None or self._asked_request is None or self.state is State.INVITED:
            return
        if self._asked_request.method == "INVITE":
            self._accept(sdp, now)
        else:
            self._respond(self._asked, self._asked_request, 200, now, sdp=sdp)
            self._asked = self._asked_request = None

    def refuse_offer(self, status: int, now: float) -> None:
        """Refuse the offer of OfferReceived; the session goes on as it was (section 14.2)."""
        if self._asked is not None and self._asked_request is not None and self.state is not State.INVITED:
            answer = response(self._asked_request, status, to_tag=self.local_tag)
            self.around.table.respond(self._asked, answer, now)
            self._asked = self._asked_request = None

    def send_info(self, content_type: str, body: bytes, now: float) -> None:
        """An INFO within the call (RFC 6086); its answer is not waited for."""
        if self.state is State.CONFIRMED and self.dialog is not None:
            request = self.dialog.make("INFO", body=body, content_type=content_type)
            self.around.send_request(request, self.around.flow_of(self, self.dialog), _ignore, now)

    # --- requests of the peer ---------------------------------------------------------------------------------------

    def receive_invite(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """A re-INVITE (section 14.2)."""
        self._receive_offer(request, transaction, now)

    def receive_update(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """An UPDATE (RFC 3311 section 5.2); without an offer it only refreshes the target."""
        if request.body:
            self._receive_offer(request, transaction, now)
        else:
            self._respond(transaction, request, 200, now)

    def _receive_offer(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        if self._asking is not None:
            self._respond(transaction, request, 491, now)
        elif self._asked is not None or self._repeating is not None or self.state is not State.CONFIRMED:
            seconds = int(self.around.random() * 10)
            self._respond(transaction, request, 500, now, headers=[("Retry-After", seconds)])
        else:
            assert self.dialog is not None
            self.dialog.refresh_target(request)
            self._asked, self._asked_request = transaction, request
            self.around.tell(OfferReceived(self, request.body or None))

    def receive_ack(self, ack: Request, now: float) -> None:
        """The ACK to our 2xx, first or repeated."""
        waiting = self._repeating
        if waiting is None or ack.cseq.number != waiting.response.cseq.number:
            return
        self._repeating = None
        self._set_deadline()
        if self._leaving is not None:
            self._send_bye(now, self._leaving)
            self.around.forget(self)
        elif self.state is State.ANSWERED:
            self.state = State.CONFIRMED
            self.around.tell(Acknowledged(self, ack.body or None))
        elif ack.body:
            self.around.tell(AnswerReceived(self, ack.body))

    def receive_cancel(self, transaction: ServerTransaction, reason: str, now: float) -> None:
        """The caller gives up an INVITE that has no final response yet (section 9.2)."""
        if transaction is not self._asked or self._asked_request is None:
            return
        answer = response(self._asked_request, 487, to_tag=self.local_tag)
        self.around.table.respond(transaction, answer, now)
        self._asked = self._asked_request = None
        if self.state is State.INVITED:
            self._end("remote", reason)

    def receive_bye(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """The peer hangs up (section 15.1.2); an INVITE that still waits gets 487."""
        self._respond(transaction, request, 200, now)
        if self._asked is not None and self._asked_request is not None:
            self.around.table.respond(self._asked, response(self._asked_request, 487, to_tag=self.local_tag), now)
        if not self.ended:
            self._end("remote", request.header("Reason") or "hung up")
        else:
            self.around.forget(self)

    def transaction_lost(self, transaction: ServerTransaction) -> None:
        """Our failing response to the peer was never acknowledged, or it can not be answered any more."""
        if transaction is self._asked:
            self._asked = self._asked_request = None
            if self.state is State.INVITED:
                self._end("timeout", "not answered in time")

    # --- responses of the peer --------------------------------------------------------------------------------------

    def _on_invite_response(self, answer: Response | None, status: int, now: float) -> None:
        if answer is None or status >= 300:
            if self.state in (State.CALLING, State.CANCELLING):
                self._fail(status, answer.reason if answer else "no response" if status == 408 else "unreachable")
        elif status < 200:
            self._note_progress(answer, status)
        else:
            self._note_success(answer, now)

    def _note_progress(self, answer: Response, status: int) -> None:
        if status == 100 or self.state is not State.CALLING:
            return
        tag = answer.to_tag
        if tag and tag not in self.early and len(self.early) < MAX_FORKS:
            self.early[tag] = Dialog.of_response(self.request, answer)
            self.around.remember(self, self.early[tag])
        self.around.tell(Progress(self, status, answer.body or None))

    def _note_success(self, answer: Response, now: float) -> None:
        tag = answer.to_tag or ""
        repeated = self._acks.get((tag, self.request.cseq.number))
        if repeated is not None:
            self.around.send_again(*repeated)
        elif self.state is State.CALLING:
            self.dialog = Dialog.of_response(self.request, answer)
            self.early.clear()
            self.around.remember(self, self.dialog)
            self.state = State.CONFIRMED
            if self._offered:
                self._send_ack(self.dialog, self.request.cseq.number)
            self.around.tell(Answered(self, answer.body or None))
        elif self.dialog is None or self.dialog.remote.tag != tag:
            # answered by another fork, or after we had given up: it must not go on
            stray = Dialog.of_response(self.request, answer)
            self._send_ack(stray, self.request.cseq.number)
            self.around.send_request(stray.make("BYE"), self.around.flow_of(self, stray), _ignore, now)
            if self.state is State.CANCELLING:
                self._fail(487, "cancelled")

    def _on_reoffer_response(self, answer: Response | None, status: int, now: float) -> None:
        assert self.dialog is not None
        if status < 200:
            return
        if answer is not None and status < 300:
            self._note_reoffer_success(answer)
            return
        self._asking = None
        if status == 491 and self._retry is not None:
            self._try_later(*self._retry, now)
        elif status in (408, 481):
            if not self.ended:
                self._send_bye(now, ())
                self._end("timeout" if answer is None else "remote", f"re-INVITE failed with {status}")
        else:
            self.around.tell(ReofferFailed(self, status))

    def _note_reoffer_success(self, answer: Response) -> None:
        assert self.dialog is not None
        cseq = answer.cseq
        repeated = self._acks.get((answer.to_tag or "", cseq.number))
        if repeated is not None:
            self.around.send_again(*repeated)
            return
        if cseq.method == "INVITE":
            self._acks.clear()
            self._send_ack(self.dialog, cseq.number)
        elif self._asking is None:
            return
        self.dialog.refresh_target(answer)
        self._asking, self._reoffers = None, 0
        if self.ended:
            return
        if answer.body:
            self.around.tell(AnswerReceived(self, answer.body))
        else:
            self.around.tell(ReofferFailed(self, 488))

    def _try_later(self, sdp: bytes, method: str, now: float) -> None:
        """After glare: whoever chose the Call-ID waits longer (section 14.1)."""
        self._reoffers += 1
        if self._reoffers > MAX_REOFFERS:
            self._reoffers = 0
            self.around.tell(ReofferFailed(self, 491))
            return
        wait = 2.1 + 1.9 * self.around.random() if self.outgoing else 2.0 * self.around.random()
        self._retry, self._retry_at = (sdp, method), now + wait
        self._set_deadline()

    # --- time -------------------------------------------------------------------------------------------------------

    def handle_timer(self, now: float) -> None:
        """Do what is due: repeat the 2xx, give up waiting for its ACK, offer again after glare."""
        if self._retry_at <= now and self._retry is not None:
            self._retry_at = NEVER
            self.reoffer(*self._retry[:1], now, self._retry[1])
        waiting = self._repeating
        if waiting is not None and waiting.give_up_at <= now:
            self._repeating = None
            self._send_bye(now, self._leaving or ())
            if self.ended:
                self.around.forget(self)
            else:
                self._end("timeout", "no ACK to our answer")
        elif waiting is not None and waiting.next_at <= now:
            self.around.table.respond(waiting.transaction, waiting.response, now)
            waiting.interval = min(2 * waiting.interval, self.around.timers.t2)
            waiting.next_at = now + waiting.interval
        self._set_deadline()

    def _set_deadline(self) -> None:
        waiting = self._repeating
        self.deadline = self._retry_at
        if waiting is not None:
            self.deadline = min(self.deadline, waiting.next_at, waiting.give_up_at)
        self.around.wake(self)

    # --- sending ----------------------------------------------------------------------------------------------------

    def _accept(self, sdp: bytes, now: float, headers: Headers = ()) -> None:
        assert self._asked is not None
        assert self._asked_request is not None
        transaction, request = self._asked, self._asked_request
        self._asked = self._asked_request = None
        answer = self._respond(transaction, request, 200, now, sdp=sdp, headers=headers)
        timers = self.around.timers
        self._repeating = Repeating(answer, transaction, timers.t1, now + timers.t1, now + 64 * timers.t1)
        self._set_deadline()

    def _respond(
        self,
        transaction: ServerTransaction,
        request: Request,
        status: int,
        now: float,
        *,
        sdp: bytes | None = None,
        headers: Headers = (),
    ) -> Response:
        lines: list[tuple[str, object]] = list(headers)
        if 100 < status < 300 and request.method in ("INVITE", "UPDATE"):
            lines = [("Contact", self.around.contact(transaction.flow)), *self._allow(), *lines]
        answer = response(request, status, to_tag=self.local_tag, headers=lines, **_body(sdp))
        self.around.table.respond(transaction, answer, now)
        return answer

    def _send_ack(self, dialog: Dialog, cseq: int, sdp: bytes | None = None) -> None:
        flow = self.around.flow_of(self, dialog)
        data = self.around.send_ack(dialog.make("ACK", cseq=cseq, **_body(sdp)), flow)
        self._acks[dialog.remote.tag or "", cseq] = (data, flow)

    def _send_bye(self, now: float, headers: Headers) -> None:
        if self.dialog is not None:
            bye = self.dialog.make("BYE", headers=headers)
            self.around.send_request(bye, self.around.flow_of(self, self.dialog), _ignore, now)

    def _allow(self) -> list[tuple[str, object]]:
        return [("Allow", self.around.allow())]

    # --- the end ----------------------------------------------------------------------------------------------------

    def _end(self, by: str, reason: str, *, keep: bool = False) -> None:
        self.state = State.ENDED
        self._retry, self._retry_at = None, NEVER
        if not keep:
            self._repeating = None
            self.around.forget(self)
        self._set_deadline()
        self.around.tell(Ended(self, by, reason))

    def _fail(self, status: int, reason: str) -> None:
        self.state = State.ENDED
        self.around.forget(self)
        self.around.tell(Failed(self, status, reason))


class Body(TypedDict, total=False):
    """The arguments of a message that carries SDP, or none of them."""

    body: bytes
    content_type: str


def _body(sdp: bytes | None) -> Body:
    return {"body": sdp, "content_type": SDP} if sdp else {}


def _ignore(_answer: Response | None, _status: int, _now: float) -> None:
    """The answer to a request that is sent whatever it says: BYE, INFO."""
