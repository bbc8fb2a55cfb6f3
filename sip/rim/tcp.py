"""SIP over TCP: connections of peers and to peers, cut into messages, within bounds of number, size and time."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from typing import Protocol

from sip.errors import ProtocolError
from sip.flow import Address, Flow
from sip.message.intake import frame
from sip.rim.flows import ListenAddress, OwnAddress, bind

MAX_CONNECTIONS = 12_000
MAX_PER_SOURCE = 1_000
"""An office of phones behind one router; more from one address are closed at once."""
BACKLOG = 512
SWEEP_SECONDS = 5.0
SLOW_SECONDS = 15.0
"""How long a message may take from its first byte to its last (slow-loris)."""
IDLE_SECONDS = 3_600.0
"""A connection without a byte for so long is closed; phones keep theirs alive every minute or two."""
CONNECT_SECONDS = 4.0
MAX_UNSENT = 512 * 1024
"""Bytes a peer may leave unread before its connection is cut."""
MAX_QUEUED = 64
"""Messages that wait for a connection to come up."""


class Receiver(Protocol):
    """What a connection tells."""

    def feed(self, data: bytes, flow: Flow) -> None: ...
    def fed(self) -> None: ...
    def stream_broken(self, error: ProtocolError, flow: Flow) -> None: ...
    def flow_closed(self, flow: Flow) -> None: ...


class Connection(asyncio.Protocol):
    """One connection, of a peer or to one."""

    def __init__(self, sockets: TcpSockets, flow: Flow | None, own: OwnAddress) -> None:
        self._sockets = sockets
        self._own = own
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._scanned = 0
        self._queued: list[bytes] = []
        self.flow = flow
        self.heard_at = time.monotonic()
        self.begun_at: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=MAX_UNSENT)
        if self.flow is None:
            peer = transport.get_extra_info("peername")
            remote = (str(peer[0]), int(peer[1]))
            self.flow = Flow("tcp", self._own.towards(remote[0]), remote, self._sockets.next_number())
            if not self._sockets.welcome(self):
                transport.abort()
                return
        for data in self._queued:
            transport.write(data)
        self._queued.clear()

    def data_received(self, data: bytes) -> None:
        assert self.flow is not None
        self.heard_at = time.monotonic()
        self._buffer += data
        try:
            while self._buffer and self._next_message():
                pass
        except ProtocolError as error:
            self._sockets.receiver.stream_broken(error, self.flow)
            self.close()
        self.begun_at = (self.begun_at or self.heard_at) if self._buffer else None
        self._sockets.receiver.fed()

    def _next_message(self) -> bool:
        found = frame(self._buffer, self._scanned)
        assert self.flow is not None
        if found.pings and self._transport is not None:
            self._transport.write(b"\r\n" * found.pings)
        if found.end is None or found.end > len(self._buffer):
            del self._buffer[: found.start]
            self._scanned = len(self._buffer) if found.end is None else 0
            return False
        message = bytes(self._buffer[found.start : found.end])
        del self._buffer[: found.end]
        self._scanned = 0
        self.begun_at = None
        self._sockets.receiver.feed(message, self.flow)
        return True

    def send(self, data: bytes) -> bool:
        if self._transport is None:
            if len(self._queued) >= MAX_QUEUED:
                return False
            self._queued.append(data)
            return True
        if self._transport.is_closing() or self._transport.get_write_buffer_size() > MAX_UNSENT:
            self._transport.abort()
            return False
        self._transport.write(data)
        return True

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._buffer.clear()
        self._sockets.gone(self)

    def too_slow(self, now: float) -> bool:
        begun = self.begun_at is not None and now - self.begun_at > SLOW_SECONDS
        return begun or now - self.heard_at > IDLE_SECONDS


class TcpSockets:
    """All TCP of a user agent: listening sockets and connections by flow."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self._connections: dict[Flow, Connection] = {}
        self._per_source: Counter[str] = Counter()
        # numbers of an earlier process must not come again: registrations remember them
        self._numbers = itertools.count(time.time_ns() // 1_000_000)
        self._servers: list[asyncio.Server] = []
        self._own: list[OwnAddress] = []
        self._families: list[bool] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None

    def next_number(self) -> int:
        return next(self._numbers)

    async def listen(self, wanted: ListenAddress) -> ListenAddress:
        """Accept connections; the address with the port the system picked. Raises ListenFailed."""
        sock = bind(wanted)
        address = ListenAddress("tcp", wanted.host, sock.getsockname()[1])
        own = OwnAddress(address)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self, None, own), sock=sock, backlog=BACKLOG)
        self._servers.append(server)
        self._own.append(own)
        self._families.append(":" in wanted.host)
        if self._sweeping is None:
            self._sweeping = loop.call_later(SWEEP_SECONDS, self._sweep)
        return address

    def welcome(self, connection: Connection) -> bool:
        """Take a peer's connection in, within the bounds."""
        assert connection.flow is not None
        source = connection.flow.remote[0]
        if len(self._connections) >= MAX_CONNECTIONS or self._per_source[source] >= MAX_PER_SOURCE:
            connection.flow = None
            return False
        self._connections[connection.flow] = connection
        self._per_source[source] += 1
        return True

    def gone(self, connection: Connection) -> None:
        flow = connection.flow
        if flow is not None and self._connections.pop(flow, None) is not None:
            self._per_source[flow.remote[0]] -= 1
            if not self._per_source[flow.remote[0]]:
                del self._per_source[flow.remote[0]]
            self.receiver.flow_closed(flow)

    def alive(self, flow: Flow) -> bool:
        return flow in self._connections

    def __len__(self) -> int:
        return len(self._connections)

    def flow_to(self, remote: Address) -> Flow | None:
        """A flow over a connection to ``remote``, one that is there or a new one; None if we do not speak TCP there."""
        for flow in self._connections:
            if flow.remote == remote:
                return flow
        six = ":" in remote[0]
        own = next((own for own, is_six in zip(self._own, self._families, strict=True) if is_six == six), None)
        if own is None:
            return None
        flow = Flow("tcp", own.towards(remote[0]), remote, self.next_number())
        connection = Connection(self, flow, own)
        self._connections[flow] = connection
        self._per_source[remote[0]] += 1
        task = asyncio.get_running_loop().create_task(self._connect(connection, remote))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return flow

    async def _connect(self, connection: Connection, remote: Address) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await loop.create_connection(lambda: connection, *remote)
        except (OSError, TimeoutError):
            self.gone(connection)

    def send(self, data: bytes, flow: Flow) -> bool:
        connection = self._connections.get(flow)
        return connection is not None and connection.send(data)

    def _sweep(self) -> None:
        now = time.monotonic()
        for connection in [each for each in self._connections.values() if each.too_slow(now)]:
            connection.abort()
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def close(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        for server in self._servers:
            server.close()
        for task in self._connecting:
            task.cancel()
        for connection in list(self._connections.values()):
            connection.close()
