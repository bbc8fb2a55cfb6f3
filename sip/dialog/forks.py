"""The phones that one INVITE of ours reaches: proxies may fork it, and each phone makes a dialog of its own.

RFC 3261 section 13.2.2. Until one of them answers their dialogs are early; then the first 2xx makes the call, each
further one is acknowledged and ended (13.2.2.4), and a repeated one gets its ACK again. That goes on as long as the
INVITE's transaction hears 2xx (64*T1, RFC 6026).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.dialog.capabilities import sdp_of
from sip.dialog.dialog import Dialog
from sip.dialog.tables import Cue, Input, State
from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.message.envelope import Request, Response

if TYPE_CHECKING:
    from sip.dialog.session import InviteSession

MAX_FORKS = 16
"""Early dialogs of one INVITE of ours, and 2xx to it; what comes from further forks is dropped."""

CHALLENGES = frozenset({401, 407})
CANCELLED = (487, "cancelled")
UNUSABLE = (502, "unusable answer")


class Forks:
    """The ``early`` dialogs of a call of ours by remote tag, and the ACKs sent to those who answered.

    ``heard``: whether anything has come back to the INVITE, be it only a 100.
    """

    __slots__ = ("_acks", "early", "heard")

    def __init__(self) -> None:
        self.early: dict[str, Dialog] = {}
        self._acks: dict[str, tuple[bytes, Flow]] = {}
        self.heard = False

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
            again = _authorized(session, answer)
            if again is None or not session.feed(Input.CHALLENGE, Cue(now, request=again)):
                session.feed(Input.FAILURE, Cue(now, status, answer.reason))
        elif status >= 200:
            self._take_success(session, answer, now)
        elif status > 100:
            dialog = self._new_early_dialog(session, answer)
            session.feed(Input.PROVISIONAL, Cue(now, status, body=sdp_of(answer), dialog=dialog))

    def begin_again(self, session: InviteSession, cue: Cue) -> None:
        """Send the INVITE that answers a challenge (section 22.2); what forks said before is of no use any more."""
        assert cue.request is not None
        for early in self.early.values():
            session.around.forget_dialog(early)
        self.early.clear()
        session.request = cue.request
        session.begin_outgoing(cue.now)

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
        sdp, we_offered = sdp_of(answer), bool(session.request.body)
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

    def _confirmed(self, session: InviteSession, answer: Response) -> Dialog:
        early = self.early.get(answer.to_tag or "")
        if early is None:
            return Dialog.of_response(session.request, answer)
        early.confirm(answer)
        return early


def _authorized(session: InviteSession, challenge: Response) -> Request | None:
    """The INVITE once more, with what answers a challenge; None for what is none or cannot be answered."""
    if challenge.status not in CHALLENGES or session.authorize is None:
        return None
    return session.authorize(session.request, challenge)
