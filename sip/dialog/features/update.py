"""UPDATE: the peer changes the session without a three-way handshake (RFC 3311)."""

from __future__ import annotations

from sip.dialog.session import InviteSession
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(session: InviteSession, request: Request, transaction: ServerTransaction, now: float) -> None:
    session.receive_update(request, transaction, now)
