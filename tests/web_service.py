"""A web service on loopback, as calls ask it: it answers well, late, badly, endlessly or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

SLOW_SECONDS = 30.0
ENDLESS = b"x" * 65536


@dataclass
class WebService:
    """What it is to do, and what it was asked: each request's head and the JSON in it. ``gone`` counts lost callers."""

    port: int = 0
    reply: bytes = b'{"answer": "vip"}'
    status: str = "200 OK"
    headers: tuple[str, ...] = ()
    waits: float = 0.0
    endless: bool = False
    garbage: bytes = b""
    heads: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    gone: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/route"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    await self._answer(reader, writer)
        finally:
            self.gone += 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        (length,) = [line.split(":")[1] for line in head.splitlines() if line.lower().startswith("content-length")]
        self.heads.append(head)
        self.asked.append(json.loads(await reader.readexactly(int(length))))
        if self.waits:
            waiting = asyncio.ensure_future(reader.read(1))
            await asyncio.wait([waiting], timeout=self.waits)
            waiting.cancel()
        if self.garbage:
            writer.write(self.garbage)
            await writer.drain()
            raise ConnectionError
        size = 1 << 30 if self.endless else len(self.reply)
        lines = [f"HTTP/1.1 {self.status}", f"Content-Length: {size}", *self.headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + self.reply)
        while self.endless:
            writer.write(ENDLESS)
            await writer.drain()
        await writer.drain()


@contextlib.asynccontextmanager
async def web_service() -> AsyncIterator[WebService]:
    """A service that listens inside the block."""
    service = WebService()
    serving: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.ensure_future(service.serve(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
