"""SIP over TCP: connections of peers and to peers, cut into messages, within bounds of number, size and time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from sip.errors import DropReason, ProtocolError
from sip.flow import Address, Flow
from sip.rim.flows import WILDCARDS, ListenAddress, OwnAddress, bind, listener_towards
from sip.rim.framing import PING, PONG, Framing

BACKLOG: Final = 512
SWEEP_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 4.0
MAX_QUEUED: Final = 64
"""Messages that wait for a connection of ours to come up."""

_KEEP_ALIVE: Final = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 4))
"""Two minutes after a peer has vanished without a word its connection is closed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What peers may take of us. ``per_source`` leaves room for an office of phones behind one router.

    Seconds: ``message`` from a message's first byte to its last, ``first_message`` from the accept to the end of the
    first message, ``idle`` without a byte where neither a registration nor a call needs the connection. ``unsent`` are
    bytes that a peer may leave unread.
    """

    connections: int = 8_000
    per_source: int = 500
    message: float = 15.0
    first_message: float = 30.0
    idle: float = 300.0
    unsent: int = 512 * 1024


class Receiver(Protocol):
    """Whom connections serve."""

    def now(self) -> float: ...
    def feed(self, data: bytes, flow: Flow) -> None: ...
    def fed(self) -> None: ...
    def stream_broken(self, error: ProtocolError, flow: Flow) -> None: ...
    def flow_closed(self, flow: Flow) -> None: ...
    def needs(self, flow: Flow) -> bool: ...
    def refuses(self, host: str) -> bool: ...
    def note_drop(self, reason: DropReason, flow: Flow) -> None: ...


class Connection(asyncio.Protocol):
    """One connection: ``accepted`` from a peer, or opened by us, for which messages queue until it is up."""

    def __init__(self, tcp: TcpSockets, own: OwnAddress, remote: Address | None = None) -> None:
        self._tcp = tcp
        self._own = own
        self._transport: asyncio.Transport | None = None
        self._framing = Framing()
        self.accepted = remote is None
        self.flow = tcp.new_flow(own, remote or ("", 0))
        self.queued: list[bytes] = []
        self.on_failed: Callable[[list[bytes]], None] | None = None
        self.opened_at = self.heard_at = tcp.receiver.now()
        self.begun_at: float | None = None
        self.has_sent_a_message = False

    # --- asyncio.Protocol -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self.accepted:
            peer = transport.get_extra_info("peername") or ("", 0)
            self.flow = self._tcp.new_flow(self._own, (str(peer[0]), int(peer[1])))
            if not self._tcp.take_in(self):
                transport.abort()
                return
        _keep_alive(transport.get_extra_info("socket"))
        for data in self.queued:
            transport.write(data)
        self.queued.clear()

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        receiver = self._tcp.receiver
        self.heard_at = receiver.now()
        try:
            for message in self._framing.feed(data):
                if message is not PING:
                    self.begun_at = None
                    self.has_sent_a_message = True
                    receiver.feed(message, self.flow)
                elif self.accepted:
                    self.send(PONG)
                if self._transport.is_closing():
                    break
        except ProtocolError as error:
            receiver.stream_broken(error, self.flow)
            self._transport.close()
        if not self._framing.begun:
            self.begun_at = None
        elif self.begun_at is None:
            self.begun_at = self.heard_at
        receiver.fed()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._tcp.gone(self)

    # --- for TcpSockets ---------------------------------------------------------------------------------------------

    @property
    def up(self) -> bool:
        return self._transport is not None

    @property
    def usable(self) -> bool:
        return self._transport is None or not self._transport.is_closing()

    def send(self, data: bytes) -> bool:
        """False if the connection is closing or its peer does not read; then it is cut."""
        if self._transport is None:
            if data not in self.queued:
                if len(self.queued) >= MAX_QUEUED:
                    return False
                self.queued.append(data)
            return True
        if self._transport.is_closing():
            return False
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > self._tcp.bounds.unsent:
            self._tcp.receiver.note_drop(DropReason.NOT_SENT, self.flow)
            self._transport.abort()
            return False
        return True

    def overdue(self, now: float) -> bool:
        """True if the peer has taken longer than Bounds allow."""
        bounds = self._tcp.bounds
        if self.begun_at is not None and now - self.begun_at > bounds.message:
            return True
        if self.accepted and not self.has_sent_a_message:
            return now - self.opened_at > bounds.first_message
        return now - self.heard_at > bounds.idle and not self._tcp.receiver.needs(self.flow)

    def close(self) -> None:
        """Send what is left, then close."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class TcpSockets:
    """All TCP of a user agent: listening sockets, and connections by their flow."""

    def __init__(self, receiver: Receiver, bounds: Bounds = Bounds()) -> None:
        self.receiver = receiver
        self.bounds = bounds
        self._connections: dict[Flow, Connection] = {}
        self._by_remote: dict[Address, Flow] = {}
        self._per_source: Counter[str] = Counter()
        # registrations remember the numbers of an earlier process, so they must not come again
        self._numbers = itertools.count(time.time_ns() // 1_000_000)
        self._servers: list[asyncio.Server] = []
        self._listening: dict[ListenAddress, OwnAddress] = {}
        self._connecting: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._closing = False

    def __len__(self) -> int:
        """How many connections there are, those that are just being made included."""
        return len(self._connections)

    async def listen(self, wanted: ListenAddress) -> ListenAddress:
        """Accept connections; the address with the port the system picked. Raises ListenFailed."""
        sock = bind(wanted)
        address = ListenAddress("tcp", wanted.host, sock.getsockname()[1])
        own = OwnAddress(address)
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(lambda: Connection(self, own), sock=sock, backlog=BACKLOG))
        self._listening[address] = own
        if self._sweeping is None:
            self._sweeping = loop.call_later(SWEEP_SECONDS, self._sweep_again)
        return address

    # --- sending ----------------------------------------------------------------------------------------------------

    def alive(self, flow: Flow) -> bool:
        """True while messages can go over this connection, or wait for it to come up."""
        connection = self._connections.get(flow)
        return connection is not None and connection.usable

    def up(self, flow: Flow) -> bool:
        """True once the connection has been made."""
        connection = self._connections.get(flow)
        return connection is not None and connection.up

    def send(self, data: bytes, flow: Flow) -> bool:
        """False if the connection is gone, or takes no more."""
        connection = self._connections.get(flow)
        return connection is not None and connection.send(data)

    def flow_to(self, remote: Address) -> Flow | None:
        """The connection to ``remote`` that is there, or a new one; None if we have no TCP of that kind, or no room."""
        known = self._by_remote.get(remote)
        if known is not None and self.alive(known):
            return known
        return self.open(remote)

    def open(
        self,
        remote: Address,
        on_failed: Callable[[list[bytes]], None] | None = None,
        patience: float = CONNECT_SECONDS,
    ) -> Flow | None:
        """A new connection, usable at once: what is sent waits for it. None as for ``flow_to``.

        If it cannot be made within ``patience`` seconds, ``on_failed`` gets what waited, else the flow is closed as any
        other.
        """
        address = listener_towards(remote[0], self._listening)
        if address is None or not self._has_room(remote[0]):
            return None
        connection = Connection(self, self._listening[address], remote)
        connection.on_failed = on_failed
        self._note(connection)
        task = asyncio.get_running_loop().create_task(self._connect(connection, address, patience))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return connection.flow

    async def _connect(self, connection: Connection, address: ListenAddress, patience: float) -> None:
        bound = None if address.host in WILDCARDS else (address.host, 0)
        try:
            async with asyncio.timeout(patience):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection, *connection.flow.remote, local_addr=bound
                )
        except (OSError, TimeoutError):
            self.gone(connection)

    # --- connections coming and going -------------------------------------------------------------------------------

    def new_flow(self, own: OwnAddress, remote: Address) -> Flow:
        return Flow("tcp", own.towards(remote[0]) if remote[0] else ("", 0), remote, next(self._numbers))

    def take_in(self, connection: Connection) -> bool:
        """Whether there is room for a connection just accepted, and its peer is not banned."""
        if self.receiver.refuses(connection.flow.remote[0]):
            self.receiver.note_drop(DropReason.BANNED, connection.flow)
            return False
        if not self._has_room(connection.flow.remote[0]):
            self.receiver.note_drop(DropReason.TOO_MANY_CONNECTIONS, connection.flow)
            return False
        self._note(connection)
        return True

    def gone(self, connection: Connection) -> None:
        """A connection is closed, or could not be made."""
        flow = connection.flow
        if self._connections.pop(flow, None) is None:
            return
        if self._by_remote.get(flow.remote) == flow:
            del self._by_remote[flow.remote]
        self._per_source[flow.remote[0]] -= 1
        if not self._per_source[flow.remote[0]]:
            del self._per_source[flow.remote[0]]
        if self._closing:
            return
        if connection.on_failed is not None and connection.queued:
            connection.on_failed(connection.queued)
        else:
            self.receiver.flow_closed(flow)

    def _has_room(self, source: str) -> bool:
        return len(self._connections) < self.bounds.connections and self._per_source[source] < self.bounds.per_source

    def _note(self, connection: Connection) -> None:
        flow = connection.flow
        self._connections[flow] = connection
        self._by_remote[flow.remote] = flow
        self._per_source[flow.remote[0]] += 1

    # --- time -------------------------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Cut the connections that take too long."""
        for connection in [each for each in self._connections.values() if each.overdue(now)]:
            self.receiver.note_drop(DropReason.TOO_SLOW, connection.flow)
            connection.abort()

    def forget(self) -> None:
        """Ask anew which of our addresses peers see."""
        for own in self._listening.values():
            own.forget()

    def _sweep_again(self) -> None:
        self.sweep(self.receiver.now())
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep_again)

    async def close(self) -> None:
        """Stop listening, send what is left on each connection and close it; nobody is told."""
        self._closing = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for server in self._servers:
            server.close()
        for task in self._connecting:
            task.cancel()
        for connection in list(self._connections.values()):
            connection.close()
        await asyncio.sleep(0)
        for connection in list(self._connections.values()):
            connection.abort()


def _keep_alive(sock: socket.socket | None) -> None:
    if sock is None:
        return
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEP_ALIVE:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
