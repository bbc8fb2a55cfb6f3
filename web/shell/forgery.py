"""Forms that somebody else's page sends in a visitor's name (CSRF): refused, by two independent signs.

A browser tells where a request comes from (Sec-Fetch-Site, Origin); and a form carries a token that only our own pages
know: an HMAC of the visitor's session by a secret in a cookie of its own. Where no cookie counts there is nothing to
forge: ``cookieless`` requests lose theirs on the way in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from web.shell.cookies import SESSION_COOKIE, read_cookie, set_cookie
from web.shell.typed import MAX_FIELDS, MAX_FILES

FORM_COOKIE: Final = "belplan_form"
TOKEN_FIELD: Final = "form_token"
TOKEN_HEADER: Final = "x-form-token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SECRET_BYTES: Final = 32
MAX_COOKIE: Final = 64
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
API: Final = "/api/"
HOOKS: Final = "/hooks/"
"""What other machines call; they prove themselves by a secret of their own."""


class ShownBefore(Exception):
    """A form of ours that was shown before this browser signed in, or out."""


def cookieless(scope: Scope) -> bool:
    """Whether a request counts without cookies: to the API with a token, or from a machine to a hook."""
    path: str = scope["path"]
    if path.startswith(HOOKS):
        return True
    authorization = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    return path.startswith(API) and authorization[:7].lower() == b"bearer "


class WithoutCookies:
    """Takes the cookies off requests that count without them, so that none can be misused."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and cookieless(scope):
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
        await self.app(scope, receive, send)


async def no_forgery(request: Request) -> None:
    """The dependency of every route: raises 403 for what a page of ours has not sent.

    A page of ours that was shown before this browser signed in, or out, has another token: ShownBefore, which offers
    what was typed once more, to be sent by the visitor. For that the browser's own word is asked.
    """
    if request.method in SAFE or cookieless(request.scope):
        return
    if not _from_here(request):
        raise HTTPException(403)
    sent = request.headers.get(TOKEN_HEADER)
    a_form = sent is None and request.headers.get("content-type", "").partition(";")[0].strip().lower() in FORMS
    if a_form:
        form = await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS)
        value = form.get(TOKEN_FIELD)
        sent = value if isinstance(value, str) else None
    secret = _secret(request)
    if sent is None or secret is None or not hmac.compare_digest(sent.encode(), _token(request, secret).encode()):
        if a_form and sent and _surely_from_here(request):
            raise ShownBefore
        raise HTTPException(403)


def form_token(request: Request) -> str:
    """What the forms of this page carry. ``keep_form_secret`` must see the response."""
    secret = _secret(request)
    if secret is None:
        secret = request.state.form_secret = secrets.token_urlsafe(SECRET_BYTES)
    return _token(request, secret)


def keep_form_secret(request: Request, response: Response) -> None:
    """Send the cookie to a browser that had none when the page was made."""
    made: str | None = getattr(request.state, "form_secret", None)
    if made is not None:
        set_cookie(request, response, FORM_COOKIE, made)


def _secret(request: Request) -> str | None:
    made: str | None = getattr(request.state, "form_secret", None)
    if made is not None:
        return made
    kept = read_cookie(request, FORM_COOKIE)
    return kept if kept and len(kept) <= MAX_COOKIE else None


def _token(request: Request, secret: str) -> str:
    session = read_cookie(request, SESSION_COOKIE) or ""
    return hmac.new(secret.encode(), session.encode(), hashlib.sha256).hexdigest()


def _surely_from_here(request: Request) -> bool:
    """By a browser that tells, and not only by what it leaves out."""
    told = request.headers.get("sec-fetch-site") == "same-origin" or "origin" in request.headers
    return told and _from_here(request)


def _from_here(request: Request) -> bool:
    """By what the browser says of itself; old ones say nothing, and have the token only."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
