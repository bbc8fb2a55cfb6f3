"""BYE: the peer ends the call (RFC 3261 section 15.1.2)."""

from __future__ import annotations

from sip.dialog.session import InviteSession
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(session: InviteSession, request: Request, transaction: ServerTransaction, now: float) -> None:
    session.receive_bye(request, transaction, now)
