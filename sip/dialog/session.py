"""An INVITE session: one call of ours or to us, from its INVITE to its end. Runs the table of ``tables``.

Commands take ``now`` and do nothing where the table ignores them; events (``sip.events``) tell what happened.
"""

from __future__ import annotations

from sip.dialog.acceptance import Acceptance
from sip.dialog.capabilities import ALLOW, SDP, sdp_body, sdp_of
from sip.dialog.dialog import Dialog
from sip.dialog.forks import Forks
from sip.dialog.invited import Invited
from sip.dialog.offers import Offers
from sip.dialog.performing import perform
from sip.dialog.reason import NOT_REFRESHED, UNACKNOWLEDGED
from sip.dialog.referring import Referral
from sip.dialog.refreshing import refresh, send_within
from sip.dialog.reliable import Reliable, is_reliable
from sip.dialog.session_timer import SessionTimer
from sip.dialog.surroundings import Authorize, Headers, Surroundings
from sip.dialog.tables import MOVES, OVER, Cue, Input, State
from sip.errors import DropReason
from sip.flow import Flow
from sip.message.build import new_tag, response
from sip.message.envelope import Request, Response
from sip.transaction.timers import NEVER
from sip.transaction.transaction import ClientTransaction, ServerTransaction

__all__ = ["SDP", "InviteSession", "State"]


