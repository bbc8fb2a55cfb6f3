"""Offers within a call: re-INVITE (RFC 3261 section 14), UPDATE (RFC 3311) and PRACK, both ways, one at a time.

Whose turn it is decides what becomes of an offer of the peer:

    ours to be answered by it (in INVITE, UPDATE or 2xx)   491, as the two cross (glare)
    its former one to be answered by us                    500 with Retry-After (14.2, RFC 3311 section 5.2)
    nobody's                                               OfferReceived; ours then waits until we have answered

An offer of ours that meets the peer's is made again after a time that differs for the two sides (14.1).

UPDATE and PRACK may bring offers before the call is answered, once the INVITE's own offer has its answer for good: in a
provisional response that was acknowledged (``Dialog.settled``). While an INVITE of ours rings several phones none of
them may change what all share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.dialog.capabilities import sdp_body, sdp_of
from sip.dialog.dialog import Dialog, contact_of
from sip.dialog.prack import send_prack
from sip.dialog.refreshing import headers_of, once_more
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
_EARLY = frozenset({State.INVITED, State.CALLING})


class Reoffer:
    """An offer of ours under way in a re-INVITE or UPDATE; ``sdp`` is None where the peer is to offer.

    ``refresh``: it says what was said before, only to refresh the session (RFC 4028).
    """

    __slots__ = ("_ack", "_failed", "dialog", "method", "refresh", "request", "sdp", "session")

    def __init__(
        self, session: InviteSession, dialog: Dialog, request: Request, sdp: bytes | None, *, refresh: bool
    ) -> None:
        self.session = session
        self.dialog = dialog
        self.request = request
        self.method = request.method
        self.sdp = sdp
        self.refresh = refresh
        self._ack: tuple[bytes, Flow] | None = None
        self._failed = False

    def send(self, now: float) -> None:
        around = self.session.around
        around.send_request(self.request, around.flow_of(self.session, self.dialog), self.on_response, now)

    def on_response(self, answer: Response | None, status: int, now: float) -> None:
        if answer is not None and 200 <= status < 300:
            self._take_success(answer, now)
        elif status >= 300 and not self._failed:
            again = None if self.session.ended else once_more(self.session, self.request, answer)
            if again is not None:
                self.request = self.dialog.renumbered(again)
                self.send(now)
                return
            self._failed = True  # what follows, such as a broken connection under its ACK, is no news
            self.session.offers.take_failure(self, answer, status, now)

    def _take_success(self, answer: Response, now: float) -> None:
        session = self.session
        if self._ack is not None:
            session.around.send_again(*self._ack)
        elif session.offers.asked is not self:
            session.offers.take_success(self, answer, now)

    def acknowledge(self, sdp: bytes | None = None) -> None:
        """ACK the 2xx, as only an INVITE's needs to be."""
        if self.method == "INVITE":
            self._ack = self.session.send_ack(self.dialog, self.request, sdp)


class Asked:
    """An offer of the peer that waits for our answer: its re-INVITE, UPDATE or PRACK."""

    __slots__ = ("dialog", "request", "transaction")

    def __init__(self, dialog: Dialog, request: Request, transaction: ServerTransaction) -> None:
        self.dialog = dialog
        self.request = request
        self.transaction = transaction


class EarlyOffer:
    """An offer that a provisional response brought to an INVITE of ours without one: our PRACK is to answer it."""

    __slots__ = ("answer", "dialog", "session")

    def __init__(self, session: InviteSession, dialog: Dialog, answer: Response) -> None:
        self.session = session
        self.dialog = dialog
        self.answer = answer

    def acknowledge(self, now: float, sdp: bytes | None = None) -> None:
        """Send the PRACK."""
        self.dialog.settled = sdp is not None
        self.session.described = sdp or self.session.described
        send_prack(self.session, self.dialog, self.answer, now, sdp)


