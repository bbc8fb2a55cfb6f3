"""MESSAGE: a text from somebody to somebody (RFC 3428)."""

from __future__ import annotations

from sip.errors import DropReason
from sip.events import IncomingMessage
from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.grammar import parse_params
from sip.outside.surroundings import Surroundings
from sip.screening import Refusal
from sip.transaction.transaction import ServerTransaction

MAX_TEXT = 1_300
"""Bytes of a text (section 8 has this for whole messages over UDP)."""
TEXT = "text/plain"
CHARSETS = frozenset({"utf-8", "us-ascii"})


def receive(
    around: Surroundings, request: Request, transaction: ServerTransaction, flow: Flow, now: float
) -> Refusal | None:
    if len(request.body) > MAX_TEXT:
        return Refusal(413, DropReason.TOO_LARGE)
    if not is_text(request):
        return Refusal(415, DropReason.UNSUPPORTED_BODY, (("Accept", TEXT), ("Accept-Encoding", "identity")))
    admitted = around.admitted(request, transaction, flow, now)
    if admitted is None:
        return None
    if admitted.identity is None:
        return Refusal(403, DropReason.NOT_ALLOWED)
    around.calls.tell(IncomingMessage(request, transaction, admitted.identity))
    return None


def is_text(request: Request) -> bool:
    """Whether the body is a text that every phone can show."""
    encoding = request.header("Content-Encoding")
    if request.content_type != TEXT or (encoding is not None and encoding.lower() != "identity"):
        return False
    _, semicolon, rest = (request.header("Content-Type") or "").partition(";")
    charset = dict(parse_params(semicolon + rest)).get("charset") if semicolon else None
    if charset is not None and charset.strip('"').lower() not in CHARSETS:
        return False
    try:
        return bool(request.body.decode().strip())
    except UnicodeDecodeError:
        return False
