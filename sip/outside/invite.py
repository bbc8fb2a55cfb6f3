"""INVITE outside a call: somebody calls (RFC 3261 section 13.3.1)."""

from __future__ import annotations

from sip.dialog.session import InviteSession
from sip.errors import DropReason
from sip.events import IncomingInvite
from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.replaces import replaces_of
from sip.outside.surroundings import Surroundings
from sip.screening import Refusal
from sip.transaction.transaction import ServerTransaction

RETRY_AFTER = 5
"""Seconds after which a caller refused so may come again."""
URGENT_ROOM = 100
"""Calls for help that are taken beyond the most there may be of all calls."""
NO_ROOM = Refusal(503, DropReason.TOO_MANY_DIALOGS, (("Retry-After", RETRY_AFTER),))


def receive(
    around: Surroundings, request: Request, transaction: ServerTransaction, flow: Flow, now: float
) -> Refusal | None:
    calls = around.calls
    if not around.accepting:
        return NO_ROOM
    replaces_of(request)
    admitted = around.admitted(request, transaction, flow, now)
    if admitted is None:
        return None
    if len(calls) >= around.config.max_sessions + (URGENT_ROOM if admitted.urgent else 0):
        return NO_ROOM
    if around.guard is not None:
        around.guard.calls(flow, now)
    session = InviteSession(calls, request, flow, outgoing=False)
    session.begin_incoming(transaction, admitted.identity, now)
    calls.asked[transaction] = session
    calls.tell(IncomingInvite(session))
    return None
