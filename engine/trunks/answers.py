"""What a registrar's response says (RFC 3261 section 10.3), and the ways for calls that come with it (RFC 3608)."""

from __future__ import annotations

import re
from typing import Final

from engine.trunks.registration import Answer
from sip.errors import ProtocolError
from sip.message.envelope import Response
from sip.message.values import NameAddr
from sip.rim.asking import Reply

MAX_ROUTES: Final = 4
"""Service routes that are believed; a provider has one or two."""
MAX_REASON: Final = 80

_SECONDS = re.compile(r"\s*(\d{1,9})")


def read_answer(reply: Reply, contact_user: str) -> Answer:
    """What came of a REGISTER whose Contact has this user part. Nothing in it can raise."""
    response, reason = reply.response, reply.reason[:MAX_REASON]
    if response is None:
        return Answer(reply.status, reason)
    retry_after = _seconds(response.header("Retry-After"))
    return Answer(
        reply.status,
        reason,
        granted=_granted(response, contact_user) if 200 <= reply.status < 300 else None,
        min_expires=_seconds(response.header("Min-Expires")),
        retry_after=None if retry_after is None else float(retry_after),
    )


def service_routes(response: Response | None) -> tuple[NameAddr, ...]:
    """What calls go by while the registration lasts; none where it is not readable or has no loose routers."""
    if response is None:
        return ()
    try:
        routes = tuple(NameAddr.parse(item) for item in response.items("Service-Route"))
    except ProtocolError:
        return ()
    loose = all(route.uri.scheme == "sip" and route.uri.param("lr") is not None for route in routes)
    return routes if loose and len(routes) <= MAX_ROUTES else ()


def _granted(response: Response, contact_user: str) -> int | None:
    """The seconds that our own contact was given; registrars list those of all others, too."""
    otherwise = _seconds(response.header("Expires"))
    try:
        contacts = [NameAddr.parse(item) for item in response.items("Contact")]
    except ProtocolError:
        return otherwise
    for contact in contacts:
        if contact.uri.user == contact_user:
            return _seconds(contact.param("expires")) if contact.param("expires") else otherwise
    return None if contacts else otherwise


def _seconds(text: str | None) -> int | None:
    found = _SECONDS.match(text or "")
    return int(found[1]) if found else None
