"""Cookies as they should be: out of reach of scripts, sent to this host alone, and encrypted where the page is."""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

SESSION_COOKIE: Final = "belplan_session"
"""What a signed-in visitor shows; its value is secret. The tokens of forms are bound to it."""


def behind_tls(request: HTTPConnection) -> bool:
    """Whether the visitor's browser speaks TLS: to us, or to a trusted proxy before us."""
    return request.url.scheme in ("https", "wss")


def cookie_name(request: HTTPConnection, name: str) -> str:
    """Behind TLS the name begins with ``__Host-``: browsers take such a cookie from this very host only."""
    return f"__Host-{name}" if behind_tls(request) else name


def read_cookie(request: HTTPConnection, name: str) -> str | None:
    """The value that the browser sent."""
    return request.cookies.get(cookie_name(request, name))


def set_cookie(
    request: HTTPConnection, response: Response, name: str, value: str, *, seconds: int | None = None
) -> None:
    """Let the browser keep it, for ``seconds`` or until it is closed."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=behind_tls(request),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: HTTPConnection, response: Response, name: str) -> None:
    """Let the browser forget it."""
    response.delete_cookie(
        cookie_name(request, name), path="/", secure=behind_tls(request), httponly=True, samesite="lax"
    )
