"""UPDATE: the peer changes the session without a three-way handshake, or only its Contact (RFC 3311 section 5.2)."""

from __future__ import annotations

from sip.dialog.dialog import Dialog
from sip.dialog.session import InviteSession
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(
    session: InviteSession, dialog: Dialog, request: Request, transaction: ServerTransaction, now: float
) -> None:
    if request.body:
        session.offers.receive(session, dialog, request, transaction, now)
    else:
        dialog.refresh_target(request)
        session.respond(transaction, request, 200, now)
