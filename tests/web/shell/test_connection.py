"""Visitors who are slow, or never come to the point: their connection ends, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Network, ip_network

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

from web.app import guarded
from web.shell import connection
from web.shell.connection import Connection

SOON = 0.3
HEAD = b"GET /large HTTP/1.1\r\nHost: localhost\r\n"
ASKS_HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = 30_000_000


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    """The app on a port of loopback, over connections of ours."""

    @app.get("/large")
    def large() -> Response:
        return Response(b"x" * LARGE)

    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(guarded(app), http=Connection, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def ended(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the connection is closed or reset."""
    came = b""
    async with asyncio.timeout(20):
        try:
            while part := await reader.read(1 << 20):
                came += part
        except ConnectionError:
            pass
    return came


async def answered(reader: asyncio.StreamReader) -> bytes:
    """An answer of /health, or nothing where the connection ended."""
    async with asyncio.timeout(20):
        try:
            return await reader.readuntil(b'{"status":"well"}')
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""


@pytest.mark.parametrize("sent", [b"", b"GET / HT", HEAD, HEAD + b"X: " + b"x" * 5000])
async def test_who_does_not_finish_asking_is_left(app: FastAPI, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", SOON)
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        assert await ended(reader) == b""
        writer.close()


async def test_a_connection_may_rest_between_requests_but_not_within_one(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", SOON)
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(ASKS_HEALTH)
            assert b"200 OK" in await answered(reader)
            await asyncio.sleep(2 * SOON)
        writer.write(HEAD)
        assert await ended(reader) == b""
        writer.close()


async def test_who_does_not_read_the_answer_is_left(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "READ_SECONDS", SOON)
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
        writer.write(HEAD + b"\r\n")
        await asyncio.sleep(4 * SOON)
        assert len(await ended(reader)) < LARGE
        writer.close()


@pytest.mark.parametrize("proxies", [(), (ip_network("127.0.0.0/8"),)])
async def test_one_address_does_not_take_all_connections_but_a_proxy_may(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, proxies: tuple[IPv4Network, ...]
) -> None:
    monkeypatch.setattr(connection, "MAX_OF_SOURCE", 5)
    monkeypatch.setattr(Connection, "proxies", proxies)
    async with served(app) as port:
        many = [await asyncio.open_connection("127.0.0.1", port) for _ in range(6)]
        reader, writer = many[-1]
        writer.write(ASKS_HEALTH)
        assert (b"200 OK" in await answered(reader)) is bool(proxies)
        other, other_writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        other_writer.write(ASKS_HEALTH)
        assert b"200 OK" in await answered(other)
        for _, each in [*many, (other, other_writer)]:
            each.close()