class Offers:
    """Whose turn it is in one call. ``again_at`` is when an offer of ours is to be made again."""

    __slots__ = ("_asking", "_tries", "_wanted", "again_at", "asked")

    def __init__(self) -> None:
        self.again_at = NEVER
        self.asked: Asked | EarlyOffer | Reoffer | None = None
        self._asking: Reoffer | None = None
        self._wanted: tuple[bytes | None, str] | None = None
        self._tries = 0

    # --- the peer offers --------------------------------------------------------------------------------------------

    def receive(
        self, session: InviteSession, dialog: Dialog, request: Request, transaction: ServerTransaction, now: float
    ) -> None:
        """A re-INVITE, or an UPDATE or PRACK with an offer. Raises ProtocolError if its Contact cannot be used."""
        contact_of(request)
        if session.ended:
            session.respond(transaction, request, 481, now)
        elif self._busy_with_ours(session) or (session.state in _OUR_FIRST_IS_UNANSWERED and not dialog.settled):
            session.respond(transaction, request, 491, now)
        elif session.state in _OUR_FIRST_IS_UNANSWERED and len(session.dialogs) > 1:
            session.respond(transaction, request, 488, now)
        elif self.asked is not None or (session.state in _ITS_FIRST_IS_UNANSWERED and not dialog.settled):
            seconds = int(session.around.random() * (MAX_RETRY_AFTER + 1))
            session.respond(transaction, request, 500, now, headers=[("Retry-After", seconds)])
        else:
            session.presume_acknowledged(now)
            self.asked = Asked(dialog, request, transaction)
            session.around.tell(OfferReceived(session, sdp_of(request)))

    def accept(self, session: InviteSession, sdp: bytes, now: float) -> None:
        """Answer it; only now does its Contact count (RFC 6141 section 4)."""
        asked, self.asked = self.asked, None
        if isinstance(asked, Asked):
            asked.dialog.refresh_target(asked.request)
            asked.dialog.changed = session.state in _EARLY
        match asked:
            case Asked(request=request, transaction=transaction) if request.method == "INVITE":
                session.accept(transaction, request, sdp, now)
            case Asked(request=request, transaction=transaction):
                session.respond(transaction, request, 200, now, sdp=sdp)
            case Reoffer():
                asked.acknowledge(sdp)
                session.described = sdp
            case EarlyOffer():
                asked.acknowledge(now, sdp)
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
            case EarlyOffer():
                asked.acknowledge(now)
                session.cancel(now)
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

    def take_early_offer(self, session: InviteSession, dialog: Dialog, answer: Response, sdp: bytes) -> None:
        """A reliable provisional response to our INVITE without offer (RFC 3262 section 5)."""
        self.asked = EarlyOffer(session, dialog, answer)
        session.around.tell(OfferReceived(session, sdp))

    def _tell_answer(self, session: InviteSession, answer: bytes | None, *, late: bool) -> None:
        session.around.tell(
            ReofferFailed(session, 488, late) if answer is None else AnswerReceived(session, answer, late)
        )

    # --- we offer ---------------------------------------------------------------------------------------------------

    def ask(self, session: InviteSession, sdp: bytes | None, method: str, now: float) -> None:
        """Make an offer, now if it is our turn, else later; the newest wish counts."""
        if session.ended or session.state is State.CANCELLING:
            return
        dialog = _settled_dialog(session, method)
        if dialog is None or self.asked is not None or self._busy_with_ours(session):
            self._try_later(session, sdp, method, now)
            return
        self._wanted, self.again_at = None, NEVER
        self._send(session, dialog, method, sdp, now)

    def refresh(self, session: InviteSession, now: float) -> None:
        """Say once more what we said last (RFC 4028 section 7.4), unless something else is being said anyway."""
        dialog, sdp = session.dialog, session.described
        if dialog is None or sdp is None or self.asked is not None or self._busy_with_ours(session):
            session.timer.refresh_failed(now)
        else:
            self._send(session, dialog, "INVITE", sdp, now, refresh=True)

    def _send(
        self,
        session: InviteSession,
        dialog: Dialog,
        method: str,
        sdp: bytes | None,
        now: float,
        *,
        refresh: bool = False,
    ) -> None:
        contact = session.around.contact(session.around.flow_of(session, dialog), session.secure)
        request = dialog.make(method, contact=contact, headers=headers_of(session), **sdp_body(sdp))
        self._asking = Reoffer(session, dialog, request, sdp, refresh=refresh)
        self._asking.send(now)

    def _busy_with_ours(self, session: InviteSession) -> bool:
        """Whether an offer of ours is under way that the peer has not answered."""
        early = session.reliable is not None and session.reliable.awaits_answer and not session.request.body
        return self._asking is not None or session.awaits_late_answer or early

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

    def take_success(self, reoffer: Reoffer, answer: Response, now: float) -> None:
        """The first 2xx. It is acknowledged even if the call is over: the peer may not know that yet."""
        session, sdp = reoffer.session, sdp_of(answer)
        if self._asking is reoffer:
            self._asking, self._tries = None, 0
        session.described = reoffer.sdp or session.described
        if session.state is State.CONFIRMED:
            session.timer.take_success(answer, now)
            session.set_deadline()
        else:
            reoffer.dialog.changed = True
        try:
            reoffer.dialog.refresh_target(answer)
        except ProtocolError as error:
            session.around.drop(error.reason, session.flow)
        if reoffer.sdp is None and sdp is not None and not session.ended:
            self.asked = reoffer
            session.around.tell(OfferReceived(session, sdp))
            return
        reoffer.acknowledge()
        if not session.ended:
            self._tell_answer(session, None if reoffer.sdp is None else sdp, late=reoffer.refresh)

    def take_failure(self, reoffer: Reoffer, answer: Response | None, status: int, now: float) -> None:
        """A final refusal, 408 for a timeout, or 503 for a broken transport."""
        self._asking = None
        session = reoffer.session
        if session.ended:
            return
        if status in (408, 481) and session.state is State.CONFIRMED and reoffer.dialog is session.dialog:
            session.end_as_gone(status, answer, now)
        elif reoffer.refresh:
            session.timer.refresh_failed(now)
            session.set_deadline()
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
            case EarlyOffer() | None:
                pass


def _settled_dialog(session: InviteSession, method: str) -> Dialog | None:
    """The dialog in which we may offer by this method now: the call's, or the only early one (RFC 3311 section 5.1)."""
    if session.state is State.CONFIRMED:
        return session.dialog
    early = session.dialogs
    if method != "UPDATE" or session.state not in _EARLY or len(early) != 1:
        return None
    waits = early[0].pracks or (session.reliable is not None and session.reliable.unacknowledged)
    return early[0] if early[0].settled and not waits else None