class InviteSession:
    """One call. ``request`` is its INVITE, ``flow`` where the peer last sent from, ``identity`` whom it proved to be,
    or whose phone is called.

    ``dialog`` is None until a call of ours is answered; meanwhile ``forks`` holds its early dialogs. A challenge to our
    INVITE is answered with what ``authorize`` makes. ``described`` is the session description that we gave last, and
    ``peer_allows`` what the Allow of the peer's 2xx said.
    """

    __slots__ = (
        "acceptance",
        "around",
        "authorize",
        "bye_headers",
        "deadline",
        "described",
        "dialog",
        "flow",
        "forks",
        "identity",
        "invited",
        "local_tag",
        "offers",
        "otherwise",
        "outgoing",
        "peer_allows",
        "referral",
        "reliable",
        "request",
        "state",
        "timer",
        "transaction",
        "wake_at",
    )

    def __init__(self, around: Surroundings, request: Request, flow: Flow, *, outgoing: bool) -> None:
        self.around = around
        self.request = request
        self.flow = flow
        self.outgoing = outgoing
        self.identity: str | None = None
        self.authorize: Authorize | None = None
        self.otherwise: bytes | None = None
        self.state = State.CALLING if outgoing else State.INVITED
        self.local_tag = (request.from_tag if outgoing else None) or new_tag()
        self.dialog: Dialog | None = None
        self.forks = Forks()
        self.offers = Offers()
        self.deadline = NEVER
        self.wake_at = NEVER
        self.transaction: ServerTransaction | ClientTransaction | None = None
        self.acceptance: Acceptance | None = None
        self.invited: Invited | None = None
        self.bye_headers: Headers = ()
        self.timer = SessionTimer(around.terms)
        self.reliable: Reliable | None = None
        self.described: bytes | None = request.body or None if outgoing else None
        self.peer_allows: str | None = None
        self.referral: Referral | None = None

    @property
    def call_id(self) -> str:
        return self.request.call_id

    @property
    def secure(self) -> bool:
        """Whether the call was made to a sips URI."""
        return self.request.uri.scheme == "sips"

    @property
    def ended(self) -> bool:
        """True once the end has been told; a BYE may still wait for its moment."""
        return self.state in OVER

    @property
    def dialogs(self) -> tuple[Dialog, ...]:
        """All dialogs of this call that requests may belong to."""
        return (self.dialog,) if self.dialog is not None else tuple(self.forks.early.values())

    def has_dialog_with(self, remote_tag: str | None) -> bool:
        """True if the call's dialog is the one with this fork."""
        return self.dialog is not None and self.dialog.remote.tag == remote_tag

    # --- commands ---------------------------------------------------------------------------------------------------

    def ring(self, now: float, status: int = 180, sdp: bytes | None = None, headers: Headers = ()) -> None:
        """Send a provisional response to the caller, with early media if ``sdp``."""
        self.feed(Input.RING, Cue(now, status, sdp=sdp, headers=headers))

    def answer(self, sdp: bytes, now: float, headers: Headers = ()) -> None:
        """Take the call: 200, repeated until the ACK. ``sdp`` answers the INVITE's offer, or is ours if it had none."""
        answer = Cue(now, 200, sdp=sdp, headers=headers)
        if self.reliable is None or self.state is not State.INVITED or not self.reliable.hold(answer):
            self.feed(Input.ANSWER, answer)

    def reject(self, status: int, reason: str | None, now: float, headers: Headers = ()) -> None:
        """Refuse the call with a final status of 300 or more."""
        self.feed(Input.REJECT, Cue(now, status, reason, headers=headers))

    def cancel(self, now: float, headers: Headers = ()) -> None:
        """Give up a call of ours that is not answered yet (section 9.1); Failed follows, also if the answer crosses."""
        self.feed(Input.GIVE_UP, Cue(now, headers=headers))

    def bye(self, now: float, headers: Headers = ()) -> None:
        """End the call as its state wants it: 480, CANCEL or BYE, with these headers (section 15)."""
        why = None if self.state is State.INVITED else "hung up"
        self.feed(Input.HANG_UP, Cue(now, 480, why, headers=headers))

    def reoffer(self, sdp: bytes | None, now: float, method: str = "INVITE") -> None:
        """Offer another session description, or ask for the peer's offer (None). After glare it is tried again.

        AnswerReceived, OfferReceived (if it was None) or ReofferFailed follows, unless the call ends first.
        """
        self.offers.ask(self, sdp, method, now)

    def accept_offer(self, sdp: bytes, now: float) -> None:
        """Answer the offer of OfferReceived (make ours if it was None), or the one a late Answered brought."""
        if not self.feed(Input.ACCEPT, Cue(now, sdp=sdp)):
            self.offers.accept(self, sdp, now)

    def acknowledge(self, sdp: bytes) -> None:
        """The ACK with our answer, to a 2xx that brought the offer."""
        self.feed(Input.ACCEPT, Cue(NEVER, sdp=sdp))

    def refuse_offer(self, status: int, now: float) -> None:
        """Refuse the offer of OfferReceived; the call goes on as it was. One that a 2xx brought cannot be: BYE."""
        if not self.feed(Input.REFUSE, Cue(now, why="no answer to the offer")):
            self.offers.refuse(self, status, now)

    def send_info(self, content_type: str, body: bytes, now: float) -> None:
        """An INFO within the call (RFC 6086)."""
        if self.state is State.CONFIRMED and self.dialog is not None:
            info = self.dialog.make("INFO", body=body, content_type=content_type)
            send_within(self, self.dialog, info, self._on_info_response, now)

    # --- the core's side: how a session begins, and what the peer does ------------------------------------------------

    def begin_incoming(self, transaction: ServerTransaction, identity: str | None, now: float) -> None:
        """Take the peer's INVITE. Raises ProtocolError if it can make no dialog."""
        transaction.will_answer_with(self.local_tag)
        self.dialog = Dialog.of_request(self.request, self.local_tag)
        self.identity = identity
        self.transaction = transaction
        self.invited = Invited(self.request, now)
        self.around.remember(self, self.dialog)
        self.set_deadline()

    def begin_outgoing(self, now: float) -> None:
        """Send our INVITE."""
        self.transaction = self.around.send_request(self.request, self.flow, self._on_invite_response, now)

    def receive_ack(self, ack: Request, now: float) -> None:
        """The ACK to a 2xx of ours, first or repeated."""
        acceptance = self.acceptance
        if acceptance is None or ack.cseq.number != acceptance.cseq:
            self.around.drop(DropReason.RETRANSMISSION, self.flow)
            return
        self.acceptance = None
        answer = sdp_of(ack)
        if not self.feed(Input.ACK, Cue(now, body=answer)) and acceptance.offers:
            self.offers.take_late_answer(self, answer)

    def receive_cancel(self, transaction: ServerTransaction, why: str, now: float) -> None:
        """The peer takes back an INVITE that has no final response yet (section 9.2)."""
        if transaction is self.transaction:
            self.feed(Input.PEER_CANCELS, Cue(now, 487, why, "remote"))
        else:
            self.offers.withdraw(self, transaction, now)

    def receive_bye(self, dialog: Dialog, why: str, now: float) -> None:
        """The peer hangs up (section 15.1.2)."""
        self.feed(Input.PEER_LEAVES, Cue(now, 487, why, "remote", dialog=dialog))

    def transaction_timed_out(self, transaction: ServerTransaction) -> None:
        """An UPDATE of the peer waited too long for us; nobody waits for its answer any more (RFC 4320)."""
        self.offers.forget(transaction)

    def presume_acknowledged(self, now: float) -> None:
        """The peer goes on as only who has our 2xx can: its ACK was lost, or is late (RFC 5407 section 3.1)."""
        if self.acceptance is not None and not self.acceptance.offers:
            self.acceptance = None
            self.feed(Input.PEER_GOES_ON, Cue(now))

    @property
    def awaits_late_answer(self) -> bool:
        """True while the answer to an offer of ours must come with an ACK."""
        return self.acceptance is not None and self.acceptance.offers

    def allows(self, method: str) -> bool:
        """Whether the peer said that it takes this method."""
        said = self.peer_allows
        if said is None:
            said = "" if self.outgoing else self.request.header("Allow") or ""
        return method in (each.strip() for each in said.split(","))

    def end_as_gone(self, status: int, answer: Response | None, now: float) -> None:
        """A request within the dialog got 408, 481 or nothing: the peer knows no such call (section 12.2.1.2)."""
        why = f"{answer.cseq.method} failed with {status}" if answer is not None else "the peer does not respond"
        self.feed(Input.DIALOG_GONE, Cue(now, why=why, by="timeout" if answer is None else "remote"))

    # --- responses to us --------------------------------------------------------------------------------------------

    def _on_invite_response(self, answer: Response | None, status: int, now: float) -> None:
        self.forks.take(self, answer, status, now)

    def _on_info_response(self, answer: Response | None, status: int, now: float) -> None:
        if status in (408, 481):
            self.end_as_gone(status, answer, now)

    # --- time -------------------------------------------------------------------------------------------------------

    def handle_timer(self, now: float) -> None:
        """Do what is due: repeat the 18x or the 2xx, give up waiting for its ACK, offer again after glare, refresh."""
        invited = self.invited
        if invited is not None and invited.expires_at <= now:
            self.feed(Input.PEER_CANCELS, Cue(now, 487, "expired", "remote"))
        elif invited is not None and (again := invited.due(now)) is not None:
            self.feed(Input.RING, again)
        reliable = self.reliable
        if reliable is not None and reliable.give_up_at <= now:
            self.feed(Input.NO_PRACK, Cue(now, 504, "no PRACK", "timeout"))
        elif reliable is not None:
            reliable.repeat_if_due(self, now)
        acceptance = self.acceptance
        if acceptance is not None and acceptance.give_up_at <= now:
            self.acceptance = None
            cue = Cue(now, why="no ACK to our answer", by="timeout", headers=self.bye_headers or UNACKNOWLEDGED)
            self.feed(Input.NO_ACK, cue)
        elif acceptance is not None:
            acceptance.repeat_if_due(self.around.table, now, self.around.timers.t2)
        self.offers.handle_timer(self, now)
        if self.timer.expires_at <= now:
            self.timer.stop()
            cue = Cue(now, why="the session was not refreshed", by="timeout", headers=NOT_REFRESHED)
            self.feed(Input.NOT_REFRESHED, cue)
        elif self.timer.begin_refresh(now):
            refresh(self, now)
        self.set_deadline()

    def set_deadline(self) -> None:
        """To be called whenever something that waits has changed."""
        acceptance = self.acceptance
        self.deadline = min(self.offers.again_at, self.timer.deadline)
        if acceptance is not None:
            self.deadline = min(self.deadline, acceptance.deadline)
        if self.invited is not None:
            self.deadline = min(self.deadline, self.invited.deadline)
        if self.reliable is not None:
            self.deadline = min(self.deadline, self.reliable.deadline)
        self.around.wake(self)

    # --- the table's interpreter ------------------------------------------------------------------------------------

    def feed(self, on: Input, cue: Cue) -> bool:
        """Give the session an input; True if it has an arrow for it, False if that is ignored."""
        arrow = MOVES.get((self.state, on))
        if arrow is None:
            return False
        for action in arrow.actions:
            perform(self, action, cue)
        if arrow.to is not self.state:
            self.state, self.invited = arrow.to, None
            if self.reliable is not None:
                self.reliable.quiet()
            if arrow.to is State.ENDED:
                self.acceptance = None
                self.timer.stop()
                self.offers.close(self, cue.now)
                self.around.forget(self)
            self.set_deadline()
        return True

    # --- sending, for offers and features, too ----------------------------------------------------------------------

    def respond(
        self,
        transaction: ServerTransaction,
        request: Request,
        status: int,
        now: float,
        *,
        sdp: bytes | None = None,
        headers: Headers = (),
    ) -> Response:
        """Answer a request of this call."""
        lines: list[tuple[str, object]] = list(headers)
        if 100 < status < 300 and request.method in ("INVITE", "UPDATE"):
            lines = [("Contact", self.around.contact(transaction.flow, self.secure)), ("Allow", ALLOW), *lines]
            if status >= 200 and (request.method == "INVITE" or self.state is State.CONFIRMED):
                lines += self.timer.accept(request, now)
                self.set_deadline()
        self.described = sdp or self.described
        answer = response(request, status, to_tag=self.local_tag, headers=lines, **sdp_body(sdp))
        self.around.table.respond(transaction, answer, now)
        return answer

    def provide(self, transaction: ServerTransaction, cue: Cue) -> None:
        """A provisional response to the INVITE; acknowledged where that is wanted (``reliable``)."""
        if is_reliable(self.request, cue):
            self.reliable = self.reliable or Reliable(self.around.random())
            self.reliable.send(self, cue)
        else:
            self.respond(transaction, self.request, cue.status, cue.now, sdp=cue.sdp, headers=cue.headers)

    def accept(
        self, transaction: ServerTransaction, request: Request, sdp: bytes | None, now: float, headers: Headers = ()
    ) -> None:
        """200 to an INVITE, first or not, until its ACK comes."""
        answer = self.respond(transaction, request, 200, now, sdp=sdp, headers=headers)
        settled = request is self.request and self.dialog is not None and self.dialog.settled
        offers = not request.body and not settled
        self.acceptance = Acceptance(answer, transaction, now, self.around.timers, offers=offers)
        self.set_deadline()

    def send_ack(self, dialog: Dialog, invite: Request, sdp: bytes | None = None) -> tuple[bytes, Flow]:
        """ACK a 2xx to ``invite``; what was sent and where, to be sent again whenever that 2xx is."""
        flow = self.around.flow_of(self, dialog)
        return self.around.send_ack(dialog.make("ACK", cseq=invite.cseq.number, **sdp_body(sdp)), flow), flow
