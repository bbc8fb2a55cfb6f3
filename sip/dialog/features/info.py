"""INFO within a call (RFC 6086): mostly digits of phones that send them this way."""

from __future__ import annotations

from sip.dialog.session import InviteSession
from sip.events import InfoReceived
from sip.message.build import response
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction


def receive(session: InviteSession, request: Request, transaction: ServerTransaction, now: float) -> None:
    session.around.table.respond(transaction, response(request, 200), now)
    session.around.tell(InfoReceived(session, request.content_type or "", request.body))
