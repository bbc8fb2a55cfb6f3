"""BYE: the peer ends the call (RFC 3261 section 15.1.2)."""

from __future__ import annotations

from sip.dialog.dialog import Dialog
from sip.dialog.reason import said_reason
from sip.dialog.session import InviteSession
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(
    session: InviteSession, dialog: Dialog, request: Request, transaction: ServerTransaction, now: float
) -> None:
    session.respond(transaction, request, 200, now)
    session.receive_bye(dialog, said_reason(request, "hung up"), now)
