"""Real user agents on loopback sockets, and bare sockets to speak with them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TypeVar, cast

import pytest

from sip.core import Admit, Challenge, CoreConfig, Refuse, UserAgentCore
from sip.errors import DropReason
from sip.flow import Flow
from sip.message.envelope import Request, Response
from sip.message.intake import parse
from sip.message.values import NameAddr, Uri
from sip.registrar import Binding, Registrar
from sip.rim.calls import IncomingCall, OutgoingCall
from sip.rim.connection import Bounds
from sip.rim.resolver import Resolver
from sip.rim.tcp import Policy, TcpSockets
from sip.rim.user_agent import ListenAddress, UserAgent
from sip.transaction.timers import Timers

OFFER = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
ANSWER = OFFER.replace(b"40000", b"40002")
QUICK = Timers(t1=0.05, t2=0.2, t4=0.1)
"""So that a lost message is repeated, and a dead peer given up (3.2 s), while a test waits."""
PATIENCE = 10.0
HOSTS = [
    "127.0.0.1",
    pytest.param("::1", marks=pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")),
]

T = TypeVar("T")


class OpenGate:
    """Lets everybody in, as whom the To says."""

    def admit(self, request: Request, flow: Flow, now: float) -> Admit | Challenge | Refuse:
        user, host = request.to.uri.user, request.to.uri.host
        return Admit(None, f"{user}@{host}")


class NoStore:
    def __init__(self, bindings: Iterable[Binding] = ()) -> None:
        self.bindings = list(bindings)

    def load(self) -> Iterable[Binding]:
        return self.bindings

    def save(self, aor: str, bindings: Sequence[Binding]) -> None:
        self.bindings = [*(each for each in self.bindings if each.aor != aor), *bindings]


class Side:
    """One user agent, the calls it got and what it dropped, but for repetitions."""

    def __init__(self, agent: UserAgent, bound: Sequence[ListenAddress]) -> None:
        self.agent = agent
        self.bound = list(bound)
        self.calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
        self.dropped: list[DropReason] = []
        agent.on_call = self.calls.put_nowait
        agent.drops.on_dropped = self._note

    def _note(self, reason: DropReason, _: Flow) -> None:
        """A busy machine repeats messages, as it must; that says nothing."""
        if reason is not DropReason.RETRANSMISSION:
            self.dropped.append(reason)

    @property
    def tcp(self) -> TcpSockets:
        return self.agent._sockets.tcp

    def at(self, transport: str = "udp") -> ListenAddress:
        return next(address for address in self.bound if address.transport == transport)

    def uri(self, transport: str = "udp", user: str = "desk") -> Uri:
        address = self.at(transport)
        host = f"[{address.host}]" if ":" in address.host else address.host
        return Uri.parse(f"sip:{user}@{host}:{address.port};transport={transport}")

    def call(self, to: Uri, offer: bytes | None = OFFER, **more: object) -> OutgoingCall:
        me = NameAddr("", Uri.parse("sip:caller@example.net"))
        return self.agent.call(to, from_=me, to=NameAddr("", to), offer=offer, **more)  # type: ignore[arg-type]

    async def next_call(self) -> IncomingCall:
        return await soon(self.calls.get())


@contextlib.asynccontextmanager
async def user_agent(
    host: str = "127.0.0.1",
    transports: Sequence[str] = ("udp", "tcp"),
    *,
    bounds: Bounds | None = None,
    timers: Timers = QUICK,
    store: NoStore | None = None,
    resolver: Resolver | None = None,
    policy: Policy | None = None,
) -> AsyncIterator[Side]:
    """A user agent that listens on ports the system picks."""
    core = UserAgentCore(CoreConfig(timers=timers), OpenGate(), Registrar(store or NoStore()))
    agent = UserAgent(core, bounds=bounds, resolver=resolver, policy=policy)
    try:
        yield Side(agent, await agent.listen([ListenAddress(each, host, 0) for each in transports]))
    finally:
        await agent.close()


async def soon(awaitable: Awaitable[T]) -> T:
    """Wait for something that must not take long."""
    return await asyncio.wait_for(awaitable, PATIENCE)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so that nobody tells of."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.005)


class Datagrams(asyncio.DatagramProtocol):
    """A bare UDP socket; ``received`` are whole messages with where they came from."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    @property
    def address(self) -> tuple[str, int]:
        host, port, *_ = self.transport.get_extra_info("sockname")
        return host, port

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received.put_nowait((data, addr))

    def send(self, data: bytes, to: ListenAddress) -> None:
        self.transport.sendto(data, (to.host, to.port))

    async def next(self) -> Request | Response:
        data, _ = await asyncio.wait_for(self.received.get(), PATIENCE)
        return parse(data)


@contextlib.asynccontextmanager
async def datagrams(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Datagrams]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Datagrams, local_addr=(host, port))
    try:
        yield protocol
    finally:
        transport.close()


def request(
    method: str = "OPTIONS",
    transport: str = "UDP",
    *,
    branch: str = "z9hG4bK1",
    sent_by: str = "127.0.0.1:5999",
    call_id: str = "bare",
    body: bytes = b"",
    headers: Sequence[str] = (),
) -> bytes:
    """A request of a bare socket."""
    lines = [
        f"{method} sip:desk@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/{transport} {sent_by};branch={branch};rport",
        "From: <sip:bare@example.net>;tag=bare",
        "To: <sip:desk@bakery.example>",
        f"Call-ID: {call_id}",
        f"CSeq: 1 {method}",
        *headers,
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
