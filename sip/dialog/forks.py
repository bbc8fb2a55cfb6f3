"""The phones that one INVITE of ours reaches: proxies may fork it, and each phone makes a dialog of its own.

RFC 3261 section 13.2.2. Until one of them answers their dialogs are early; then the first 2xx makes the call, each
further one is acknowledged and ended (13.2.2.4), and a repeated one gets its ACK again. That goes on as long as the
INVITE's transaction hears 2xx (64*T1, RFC 6026).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.dialog.capabilities import sdp_of
from sip.dialog.dialog import Dialog
from sip.dialog.prack import Pracks, number_of, send_prack
from sip.dialog.refreshing import once_more
from sip.dialog.tables import Cue, Input, State
from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.message.envelope import Response

if TYPE_CHECKING:
    from sip.dialog.session import InviteSession

MAX_FORKS = 16
"""Early dialogs of one INVITE of ours, and 2xx to it; what comes from further forks is dropped."""

FORK_GONE = 199
"""A proxy tells that one of the phones has refused, while others go on (RFC 6228)."""
CANCELLED = (487, "cancelled")
UNUSABLE = (502, "unusable answer")


class Forks:
    """The ``early`` dialogs of a call of ours by remote tag, and the ACKs sent to those who answered.

    ``heard``: whether anything has come back to the INVITE, be it only a 100.
    """

    __slots__ = ("_acks", "_pracks", "early", "heard")

    def __init__(self) -> None:
        self.early: dict[str, Dialog] = {}
        self._acks: dict[str, tuple[bytes, Flow]] = {}
        self.heard = False
        self._pracks: Pracks | None = None

    def add(self, dialog: Dialog) -> None:
        self.early[dialog.remote.tag or ""] = dialog

    def remove(self, dialog: Dialog) -> None:
        self.early.pop(dialog.remote.tag or "", None)

    def acknowledged(self, dialog: Dialog, ack: bytes, flow: Flow) -> None:
        """Keep the ACK to a fork's 2xx."""
        self._acks[dialog.remote.tag or ""] = (ack, flow)

    def take(self, session: InviteSession, answer: Response | None, status: int, now: float) -> None:
        """A response to the INVITE; None with status 408 if none came, with 503 if the transport broke."""
        self.heard = self.heard or answer is not None
        if answer is None:
            lost = (status, "no response" if status == 408 else "unreachable")
            session.feed(Input.FAILURE, Cue(now, *(CANCELLED if session.state is State.CANCELLING else lost)))
        elif status >= 300:
            again = once_more(session, session.request, answer)
            if again is None or not session.feed(Input.CHALLENGE, Cue(now, request=again)):
                session.feed(Input.FAILURE, Cue(now, status, answer.reason))
        elif status >= 200:
            self._take_success(session, answer, now)
        elif status > 100:
            try:
                self._take_provisional(session, answer, now)
            except ProtocolError as error:
                session.around.drop(error.reason, session.flow)

    def begin_again(self, session: InviteSession, cue: Cue) -> None:
        """Send the INVITE that answers a challenge (section 22.2); what forks said before is of no use any more."""
        assert cue.request is not None
        for early in self.early.values():
            session.around.forget_dialog(early)
        self.early.clear()
        self._pracks = None
        session.request = cue.request
        session.begin_outgoing(cue.now)

    def _take_provisional(self, session: InviteSession, answer: Response, now: float) -> None:
        """Raises ProtocolError for one that is out of order or malformed."""
        tag, number, sdp = answer.to_tag or "", number_of(answer), sdp_of(answer)
        if number is not None:
            self._pracks = self._pracks or Pracks()
            self._pracks.check_order(tag, number)
        if answer.status == FORK_GONE and tag in self.early:
            session.feed(Input.PEER_LEAVES, Cue(now, dialog=self.early[tag]))
            session.feed(Input.PROVISIONAL, Cue(now, FORK_GONE, fork=tag))
            return
        dialog = self._new_early_dialog(session, answer)
        heard = session.feed(Input.PROVISIONAL, Cue(now, answer.status, body=sdp, dialog=dialog, fork=tag))
        early = self.early.get(tag)
        if number is None or early is None or not heard:
            return
        offered = sdp is not None and not early.settled and not session.request.body
        if offered and session.offers.asked is not None:
            raise ProtocolError(0, DropReason.OUT_OF_ORDER, "another fork's offer waits for our answer")
        assert self._pracks is not None
        self._pracks.note(tag, number)
        if sdp is None or early.settled:
            send_prack(session, early, answer, now)
        elif session.request.body:
            early.settled, early.answer = True, sdp
            send_prack(session, early, answer, now)
        else:
            session.offers.take_early_offer(session, early, answer, sdp)

    def _new_early_dialog(self, session: InviteSession, answer: Response) -> Dialog | None:
        tag = answer.to_tag
        if tag is None or tag in self.early or session.state is not State.CALLING:
            return None
        if len(self.early) >= MAX_FORKS:
            session.around.drop(DropReason.TOO_MANY_DIALOGS, session.flow)
            return None
        try:
            return Dialog.of_response(session.request, answer)
        except ProtocolError as error:
            session.around.drop(error.reason, session.flow)
            return None

    def _take_success(self, session: InviteSession, answer: Response, now: float) -> None:
        sent = self._acks.get(answer.to_tag or "")
        if sent is not None:
            session.around.send_again(*sent)
        elif session.state is State.OFFERED and session.has_dialog_with(answer.to_tag):
            pass  # repeated: its ACK waits for our answer
        elif len(self._acks) >= MAX_FORKS:
            session.around.drop(DropReason.TOO_MANY_DIALOGS, session.flow)
        else:
            self._take_new_success(session, answer, now)

    def _take_new_success(self, session: InviteSession, answer: Response, now: float) -> None:
        early = self.early.get(answer.to_tag or "")
        settled = early is not None and early.settled
        sdp, we_offered = sdp_of(answer), bool(session.request.body) or settled
        if early is not None and early.settled:
            sdp = None if early.changed else early.answer
        try:
            if sdp is None and not we_offered:
                raise ProtocolError(0, DropReason.UNSUPPORTED_BODY, "a 2xx without the offer it had to bring")
            dialog = self._confirmed(session, answer)
            on = Input.SUCCESS if we_offered else Input.SUCCESS_WITH_OFFER
        except ProtocolError as error:
            dialog, on = Dialog.to_nowhere(session.request, answer), Input.UNUSABLE_SUCCESS
            session.around.drop(error.reason, session.flow)
        status, why = CANCELLED if session.state is State.CANCELLING else UNUSABLE
        session.feed(on, Cue(now, status, why, body=sdp, dialog=dialog))
        if session.dialog is dialog:
            session.peer_allows = answer.header("Allow")
            session.timer.take_success(answer, now)
            session.set_deadline()

    def _confirmed(self, session: InviteSession, answer: Response) -> Dialog:
        early = self.early.get(answer.to_tag or "")
        if early is None:
            return Dialog.of_response(session.request, answer)
        early.confirm(answer)
        return early
