"""OPTIONS: what can you do, or: are you there (RFC 3261 section 11). The same in a call and outside."""

from __future__ import annotations

from sip.dialog.capabilities import ALLOW, SDP, SUPPORTED
from sip.dialog.dialog import Dialog
from sip.dialog.session import InviteSession
from sip.message.envelope import Request
from sip.transaction.transaction import ServerTransaction

CAPABILITIES: tuple[tuple[str, object], ...] = (
    ("Allow", ALLOW),
    ("Accept", SDP),
    ("Accept-Encoding", "identity"),
    ("Supported", ", ".join(sorted(SUPPORTED))),
)
"""The headers of a 200 to OPTIONS (section 11.2)."""


def receive(
    session: InviteSession, _dialog: Dialog, request: Request, transaction: ServerTransaction, now: float
) -> None:
    session.respond(transaction, request, 200, now, headers=CAPABILITIES)
