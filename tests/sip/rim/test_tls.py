"""A user agent over TLS: handshakes, names, what is no TLS, and what a peer may take of us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.guard.buckets import Rate
from sip.guard.guard import Guard
from sip.message.bounds import MAX_HEAD
from sip.message.values import Uri
from sip.rim.calls import Answered, Failed
from sip.rim.connection import Bounds
from sip.rim.framing import PING, PONG
from sip.rim.tcp import Policy
from sip.rim.tls import Tls, client_context, modern
from tests.certificates import Authority
from tests.sip.rim.network import ANSWER, HOSTS, PATIENCE, Side, request, soon, until, user_agent
from tests.sip.rim.test_tcp import Stream

OPTIONS = request(transport="TLS", sent_by="127.0.0.1:5999")
SECONDS = Bounds()
CLIENT_HELLO = bytes.fromhex("160301") + (500).to_bytes(2, "big") + b"\x01\x00\x01\xf0\x03\x03"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def ours(authority: Authority) -> ssl.SSLContext:
    """Our own certificate: for loopback by address, and for a name."""
    return showing(authority.issue(["phone.bakery.example", "localhost", "127.0.0.1", "::1"]))


def showing(folder: Path, peers: Authority | None = None) -> ssl.SSLContext:
    context = modern(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))
    context.load_cert_chain(folder / "fullchain.pem", folder / "privkey.pem")
    if peers is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(peers.file)
    return context


@pytest.fixture
def policy(ours: ssl.SSLContext, authority: Authority) -> Policy:
    return Policy(Tls(ours, client_context(str(authority.file))))


@contextlib.asynccontextmanager
async def raw_to(side: Side) -> AsyncIterator[Stream]:
    """A TCP connection to the port of TLS."""
    address = side.at("tls")
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        yield Stream(reader, writer)
    finally:
        writer.transport.abort()


@contextlib.asynccontextmanager
async def tls_to(side: Side, context: ssl.SSLContext, name: str | None = None) -> AsyncIterator[Stream]:
    address = side.at("tls")
    reader, writer = await asyncio.open_connection(
        address.host, address.port, ssl=context, server_hostname=name or address.host
    )
    try:
        yield Stream(reader, writer)
    finally:
        writer.transport.abort()


@pytest.fixture
def trusting(authority: Authority) -> ssl.SSLContext:
    return client_context(str(authority.file))


# --- messages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", HOSTS)
async def test_a_request_is_answered_over_its_connection(host: str, policy: Policy, trusting: ssl.SSLContext) -> None:
    async with user_agent(host, ("tls",), policy=policy) as side, tls_to(side, trusting) as stream:
        stream.send(PING + OPTIONS)
        assert await soon(stream.reader.readexactly(2)) == PONG
        answer = await stream.next()
        assert answer.status == 200
        assert str(answer.via).startswith("SIP/2.0/TLS 127.0.0.1:5999")


async def test_messages_torn_and_joined_anyhow_come_in_order(policy: Policy, trusting: ssl.SSLContext) -> None:
    async with user_agent(transports=("tls",), policy=policy) as side, tls_to(side, trusting) as stream:
        stream.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        all_ = b"".join(request(transport="TLS", branch=f"z9hG4bK{n}", call_id=str(n)) for n in range(40))
        for start in range(0, len(all_), 7):
            stream.send(all_[start : start + 7])
            if start % 70 == 0:
                await asyncio.sleep(0)
        assert [(await stream.next()).call_id for _ in range(40)] == [str(n) for n in range(40)]


async def test_two_user_agents_call_each_other_and_say_so(policy: Policy) -> None:
    async with (
        user_agent(transports=("tls",), policy=policy) as alice,
        user_agent(transports=("tls",), policy=policy) as bob,
    ):
        mine = alice.call(bob.uri("tls"))
        theirs = await bob.next_call()
        contact = theirs.request.contacts[0].uri
        assert (contact.port, contact.param("transport")) == (alice.at("tls").port, "tls")
        await theirs.answer(ANSWER)
        assert await soon(mine.outcome) == Answered(ANSWER)
        assert mine.session.dialog is not None
        assert mine.session.dialog.next_hop.param("transport") == "tls"
        theirs.hang_up()
        await soon(mine.ended)


async def test_a_call_needs_no_port_of_ours_for_tls(policy: Policy) -> None:
    """To a provider, from an engine that listens on UDP alone."""
    async with user_agent(policy=policy) as alice, user_agent(transports=("tls",), policy=policy) as bob:
        mine = alice.call(bob.uri("tls"))
        theirs = await bob.next_call()
        contact = theirs.request.contacts[0].uri
        assert (contact.host, contact.port) == theirs.flow.remote
        await theirs.answer(ANSWER)
        await soon(mine.outcome)
        theirs.hang_up()
        await soon(mine.ended)


async def test_a_sips_uri_goes_over_tls_and_is_answered_as_such(policy: Policy) -> None:
    async with (
        user_agent(transports=("tls",), policy=policy) as alice,
        user_agent(transports=("tls",), policy=policy) as bob,
    ):
        mine = alice.call(Uri.parse(f"sips:desk@127.0.0.1:{bob.at('tls').port}"))
        theirs = await bob.next_call()
        assert theirs.flow.transport == "tls"
        assert theirs.request.contacts[0].uri.scheme == "sips"
        await theirs.answer(ANSWER)
        await soon(mine.outcome)
        assert mine.session.dialog is not None
        assert mine.session.dialog.next_hop.scheme == "sips"
        mine.hang_up()
        await soon(theirs.ended)


async def test_a_registered_phone_is_called_over_its_connection(policy: Policy, trusting: ssl.SSLContext) -> None:
    async with user_agent(transports=("tls",), policy=policy) as side, tls_to(side, trusting) as phone:
        phone.send(request("REGISTER", "TLS", headers=["Contact: <sip:phone@192.0.2.9:1;transport=tls>"]))
        assert (await phone.next()).status == 200
        (binding,) = side.agent.core.registrar.lookup("desk@bakery.example", side.agent.now())
        side.call(binding.contact, flow=binding.flow)
        assert (await soon(phone.reader.readline())).startswith(b"INVITE sip:phone@192.0.2.9:1;transport=tls")


# --- whom we trust ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.interop(program="openssl", feature="TLS: a server that Belplan calls, if its certificate has the name")
@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
async def test_a_server_of_openssl_is_called_by_its_name(authority: Authority, policy: Policy, name: str) -> None:
    folder = authority.issue([name])
    server = await asyncio.create_subprocess_exec(
        *("openssl", "s_server", "-accept", "127.0.0.1:0", "-quiet", "-naccept", "1"),
        *("-cert", str(folder / "fullchain.pem"), "-key", str(folder / "privkey.pem"), "-tls1_3"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert server.stdout is not None
    try:
        await until(lambda: _port_of(server.pid) is not None)
        port = _port_of(server.pid)
        async with user_agent(policy=policy) as side:
            call = side.call(Uri.parse(f"sip:desk@localhost:{port};transport=tls"))
            if name == "localhost":
                begins = f"INVITE sip:desk@localhost:{port};transport=tls SIP/2.0\r\n"
                assert (await soon(server.stdout.readline())).decode() == begins
            else:
                outcome = await soon(call.outcome)
                assert isinstance(outcome, Failed)
                assert outcome.status == 503
                assert DropReason.UNTRUSTED_PEER in side.dropped
    finally:
        server.kill()
        await server.wait()


def _port_of(pid: int) -> int | None:
    """The TCP port that a process listens on; None as long as it does not."""
    sockets = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            sockets.add(os.readlink(file).removeprefix("socket:[").removesuffix("]"))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in sockets:
            return int(fields[1].rpartition(":")[2], 16)
    return None


@pytest.mark.parametrize("names", [["elsewhere.example"], ["127.0.0.2"]])
async def test_a_server_with_another_name_is_not_called(authority: Authority, policy: Policy, names: list[str]) -> None:
    wrong = Policy(Tls(showing(authority.issue(names))))
    async with (
        user_agent(transports=("tls",), policy=policy) as alice,
        user_agent(transports=("tls",), policy=wrong) as bob,
    ):
        mine = alice.call(bob.uri("tls"))
        assert await soon(mine.outcome) == Failed(503, "unreachable")
        assert DropReason.UNTRUSTED_PEER in alice.dropped
        assert bob.calls.empty()


async def test_a_server_of_an_unknown_authority_is_not_called(
    tmp_path: Path, policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    strange = Policy(Tls(showing(Authority(tmp_path).issue(["127.0.0.1"]))))
    async with (
        user_agent(transports=("tls",), policy=policy) as alice,
        user_agent(transports=("tls",), policy=strange) as bob,
    ):
        mine = alice.call(bob.uri("tls"))
        assert await soon(mine.outcome) == Failed(503, "unreachable")
        await until(lambda: "no TLS connection to 127.0.0.1 could be made" in caplog.text)
        assert "certificate" in caplog.text


async def test_what_a_peer_opened_is_no_way_to_a_name(policy: Policy, trusting: ssl.SSLContext) -> None:
    """It has shown no certificate; only its very address may be reached over it."""
    async with user_agent(transports=("tls",), policy=policy) as side, tls_to(side, trusting) as stream:
        stream.send(OPTIONS)
        await stream.next()
        remote = stream.writer.get_extra_info("sockname")
        (flow,) = side.tcp._connections
        assert side.tcp.flow_to(remote, "tls", remote[0]) == flow
        assert side.tcp.flow_to(remote, "tls", "sip.provider.example") != flow


@pytest.mark.parametrize("shows", [True, False])
async def test_a_client_certificate_can_be_demanded(authority: Authority, tmp_path: Path, shows: bool) -> None:
    demanding = Policy(Tls(showing(authority.issue(["127.0.0.1"], into=tmp_path), peers=authority)))
    client = client_context(str(authority.file))
    if shows:
        folder = authority.issue(["phone-101.bakery.example"])
        client.load_cert_chain(folder / "fullchain.pem", folder / "privkey.pem")
    async with user_agent(transports=("tls",), policy=demanding) as side, tls_to(side, client) as stream:
        stream.send(OPTIONS)
        if shows:
            assert (await stream.next()).status == 200
        else:
            with pytest.raises((ssl.SSLError, ConnectionError, asyncio.IncompleteReadError)):
                await stream.next()
            assert side.dropped == [DropReason.TLS_FAILED]


# --- what is no good TLS ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [OPTIONS, b"GET / HTTP/1.1\r\n\r\n", b"\r\n\r\n", b"\x00" * 100])
async def test_what_is_no_tls_is_closed(policy: Policy, sent: bytes) -> None:
    async with user_agent(transports=("tls",), policy=policy) as side, raw_to(side) as stream:
        stream.send(sent)
        assert await stream.is_closed()
        assert side.dropped == [DropReason.NOT_TLS]


async def test_tls_on_the_port_of_tcp_is_closed(policy: Policy) -> None:
    async with user_agent(transports=("tcp",)) as side:
        address = side.at("tcp")
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(CLIENT_HELLO + bytes(490) + b"\r\n\r\n")
        assert await soon(reader.read()) == b""
        writer.close()
        assert side.dropped == [DropReason.NOT_SIP]


async def test_old_tls_is_refused(policy: Policy, trusting: ssl.SSLContext) -> None:
    with warnings.catch_warnings(action="ignore"):
        trusting.minimum_version = ssl.TLSVersion.TLSv1
        trusting.maximum_version = ssl.TLSVersion.TLSv1_1
    trusting.set_ciphers("DEFAULT:@SECLEVEL=0")
    async with user_agent(transports=("tls",), policy=policy) as side:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            async with tls_to(side, trusting):
                pass
        await until(lambda: side.dropped == [DropReason.TLS_FAILED])


async def test_rubbish_after_the_handshake_ends_the_connection(policy: Policy, trusting: ssl.SSLContext) -> None:
    async with user_agent(transports=("tls",), policy=policy) as side, raw_to(side) as stream:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = trusting.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        while True:
            try:
                client.do_handshake()
            except ssl.SSLWantReadError:
                stream.send(outgoing.read())
                incoming.write(await soon(stream.reader.read(65_536)))
            else:
                break
        stream.send(outgoing.read() + b"\x17\x03\x03\x00\x20" + bytes(32))
        await soon(stream.reader.read())
        assert side.dropped == [DropReason.TLS_FAILED]


async def test_a_phone_that_cannot_shake_hands_is_no_scanner_but_plain_sip_for_ever_is(
    policy: Policy, trusting: ssl.SSLContext
) -> None:
    """An office is not locked out by one phone that does not know our certificate."""
    host = "127.0.0.1"
    async with user_agent(transports=("tls",), policy=policy) as side:
        guard = side.agent.core.guard = Guard()
        for number in range(60):
            error = ProtocolError(0, DropReason.TLS_FAILED)
            side.agent.stream_broken(error, Flow("tls", (host, 5061), (host, 1000 + number), number))
        assert not guard.refuses(host, side.agent.now())
        while not guard.refuses(host, side.agent.now()):
            async with raw_to(side) as stream:
                stream.send(OPTIONS)
                await soon(stream.reader.read())
        async with raw_to(side) as stream:
            assert await stream.is_closed()
        assert side.agent.drops.counts[DropReason.BANNED] == 1


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent", [b"", CLIENT_HELLO[:3], CLIENT_HELLO], ids=["nothing", "a torn record", "half a ClientHello"]
)
async def test_a_handshake_that_takes_too_long_is_cut_off(policy: Policy, sent: bytes) -> None:
    async with user_agent(transports=("tls",), policy=policy) as side, raw_to(side) as stream:
        stream.send(sent)
        await until(lambda: len(side.tcp) == 1)
        now = side.agent.now()
        side.tcp.sweep(now + SECONDS.handshake - 1)
        assert side.dropped == []
        side.tcp.sweep(now + SECONDS.handshake + 1)
        assert await stream.is_closed()
        assert side.dropped == [DropReason.TOO_SLOW]


@pytest.mark.parametrize(
    ("sent", "patience"), [(b"", SECONDS.first_message), (OPTIONS[:50], SECONDS.message), (OPTIONS, SECONDS.idle)]
)
async def test_a_peer_that_takes_too_long_after_it_is_cut_off(
    policy: Policy, trusting: ssl.SSLContext, sent: bytes, patience: float
) -> None:
    async with user_agent(transports=("tls",), policy=policy) as side, tls_to(side, trusting) as stream:
        (connection,) = side.tcp._connections.values()
        await until(lambda: connection.up)
        stream.send(sent)
        if sent == OPTIONS:
            await stream.next()
        elif sent:
            await until(lambda: connection.begun_at is not None)
        side.tcp.sweep((connection.begun_at or (connection.heard_at if sent else connection.opened_at)) + patience - 1)
        assert side.dropped == []
        side.tcp.sweep(side.agent.now() + patience + 1)
        assert side.dropped == [DropReason.TOO_SLOW]
        await until(lambda: len(side.tcp) == 0)


async def test_bytes_that_say_nothing_keep_no_connection_open(policy: Policy, trusting: ssl.SSLContext) -> None:
    """A record that comes byte by byte is no sign of life, however long it goes on."""
    async with user_agent(transports=("tls",), policy=policy) as side, tls_to(side, trusting) as stream:
        stream.send(OPTIONS)
        await stream.next()
        (connection,) = side.tcp._connections.values()
        heard_at = connection.heard_at
        connection.data_received(b"\x17\x03\x03\x40\x00")
        for _ in range(100):
            connection.data_received(b"x")
        assert connection.heard_at == heard_at


async def test_handshakes_of_one_source_are_bounded(policy: Policy, trusting: ssl.SSLContext) -> None:
    bounds = Bounds(handshakes=Rate(0.001, 2))
    async with (
        user_agent(transports=("tls",), policy=policy, bounds=bounds) as side,
        tls_to(side, trusting) as first,
        tls_to(side, trusting),
        raw_to(side) as third,
    ):
        assert await third.is_closed()
        assert side.dropped == [DropReason.TOO_MANY_HANDSHAKES]
        first.send(OPTIONS)
        assert (await first.next()).status == 200


async def test_half_open_handshakes_count_as_connections(policy: Policy) -> None:
    bounds = Bounds(per_source=2)
    async with (
        user_agent(transports=("tls",), policy=policy, bounds=bounds) as side,
        raw_to(side) as first,
        raw_to(side),
        raw_to(side) as third,
    ):
        first.send(CLIENT_HELLO)
        assert await third.is_closed()
        assert side.dropped == [DropReason.TOO_MANY_CONNECTIONS]


async def test_a_peer_that_does_not_read_is_cut_off(policy: Policy, trusting: ssl.SSLContext) -> None:
    bounds = Bounds(unsent=10_000)
    async with (
        user_agent(transports=("tls",), policy=policy, bounds=bounds) as side,
        tls_to(side, trusting) as stream,
    ):
        stream.writer.transport.pause_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(PATIENCE):
            number = 0
            while DropReason.NOT_SENT not in side.dropped:
                pieces = range(number, number + 200)
                stream.send(b"".join(request(transport="TLS", branch=f"z9hG4bK{n}", call_id=str(n)) for n in pieces))
                number += 200
                await asyncio.sleep(0)
        await until(lambda: len(side.tcp) == 0)


async def test_a_head_without_an_end_is_answered_and_closed(policy: Policy, trusting: ssl.SSLContext) -> None:
    async with user_agent(transports=("tls",), policy=policy) as side, tls_to(side, trusting) as stream:
        stream.send(OPTIONS[:-4] + b"\r\nX: " + b"x" * MAX_HEAD)
        assert (await stream.next()).status == 513
        assert await stream.is_closed()
        assert side.dropped == [DropReason.TOO_LARGE]
