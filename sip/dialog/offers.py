"""Offers within a call: re-INVITE (RFC 3261 section 14) and UPDATE (RFC 3311), both ways, one at a time.

Whose turn it is decides what becomes of an offer of the peer:

    ours to be answered by it (in INVITE, UPDATE or 2xx)   491, as the two cross (glare)
    its former one to be answered by us                    500 with Retry-After (14.2, RFC 3311 section 5.2)
    nobody's                                               OfferReceived; ours then waits until we have answered

An offer of ours that meets the peer's is made again after a time that differs for the two sides (14.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.dialog.capabilities import ALLOW, sdp_body, sdp_of
from sip.dialog.dialog import contact_of
from sip.dialog.tables import State
from sip.errors import ProtocolError
from sip.events import AnswerReceived, OfferReceived, ReofferFailed
from sip.flow import Flow
from sip.message.build import response
from sip.message.envelope import Request, Response
from sip.transaction.timers import NEVER
from sip.transaction.transaction import ServerTransaction

if TYPE_CHECKING:
    from sip.dialog.session import InviteSession

MAX_TRIES = 5
"""How often an offer of ours is made when it always meets the peer's."""
MAX_RETRY_AFTER = 10
"""Seconds; the peer is told to try again after 0 to this many (section 14.2)."""

_OUR_FIRST_IS_UNANSWERED = frozenset({State.CALLING, State.CANCELLING})
_ITS_FIRST_IS_UNANSWERED = frozenset({State.INVITED, State.OFFERED})


class Reoffer:
    """An offer of ours under way in a re-INVITE or UPDATE; ``sdp`` is None where the peer is to offer."""

    __slots__ = ("_ack", "_failed", "method", "request", "sdp", "session")

    def __init__(self, session: InviteSession, request: Request, sdp: bytes | None) -> None:
        self.session = session
        self.request = request
        self.method = request.method
        self.sdp = sdp
        self._ack: tuple[bytes, Flow] | None = None
        self._failed = False

    def on_response(self, answer: Response | None, status: int, now: float) -> None:
        if answer is not None and 200 <= status < 300:
            self._take_success(answer)
        elif status >= 300 and not self._failed:
            self._failed = True  # what follows, such as a broken connection under its ACK, is no news
            self.session.offers.take_failure(self, answer, status, now)

    def _take_success(self, answer: Response) -> None:
        session = self.session
        if self._ack is not None:
            session.around.send_again(*self._ack)
        elif session.offers.asked is not self:
            session.offers.take_success(self, answer)

    def acknowledge(self, sdp: bytes | None = None) -> None:
        """ACK the 2xx, as only an INVITE's needs to be."""
        if self.method == "INVITE" and self.session.dialog is not None:
            self._ack = self.session.send_ack(self.session.dialog, self.request, sdp)


class Asked:
    """An offer of the peer that waits for our answer: its re-INVITE or UPDATE."""

    __slots__ = ("request", "transaction")

    def __init__(self, request: Request, transaction: ServerTransaction) -> None:
        self.request = request
        self.transaction = transaction


