"""A user agent over WebSocket, with the client of the websockets library and with bare bytes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator, Sequence

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

from sip.errors import DropReason
from sip.guard.sources import Networks, network
from sip.message.bounds import MAX_MESSAGE
from sip.message.envelope import Request, Response
from sip.message.intake import parse
from sip.message.values import Uri
from sip.rim.calls import Failed
from sip.rim.connection import PING_SECONDS, Bounds
from sip.rim.framing import PING, PONG
from sip.rim.tcp import Policy
from sip.rim.tls import Tls, client_context
from sip.rim.websocket import MAX_FRAGMENTS, MAX_UPGRADE, Origins
from tests.certificates import Authority
from tests.sip.rim.network import ANSWER, HOSTS, Side, request, soon, until, user_agent
from tests.sip.rim.test_tcp import Stream
from tests.sip.rim.test_tls import showing

HOST = "df7jal23ls0d.invalid"
"""What browsers say in Via and Contact, as they have no address (RFC 7118 section 5.1)."""
OPTIONS = request(transport="WS", sent_by=HOST)
REGISTER = request("REGISTER", "WS", sent_by=HOST, headers=[f"Contact: <sip:phone@{HOST};transport=ws>"])
PROXY = Networks([network("127.0.0.1")])
SIP = [Subprotocol("sip")]
SECONDS = Bounds()
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n"
)


@contextlib.asynccontextmanager
async def browser(
    side: Side, *, transport: str = "ws", subprotocols: Sequence[Subprotocol] | None = SIP, **more: object
) -> AsyncIterator[ClientConnection]:
    address = side.at(transport)
    host = f"[{address.host}]" if ":" in address.host else address.host
    uri = f"{transport}://{host}:{address.port}"
    async with connect(uri, subprotocols=subprotocols, proxy=None, **more) as socket:  # type: ignore[arg-type]
        yield socket


@contextlib.asynccontextmanager
async def raw_to(side: Side, sent: bytes = b"") -> AsyncIterator[Stream]:
    address = side.at("ws")
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(sent)
    try:
        yield Stream(reader, writer)
    finally:
        writer.transport.abort()


async def next_of(socket: ClientConnection) -> Request | Response:
    data = await soon(socket.recv())
    return parse(data.encode() if isinstance(data, str) else data)


def frame(opcode: int, data: bytes, *, fin: bool = True, masked: bool = True, length: int | None = None) -> bytes:
    """A frame as a client sends it, its mask all zeros."""
    size = len(data) if length is None else length
    head = bytes([(0x80 if fin else 0) | opcode])
    mark = 0x80 if masked else 0
    if size < 126:
        head += bytes([mark | size])
    elif size < 65_536:
        head += bytes([mark | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([mark | 127]) + size.to_bytes(8, "big")
    return head + (bytes(4) if masked else b"") + data


TEXT, BINARY, CONTINUATION, CLOSING, PINGING = 1, 2, 0, 8, 9


# --- messages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", HOSTS)
async def test_a_request_is_answered_as_text(host: str) -> None:
    async with user_agent(host, ("ws",)) as side, browser(side) as socket:
        assert socket.subprotocol == "sip"
        await socket.send(OPTIONS.decode())
        answer = await soon(socket.recv())
        assert isinstance(answer, str)
        assert answer.startswith("SIP/2.0 200 OK\r\nVia: SIP/2.0/WS df7jal23ls0d.invalid;")


async def test_binary_messages_and_messages_without_a_length_are_as_good() -> None:
    async with user_agent(transports=("ws",)) as side, browser(side) as socket:
        await socket.send(OPTIONS.replace(b"Content-Length: 0\r\n", b""))
        answer = await next_of(socket)
        assert isinstance(answer, Response)
        assert answer.status == 200


async def test_a_message_in_many_frames_is_one() -> None:
    async with user_agent(transports=("ws",)) as side, browser(side) as socket:
        text = OPTIONS.decode()
        await socket.send(text[start : start + 9] for start in range(0, len(text), 9))
        assert (await next_of(socket)).cseq.method == "OPTIONS"


async def test_both_kinds_of_keep_alive_are_answered() -> None:
    async with user_agent(transports=("ws",)) as side, browser(side) as socket:
        await soon(await socket.ping())
        await socket.send(PING.decode())
        assert await soon(socket.recv()) == PONG.decode()
        assert side.dropped == []


async def test_a_browser_registers_is_called_and_hangs_up_over_its_connection() -> None:
    async with user_agent(transports=("ws",)) as side, browser(side) as socket:
        await socket.send(REGISTER.decode())
        assert (await next_of(socket)).cseq.method == "REGISTER"
        (binding,) = side.agent.core.registrar.lookup("desk@bakery.example", side.agent.now())
        call = side.call(binding.contact, flow=binding.flow)
        invite = await next_of(socket)
        assert isinstance(invite, Request)
        assert str(invite.uri) == f"sip:phone@{HOST};transport=ws"
        assert str(invite.via).startswith(f"SIP/2.0/WS 127.0.0.1:{side.at('ws').port};branch=")
        assert invite.contacts[0].uri.param("transport") == "ws"
        contact = f"<sip:phone@{HOST};transport=ws>"
        ok = (
            Response(200, "OK", invite.headers, b"")
            .with_header("Contact", contact)
            .with_body("application/sdp", ANSWER)
        )
        await socket.send(ok.with_header("To", f"{invite.to};tag=browser").without("Max-Forwards").encode().decode())
        await soon(call.outcome)
        assert (await next_of(socket)).cseq.method == "ACK"
        call.hang_up()
        assert (await next_of(socket)).cseq.method == "BYE"


async def test_a_browser_that_is_gone_is_not_looked_for() -> None:
    """Its contact leads nowhere, and must not be asked of a name server for seconds."""
    async with user_agent(transports=("udp", "ws")) as side:
        async with browser(side) as socket:
            await socket.send(REGISTER.decode())
            await next_of(socket)
            (binding,) = side.agent.core.registrar.lookup("desk@bakery.example", side.agent.now())
        await until(lambda: len(side.tcp) == 0)
        call = side.call(binding.contact, flow=binding.flow)
        outcome = await soon(call.outcome)
        assert isinstance(outcome, Failed)
        assert outcome.status == 503
        elsewhere = side.call(Uri.parse("sip:phone@192.0.2.1;transport=ws"))
        outcome = await soon(elsewhere.outcome)
        assert isinstance(outcome, Failed)
        assert outcome.status == 503


async def test_it_goes_through_tls_as_well(tmp_path_factory: pytest.TempPathFactory) -> None:
    authority = Authority(tmp_path_factory.mktemp("wss"))
    policy = Policy(Tls(showing(authority.issue(["127.0.0.1"]))))
    trusting = client_context(str(authority.file))
    register = REGISTER.replace(b"SIP/2.0/WS", b"SIP/2.0/WSS")
    async with (
        user_agent(transports=("wss",), policy=policy) as side,
        browser(side, transport="wss", ssl=trusting) as socket,
    ):
        await socket.send(register.decode())
        answer = await next_of(socket)
        assert answer.via.transport == "WSS"
        (flow,) = side.tcp._connections
        assert side.agent.core.calls.contact(flow).uri.param("transport") == "ws"
        with pytest.raises(ssl.SSLError):
            async with browser(side, transport="wss", ssl=client_context()):
                pass


# --- who may connect --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offered", [None, [Subprotocol("mqtt")]])
async def test_the_subprotocol_has_to_be_sip(offered: list[Subprotocol] | None) -> None:
    async with user_agent(transports=("ws",)) as side:
        with pytest.raises(InvalidStatus) as refused:
            async with browser(side, subprotocols=offered):
                pass
        assert refused.value.response.status_code == 400
        assert side.dropped == [DropReason.BAD_WEBSOCKET]


@pytest.mark.parametrize(
    ("origin", "allowed", "good"),
    [
        (None, (), True),
        ("http://127.0.0.1:8080", (), True),
        ("https://evil.example", (), False),
        ("null", (), False),
        ("https://[", (), False),
        ("https://phone.bakery.example", ("https://phone.bakery.example",), True),
        ("https://PHONE.bakery.example", ("https://phone.bakery.example",), True),
        ("http://phone.bakery.example", ("https://phone.bakery.example",), False),
        ("https://phone.bakery.example.evil.example", ("https://phone.bakery.example",), False),
        ("https://anybody.example", ("*",), True),
    ],
)
async def test_pages_of_other_websites_may_not_connect(
    origin: str | None, allowed: tuple[str, ...], good: bool
) -> None:
    policy = Policy(origins=Origins.of(allowed))
    async with user_agent(transports=("ws",), policy=policy) as side:
        if good:
            async with browser(side, origin=origin) as socket:
                await socket.send(OPTIONS.decode())
                await next_of(socket)
            return
        with pytest.raises(InvalidStatus) as refused:
            async with browser(side, origin=origin):
                pass
        assert refused.value.response.status_code == 403
        assert side.dropped == [DropReason.FOREIGN_ORIGIN]


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_reverse_proxy_says_where_it_comes_from(trusted: bool) -> None:
    policy = Policy(proxies=PROXY if trusted else Networks())
    forwarded = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    async with (
        user_agent(transports=("ws",), policy=policy) as side,
        browser(side, additional_headers=forwarded) as socket,
    ):
        await socket.send(OPTIONS.decode())
        answer = await next_of(socket)
        assert answer.via.param("received") == ("203.0.113.9" if trusted else "127.0.0.1")


async def test_connections_behind_a_reverse_proxy_are_bounded_by_where_they_come_from() -> None:
    policy = Policy(proxies=PROXY)
    async with user_agent(transports=("ws",), policy=policy, bounds=Bounds(per_source=2)) as side:
        async with contextlib.AsyncExitStack() as stack:
            for number in range(4):
                forwarded = {"X-Forwarded-For": f"203.0.113.{number % 2}"}
                await stack.enter_async_context(browser(side, additional_headers=forwarded))
            late = await stack.enter_async_context(browser(side, additional_headers={"X-Forwarded-For": "203.0.113.0"}))
            with pytest.raises(ConnectionClosed):
                await soon(late.recv())
            assert side.dropped == [DropReason.TOO_MANY_CONNECTIONS]
        await until(lambda: len(side.tcp) == 0)
        assert not side.tcp._per_source


# --- what is no good WebSocket ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", DropReason.NOT_WEBSOCKET),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", DropReason.NOT_WEBSOCKET),
        (b"GET / HTTP/1.0\r\n\r\n", DropReason.NOT_WEBSOCKET),
        (OPTIONS, DropReason.NOT_WEBSOCKET),
        (b"\x16\x03\x01\x02\x00\x01\r\n", DropReason.NOT_WEBSOCKET),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", DropReason.NOT_WEBSOCKET),
        (UPGRADE + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(20)), DropReason.TOO_LARGE),
        (UPGRADE.replace(b"Key: dGhl", b"Key: ++"), DropReason.NOT_WEBSOCKET),
        (UPGRADE + b"Origin: a\r\nOrigin: b\r\n", DropReason.NOT_WEBSOCKET),
        (UPGRADE + b"no header\r\n", DropReason.NOT_WEBSOCKET),
    ],
)
async def test_what_is_no_handshake_is_refused(sent: bytes, reason: DropReason) -> None:
    assert len(UPGRADE) + 20_000 > MAX_UPGRADE
    async with user_agent(transports=("ws",)) as side, raw_to(side, sent + b"\r\n") as stream:
        assert not (await soon(stream.reader.read())).startswith(b"HTTP/1.1 101")
        assert side.dropped == [reason]


@pytest.mark.parametrize(
    ("sent", "code", "reason"),
    [
        (frame(TEXT, OPTIONS, masked=False), CloseCode.PROTOCOL_ERROR, DropReason.BAD_WEBSOCKET),
        (frame(3, b""), CloseCode.PROTOCOL_ERROR, DropReason.BAD_WEBSOCKET),
        (frame(TEXT | 0x40, b"compressed"), CloseCode.PROTOCOL_ERROR, DropReason.BAD_WEBSOCKET),
        (frame(CONTINUATION, b"of what?"), CloseCode.PROTOCOL_ERROR, DropReason.BAD_WEBSOCKET),
        (frame(PINGING, bytes(200)), CloseCode.PROTOCOL_ERROR, DropReason.BAD_WEBSOCKET),
        (frame(TEXT, b"", length=MAX_MESSAGE + 1), CloseCode.MESSAGE_TOO_BIG, DropReason.TOO_LARGE),
        (frame(TEXT, b"", length=2**62), CloseCode.MESSAGE_TOO_BIG, DropReason.TOO_LARGE),
        (
            frame(TEXT, bytes(60_000), fin=False) + frame(CONTINUATION, b"", length=60_000),
            CloseCode.MESSAGE_TOO_BIG,
            DropReason.TOO_LARGE,
        ),
        (
            frame(TEXT, b"", fin=False) + frame(CONTINUATION, b"", fin=False) * MAX_FRAGMENTS,
            CloseCode.POLICY_VIOLATION,
            DropReason.BAD_WEBSOCKET,
        ),
    ],
)
async def test_a_frame_that_must_not_be_closes_the_connection(sent: bytes, code: CloseCode, reason: DropReason) -> None:
    async with user_agent(transports=("ws",)) as side, raw_to(side, UPGRADE + b"\r\n") as stream:
        await soon(stream.reader.readuntil(b"\r\n\r\n"))
        stream.send(sent)
        end = await soon(stream.reader.read())
        assert end[0] == 0x80 | CLOSING
        assert int.from_bytes(end[2:4], "big") == code
        assert side.dropped == [reason]


async def test_a_message_that_is_no_sip_costs_no_connection() -> None:
    async with user_agent(transports=("ws",)) as side, browser(side) as socket:
        for rubbish in ("hello", "", b"\xff\xfe", os.urandom(100)):
            await socket.send(rubbish)
        await socket.send(OPTIONS.decode())
        assert (await next_of(socket)).cseq.method == "OPTIONS"


async def test_everything_may_come_in_one_piece_or_byte_by_byte() -> None:
    whole = UPGRADE + b"\r\n" + frame(TEXT, OPTIONS)
    async with user_agent(transports=("ws",)) as side:
        for size in (len(whole), 1):
            async with raw_to(side) as stream:
                for start in range(0, len(whole), size):
                    stream.send(whole[start : start + size])
                    await asyncio.sleep(0)
                assert b"SIP/2.0 200 OK" in await soon(stream.reader.readuntil(b"Content-Length: 0\r\n\r\n"))
                stream.send(frame(CLOSING, b"\x03\xe8"))
                assert await soon(stream.reader.read()) == b"\x88\x02\x03\xe8"
        assert side.dropped == []


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "patience"),
    [
        (b"", SECONDS.handshake),
        (UPGRADE, SECONDS.handshake),
        (UPGRADE + b"\r\n", SECONDS.first_message),
        (UPGRADE + b"\r\n" + frame(PINGING, b""), SECONDS.first_message),
        (UPGRADE + b"\r\n" + frame(TEXT, OPTIONS)[:90], SECONDS.message),
        (UPGRADE + b"\r\n" + frame(TEXT, OPTIONS[:9], fin=False), SECONDS.message),
        (UPGRADE + b"\r\n" + frame(TEXT, OPTIONS), SECONDS.idle),
    ],
    ids=["nothing", "half a handshake", "no message", "only a ping", "half a frame", "half a message", "idle"],
)
async def test_a_peer_that_takes_too_long_is_cut_off(sent: bytes, patience: float) -> None:
    async with user_agent(transports=("ws",)) as side, raw_to(side, sent) as stream:
        await until(lambda: len(side.tcp) == 1)
        (connection,) = side.tcp._connections.values()
        if sent.startswith(UPGRADE + b"\r\n"):
            await soon(stream.reader.readuntil(b"\r\n\r\n"))
            assert connection.has_sent_a_message == (patience == SECONDS.idle)
        side.tcp.sweep(connection.opened_at + patience - 1)
        assert side.dropped == []
        side.tcp.sweep(side.agent.now() + patience + 1)
        assert side.dropped == [DropReason.TOO_SLOW]
        await until(lambda: len(side.tcp) == 0)


async def test_a_silent_phone_is_asked_whether_it_is_there() -> None:
    async with user_agent(transports=("ws",)) as side, raw_to(side, UPGRADE + b"\r\n") as stream:
        await soon(stream.reader.readuntil(b"\r\n\r\n"))
        stream.send(frame(TEXT, REGISTER))
        while not (await soon(stream.reader.read(65_536))).endswith(b"\r\n\r\n"):
            pass
        side.tcp.sweep(side.agent.now() + PING_SECONDS + 1)
        assert await soon(stream.reader.readexactly(2)) == b"\x89\x00"


async def test_those_who_stay_are_told_that_we_leave() -> None:
    async with user_agent(transports=("ws",)) as side:
        address = side.at("ws")
        socket = await connect(f"ws://127.0.0.1:{address.port}", subprotocols=SIP, proxy=None)
    with pytest.raises(ConnectionClosed) as closed:
        await soon(socket.recv())
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CloseCode.GOING_AWAY
