"""What the pages share that ask for a code: the cookie of whoever asked, and where they are led afterwards."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from web.accounts.codes import GOOD_SECONDS, Asked
from web.accounts.sessions import LONGEST_SECONDS
from web.accounts.signing_in import From, SignedIn
from web.shell.cookies import SESSION_COOKIE, drop_cookie, read_cookie, set_cookie
from web.shell.languages import language_of
from web.shell.reach import source_of
from web.shell.rendering import redirect

CODE_COOKIE: Final = "belplan_code"
MAX_NEXT: Final = 500
LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
PASSED_ON: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""Headers of reverse proxies: before them there may be anybody."""


def where(request: Request) -> From:
    """The browser that asks."""
    return From(source_of(request), request.headers.get("user-agent", ""), language_of(request))


def is_local(request: Request) -> bool:
    """Whether the visitor sits at this very machine, as far as can be told, and asks for it by a local name."""
    try:
        near = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    return near and name in LOCAL_NAMES and not any(header in request.headers for header in PASSED_ON)


def secret_of(request: Request) -> str | None:
    """What this browser keeps of the code it asked for."""
    return read_cookie(request, CODE_COOKIE)


def asked_for(request: Request, asked: Asked, then: str) -> Response:
    """Lead the visitor to where the code is typed."""
    response = redirect(request, f"/code?next={quote(then, safe='')}" if then != "/" else "/code")
    set_cookie(request, response, CODE_COOKIE, asked.secret, seconds=int(GOOD_SECONDS))
    return response


def signed_in(request: Request, signed: SignedIn, then: str) -> Response:
    """Lead somebody on who has signed in."""
    response = redirect(request, then)
    set_cookie(request, response, SESSION_COOKIE, signed.session, seconds=int(LONGEST_SECONDS))
    drop_cookie(request, response, CODE_COOKIE)
    return response


def next_of(typed: str) -> str:
    """A path of ours to go on to; the start, if it is none."""
    path = typed[:MAX_NEXT]
    good = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if good and urlsplit(path).netloc == "" else "/"
