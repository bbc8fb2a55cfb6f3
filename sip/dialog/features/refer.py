"""REFER: the peer asks us to lead whoever it talks to elsewhere (RFC 3515, RFC 5589). Outside a call it is refused."""

from __future__ import annotations

from sip.dialog.dialog import Dialog
from sip.dialog.referring import Referral, Standing, read_refer
from sip.dialog.session import InviteSession
from sip.dialog.tables import State
from sip.errors import DropReason, ProtocolError
from sip.events import ReferReceived
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(
    session: InviteSession, dialog: Dialog, request: Request, transaction: ServerTransaction, now: float
) -> None:
    refer = read_refer(request)
    if session.ended:
        raise ProtocolError(481, DropReason.UNKNOWN_DIALOG, "the call is over")
    if session.referral is not None and session.referral.standing is not Standing.OVER:
        raise ProtocolError(491, DropReason.REFER_PENDING, "another REFER is not over yet")
    session.presume_acknowledged(now)
    if session.state is not State.CONFIRMED:
        raise ProtocolError(403, DropReason.REFER_REFUSED, "the call is not answered yet")
    session.referral = Referral(session, dialog, request, transaction, refer)
    session.around.tell(ReferReceived(session, session.referral))
