"""PRACK: the caller has a provisional response of ours (RFC 3262 section 3)."""

from __future__ import annotations

from sip.dialog.dialog import Dialog
from sip.dialog.session import InviteSession
from sip.errors import DropReason, ProtocolError
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(
    session: InviteSession, dialog: Dialog, request: Request, transaction: ServerTransaction, now: float
) -> None:
    if session.reliable is None:
        raise ProtocolError(481, DropReason.STRAY_PRACK)
    session.reliable.receive(session, dialog, request, transaction, now)
