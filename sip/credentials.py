"""The calling side's answer to a challenge: the same request once more, with credentials (RFC 3261 section 22.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sip.digest import authorize
from sip.message.envelope import Request, Response
from sip.message.values import CSeq

_HEADERS = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password that a peer of ours, such as a provider, asks for."""

    username: str
    password: str = field(repr=False)

    def authorize(self, request: Request, challenge: Response) -> Request | None:
        """``request`` with what its 401 or 407 asks for, and the next CSeq; None for a challenge nobody can answer."""
        asked, answered = _HEADERS[challenge.status]
        value = authorize(
            challenge.header_all(asked),
            request.method,
            request.uri,
            self.username,
            self.password,
            body=request.body,
        )
        if value is None:
            return None
        number = CSeq(request.cseq.number + 1, request.method)
        return request.with_header("CSeq", number).with_added(answered, value)
