"""A user agent on TCP: torn streams, keep-alives, and bounds on what a peer may take."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from sip.errors import DropReason
from sip.message.bounds import MAX_HEAD
from sip.message.envelope import Response
from sip.message.intake import parse
from sip.rim.connection import Bounds
from sip.rim.framing import PING, PONG
from sip.rim.sockets import _top_via
from tests.sip.rim.network import HOSTS, PATIENCE, Side, request, soon, until, user_agent

OPTIONS = request(transport="TCP", sent_by="127.0.0.1:5999")
SECONDS = Bounds()


class Stream:
    """A bare connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def next(self) -> Response:
        head = await soon(self.reader.readuntil(b"\r\n\r\n"))
        message = parse(head.replace(b"Content-Length", b"X-Length"))
        assert isinstance(message, Response)
        await soon(self.reader.readexactly(int(message.required("X-Length"))))
        return message

    async def is_closed(self) -> bool:
        try:
            return await soon(self.reader.read()) == b""
        except ConnectionResetError:
            return True


@contextlib.asynccontextmanager
async def stream_to(side: Side) -> AsyncIterator[Stream]:
    address = side.at("tcp")
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        yield Stream(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize("host", HOSTS)
async def test_a_stream_that_comes_byte_by_byte(host: str) -> None:
    async with user_agent(host) as side, stream_to(side) as stream:
        stream.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in OPTIONS:
            stream.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await stream.next()).status == 200


async def test_many_messages_in_one_piece_are_answered_in_order() -> None:
    async with user_agent() as side, stream_to(side) as stream:
        stream.send(b"".join(request(transport="TCP", branch=f"z9hG4bK{n}", call_id=str(n)) for n in range(100)))
        assert [(await stream.next()).call_id for _ in range(100)] == [str(n) for n in range(100)]


async def test_a_ping_is_answered_with_a_pong() -> None:
    async with user_agent() as side, stream_to(side) as stream:
        stream.send(PING)
        assert await soon(stream.reader.readexactly(2)) == PONG
        stream.send(PING + PING + OPTIONS)
        assert await soon(stream.reader.readexactly(4)) == PONG + PONG
        assert (await stream.next()).status == 200


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (OPTIONS.replace(b"Content-Length: 0\r\n", b""), 400, DropReason.BAD_CONTENT_LENGTH),
        (OPTIONS[:-4] + b"\r\nX: " + b"x" * MAX_HEAD, 513, DropReason.TOO_LARGE),
        (OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 999999"), 413, DropReason.TOO_LARGE),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", None, DropReason.NOT_SIP),
    ],
)
async def test_a_stream_that_cannot_be_followed_is_answered_and_closed(
    data: bytes, status: int | None, reason: DropReason
) -> None:
    async with user_agent() as side, stream_to(side) as stream:
        stream.send(data)
        if status is not None:
            assert (await stream.next()).status == status
        assert await stream.is_closed()
        assert reason in side.dropped


async def test_a_malformed_message_costs_no_connection() -> None:
    async with user_agent() as side, stream_to(side) as stream:
        stream.send(OPTIONS.replace(b"CSeq: 1 OPTIONS", b"CSeq: 1 BYE"))
        assert (await stream.next()).status == 400
        stream.send(OPTIONS)
        assert (await stream.next()).status == 200


async def test_a_lone_line_break_begins_no_message() -> None:
    """RFC 3261 section 7.5; some phones end each message with one too many, or keep alive with a single one."""
    async with user_agent() as side, stream_to(side) as stream:
        stream.send(OPTIONS + PONG)
        assert (await stream.next()).status == 200
        side.tcp.sweep(side.agent.now() + SECONDS.message + 1)
        stream.send(OPTIONS.replace(b"branch=z9hG4bK", b"branch=z9hG4bKnext"))
        assert (await stream.next()).status == 200


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("192.0.2.1:5999;branch=1", 5999),
        ("192.0.2.1;branch=1, SIP/2.0/TCP 192.0.2.2:7", None),
        ("", "unreadable"),
        (" ,", "unreadable"),
    ],
)
def test_the_way_back_is_read_off_an_answer_of_any_size(via: str, port: int | str | None) -> None:
    """It is as large as the peer's Vias make it, and must not be what the peer is refused for."""
    more = b"Via: SIP/2.0/TCP 192.0.2.3\r\n" * 2000
    found = _top_via(f"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP {via}\r\n".encode() + more)
    assert ("unreadable" if found is None else found.port) == port


