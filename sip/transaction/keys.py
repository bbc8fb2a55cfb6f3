"""How a message finds its transaction: RFC 3261 sections 17.1.3, 17.2.3 and 8.2.2.2.

A key is one string; its parts are joined by a character that no header value can contain.
"""

from __future__ import annotations

from sip.message.build import BRANCH_COOKIE
from sip.message.envelope import Request, Response
from sip.message.values import Via

_COOKIE = BRANCH_COOKIE.lower()


def client_key(branch: str, method: str) -> str:
    """The key of a request of ours: branch and method, as a CANCEL has the branch of its INVITE (section 17.1.3)."""
    return f"{method}\n{branch}"


def response_key(response: Response) -> str | None:
    """The key of the client transaction a response belongs to, None if it names no branch."""
    branch = response.via.branch
    return client_key(branch, response.cseq.method) if branch else None


def server_key(request: Request, method: str, to_tag: str | None = None) -> str:
    """The key under which ``request`` is known as a ``method`` request.

    With the magic cookie these are branch, sent-by and method. Without it the rules of RFC 2543 hold: Request-URI,
    tags, Call-ID, CSeq number and the top Via must all be the same; ``to_tag`` replaces the request's own To tag there.
    """
    via = request.via
    branch = via.branch
    if unique(branch):
        return f"{method}\n{branch}\n{via.host}:{via.port or ''}"
    tag = request.to_tag if to_tag is None else to_tag
    parts = (request.uri, request.from_tag, tag, request.call_id, request.cseq.number, sent_via(via))
    return "\n".join((method, *(str(part or "") for part in parts)))


def unique(branch: str | None) -> bool:
    """True for a branch that is unique by itself: it begins with the magic cookie (section 8.1.1.7)."""
    return branch is not None and branch[:7].lower() == _COOKIE and len(branch) > len(_COOKIE)


def sent_via(via: Via) -> str:
    """A Via as its sender wrote it: without what a receiver adds (section 18.2.1, RFC 3581)."""
    params = "".join(f";{name}={value}" for name, value in via.params if name not in ("received", "rport"))
    return f"{via.transport} {via.host}:{via.port or ''}{params}"


def merge_key(request: Request) -> str | None:
    """What all copies of a forked request have in common (section 8.2.2.2), None for a request inside a dialog."""
    if request.to_tag:
        return None
    cseq = request.cseq
    return f"{request.call_id}\n{request.from_tag or ''}\n{cseq.number}\n{cseq.method}"