class Offers:
    """Whose turn it is in one call. ``again_at`` is when an offer of ours is to be made again."""

    __slots__ = ("_asking", "_tries", "_wanted", "again_at", "asked")

    def __init__(self) -> None:
        self.again_at = NEVER
        self.asked: Asked | Reoffer | None = None
        self._asking: Reoffer | None = None
        self._wanted: tuple[bytes | None, str] | None = None
        self._tries = 0

    # --- the peer offers --------------------------------------------------------------------------------------------

    def receive(self, session: InviteSession, request: Request, transaction: ServerTransaction, now: float) -> None:
        """A re-INVITE, or an UPDATE with an offer. Raises ProtocolError if its Contact cannot be used."""
        contact_of(request)
        if session.ended:
            session.respond(transaction, request, 481, now)
        elif self._asking is not None or session.awaits_late_answer or session.state in _OUR_FIRST_IS_UNANSWERED:
            session.respond(transaction, request, 491, now)
        elif self.asked is not None or session.state in _ITS_FIRST_IS_UNANSWERED:
            seconds = int(session.around.random() * (MAX_RETRY_AFTER + 1))
            session.respond(transaction, request, 500, now, headers=[("Retry-After", seconds)])
        else:
            session.presume_acknowledged(now)
            self.asked = Asked(request, transaction)
            session.around.tell(OfferReceived(session, sdp_of(request)))

    def accept(self, session: InviteSession, sdp: bytes, now: float) -> None:
        """Answer it; only now does its Contact count (RFC 6141 section 4)."""
        asked, self.asked = self.asked, None
        if isinstance(asked, Asked) and session.dialog is not None:
            session.dialog.refresh_target(asked.request)
        match asked:
            case Asked(request=request, transaction=transaction) if request.method == "INVITE":
                session.accept(transaction, request, sdp, now)
            case Asked(request=request, transaction=transaction):
                session.respond(transaction, request, 200, now, sdp=sdp)
            case Reoffer():
                asked.acknowledge(sdp)
            case None:
                pass

    def refuse(self, session: InviteSession, status: int, now: float) -> None:
        """Refuse it: the call goes on as it was, but where the offer came in a 2xx, which cannot be refused (14.1)."""
        asked, self.asked = self.asked, None
        match asked:
            case Asked(request=request, transaction=transaction):
                session.around.table.respond(transaction, response(request, status), now)
            case Reoffer():
                asked.acknowledge()
                session.bye(now)
            case None:
                pass

    def withdraw(self, session: InviteSession, transaction: ServerTransaction, now: float) -> None:
        """The peer cancels its re-INVITE (section 9.2)."""
        if isinstance(self.asked, Asked) and self.asked.transaction is transaction:
            self.refuse(session, 487, now)

    def forget(self, transaction: ServerTransaction) -> None:
        """The peer's offer can be answered no more."""
        if isinstance(self.asked, Asked) and self.asked.transaction is transaction:
            self.asked = None

    def take_late_answer(self, session: InviteSession, answer: bytes | None) -> None:
        """The ACK to a 2xx of ours that made an offer."""
        self._tell_answer(session, answer, late=True)

    def _tell_answer(self, session: InviteSession, answer: bytes | None, *, late: bool) -> None:
        session.around.tell(
            ReofferFailed(session, 488, late) if answer is None else AnswerReceived(session, answer, late)
        )

    # --- we offer ---------------------------------------------------------------------------------------------------

    def ask(self, session: InviteSession, sdp: bytes | None, method: str, now: float) -> None:
        """Make an offer, now if it is our turn, else later; the newest wish counts."""
        if session.ended or session.state is State.CANCELLING:
            return
        dialog = session.dialog
        if dialog is None or session.state is not State.CONFIRMED or self._busy(session):
            self._try_later(session, sdp, method, now)
            return
        around = session.around
        flow = around.flow_of(session, dialog)
        request = dialog.make(method, contact=around.contact(flow), headers=[("Allow", ALLOW)], **sdp_body(sdp))
        self._wanted, self.again_at = None, NEVER
        self._asking = Reoffer(session, request, sdp)
        around.send_request(request, flow, self._asking.on_response, now)

    def _busy(self, session: InviteSession) -> bool:
        return self._asking is not None or self.asked is not None or session.awaits_late_answer

    def _try_later(self, session: InviteSession, sdp: bytes | None, method: str, now: float) -> None:
        """Whoever chose the Call-ID waits longer, so that the second attempts do not meet (section 14.1)."""
        self._tries += 1
        if self._tries >= MAX_TRIES:
            self._wanted, self.again_at, self._tries = None, NEVER, 0
            session.around.tell(ReofferFailed(session, 491))
            return
        chance = session.around.random()
        self._wanted = (sdp, method)
        self.again_at = now + (2.1 + 1.9 * chance if session.outgoing else 2.0 * chance)
        session.set_deadline()

    def handle_timer(self, session: InviteSession, now: float) -> None:
        """Make the offer again that met the peer's."""
        if self._wanted is not None and self.again_at <= now:
            self.again_at = NEVER
            self.ask(session, *self._wanted, now)

    def take_success(self, reoffer: Reoffer, answer: Response) -> None:
        """The first 2xx. It is acknowledged even if the call is over: the peer may not know that yet."""
        session, sdp = reoffer.session, sdp_of(answer)
        if self._asking is reoffer:
            self._asking, self._tries = None, 0
        try:
            if session.dialog is not None:
                session.dialog.refresh_target(answer)
        except ProtocolError as error:
            session.around.drop(error.reason, session.flow)
        if reoffer.sdp is None and sdp is not None and not session.ended:
            self.asked = reoffer
            session.around.tell(OfferReceived(session, sdp))
            return
        reoffer.acknowledge()
        if not session.ended:
            self._tell_answer(session, None if reoffer.sdp is None else sdp, late=False)

    def take_failure(self, reoffer: Reoffer, answer: Response | None, status: int, now: float) -> None:
        """A final refusal, 408 for a timeout, or 503 for a broken transport."""
        self._asking = None
        session = reoffer.session
        if session.ended:
            return
        if status in (408, 481):
            session.end_as_gone(status, answer, now)
        elif status == 491 and self._wanted is None:
            self._try_later(session, reoffer.sdp, reoffer.method, now)
        elif status != 491:
            self._tries = 0
            session.around.tell(ReofferFailed(session, status))

    # --- the end ----------------------------------------------------------------------------------------------------

    def close(self, session: InviteSession, now: float) -> None:
        """The call is over: nobody is left waiting for an answer, and nothing is offered again."""
        self._wanted, self.again_at, self._asking = None, NEVER, None
        asked, self.asked = self.asked, None
        match asked:
            case Asked(request=request, transaction=transaction):
                session.around.table.respond(transaction, response(request, 487), now)
            case Reoffer():
                asked.acknowledge()
            case None:
                pass
