"""INFO within a call (RFC 6086): mostly digits of phones that send them this way. Outside a call it gets 481."""

from __future__ import annotations

from sip.dialog.dialog import Dialog
from sip.dialog.session import InviteSession
from sip.events import InfoReceived
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(
    session: InviteSession, _dialog: Dialog, request: Request, transaction: ServerTransaction, now: float
) -> None:
    session.respond(transaction, request, 200, now)
    if not session.ended:
        session.around.tell(InfoReceived(session, request.content_type or "", request.body))
