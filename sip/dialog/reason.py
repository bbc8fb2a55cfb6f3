"""Reason (RFC 3326): why somebody cancels or hangs up, in words for a record or a log."""

from __future__ import annotations

from sip.errors import ProtocolError
from sip.message.envelope import Message
from sip.message.grammar import get_param, parse_params

MAX_REASON = 128
"""Characters of a peer's reason that are passed on."""

NOT_REFRESHED = (("Reason", 'SIP;cause=408;text="Session not refreshed"'),)
UNACKNOWLEDGED = (("Reason", 'SIP;cause=408;text="ACK timeout"'),)
"""Why we hang up where nobody has."""


def said_reason(message: Message, otherwise: str) -> str:
    """The text of the first Reason, ``Q.850 16`` where it has a cause but no text; ``otherwise`` without a usable one.

    ``Reason: SIP;cause=200;text="Call completed elsewhere"`` gives ``Call completed elsewhere``.
    """
    try:
        first = next(iter(message.items("Reason")), "")
        protocol, semicolon, params = first.partition(";")
        said = parse_params(semicolon + params)
    except ProtocolError:
        return otherwise
    text, cause = get_param(said, "text"), get_param(said, "cause")
    return (text or (f"{protocol.strip()} {cause}" if cause else otherwise))[:MAX_REASON]
