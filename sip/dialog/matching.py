"""All live calls: finds the dialog a request belongs to, gives sessions what they need, forgets the ended."""

from __future__ import annotations

from collections import deque
from typing import Final

from sip.config import CoreConfig
from sip.dialog.dialog import Dialog, DialogKey
from sip.dialog.session import InviteSession
from sip.dialog.surroundings import OnResponse
from sip.errors import DropReason
from sip.events import Event, MessageDropped
from sip.flow import SECURE_TRANSPORTS, Address, Flow
from sip.message.build import new_branch
from sip.message.envelope import Request, Response
from sip.message.values import NameAddr, Uri
from sip.transaction.effects import Effect, Send
from sip.transaction.matching import TransactionTable, on_the_way
from sip.transaction.timers import Deadlines
from sip.transaction.transaction import ClientTransaction, ServerTransaction

MAX_CONTACTS: Final = 1_000
"""Of ours, that are kept for the next call: one for each address that peers are told."""

_TRANSPORT_PARAM: Final = {("sip", "udp"): "", ("sips", "tls"): "", ("sip", "wss"): "ws", ("sips", "wss"): "ws"}
"""What ``transport=`` says where it is not the transport's own name (RFC 3261 section 26.2.2, RFC 7118 section 5.2)."""


class SessionTable:
    """The sessions of one user agent, and their ``Surroundings``.

    What they want sent goes to ``effects``, in order with the transactions'; what they tell to ``events``. ``asked``
    are the INVITEs and UPDATEs of peers whose answer, cancellation or failure concerns a session.
    """

    def __init__(self, config: CoreConfig, transactions: TransactionTable) -> None:
        self.config = config
        self.table = transactions
        self.timers = config.timers
        self.terms = config.terms
        self.effects: deque[Effect] = deque()
        self.events: list[Event] = []
        self.asked: dict[ServerTransaction, InviteSession] = {}
        self.waiting: Deadlines[InviteSession] = Deadlines()
        self.sessions: dict[InviteSession, None] = {}
        self.owners: dict[ClientTransaction, OnResponse] = {}
        self._dialogs: dict[DialogKey, tuple[InviteSession, Dialog]] = {}
        self._gone: set[Flow] = set()
        self._contacts: dict[tuple[str, Address, bool], NameAddr] = {}

    def __len__(self) -> int:
        """How many sessions there are, those included that only wait for their last ACK."""
        return len(self.sessions)

    @property
    def empty(self) -> bool:
        """True if nothing at all is kept of any call."""
        return not (self.sessions or self._dialogs or self.owners or self.asked)

    # --- for the core -----------------------------------------------------------------------------------------------

    def find(self, request: Request) -> tuple[InviteSession, Dialog] | None:
        """The dialog a peer's request belongs to (section 12.2.2)."""
        return self._dialogs.get((request.call_id, request.to_tag or "", request.from_tag or ""))

    def find_dialog(self, key: DialogKey) -> InviteSession | None:
        """The session that has this dialog."""
        found = self._dialogs.get(key)
        return None if found is None else found[0]

    def give_response(self, client: ClientTransaction, answer: Response | None, status: int, now: float) -> None:
        """A response, or its absence, to whoever sent the request."""
        owner = self.owners.get(client)
        if owner is not None:
            owner(answer, status, now)

    def handle_timer(self, now: float) -> None:
        """Do all that is due at ``now``."""
        for session in self.waiting.due(now):
            session.handle_timer(now)

    def flow_closed(self, flow: Flow) -> None:
        """No more can be sent over this connection; until ``flow_forgotten`` calls over it look for another way."""
        self._gone.add(flow)

    def flow_forgotten(self, flow: Flow) -> None:
        """No call can mean this closed connection any more."""
        self._gone.discard(flow)

    def moved(self, aor: str, old: Flow, new: Flow) -> None:
        """A phone has registered over another flow than before: its calls go there, too.

        Others' calls over the same flow stay: it may be that of a proxy before many phones.
        """
        for session in self.sessions:
            if session.flow == old and session.identity == aor:
                session.flow = new

    # --- for sessions (sip.dialog.surroundings) -----------------------------------------------------------------------

    def tell(self, event: Event) -> None:
        self.events.append(event)

    def drop(self, reason: DropReason, flow: Flow) -> None:
        self.events.append(MessageDropped(reason, flow))

    def random(self) -> float:
        return self.config.random()

    def contact(self, flow: Flow, secure: bool = False) -> NameAddr:
        """Where requests of the peer reach us, as it sees us over this flow; ``secure`` for a sips URI (12.1.1)."""
        sent_by, secure = self.sent_by(flow), secure and flow.transport in SECURE_TRANSPORTS
        key = (flow.transport, sent_by, secure)
        contact = self._contacts.get(key)
        if contact is None:
            if len(self._contacts) >= MAX_CONTACTS:
                self._contacts.clear()
            transport = _TRANSPORT_PARAM.get(("sips" if secure else "sip", flow.transport), flow.transport)
            params = (("transport", transport),) if transport else ()
            uri = Uri("sips" if secure else "sip", self.config.user, None, *sent_by, params)
            contact = self._contacts[key] = NameAddr("", uri)
        return contact

    def sent_by(self, flow: Flow) -> Address:
        """What our Via says (section 18.1.1)."""
        return self.config.facing.towards(flow.remote[0], flow.local[0]), flow.local[1]

    def flow_of(self, session: InviteSession, dialog: Dialog) -> Flow:
        """The way of a dialog's requests: where the peer last sent from, or, if that is gone, by route set and target.

        Those may name anybody, so they are followed only to where the peer was. Where there is neither, sending fails,
        and the transaction says so.
        """
        if session.flow in self._gone:
            again = self.config.route(dialog.next_hop, session.flow)
            if again is not None and again.remote[0] == session.flow.remote[0]:
                session.flow = again
        return session.flow

    def send_request(self, request: Request, flow: Flow, on_response: OnResponse, now: float) -> ClientTransaction:
        client = self.table.send_request(request, flow, now, sent_by=self.sent_by(flow))
        self.owners[client] = on_response
        return client

    def send_ack(self, ack: Request, flow: Flow) -> bytes:
        """Send the ACK to a 2xx, which is no transaction; the bytes, to be sent again as they are."""
        data = on_the_way(ack, flow, self.sent_by(flow), new_branch()).encode()
        self.send_again(data, flow)
        return data

    def send_again(self, data: bytes, flow: Flow) -> None:
        self.effects.extend(self.table.take())
        self.effects.append(Send(data, flow))

    def remember(self, session: InviteSession, dialog: Dialog) -> None:
        self.sessions[session] = None
        self._dialogs[dialog.key] = (session, dialog)

    def forget_dialog(self, dialog: Dialog) -> None:
        self._dialogs.pop(dialog.key, None)

    def forget(self, session: InviteSession) -> None:
        self.sessions.pop(session, None)
        for dialog in session.dialogs:
            self.forget_dialog(dialog)

    def wake(self, session: InviteSession) -> None:
        self.waiting.note((session,))
