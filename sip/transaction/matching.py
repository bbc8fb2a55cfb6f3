"""All live transactions: finds the one a message belongs to, makes new ones within bounds, forgets the ended.

Sans-IO: each command takes ``now`` and leaves its effects to be taken, in order. The order of calls is free, but for
``next_deadline``, which is to be asked after them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sip.errors import DropReason
from sip.flow import Address, Flow
from sip.message.build import cancel_for, new_branch, new_tag, response, stateless_tag
from sip.message.envelope import Message, Request, Response
from sip.message.values import Via, split_list
from sip.transaction.effects import AckReceived, Dropped, Effect, NewRequest, Send
from sip.transaction.keys import client_key, merge_key, response_key, server_key, unique
from sip.transaction.machine import AnyTransaction, Machine
from sip.transaction.tables import INVITE_CLIENT, INVITE_SERVER, NON_INVITE_CLIENT, NON_INVITE_SERVER, Input
from sip.transaction.timers import Deadlines, Timers
from sip.transaction.transaction import ClientTransaction, ServerTransaction

MAX_TRANSACTIONS = 200_000
"""How many requests of peers live at once, those that only linger included: about two minutes of the load we serve."""

MAX_KEPT = 192 * 1024 * 1024
"""Bytes of messages kept to be repeated: those of MAX_TRANSACTIONS of the usual size. A response holds what its request
put into Via, From and To, which may be tens of kilobytes."""

RESERVED_FOR_DIALOGS = 0.1
"""The share above the bound kept for CANCEL and requests inside dialogs: a flood must not keep calls from ending."""

RETRY_AFTER = 5
"""Seconds after which a peer refused for want of room may come again (RFC 3261 section 21.5.4)."""


def on_the_way(request: Request, flow: Flow, sent_by: Address, branch: str) -> Request:
    """The request with our Via on top (RFC 3261 section 8.1.1.7); over UDP it asks for rport (RFC 3581).

    For requests that are no transaction: the ACK to a 2xx. All others get theirs from ``send_request``.
    """
    params: tuple[tuple[str, str | None], ...] = (("branch", branch),)
    if flow.transport == "udp":
        params = (("rport", None), *params)
    host, port = sent_by
    return request.with_prepended("Via", Via(flow.transport.upper(), host, port, params))


class TransactionTable:
    """The transaction layer of one user agent.

    ``max_transactions`` bounds the requests of peers, ``max_kept`` the bytes kept for repetitions; a new request over
    either gets 503 without a transaction of its own. What we send is bounded by the calls that make us send.
    """

    def __init__(
        self,
        timers: Timers = Timers(),  # noqa: B008
        *,
        max_transactions: int = MAX_TRANSACTIONS,
        max_kept: int = MAX_KEPT,
    ) -> None:
        self._machine = Machine(timers, send_cancel=self._send_cancel, forget=self._forget)
        self._max_servers = max_transactions
        self._max_kept = max_kept
        self._clients: dict[str, ClientTransaction] = {}
        self._servers: dict[str, ServerTransaction] = {}
        self._merges: dict[str, ServerTransaction] = {}
        self._by_flow: dict[Flow, set[AnyTransaction]] = {}
        self._deadlines: Deadlines[AnyTransaction] = Deadlines()

    def __len__(self) -> int:
        """How many transactions live, lingering ones included."""
        return len(self._clients) + len(self._servers)

    # --- from the network ---

    def receive(self, message: Message, flow: Flow, now: float) -> list[Effect]:
        """A message of the peer; the same as ``take`` after it."""
        if isinstance(message, Response):
            self._receive_response(message, now)
        elif isinstance(message, Request):
            if message.method == "ACK":
                self._receive_ack(message, flow, now)
            else:
                self._receive_request(message, flow, now)
        return self.take()

    def transport_failed(self, flow: Flow, now: float) -> None:
        """A flow broke, or a message over it came back (section 17.1.4): tell each transaction that minds."""
        self._note_touched()
        for transaction in list(self._by_flow.get(flow, ())):
            self._machine.feed(transaction, Input.TRANSPORT_ERROR, None, now)

    # --- from the transaction user ---

    def send_request(self, request: Request, flow: Flow, now: float, *, sent_by: Address) -> ClientTransaction:
        """Send a request of ours as a new transaction; our Via is put on top. Not for ACK, nor for CANCEL."""
        if request.method in ("ACK", "CANCEL"):
            raise ValueError(f"{request.method} is not a transaction of its own making")
        return self._new_client(on_the_way(request, flow, sent_by, branch := new_branch()), branch, flow, now)

    def respond(self, transaction: ServerTransaction, response: Response, now: float) -> None:
        """Answer a request. After a final response only a repeated 2xx to INVITE still goes out."""
        if response.status < 200:
            on = Input.SEND_PROVISIONAL
        else:
            on = Input.SEND_SUCCESS if response.status < 300 else Input.SEND_FAILURE
        self._machine.feed(transaction, on, response, now)

    def cancel(self, transaction: ClientTransaction, now: float, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Cancel an INVITE of ours (section 9.1), once a provisional response has come; no effect on an answered one.

        ``headers`` go into the CANCEL (Reason, RFC 3326). What follows is ResponseReceived with 487, a 2xx that crossed
        it, or TransactionTimedOut.
        """
        if transaction.automaton is not INVITE_CLIENT:
            raise ValueError("only an INVITE can be cancelled (RFC 3261 section 9.1)")
        if transaction.cancelling is None:
            transaction.cancelling = tuple(headers)
            self._machine.feed(transaction, Input.CANCEL_WANTED, None, now)

    # --- time ---

    def next_deadline(self) -> float | None:
        """When ``handle_timer`` wants to be called next, None if nothing waits."""
        self._note_touched()
        return self._deadlines.next()

    def handle_timer(self, now: float) -> None:
        """Do all that is due at ``now``; early and late calls do no harm."""
        self._note_touched()
        for transaction in self._deadlines.due(now):
            self._machine.fire(transaction, now)
        self._note_touched()

    def take(self) -> list[Effect]:
        """All effects since they were last taken, in order."""
        taken, self._machine.effects = self._machine.effects, []
        return taken

    # --- requests of peers ---

    def _receive_request(self, request: Request, flow: Flow, now: float) -> None:
        key = server_key(request, request.method)
        known = self._servers.get(key)
        if known is not None:
            self._machine.feed(known, Input.REQUEST, request, now)
        elif self._full(request):
            self._refuse_for_want_of_room(request, flow)
        elif request.method == "CANCEL":
            self._receive_cancel(request, key, flow, now)
        else:
            merged = merge_key(request)
            if merged is not None and merged in self._merges:
                self._refuse(request, key, flow, 482, DropReason.MERGED_REQUEST, now)
                return
            transaction = self._new_server(request, key, flow, now, merged)
            self._machine.effects.append(NewRequest(request, transaction, flow))

    def _receive_cancel(self, cancel: Request, key: str, flow: Flow, now: float) -> None:
        """Answer a CANCEL on its own, and stop the INVITE it names, if that still waits (section 9.2)."""
        invite = self._find_invite(cancel)
        if invite is None:
            self._refuse(cancel, key, flow, 481, DropReason.STRAY_CANCEL, now)
            return
        transaction = self._new_server(cancel, key, flow, now)
        self.respond(transaction, response(cancel, 200, to_tag=invite.local_tag or new_tag()), now)
        if not self._machine.feed(invite, Input.CANCEL, cancel, now):
            self._machine.effects.append(Dropped(DropReason.STRAY_CANCEL, cancel))

    def _receive_ack(self, ack: Request, flow: Flow, now: float) -> None:
        invite = self._find_invite(ack)
        if invite is None or not (unique(ack.via.branch) or ack.to_tag == invite.local_tag):
            self._machine.effects.append(AckReceived(ack, flow))
        else:
            self._machine.feed(invite, Input.ACK, ack, now)

    def _find_invite(self, request: Request) -> ServerTransaction | None:
        """The INVITE that an ACK or CANCEL belongs to.

        Without the magic cookie the key holds the INVITE's To tag; an ACK carries that of the response instead, which
        an INVITE outside a dialog does not have (section 17.2.3).
        """
        found = self._servers.get(server_key(request, "INVITE"))
        if found is None and request.to_tag and not unique(request.via.branch):
            found = self._servers.get(server_key(request, "INVITE", to_tag=""))
        return found

    def _refuse(self, request: Request, key: str, flow: Flow, status: int, reason: DropReason, now: float) -> None:
        """Refuse a request that reaches no user, in a transaction, as its repetitions must be refused alike."""
        transaction = self._new_server(request, key, flow, now)
        self.respond(transaction, response(request, status, to_tag=new_tag()), now)
        self._machine.effects.append(Dropped(reason, request))

    def _full(self, request: Request) -> bool:
        live = max(len(self._servers) / self._max_servers, self._machine.kept / self._max_kept)
        inside = request.method == "CANCEL" or bool(request.to_tag)
        return live >= (1 + RESERVED_FOR_DIALOGS if inside else 1)

    def _refuse_for_want_of_room(self, request: Request, flow: Flow) -> None:
        refusal = response(request, 503, to_tag=stateless_tag(request), headers=[("Retry-After", str(RETRY_AFTER))])
        self._machine.effects.append(Send(refusal.encode(), flow))
        self._machine.effects.append(Dropped(DropReason.TOO_MANY_TRANSACTIONS, request))

    # --- responses to us ---

    def _receive_response(self, answer: Response, now: float) -> None:
        key = response_key(answer)
        transaction = self._clients.get(key) if key else None
        if transaction is None or _has_several_vias(answer):
            self._machine.effects.append(Dropped(DropReason.STRAY_RESPONSE, answer))
            return
        if answer.status < 200:
            on = Input.PROVISIONAL
        else:
            on = Input.SUCCESS if answer.status < 300 else Input.FAILURE
        self._machine.feed(transaction, on, answer, now)

    # --- coming and going ---

    def _new_client(
        self, request: Request, branch: str, flow: Flow, now: float, *, private: bool = False
    ) -> ClientTransaction:
        automaton = INVITE_CLIENT if request.method == "INVITE" else NON_INVITE_CLIENT
        transaction = ClientTransaction(automaton, client_key(branch, request.method), flow, request, private=private)
        self._machine.keep(transaction, request.encode())
        self._clients[transaction.key] = transaction
        self._machine.begin(transaction, now)
        return transaction

    def _new_server(
        self, request: Request, key: str, flow: Flow, now: float, merged: str | None = None
    ) -> ServerTransaction:
        automaton = INVITE_SERVER if request.method == "INVITE" else NON_INVITE_SERVER
        transaction = ServerTransaction(automaton, key, flow, request, merged)
        self._servers[key] = transaction
        if merged is not None:
            self._merges[merged] = transaction
        self._machine.begin(transaction, now)
        return transaction

    def _send_cancel(self, invite: ClientTransaction, now: float) -> None:
        cancel = cancel_for(invite.request)
        for name, value in invite.cancelling or ():
            cancel = cancel.with_added(name, value)
        branch = cancel.via.branch or ""
        self._new_client(cancel, branch, invite.flow, now, private=True)

    def _forget(self, transaction: AnyTransaction) -> None:
        if isinstance(transaction, ClientTransaction):
            self._clients.pop(transaction.key, None)
            return
        self._servers.pop(transaction.key, None)
        if transaction.merge_key is not None:
            self._merges.pop(transaction.merge_key, None)

    def _note_touched(self) -> None:
        """Enter what has changed into the queue of deadlines and the index by flow.

        Done once for all that one message brought: a request answered at once never gets its first timers entered.
        """
        touched, self._machine.touched = self._machine.touched, []
        self._deadlines.note(touched)
        for transaction in touched:
            minds = transaction.state in transaction.automaton.minds_transport
            if minds and not transaction.indexed:
                self._by_flow.setdefault(transaction.flow, set()).add(transaction)
            elif transaction.indexed and not minds:
                same_flow = self._by_flow[transaction.flow]
                same_flow.discard(transaction)
                if not same_flow:
                    del self._by_flow[transaction.flow]
            transaction.indexed = minds


def _has_several_vias(answer: Response) -> bool:
    """True for a response that was on its way to somebody behind us, so that it is not ours (section 8.1.3.3)."""
    lines = answer.header_all("Via")
    return len(lines) > 1 or ("," in lines[0] and len(split_list(lines[0])) > 1)
