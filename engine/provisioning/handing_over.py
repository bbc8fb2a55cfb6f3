"""Handing one file to one phone: served for a few minutes under a name that nobody can guess, until it is fetched.

It travels unencrypted, as the phone's own first REGISTER may: meant for the office's network, not for the internet.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

NAME_BYTES = 16
"""Of chance in the file's name."""
REQUEST_SECONDS = 5.0
"""How long a visitor may say nothing."""
MAX_VISITORS = 8
"""At a time; more are sent away."""
LOOK_SECONDS = 0.5


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], visitor: type[BaseHTTPRequestHandler]) -> None:
        self._before = threading.active_count()
        super().__init__(address, visitor)

    def verify_request(self, *_: object) -> bool:
        return threading.active_count() - self._before < MAX_VISITORS


class HandOver:
    """The file, waiting. ``url`` is where a phone fetches it. Raises OSError where the address cannot be used."""

    def __init__(self, content: bytes, host: str, *, content_type: str = "application/xml", port: int = 0) -> None:
        self.fetched_by: str | None = None
        path = f"/{secrets.token_urlsafe(NAME_BYTES)}.xml"
        handover = self

        class Visitor(BaseHTTPRequestHandler):
            timeout = REQUEST_SECONDS
            server_version = "Belplan"
            sys_version = ""

            def do_GET(self) -> None:
                if not hmac.compare_digest(self.path.encode(), path.encode()):
                    self.send_error(HTTPStatus.NOT_FOUND)
                    return
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(content)
                handover.fetched_by = str(self.client_address[0])

            def log_message(self, *_: object) -> None:
                """Nothing: the path is a secret."""

        self._server = _Server((host, port), Visitor)
        self._server.timeout = LOOK_SECONDS
        self.url = f"http://{host}:{self._server.server_port}{path}"

    def wait(self, seconds: float) -> str | None:
        """Serve until a phone has fetched it, or for so long; the address of who did."""
        until = time.monotonic() + seconds
        while self.fetched_by is None and time.monotonic() < until:
            self._server.handle_request()
        return self.fetched_by

    def __enter__(self) -> HandOver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.server_close()
