"""The user agent without its network: bytes in, events and bytes out, one deadline (RFC 3261 sections 8, 11, 12).

``receive`` and ``handle_timer`` take ``now`` (monotonic seconds); what is to be sent and told is taken afterwards with
``take_actions`` and ``take_events``. Nothing above this room sees a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from sip.dialog.dialog import Dialog, DialogKey
from sip.dialog.features import ALLOW, FEATURES
from sip.dialog.session import SDP, InviteSession, OnResponse
from sip.errors import DropReason, ProtocolError
from sip.events import Event, IncomingInvite, MessageDropped
from sip.flow import Address, Flow
from sip.message.build import new_branch, new_call_id, new_tag, response
from sip.message.build import request as build_request
from sip.message.envelope import Request, Response
from sip.message.intake import parse
from sip.message.values import NameAddr, Uri
from sip.registrar import Registrar
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
from sip.transaction.matching import TransactionTable, on_the_way
from sip.transaction.tables import State
from sip.transaction.timers import Deadlines, Timers
from sip.transaction.transaction import ClientTransaction, ServerTransaction

MAX_SESSIONS = 20_000
"""Calls at once, both directions; a new one over it gets 503."""
RETRY_AFTER = 5
MAX_UDP_REQUEST = 1300
"""Bytes above which a request goes over TCP where the other side can (RFC 3261 section 18.1.1)."""
UNANSWERED = frozenset({State.CALLING, State.TRYING, State.PROCEEDING})
SCHEMES = frozenset({"sip", "sips", "tel"})


@dataclass(frozen=True, slots=True)
class Admit:
    """Go on. ``identity`` is the AOR that the peer proved to be (``user@domain``), ``aor`` the one it registers for."""

    identity: str | None = None
    aor: str | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """Ask for credentials: 407 if ``proxy``, else 401, with a header for each of ``values``."""

    values: tuple[str, ...]
    proxy: bool


@dataclass(frozen=True, slots=True)
class Refuse:
    status: int
    reason: str | None = None


Decision = Admit | Challenge | Refuse


class Gate(Protocol):
    """Says who may do what; asked for each request outside a dialog but OPTIONS."""

    def admit(self, request: Request, flow: Flow, now: float) -> Decision: ...


def _no_route(_uri: Uri) -> Flow | None:
    return None


def _same_flow(flow: Flow, _size: int) -> Flow:
    return flow


@dataclass(slots=True)
class CoreConfig:
    """What the core is told about its surroundings.

    ``advertised`` replaces our own host in Contact and Via. ``epoch`` is the wall clock minus ``now``, as registrations
    outlive the process. ``route`` finds a flow to a URI when the one a dialog used is gone; ``widen`` may choose
    another flow for a request too large for UDP.
    """

    user: str = "belplan"
    advertised: str | None = None
    epoch: float = 0.0
    route: Callable[[Uri], Flow | None] = _no_route
    widen: Callable[[Flow, int], Flow] = _same_flow
    random: Callable[[], float] = lambda: 0.5
    max_sessions: int = MAX_SESSIONS
    timers: Timers = field(default_factory=Timers)


class UserAgentCore:
    """Transactions, dialogs, sessions and the registrar, composed."""

    def __init__(self, config: CoreConfig, gate: Gate, registrar: Registrar) -> None:
        self.config = config
        self.gate = gate
        self.registrar = registrar
        self.timers = config.timers
        self.table = TransactionTable(config.timers)
        self.accepting = True
        self._actions: list[Send] = []
        self._events: list[Event] = []
        self._dialogs: dict[DialogKey, InviteSession] = {}
        self._keys: dict[InviteSession, list[DialogKey]] = {}
        self._owners: dict[ClientTransaction, OnResponse] = {}
        self._invites: dict[ServerTransaction, InviteSession] = {}
        self._gone: set[Flow] = set()
        self._waiting: Deadlines[InviteSession] = Deadlines()
        self._contacts: dict[tuple[str, Address], NameAddr] = {}

    @property
    def sessions(self) -> tuple[InviteSession, ...]:
        """The calls there are, ended ones that wait for their last ACK included."""
        return tuple(self._keys)

    @property
    def busy(self) -> bool:
        """True while a call is not over or a request of ours has no final answer."""
        return bool(self._keys) or any(client.state in UNANSWERED for client in self._owners)

    # --- from the network -------------------------------------------------------------------------------------------

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """One datagram, or one message of a stream."""
        try:
            message = parse(data)
        except ProtocolError as error:
            self._refuse_malformed(error, flow)
            return
        if isinstance(message, Request):
            message = _note_source(message, flow)
        self._handle(self.table.receive(message, flow, now), flow, now)

    def refuse_stream(self, error: ProtocolError, flow: Flow) -> None:
        """A stream that cannot be framed: answer what can be answered before it is closed."""
        self._refuse_malformed(error, flow)

    def _refuse_malformed(self, error: ProtocolError, flow: Flow) -> None:
        partial = error.partial
        if error.status_hint and isinstance(partial, Request):
            refusal = response(_note_source(partial, flow), error.status_hint, to_tag=new_tag())
            self._actions.append(Send(refusal.encode(), flow))
        self.drop(error.reason, flow)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """A connection is gone: its bindings and its calls go other ways from now on."""
        if flow.reliable:
            self._gone.add(flow)
        self.send_failed(flow, now)

    def flow_forgotten(self, flow: Flow) -> None:
        """Nobody can mean this closed connection any more."""
        self._gone.discard(flow)

    def send_failed(self, flow: Flow, now: float) -> None:
        """A message could not be sent over the flow."""
        self.table.transport_failed(flow, now)
        self._handle(self.table.take(), flow, now)

    # --- time -------------------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When ``handle_timer`` wants to be called next; None if nothing waits."""
        mine, theirs = self._waiting.next(), self.table.next_deadline()
        if mine is None or theirs is None:
            return mine if theirs is None else theirs
        return min(mine, theirs)

    def handle_timer(self, now: float) -> None:
        """Do all that is due at ``now``."""
        self.table.handle_timer(now)
        self._handle(self.table.take(), None, now)
        for session in self._waiting.due(now):
            session.handle_timer(now)
        self._handle(self.table.take(), None, now)

    # --- what comes out ---------------------------------------------------------------------------------------------

    def take_actions(self, now: float) -> list[Send]:
        """What is to be sent, in order; to be asked after every command to a session, too."""
        self._handle(self.table.take(), None, now)
        taken, self._actions = self._actions, []
        return taken

    def take_events(self) -> list[Event]:
        """What happened, in order."""
        taken, self._events = self._events, []
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
        headers: Iterable[tuple[str, object]] = (),
        routes: Iterable[NameAddr] = (),
    ) -> InviteSession:
        """Call ``uri`` over ``flow``. Progress, Answered or Failed follow."""
        tag = new_tag()
        invite = build_request(
            "INVITE",
            uri.without_headers(),
            from_=from_.with_params(tag=tag),
            to=to,
            call_id=new_call_id(),
            cseq=1,
            routes=routes,
            contact=self.contact(flow),
            headers=[("Allow", ALLOW), *headers],
            body=offer or b"",
            content_type=SDP if offer else None,
        )
        session = InviteSession(self, invite, flow, outgoing=True)
        self._keys[session] = []
        session.begin_outgoing(now)
        self._handle(self.table.take(), flow, now)
        return session

    # --- effects of the transaction layer ---------------------------------------------------------------------------

    def _handle(self, effects: list[Effect], flow: Flow | None, now: float) -> None:
        while effects:
            for effect in effects:
                match effect:
                    case Send():
                        self._actions.append(effect)
                    case NewRequest(request=request, transaction=transaction, flow=came_on):
                        self._receive_request(request, transaction, came_on, now)
                    case ResponseReceived(response=answer, transaction=client):
                        self._tell_owner(client, answer, answer.status, now)
                    case AckReceived(request=ack, flow=came_on):
                        self._receive_ack(ack, came_on, now)
                    case CancelReceived(invite_transaction=invite, cancel=cancel):
                        self._receive_cancel(invite, cancel, now)
                    case TransactionTimedOut(transaction=lost):
                        self._transaction_lost(lost, 408, now)
                    case TransactionFailed(transaction=lost):
                        # a request of the peer is still answered, over another connection (section 18.2.2)
                        if isinstance(lost, ClientTransaction):
                            self._transaction_lost(lost, 503, now)
                    case TransactionEnded(transaction=over):
                        self._transaction_over(over)
                    case Dropped(reason=reason):
                        if flow is not None:
                            self.drop(reason, flow)
            effects = self.table.take()

    def _tell_owner(self, client: ClientTransaction, answer: Response | None, status: int, now: float) -> None:
        owner = self._owners.get(client)
        if owner is None:
            return
        try:
            owner(answer, status, now)
        except ProtocolError as error:
            self.drop(error.reason, client.flow)

    def _transaction_lost(self, lost: ClientTransaction | ServerTransaction, status: int, now: float) -> None:
        if isinstance(lost, ClientTransaction):
            self._tell_owner(lost, None, status, now)
        elif lost in self._invites:
            self._invites[lost].transaction_lost(lost)

    def _transaction_over(self, over: ClientTransaction | ServerTransaction) -> None:
        if isinstance(over, ClientTransaction):
            self._owners.pop(over, None)
        else:
            self._invites.pop(over, None)

    # --- requests of peers ------------------------------------------------------------------------------------------

    def _receive_request(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> None:
        try:
            if request.to_tag is not None:
                self._receive_in_dialog(request, transaction, flow, now)
            else:
                self._receive_outside(request, transaction, flow, now)
        except ProtocolError as error:
            self._refuse(request, transaction, error.status_hint or 400, error.reason, flow, now)

    def _receive_in_dialog(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> None:
        session = self._dialogs.get((request.call_id, request.to_tag or "", request.from_tag or ""))
        if session is None:
            self._refuse(request, transaction, 481, DropReason.UNKNOWN_DIALOG, flow, now)
            return
        dialog = session.early.get(request.from_tag or "") or session.dialog
        if dialog is None or not dialog.in_order(request):
            self._refuse(request, transaction, 500, DropReason.OUT_OF_ORDER, flow, now)
            return
        session.flow = flow
        feature = FEATURES.get(request.method)
        if feature is None:
            self._refuse_method(request, transaction, flow, now)
            return
        self._check_body(request)
        if request.method == "INVITE":
            self._invites[transaction] = session
        feature(session, request, transaction, now)

    def _receive_outside(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> None:
        if request.uri.scheme not in SCHEMES:
            raise ProtocolError(416, DropReason.UNSUPPORTED_SCHEME, request.uri.scheme)
        if request.require:
            headers = [("Unsupported", ", ".join(sorted(request.require)))]
            self._refuse(request, transaction, 420, DropReason.UNSUPPORTED_EXTENSION, flow, now, headers)
        elif request.method == "OPTIONS":
            headers = [("Allow", ALLOW), ("Accept", SDP)]
            self.table.respond(transaction, response(request, 200, headers=headers), now)
        elif request.method == "REGISTER":
            self._register(request, transaction, flow, now)
        elif request.method == "INVITE":
            self._receive_invite(request, transaction, flow, now)
        elif request.method in FEATURES:
            self._refuse(request, transaction, 481, DropReason.UNKNOWN_DIALOG, flow, now)
        else:
            self._refuse_method(request, transaction, flow, now)

    def _check_body(self, request: Request) -> None:
        """An offer must be one we can read (section 8.2.3)."""
        if not request.body or request.method not in ("INVITE", "UPDATE"):
            return
        if request.content_type != SDP or (request.header("Content-Encoding") or "identity") != "identity":
            raise ProtocolError(415, DropReason.UNSUPPORTED_BODY, request.content_type or "none")

    def _admitted(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> Admit | None:
        decision = self.gate.admit(request, flow, now)
        match decision:
            case Admit():
                return decision
            case Challenge(values=values, proxy=proxy):
                name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
                headers = [(name, value) for value in values]
                self.table.respond(transaction, response(request, 407 if proxy else 401, headers=headers), now)
            case Refuse(status=status, reason=reason):
                self.table.respond(transaction, response(request, status, reason), now)
        return None

    def _register(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> None:
        admitted = self._admitted(request, transaction, flow, now)
        if admitted is not None:
            answer = self.registrar.register(request, flow, admitted.aor or "", now + self.config.epoch)
            self.table.respond(transaction, answer, now)

    def _receive_invite(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> None:
        self._check_body(request)
        if not self.accepting or len(self._keys) >= self.config.max_sessions:
            headers = [("Retry-After", RETRY_AFTER)]
            self._refuse(request, transaction, 503, DropReason.TOO_MANY_DIALOGS, flow, now, headers)
            return
        admitted = self._admitted(request, transaction, flow, now)
        if admitted is None:
            return
        session = InviteSession(self, request, flow, outgoing=False)
        session.begin_incoming(transaction, admitted.identity)
        self._invites[transaction] = session
        self.tell(IncomingInvite(session))

    def _receive_ack(self, ack: Request, flow: Flow, now: float) -> None:
        session = self._dialogs.get((ack.call_id, ack.to_tag or "", ack.from_tag or ""))
        if session is None:
            self.drop(DropReason.STRAY_ACK, flow)
        else:
            session.receive_ack(ack, now)

    def _receive_cancel(self, invite: ServerTransaction, cancel: Request, now: float) -> None:
        session = self._invites.get(invite)
        if session is not None:
            session.receive_cancel(invite, cancel.header("Reason") or "cancelled", now)

    def _refuse_method(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> None:
        headers = [("Allow", ALLOW)]
        self._refuse(request, transaction, 405, DropReason.UNSUPPORTED_METHOD, flow, now, headers)

    def _refuse(
        self,
        request: Request,
        transaction: ServerTransaction,
        status: int,
        reason: DropReason,
        flow: Flow,
        now: float,
        headers: Iterable[tuple[str, object]] = (),
    ) -> None:
        self.table.respond(transaction, response(request, status, headers=headers), now)
        self.drop(reason, flow)

    # --- what sessions need (sip.dialog.session.Surroundings) -------------------------------------------------------

    def tell(self, event: Event) -> None:
        self._events.append(event)

    def drop(self, reason: DropReason, flow: Flow) -> None:
        self._events.append(MessageDropped(reason, flow))

    def allow(self) -> str:
        return ALLOW

    def random(self) -> float:
        return self.config.random()

    def contact(self, flow: Flow) -> NameAddr:
        key = (flow.transport, flow.local)
        contact = self._contacts.get(key)
        if contact is None:
            host, port = self._sent_by(flow)
            params = () if flow.transport == "udp" else (("transport", flow.transport),)
            contact = NameAddr("", Uri("sip", self.config.user, None, host, port, params))
            self._contacts[key] = contact
        return contact

    def _sent_by(self, flow: Flow) -> Address:
        return self.config.advertised or flow.local[0], flow.local[1]

    def flow_of(self, session: InviteSession, dialog: Dialog) -> Flow:
        """The way of a dialog's requests: where the peer last sent from, or, if that is gone, by its Contact."""
        if session.flow in self._gone:
            session.flow = self.config.route(dialog.next_hop) or session.flow
        return session.flow

    def send_request(self, request: Request, flow: Flow, on_response: OnResponse, now: float) -> ClientTransaction:
        if flow.transport == "udp" and (len(request.body) > 600 or len(request.headers) > 14):
            size = len(request.encode()) + 100
            if size > MAX_UDP_REQUEST:
                flow = self.config.widen(flow, size)
        client = self.table.send_request(request, flow, now, sent_by=self._sent_by(flow))
        self._owners[client] = on_response
        return client

    def send_ack(self, ack: Request, flow: Flow) -> bytes:
        data = on_the_way(ack, flow, self._sent_by(flow), new_branch()).encode()
        self.send_again(data, flow)
        return data

    def send_again(self, data: bytes, flow: Flow) -> None:
        self._actions.append(Send(data, flow))

    def remember(self, session: InviteSession, dialog: Dialog) -> None:
        self._dialogs[dialog.key] = session
        keys = self._keys.setdefault(session, [])
        if dialog.key not in keys:
            keys.append(dialog.key)

    def forget(self, session: InviteSession) -> None:
        for key in self._keys.pop(session, ()):
            self._dialogs.pop(key, None)

    def wake(self, session: InviteSession) -> None:
        self._waiting.note((session,))


def _note_source(request: Request, flow: Flow) -> Request:
    """Write into the top Via where the request came from (RFC 3261 section 18.2.1, RFC 3581 section 4)."""
    via = request.via
    host, port = flow.remote
    if via.param("rport") is not None:
        return request.with_top_via(via.with_params(received=host, rport=str(port)))
    if via.host != host:
        return request.with_top_via(via.with_params(received=host))
    return request
