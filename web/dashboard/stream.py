"""One viewer's stream of server-sent events: as an ASGI response of few steps, since twenty of them cost something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from web.dashboard.feed import AccountFeed, event

BEAT_SECONDS: Final = 20.0
"""How often something is sent where nothing happens, so that whoever is between does not think that nobody is there."""
STREAM_SECONDS: Final = 300.0
"""A stream ends after so long; the browser opens another one, and so proves once more who is there."""
RETRY_MILLISECONDS: Final = 2000
BEAT: Final = b": all is well\n\n"
HEADERS: Final = {"X-Accel-Buffering": "no"}
"""nginx gives to its client what it gets, at once."""


class Stream(Response):
    """What changes of an account, in a language. ``left`` is called at the end."""

    media_type = "text/event-stream"

    def __init__(self, feed: AccountFeed, language: str, left: Callable[[], None]) -> None:
        super().__init__(None, headers=HEADERS)
        del self.headers["content-length"]
        self._account = feed
        self._language = language
        self._left = left
        self._woken = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI gives it
        unwatch = self._account.watch(self._woken.set)
        gone = asyncio.ensure_future(_gone(receive))
        gone.add_done_callback(lambda _: self._woken.set())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._tell(send, gone)
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            pass  # they have gone while something was sent
        finally:
            gone.cancel()
            unwatch()
            self._left()

    async def _tell(self, send: Send, gone: asyncio.Future[None]) -> None:
        loop = asyncio.get_running_loop()
        feed, version, outdated = self._account.feed(self._language), 0, self._account.outdated
        until, news = loop.time() + STREAM_SECONDS, f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        while not gone.done() and loop.time() < until:
            self._woken.clear()
            if feed.version > version:
                news += feed.since(version)
                version = feed.version
            if self._account.outdated != outdated:
                news, outdated = news + event("outdated", ""), self._account.outdated
            await send({"type": "http.response.body", "body": news or BEAT, "more_body": True})
            news = b""
            beat = loop.call_later(BEAT_SECONDS, self._woken.set)
            await self._woken.wait()
            beat.cancel()


async def _gone(receive: Receive) -> None:
    """Until the viewer has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
