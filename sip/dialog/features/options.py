"""OPTIONS: what can you do, or: are you there (RFC 3261 section 11). The same in a call and outside."""

from __future__ import annotations

from sip.dialog.session import InviteSession
from sip.message.build import response
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(session: InviteSession, request: Request, transaction: ServerTransaction, now: float) -> None:
    headers = [("Allow", session.around.allow()), ("Accept", "application/sdp")]
    session.around.table.respond(transaction, response(request, 200, headers=headers), now)
