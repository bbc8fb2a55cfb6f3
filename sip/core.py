"""The user agent without its network: bytes in, events and bytes out, one deadline (RFC 3261 sections 8, 11, 12).

``receive`` and ``handle_timer`` take ``now`` (monotonic seconds); what is to be sent and told is taken afterwards with
``take_actions`` and ``take_events``. Nothing above this room sees a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from sip.actions import Action
from sip.asked import Asked
from sip.config import CoreConfig
from sip.dialog.capabilities import ALLOW, EXTENSIONS, sdp_body
from sip.dialog.features import FEATURES
from sip.dialog.matching import SessionTable
from sip.dialog.reason import said_reason
from sip.dialog.session import InviteSession
from sip.dialog.session_timer import SessionTimer
from sip.dialog.subscriptions import SubscriptionTable
from sip.dialog.surroundings import Authorize, Headers, OnResponse
from sip.errors import DropReason, ProtocolError
from sip.events import Event
from sip.flow import Flow
from sip.gate import Admit, Challenge, Decision, Gate, Refuse
from sip.guard.guard import Guard
from sip.message.build import new_call_id, new_tag, response, stateless_tag
from sip.message.build import request as build_request
from sip.message.envelope import DEFAULT_MAX_FORWARDS, Request
from sip.message.intake import parse
from sip.message.values import NameAddr, Uri
from sip.outside import OUTSIDE
from sip.outside.subscribe import refresh as refresh_subscription
from sip.registrar import Registrar
from sip.screening import OWN_DIALOGS, Refusal, screen_inside, screen_outside, without_optional_body
from sip.source import note_source, turned_away, way_back
from sip.stun import answer_to
from sip.transaction.effects import (
    AckReceived,
    CancelReceived,
    Dropped,
    Effect,
    NewRequest,
    ResponseReceived,
    Send,
    TransactionEnded,
    TransactionFailed,
    TransactionTimedOut,
)
from sip.transaction.matching import TransactionTable
from sip.transaction.tables import State
from sip.transaction.transaction import ClientTransaction, ServerTransaction

__all__ = ["Admit", "Challenge", "CoreConfig", "Decision", "Gate", "Refuse", "UserAgentCore"]

HARMLESS = frozenset({DropReason.KEEP_ALIVE, DropReason.EMPTY})
UNANSWERED = frozenset({State.CALLING, State.TRYING, State.PROCEEDING})
CARRY_OFFERS = frozenset({"INVITE", "PRACK", "UPDATE"})


class UserAgentCore:
    """Transactions, dialogs, sessions and the registrar, composed. ``accepting`` False refuses new calls with 503."""

    def __init__(self, config: CoreConfig, gate: Gate, registrar: Registrar, guard: Guard | None = None) -> None:
        self.config = config
        self.gate = gate
        self.registrar = registrar
        self.guard = guard
        self.accepting = True
        self.table = TransactionTable(config.timers)
        self.calls = SessionTable(config, self.table)
        self.subscriptions = SubscriptionTable(self.calls, registrar.lookup)
        self._actions: list[Action] = []
        registrar.on_moved = self._moved

    @property
    def sessions(self) -> tuple[InviteSession, ...]:
        """The calls there are, ended ones that wait for their last ACK included."""
        return tuple(self.calls.sessions)

    @property
    def busy(self) -> bool:
        """True while a call is not over or a request of ours has no final answer, but for OPTIONS, which asks only."""
        return bool(self.calls.sessions) or any(
            client.state in UNANSWERED and client.request.method != "OPTIONS" for client in self.calls.owners
        )

    # --- from the network -------------------------------------------------------------------------------------------

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """One datagram, or one message of a stream."""
        if self.guard is not None and (reason := self.guard.screen(data, flow, now)) is not None:
            if reason is DropReason.OVERLOADED and self.guard.may_answer(now):
                self.calls.effects.extend(turned_away(data, flow))
            self.calls.drop(reason, flow)
            return
        try:
            message = parse(data)
        except ProtocolError as error:
            if self._answers_stun(data, flow):
                return
            if self.guard is not None and error.reason not in HARMLESS:
                self.guard.malformed(flow, now)
            self.refuse_stream(error, flow)
            return
        if isinstance(message, Request):
            message, flow = note_source(message, flow), way_back(message, flow)
        self.calls.effects.extend(self.table.receive(message, flow, now))
        self._settle(now, flow)

    def _answers_stun(self, data: bytes, flow: Flow) -> bool:
        """A registered phone may ask how we see it; strangers get nothing, as their address may be another's."""
        answer = answer_to(data, flow.remote) if not flow.reliable and self.registrar.reaches_over(flow) else None
        if answer is not None:
            self.calls.effects.append(Send(answer, flow))
        return answer is not None

    def refuse_stream(self, error: ProtocolError, flow: Flow) -> None:
        """What cannot be read (or framed, on a stream): answer it if it can be answered."""
        partial = error.partial
        if error.status_hint and isinstance(partial, Request):
            refusal = response(note_source(partial, flow), error.status_hint, to_tag=stateless_tag(partial))
            self.calls.effects.append(Send(refusal.encode(), way_back(partial, flow)))
        self.calls.drop(error.reason, flow)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """A connection is gone: calls over it go other ways from now on."""
        if flow.reliable:
            self.calls.flow_closed(flow)
            if self.guard is not None:
                self.guard.flow_closed(flow)
        self.send_failed(flow, now)

    def flow_forgotten(self, flow: Flow) -> None:
        """No call can mean this closed connection any more."""
        self.calls.flow_forgotten(flow)

    def send_failed(self, flow: Flow, now: float) -> None:
        """A message could not be sent over the flow."""
        self.table.transport_failed(flow, now)
        self._settle(now)

    def _moved(self, aor: str, old: Flow, new: Flow) -> None:
        """A phone has registered over another flow than before."""
        self.calls.moved(aor, old, new)
        if self.guard is not None and not self.registrar.reaches_over(old):
            self.guard.moved(old)

    # --- time -------------------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When ``handle_timer`` wants to be called next; None if nothing waits."""
        waiting = (self.table.next_deadline(), self.calls.waiting.next(), self.subscriptions.waiting.next())
        return min((at for at in waiting if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Do all that is due at ``now``."""
        self.table.handle_timer(now)
        self._settle(now)
        self.calls.handle_timer(now)
        self.subscriptions.handle_timer(now)
        self._settle(now)

    # --- what comes out ---------------------------------------------------------------------------------------------

    def take_actions(self, now: float) -> list[Action]:
        """What is to be done, in order; to be asked after every command to a session, too."""
        self._settle(now)
        taken, self._actions = self._actions, []
        return taken

    def take_events(self) -> list[Event]:
        """What happened, in order."""
        taken, self.calls.events = self.calls.events, []
        return taken

    # --- calls of ours ----------------------------------------------------------------------------------------------

    def invite(
        self,
        uri: Uri,
        flow: Flow,
        *,
        from_: NameAddr,
        to: NameAddr,
        offer: bytes | None,
        now: float,
        headers: Headers = (),
        routes: Iterable[NameAddr] = (),
        max_forwards: int = DEFAULT_MAX_FORWARDS,
        authorize: Authorize | None = None,
        otherwise: bytes | None = None,
        identity: str | None = None,
    ) -> InviteSession:
        """Call ``uri`` over ``flow``. Progress, Answered or Failed follow; without an offer Answered brings the peer's.

        ``max_forwards`` of a call on behalf of another is that one's less one (RFC 7332). ``authorize``: see Authorize.
        ``otherwise`` is offered, once, to a peer that refuses the first offer (488, 606); ``identity`` is its AOR.
        """
        capabilities = [("Allow", ALLOW), ("Supported", EXTENSIONS), *SessionTimer(self.config.terms).headers]
        invite = build_request(
            "INVITE",
            uri.without_headers(),
            from_=from_.with_params(tag=new_tag()),
            to=to,
            call_id=new_call_id(),
            cseq=1,
            routes=routes,
            contact=self.calls.contact(flow, uri.scheme == "sips"),
            max_forwards=max_forwards,
            headers=[*capabilities, *headers],
            **sdp_body(offer),
        )
        if self.guard is not None:
            self.guard.in_call(flow, invite.call_id, now)
        session = InviteSession(self.calls, invite, flow, outgoing=True)
        self.calls.sessions[session] = None
        session.authorize = authorize
        session.otherwise = otherwise
        session.identity = identity
        session.begin_outgoing(now)
        return session

    def ask(
        self, request: Request, flow: Flow, on_response: OnResponse, now: float, *, authorize: Authorize | None = None
    ) -> None:
        """Send a request of ours that belongs to no call; ``on_response`` gets each response, the last one final.

        A challenge is answered once, with what ``authorize`` makes. Without any response the status is 408 or 503.
        """
        Asked(self.calls, flow, on_response, authorize).send(request, now)

    # --- effects of the transaction layer ---------------------------------------------------------------------------

    def _settle(self, now: float, flow: Flow | None = None) -> None:
        """Carry out effects, and what they bring about, in order, until there are none. ``flow``: where we read."""
        while True:
            self.calls.effects.extend(self.table.take())
            if not self.calls.effects:
                return
            self._carry_out(self.calls.effects.popleft(), flow, now)

    def _carry_out(self, effect: Effect, flow: Flow | None, now: float) -> None:
        match effect:
            case Send():
                self._actions.append(effect)
            case NewRequest(request=request, transaction=transaction, flow=came_on):
                self._receive_request(request, transaction, came_on, now)
            case ResponseReceived(response=answer, transaction=client):
                self.calls.give_response(client, answer, answer.status, now)
            case AckReceived(request=ack, flow=came_on):
                self._receive_ack(ack, came_on, now)
            case CancelReceived(invite_transaction=invite, cancel=cancel):
                if invite in self.calls.asked:
                    self.calls.asked[invite].receive_cancel(invite, said_reason(cancel, "cancelled"), now)
            case TransactionTimedOut(transaction=lost):
                if isinstance(lost, ClientTransaction):
                    self.calls.give_response(lost, None, 408, now)
                elif lost in self.calls.asked:
                    self.calls.asked[lost].transaction_timed_out(lost)
            case TransactionFailed(transaction=lost):
                # a request of the peer is still answered, over another connection (section 18.2.2)
                if isinstance(lost, ClientTransaction):
                    self.calls.give_response(lost, None, 503, now)
            case TransactionEnded(transaction=over):
                if isinstance(over, ClientTransaction):
                    self.calls.owners.pop(over, None)
                else:
                    self.calls.asked.pop(over, None)
            case Dropped(reason=reason):
                if flow is not None:
                    self.calls.drop(reason, flow)

    # --- requests of peers ------------------------------------------------------------------------------------------

    def _receive_request(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> None:
        try:
            request = without_optional_body(request)
            if request.to_tag is None:
                refusal = screen_outside(request, self.config.terms.minimum)
                if refusal is None:
                    refusal = OUTSIDE[request.method](self, request, transaction, flow, now)
            else:
                refusal = self._receive_in_dialog(request, transaction, flow, now)
        except ProtocolError as error:
            refusal = Refusal(error.status_hint or 400, error.reason)
        if refusal is not None:
            self.respond(request, transaction, refusal.status, now, headers=refusal.headers)
            self.calls.drop(refusal.reason, flow)

    def _receive_in_dialog(
        self, request: Request, transaction: ServerTransaction, flow: Flow, now: float
    ) -> Refusal | None:
        if request.method in OWN_DIALOGS:
            return screen_inside(request) or refresh_subscription(self, request, transaction, flow, now)
        found = self.calls.find(request)
        if found is None:
            return Refusal(481, DropReason.UNKNOWN_DIALOG)
        session, dialog = found
        if not dialog.in_order(request) and request.method != "PRACK":  # it says itself what it means: RAck
            return Refusal(500, DropReason.OUT_OF_ORDER)
        refusal = screen_inside(request, self.config.terms.minimum)
        if refusal is None:
            session.flow = flow
            if self.guard is not None:
                self.guard.in_call(flow, request.call_id, now)  # it may have moved, and calls may last for long
            if request.method in CARRY_OFFERS:
                self.calls.asked[transaction] = session
            FEATURES[request.method](session, dialog, request, transaction, now)
        return refusal

    def admitted(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> Admit | None:
        """Whom the gate lets in; None where it was answered instead: challenged or refused."""
        decision = self.gate.admit(request, flow, now)
        match decision:
            case Admit():
                return decision
            case Challenge(values=values, proxy=proxy):
                name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
                self.respond(
                    request, transaction, 407 if proxy else 401, now, headers=[(name, value) for value in values]
                )
            case Refuse(status=status, reason=phrase):
                self.respond(request, transaction, status, now, phrase)
        return None

    def _receive_ack(self, ack: Request, flow: Flow, now: float) -> None:
        found = self.calls.find(ack)
        if found is None:
            self.calls.drop(DropReason.STRAY_ACK, flow)
        else:
            if self.guard is not None:
                self.guard.in_call(flow, ack.call_id, now)
            found[0].receive_ack(ack, now)

    def respond(
        self,
        request: Request,
        transaction: ServerTransaction,
        status: int,
        now: float,
        phrase: str | None = None,
        headers: Headers = (),
    ) -> None:
        """Answer a request that belongs to no dialog."""
        self.table.respond(transaction, response(request, status, phrase, headers=headers), now)
