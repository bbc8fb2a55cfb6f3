"""Which names the console answers to. A page elsewhere whose name suddenly leads here (DNS rebinding) gets nothing."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.setting_values import is_ip_address
from engine.settings import Settings

LOCAL: Final = frozenset({"localhost"})
MAX_TARGET: Final = 2048
"""Characters of a path with its query."""
NULS: Final = (b"\0", b"%00")
WRONG_HOST: Final = (
    "Belplan's console does not answer to this name. Use the machine's address,"
    " or have its administrator set console_url (docs/console.md).\n"
)
WRONG_TARGET: Final = "This address cannot be understood.\n"


def known_names(settings: Settings) -> frozenset[str]:
    """The names beside IP addresses, which no page elsewhere can bear."""
    public = urlsplit(settings.console_url).hostname if settings.console_url else None
    return LOCAL | ({public.lower()} if public else frozenset())


class Hosts:
    """Turns away what comes under a name that is not ours (421), and addresses that no page has (400)."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self.app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not self._ours(hosts[0].decode("latin-1")):
            await _refuse(scope, receive, send, 421, WRONG_HOST)
        elif not _understood(scope["path"], scope["query_string"]):
            await _refuse(scope, receive, send, 400, WRONG_TARGET)
        else:
            await self.app(scope, receive, send)

    def _ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            _ = urlsplit(f"//{host}").port
        except ValueError:
            return False
        return name in self._names or is_ip_address(name)


def _understood(path: str, query: bytes) -> bool:
    """NUL means nothing in an address, and no database takes it."""
    return "\0" not in path and not any(nul in query for nul in NULS) and len(path) + len(query) <= MAX_TARGET


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse(text, status)(scope, receive, send)
