"""Re-INVITE: the peer changes the session, or asks for our offer (RFC 3261 section 14.2)."""

from __future__ import annotations

from sip.dialog.dialog import Dialog
from sip.dialog.session import InviteSession
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(
    session: InviteSession, dialog: Dialog, request: Request, transaction: ServerTransaction, now: float
) -> None:
    session.offers.receive(session, dialog, request, transaction, now)
