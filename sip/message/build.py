"""Making messages: responses (RFC 3261 section 8.2.6), requests (8.1.1), ACK to a failure, CANCEL, tags, branches."""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import blake2s
from typing import Final

from sip.message.envelope import DEFAULT_MAX_FORWARDS, Request, Response
from sip.message.values import CSeq, NameAddr, Uri

_TAG_KEY: Final = os.urandom(16)

BRANCH_COOKIE: Final = "z9hG4bK"
"""Begins every branch that RFC 3261 made (section 8.1.1.7)."""

REASON_PHRASES: Final = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    199: "Early Dialog Terminated",
    200: "OK",
    202: "Accepted",
    204: "No Notification",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    410: "Gone",
    412: "Conditional Request Failed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    417: "Unknown Resource-Priority",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    424: "Bad Location Information",
    428: "Use Identity Header",
    429: "Provide Referrer Identity",
    430: "Flow Failed",
    433: "Anonymity Disallowed",
    436: "Bad Identity Info",
    437: "Unsupported Credential",
    438: "Invalid Identity Header",
    439: "First Hop Lacks Outbound Support",
    440: "Max-Breadth Exceeded",
    469: "Bad Info Package",
    470: "Consent Needed",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    485: "Ambiguous",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    493: "Undecipherable",
    494: "Security Agreement Required",
    500: "Server Internal Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    555: "Push Notification Service Not Supported",
    580: "Precondition Failure",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
    607: "Unwanted",
    608: "Rejected",
}
"""IANA registry of SIP response codes."""

_COPIED: Final = frozenset({"Via", "From", "To", "Call-ID", "CSeq"})
_DIALOG_FORMING: Final = frozenset({"INVITE", "SUBSCRIBE", "REFER"})
_SAME_IN_RESPONSE: Final = ("via", "vias", "from_", "call_id", "cseq")


def reason_phrase(status: int) -> str:
    """The registered phrase of a status; that of its class for one that is not registered."""
    return REASON_PHRASES.get(status) or REASON_PHRASES.get(status // 100 * 100) or "Unknown"


def response(
    request: Request,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str | None = None,
    headers: Iterable[tuple[str, object]] = (),
    body: bytes = b"",
    content_type: str | None = None,
) -> Response:
    """A response with all that section 8.2.6 takes over from the request, each value as it was written.

    A To without a tag gets ``to_tag``, or a new one where that is None; a 100 gets none unless ``to_tag`` is given.
    Record-Route is copied where a dialog may begin (12.1.1), Timestamp into a 100 (8.2.6.1).
    """
    copied = _COPIED
    if 100 < status < 300 and request.method in _DIALOG_FORMING:
        copied = _COPIED | {"Record-Route"}
    elif status == 100:
        copied = _COPIED | {"Timestamp"}
    lines: list[tuple[str, object]] = []
    for name, value in request.headers:
        if name in copied:
            if name == "To" and (to_tag or status > 100) and request.to_tag is None:
                value = f"{value};tag={to_tag or new_tag()}"
            lines.append((name, value))
    lines += headers
    if content_type is not None:
        lines.append(("Content-Type", content_type))
    made = Response(status, reason or reason_phrase(status), lines, body)
    for name in _SAME_IN_RESPONSE:
        if name in request.__dict__:
            made.__dict__[name] = request.__dict__[name]
    return made


def request(
    method: str,
    uri: Uri,
    *,
    from_: NameAddr,
    to: NameAddr,
    call_id: str,
    cseq: int,
    routes: Iterable[NameAddr] = (),
    contact: NameAddr | None = None,
    max_forwards: int = DEFAULT_MAX_FORWARDS,
    headers: Iterable[tuple[str, object]] = (),
    body: bytes = b"",
    content_type: str | None = None,
) -> Request:
    """A request without a Via, which the transaction puts before the rest (section 8.1.1)."""
    number = CSeq(cseq, method)
    lines: list[tuple[str, object]] = [("Max-Forwards", max_forwards)]
    lines += [("Route", route) for route in routes]
    lines += [("From", from_), ("To", to), ("Call-ID", call_id), ("CSeq", number)]
    if contact is not None:
        lines.append(("Contact", contact))
    lines += headers
    if content_type is not None:
        lines.append(("Content-Type", content_type))
    made = Request(method, uri, lines, body)
    made.__dict__.update(from_=from_, to=to, call_id=call_id, cseq=number)
    return made


def ack_for_failure(invite: Request, response: Response) -> Request:
    """The ACK to a response of 300-699, which belongs to the INVITE's transaction (section 17.1.1.3)."""
    return _same_hop(invite, "ACK", response.required("To"))


def cancel_for(invite: Request) -> Request:
    """The CANCEL of a request sent before, with its branch (section 9.1)."""
    return _same_hop(invite, "CANCEL", invite.required("To"))


def _same_hop(invite: Request, method: str, to: str) -> Request:
    lines: list[tuple[str, object]] = [("Via", invite.via), ("Max-Forwards", DEFAULT_MAX_FORWARDS)]
    lines += [("Route", line) for line in invite.header_all("Route")]
    lines += [("From", invite.required("From")), ("To", to), ("Call-ID", invite.required("Call-ID"))]
    lines.append(("CSeq", CSeq(invite.cseq.number, method)))
    return Request(method, invite.uri, lines)


def new_tag() -> str:
    """A tag nobody can guess: 64 random bits (section 19.3 asks for 32)."""
    return os.urandom(8).hex()


def stateless_tag(request: Request) -> str:
    """A To tag for an answer that nobody remembers: the same each time the request is repeated (section 8.2.7)."""
    named = "\0".join(request.header(name) or "" for name in ("Call-ID", "From", "CSeq"))
    return blake2s(named.encode("utf-8", "replace"), key=_TAG_KEY, digest_size=8).hexdigest()


def new_branch() -> str:
    """A branch unique in space and time (section 8.1.1.7)."""
    return f"{BRANCH_COOKIE}{os.urandom(8).hex()}"


def new_call_id() -> str:
    """A Call-ID of 128 random bits, without a host, which would tell where we are (section 8.1.1.4)."""
    return os.urandom(16).hex()
