"""What our calls take: methods, bodies and extensions, and how session descriptions travel in messages."""

from __future__ import annotations

from typing import TypedDict

from sip.message.envelope import Message

ALLOW = "ACK, BYE, CANCEL, INFO, INVITE, OPTIONS, PRACK, REFER, UPDATE"
"""The methods within a call (RFC 3261 section 20.5); a test holds them to what ``features`` registers."""

SDP = "application/sdp"

EXTENSIONS = "100rel, 199, norefersub, replaces, timer"
"""What our calls understand (section 20.37): RFC 3262, RFC 6228 (``forks``), RFC 4488 (``referring``), RFC 3891
(``replacing``) and RFC 4028 (``session_timer``)."""

SUPPORTED = frozenset({"path", *EXTENSIONS.split(", ")})
"""All option tags we understand: the registrar keeps Path (RFC 3327)."""


class Body(TypedDict, total=False):
    """The arguments of a message that carries a session description, or none of them."""

    body: bytes
    content_type: str


def sdp_body(sdp: bytes | None) -> Body:
    return {"body": sdp, "content_type": SDP} if sdp else {}


def sdp_of(message: Message) -> bytes | None:
    """The session description a message carries, None if it carries none or something else."""
    return message.body if message.body and message.content_type == SDP else None
