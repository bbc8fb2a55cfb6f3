"""The console's process: ``python -m web.serve``. ``belplan serve`` runs it beside the engine, politely and apart.

One worker serves all pages: what waits for the database or the disk does so in threads.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import socket
import sys
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import click
import structlog
import uvicorn
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from engine.certificates.certificate import CertificateProblem
from engine.cli.common import EXIT_FAILED, config_option, configured
from engine.log import configure
from engine.setting_values import WebAddress
from engine.settings import Settings
from engine.store.database import StoreFailed, reason
from engine.store.store import Store
from web.accounts import setting_up
from web.accounts.audit import KEEP_SECONDS
from web.app import guarded, make_app
from web.mail import Post
from web.shell.certificate import LOOK_SECONDS, Shown
from web.shell.connection import connections_behind
from web.transfers.opening import open_desk

MAX_CONNECTIONS: Final = 500
"""More than that are answered 503: a page takes one or two, and one more while it shows what goes on."""
MAX_HEAD: Final = 32 * 1024
"""Bytes of a request before its body."""
KEEP_ALIVE_SECONDS: Final = 20
STOP_SECONDS: Final = 3
"""How long pages that are being made may take once the process is told to stop."""
BACKLOG: Final = 256
TIDY_SECONDS: Final = 86400.0
"""How often what has been kept for long enough is deleted."""
YOUNG_OBJECTS: Final = 20_000
"""New objects between searches for those that nobody needs: to check a large plan makes a hundred thousand."""

log = structlog.get_logger()


def run(settings: Settings) -> int:
    """Serve pages until SIGTERM or SIGINT; the exit status. What prevents it is said in a sentence."""
    configure(settings.log_level, settings.log_format)
    for chatty in ("uvicorn", "multipart", "python_multipart", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if settings.console is None:
        log.info("there is no console, as the setting 'console' is none")
        return 0
    try:
        shown = None if settings.console_certificate is None else Shown(settings.console_certificate)
        with Store(settings, apart=True) as store, listen(settings.console) as listening:
            _serve(settings, store, listening, shown)
    except (StoreFailed, SQLAlchemyError, CertificateProblem) as problem:
        log.error("the console cannot start", reason=reason(problem))
        return EXIT_FAILED
    except OSError as problem:
        log.error("the console cannot start", address=str(settings.console), reason=problem.strerror or str(problem))
        return EXIT_FAILED
    log.info("the console has stopped")
    return 0


def listen(address: WebAddress) -> socket.socket:
    """The socket that pages are served on. Raises OSError."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.create_server((address.host, address.port), family=family, backlog=BACKLOG, reuse_port=False)
    # connections have it from here, as asyncio sees to it for its own sockets only: without it a page's body waits for
    # 40 ms behind its head
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setblocking(False)
    return listening


def _serve(settings: Settings, store: Store, listening: socket.socket, shown: Shown | None) -> None:
    app = make_app(settings, store)
    config = uvicorn.Config(
        guarded(app),
        loop="asyncio",
        http=connections_behind(settings.console_proxies),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.console_proxies),
        forwarded_allow_ips=[str(each) for each in settings.console_proxies],
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=MAX_HEAD,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        ssl_context_factory=None if shown is None else lambda *_: shown.context,
        callback_notify=_Rounds(settings, store, app.state.post, shown).look,
        timeout_notify=LOOK_SECONDS,
    )
    host, port = listening.getsockname()[:2]
    scheme = "http" if shown is None else "https"
    if shown is None and not settings.console_proxies and not host.startswith("127.") and host != "::1":
        log.warning(
            "the console is served without encryption to other machines (docs/console.md says how to encrypt it)"
        )
    _tell_set_up_key(settings, store)
    log.info("the console is ready", address=f"{scheme}://{WebAddress(host, port)}", url=settings.console_url)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn stops, then raises the signal once more for whoever was before
    gc.collect()
    gc.freeze()  # whoever meets a collection of all that was imported waits for it a sixth of a second
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    with app.state.post.delivering():
        open_desk(settings, store, app.state.post).resume(time.time())
        uvicorn.Server(config).run([listening])


class _Rounds:
    """What is looked after while pages are served: the certificate, and what has been kept for long enough."""

    def __init__(self, settings: Settings, store: Store, post: Post, shown: Shown | None) -> None:
        self._settings, self._store, self._post, self._shown = settings, store, post, shown
        self._tidy_at = 0.0

    async def look(self) -> None:
        """Called every half a minute."""
        if self._shown is not None:
            await self._shown.look()
        if time.time() >= self._tidy_at:
            self._tidy_at = time.time() + TIDY_SECONDS
            await run_in_threadpool(self._tidy)

    def _tidy(self) -> None:
        try:
            self._store.console.audit.forget_older(time.time() - KEEP_SECONDS)
            open_desk(self._settings, self._store, self._post).tidy(time.time())
        except (SQLAlchemyError, OSError) as problem:
            log.warning("what is old could not be deleted; that is tried again", reason=str(problem))


def _tell_set_up_key(settings: Settings, store: Store) -> None:
    """Print the key for a first visit from another machine: when it is made, and again on a terminal."""
    assert settings.console is not None
    elsewhere = settings.console_url is not None or not ip_address(settings.console.host).is_loopback
    if not elsewhere or not setting_up.is_open(store):
        return
    new = not setting_up.has_set_up_key(store.folder)
    if new or sys.stdout.isatty():
        with contextlib.suppress(OSError):
            key = setting_up.set_up_key(store.folder)
            click.echo(f"The first visit from another machine asks for the set-up key: {key}")


@click.command
@config_option
def main(config: Path | None) -> None:
    """Serve the console's pages alone; an engine beside it is not needed."""
    sys.exit(run(configured(config)))


if __name__ == "__main__":
    main()
