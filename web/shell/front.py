"""The front door: every answer gets its headers and a line in the log, and so does every fault inside.

The log has the route, never the address itself: personal links are secrets.
"""

from __future__ import annotations

import time
from typing import Any, Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.shell.failures import REFERENCE
from web.shell.forgery import API

log = structlog.get_logger()

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""Content-Security-Policy: nothing but ours, and nothing inline."""
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
}
HSTS: Final = "max-age=31536000"
QUIET: Final = ("/static/", "/health", "/favicon.ico")


class Front:
    """Outermost of all: what it lets out is safe to show."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(message, secure=scope["scheme"] == "https")
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as problem:
            reference = scope.get(REFERENCE)
            log.error(
                "a page failed", reference=reference, route=_route(scope), error=type(problem).__name__, exc_info=True
            )
            if not status:
                raise
        finally:
            told = log.debug if scope["path"].startswith(QUIET) else log.info
            told(
                "page",
                method=scope["method"],
                route=_route(scope),
                status=status,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )


def _dress(message: Message, *, secure: bool) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    if secure:
        headers.setdefault("Strict-Transport-Security", HSTS)


def _route(scope: Scope) -> str:
    """The path as it was declared, below the API's where it is; what matches no route is not told."""
    route: Any = scope.get("route")
    path = str(getattr(route, "path", "none"))
    return f"{API}...{path}" if scope["path"].startswith(API) and not path.startswith(API) else path
