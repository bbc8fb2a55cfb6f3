"""Web services that calls ask: one HTTP client for all of them, bounded in time, size and connections."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

import msgspec

from engine.call.question import Answer, Question, Unanswered, read_reply

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

MAX_REPLY = 16 * 1024
"""Bytes of a reply; a longer one is no answer."""
MAX_CONNECTIONS = 100
KEEP_ALIVE_SECONDS = 4.0
"""Less than web servers keep theirs (5 s and more), so that none is closed under a question."""

HEADERS = {
    "User-Agent": "Belplan",
    "Content-Type": "application/json",
    "Accept": "application/json, text/plain",
    "Accept-Encoding": "identity",
}


class WebServices:
    """Asks by HTTP POST. A system whose dialplans ask nothing never makes the client, and pays nothing for it."""

    def __init__(self) -> None:
        self._client: ClientSession | None = None

    async def get_ready(self) -> ClientSession:
        """The client. Its library is a third of a second's work to import, for which the loop has no time."""
        if self._client is None:
            aiohttp = await asyncio.to_thread(import_module, "aiohttp")
            self._client = self._client or aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                headers=HEADERS,
                auto_decompress=False,
            )
        return self._client

    async def ask(self, question: Question) -> Answer:
        """What the service says; Unanswered if it is too late, too long, wrong, or not there. Follows no redirect."""
        try:
            async with asyncio.timeout(question.within):
                return await self._ask(question)
        except TimeoutError:
            return Unanswered("no reply in time")

    async def _ask(self, question: Question) -> Answer:
        client = await self.get_ready()
        from aiohttp import ClientError

        headers = {"Authorization": f"Bearer {question.token}"} if question.token else {}
        body = msgspec.json.encode(question.facts)
        try:
            async with client.post(question.url, data=body, headers=headers, allow_redirects=False) as response:
                return await _read(response)
        except (ClientError, OSError, ValueError):
            return Unanswered("cannot be reached")

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None


async def _read(response: ClientResponse) -> Answer:
    if not 200 <= response.status < 300:
        return Unanswered(f"status {response.status}")
    data = bytearray()
    async for part in response.content.iter_any():
        data += part
        if len(data) > MAX_REPLY:
            response.close()
            return Unanswered("the reply is too long")
    return read_reply(bytes(data))
