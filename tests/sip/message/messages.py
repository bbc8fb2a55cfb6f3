"""SIP messages for tests to take apart; lines end in CRLF."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sip.errors import ProtocolError

T = TypeVar("T")

HEADERS = (
    "Via: SIP/2.0/UDP pc33.atlanta.com:5066;branch=z9hG4bK776asdhds;rport",
    "Max-Forwards: 70",
    "To: Bob <sip:bob@biloxi.com>",
    "From: Alice <sip:alice@atlanta.com>;tag=1928301774",
    "Call-ID: a84b4c76e66710@pc33.atlanta.com",
    "CSeq: 314159 INVITE",
    "Contact: <sip:alice@pc33.atlanta.com>",
)


def datagram(start: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([start, *headers, "", ""]).encode() + body


def invite(
    *more: str, without: str = "", instead: str = "", uri: str = "sip:bob@biloxi.com", body: bytes = b""
) -> bytes:
    """An INVITE with ``more`` headers, ``without`` the one so named, or with ``instead`` in its place."""
    gone = without or instead.partition(":")[0]
    headers = [line for line in HEADERS if not gone or not line.startswith(f"{gone}:")]
    return datagram(f"INVITE {uri} SIP/2.0", *headers, *([instead] if instead else []), *more, body=body)


def ok(*more: str, start: str = "SIP/2.0 200 OK", body: bytes = b"") -> bytes:
    return datagram(start, *HEADERS, *more, body=body)


def attempt(parse: Callable[..., T], *arguments: object) -> T | ProtocolError:
    """What ``parse`` makes of its arguments: a value, or the ProtocolError it raised. Any other exception escapes."""
    try:
        return parse(*arguments)
    except ProtocolError as error:
        return error
