"""Provisional responses that the caller acknowledges with PRACK, as we send them (RFC 3262 section 3).

All but 100 are such where the caller demands it; where it only can, those that carry a session description: early media
must not depend on one datagram. They go out one at a time, each until its PRACK has come. Without one in 64*T1 the call
is refused. An answer of ours waits while the PRACK of a session description does.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from sip.dialog.capabilities import sdp_of
from sip.dialog.dialog import Dialog
from sip.dialog.tables import Cue, Input, State
from sip.errors import DropReason, ProtocolError
from sip.events import Reached
from sip.message.envelope import Request, Response
from sip.message.values import CSeq, RAck
from sip.transaction.timers import NEVER
from sip.transaction.transaction import ServerTransaction

if TYPE_CHECKING:
    from sip.dialog.session import InviteSession

RELIABLE = "100rel"
"""The option tag."""
MAX_WAITING = 8
"""Responses of one call that wait for the PRACK of those before; a further one takes the place of the last."""
MAX_FIRST = 2**31 - 1
"""The first RSeq is chosen at random from 1 to this."""


def is_reliable(invite: Request, cue: Cue) -> bool:
    """Whether a provisional response is to be acknowledged."""
    if cue.status == 100:
        return False
    return RELIABLE in invite.require or (cue.sdp is not None and RELIABLE in invite.supported)


class Reliable:
    """Those of one call. ``deadline`` is when one is to be sent again, or to be given up."""

    __slots__ = ("_held", "_interval", "_next_at", "_number", "_response", "_waiting", "give_up_at")

    def __init__(self, chance: float) -> None:
        self._number = int(chance * MAX_FIRST)
        self._waiting: deque[Cue] = deque()
        self._response: Response | None = None
        self._held: Cue | None = None
        self._interval = 0.0
        self._next_at = NEVER
        self.give_up_at = NEVER

    @property
    def deadline(self) -> float:
        return min(self._next_at, self.give_up_at)

    @property
    def unacknowledged(self) -> bool:
        """True while a PRACK is waited for."""
        return self._response is not None

    @property
    def awaits_answer(self) -> bool:
        """True while the PRACK that is waited for has to answer an offer of ours, or to confirm our answer."""
        return self._response is not None and bool(self._response.body)

    def send(self, session: InviteSession, cue: Cue) -> None:
        """Send a provisional response, once all before are acknowledged."""
        if self._response is None:
            self._send(session, cue)
            return
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.pop()
        self._waiting.append(cue)

    def _send(self, session: InviteSession, cue: Cue) -> None:
        transaction, dialog = session.transaction, session.dialog
        assert isinstance(transaction, ServerTransaction)
        assert dialog is not None
        self._number += 1
        headers = [("Require", RELIABLE), ("RSeq", self._number), *cue.headers]
        sdp = None if dialog.settled else cue.sdp
        self._response = session.respond(transaction, session.request, cue.status, cue.now, sdp=sdp, headers=headers)
        if sdp is not None and session.request.body:
            dialog.settled = True
        self._interval = session.around.timers.t1
        self._next_at = cue.now + self._interval
        self.give_up_at = cue.now + session.around.timers.lifetime
        session.set_deadline()

    def hold(self, answer: Cue) -> bool:
        """True if our 2xx has to wait for a PRACK; it is given then when that comes (section 3)."""
        if not self.awaits_answer:
            return False
        self._held = answer
        return True

    def repeat_if_due(self, session: InviteSession, now: float) -> None:
        """Send it again after T1, then each time after twice as long (section 3)."""
        if self._response is not None and self._next_at <= now:
            assert isinstance(session.transaction, ServerTransaction)
            session.around.table.respond(session.transaction, self._response, now)
            self._interval *= 2
            self._next_at = now + self._interval

    def quiet(self) -> None:
        """The INVITE has its final response: nothing is repeated any more, though a late PRACK still finds its own."""
        self._waiting.clear()
        self._held = None
        self._next_at = self.give_up_at = NEVER

    def receive(
        self, session: InviteSession, dialog: Dialog, prack: Request, transaction: ServerTransaction, now: float
    ) -> None:
        """A PRACK. Raises ProtocolError: 481 if there is nothing it could acknowledge, 400 without the answer due."""
        wanted = RAck(self._number, CSeq(session.request.cseq.number, "INVITE"))
        response = self._response
        if response is None or RAck.parse(prack.required("RAck")) != wanted:
            raise ProtocolError(481, DropReason.STRAY_PRACK)
        offered, sdp = bool(response.body) and not session.request.body, sdp_of(prack)
        if offered and sdp is None:
            raise ProtocolError(400, DropReason.UNSUPPORTED_BODY, "a PRACK without the answer it has to bring")
        self._response = None
        self._next_at = self.give_up_at = NEVER
        session.around.tell(Reached(session))
        if offered or sdp is None:
            session.respond(transaction, prack, 200, now)
            if offered and sdp is not None:
                dialog.settled = True
                session.offers.take_late_answer(session, sdp)
        else:
            session.offers.receive(session, dialog, prack, transaction, now)
        self._go_on(session, now)

    def _go_on(self, session: InviteSession, now: float) -> None:
        held, self._held = self._held, None
        if held is not None:
            session.feed(Input.ANSWER, held._replace(now=now))
        elif self._waiting and session.state is State.INVITED:
            self._send(session, self._waiting.popleft()._replace(now=now))
        session.set_deadline()