# --- bounds -----------------------------------------------------------------------------------------------------------


async def test_connections_of_one_source_are_bounded() -> None:
    async with user_agent(bounds=Bounds(per_source=2)) as side:
        async with stream_to(side) as first, stream_to(side) as second, stream_to(side) as third:
            assert await third.is_closed()
            assert side.dropped == [DropReason.TOO_MANY_CONNECTIONS]
            for stream in (first, second):
                stream.send(OPTIONS)
                assert (await stream.next()).status == 200
        await until(lambda: len(side.tcp) == 0)
        async with stream_to(side) as again:
            again.send(OPTIONS)
            assert (await again.next()).status == 200


async def test_connections_are_bounded_in_all() -> None:
    async with user_agent(bounds=Bounds(connections=1)) as side, stream_to(side) as first:
        first.send(OPTIONS)
        await first.next()
        async with stream_to(side) as second:
            assert await second.is_closed()
        assert side.dropped == [DropReason.TOO_MANY_CONNECTIONS]
        call = side.call(side.uri("tcp"))
        assert (await soon(call.outcome)).status == 503


@pytest.mark.parametrize(
    ("sent", "patience"),
    [
        (b"", SECONDS.first_message),
        (PING, SECONDS.first_message),
        (OPTIONS[:50], SECONDS.message),
        (PONG + OPTIONS[:50], SECONDS.message),
        (OPTIONS, SECONDS.idle),
    ],
    ids=["nothing", "only pings", "half a message", "half after a line break", "idle"],
)
async def test_a_peer_that_takes_too_long_is_cut_off(sent: bytes, patience: float) -> None:
    async with user_agent() as side, stream_to(side) as stream:
        stream.send(sent)
        await until(lambda: len(side.tcp) == 1)
        if sent == PING:
            await soon(stream.reader.readexactly(2))
        elif sent == OPTIONS:
            await stream.next()
        elif sent:
            await until(lambda: next(iter(side.tcp._connections.values())).begun_at is not None)
        now = side.agent.now()
        side.tcp.sweep(now + patience - 1)
        assert len(side.tcp) == 1
        assert side.dropped == []
        side.tcp.sweep(now + patience + 1)
        assert await stream.is_closed()
        assert side.dropped == [DropReason.TOO_SLOW]


async def test_a_connection_that_a_registration_or_a_call_needs_may_be_idle() -> None:
    contact = ["Contact: <sip:phone@127.0.0.1:5999;transport=tcp>"]
    register = request("REGISTER", "TCP", headers=contact)
    invite = request("INVITE", "TCP", call_id="other", branch="z9hG4bK2", headers=contact)
    async with user_agent() as side, stream_to(side) as phone, stream_to(side) as caller:
        phone.send(register)
        assert (await phone.next()).status == 200
        caller.send(invite)
        call = await side.next_call()
        side.tcp.sweep(side.agent.now() + SECONDS.idle + 1)
        assert side.dropped == []
        call.reject(486)
        while (await caller.next()).status != 486:
            pass
        side.tcp.sweep(side.agent.now() + SECONDS.idle + 1)
        assert side.dropped == [DropReason.TOO_SLOW]
        assert await caller.is_closed()


async def test_a_peer_that_does_not_read_is_cut_off() -> None:
    async with user_agent(bounds=Bounds(unsent=10_000)) as side, stream_to(side) as stream:
        stream.writer.transport.pause_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(PATIENCE):
            number = 0
            while DropReason.NOT_SENT not in side.dropped:
                pieces = range(number, number + 200)
                stream.send(b"".join(request(transport="TCP", branch=f"z9hG4bK{n}", call_id=str(n)) for n in pieces))
                number += 200
                await asyncio.sleep(0)
        await until(lambda: len(side.tcp) == 0)


# --- ways back --------------------------------------------------------------------------------------------------------


async def test_an_answer_whose_connection_is_gone_goes_to_the_port_of_the_via() -> None:
    came: asyncio.Queue[Stream] = asyncio.Queue()
    server = await asyncio.start_server(lambda *pair: came.put_nowait(Stream(*pair)), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    invite = request("INVITE", "TCP", sent_by=f"127.0.0.1:{port}", headers=["Contact: <sip:phone@127.0.0.1>"])
    async with user_agent() as side:
        async with stream_to(side) as stream:
            stream.send(invite)
            call = await side.next_call()
        await until(lambda: not side.tcp.alive(call.flow))
        call.reject(486)
        back = await soon(came.get())
        assert (await back.next()).call_id == "bare"
    server.close()
