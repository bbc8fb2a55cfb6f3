"""SIP over TCP, with TLS and WebSocket or without: connections, within bounds of number and time."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sip.errors import DropReason
from sip.flow import SECURE_TRANSPORTS, Address, Flow
from sip.guard.buckets import Buckets
from sip.guard.sources import Networks, source_of
from sip.rim.connection import Bounds, Connection, Layers, Receiver
from sip.rim.flows import (
    WILDCARDS,
    ListenAddress,
    ListenFailed,
    OwnAddress,
    bind,
    bind_towards,
    is_address,
    listener_towards,
)
from sip.rim.framing import Framing
from sip.rim.resolver import WEBSOCKETS
from sip.rim.tls import Tls, TlsLayer
from sip.rim.websocket import Origins, WebSocketFraming

BACKLOG: Final = 512
SWEEP_SECONDS: Final = 5.0
"""How often each connection is looked at."""
SWEEPS: Final = 10
"""In so many parts, as looking at ten thousand at once would hold up calls for 10 ms."""
CONNECT_SECONDS: Final = 4.0
CONNECTABLE: Final = frozenset({"tcp", "tls"})
"""Transports over which we connect to peers ourselves."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Policy:
    """``tls`` is how we show ourselves and whom we trust, ``origins`` which websites' pages may connect, ``proxies``
    the addresses of reverse proxies whose word counts for where a WebSocket comes from.
    """

    tls: Tls = field(default_factory=Tls)
    origins: Origins = field(default_factory=Origins)
    proxies: Networks = field(default_factory=Networks)


class TcpSockets:
    """All stream transports of a user agent: listening sockets, and connections by their flow."""

    def __init__(self, receiver: Receiver, bounds: Bounds | None = None, policy: Policy | None = None) -> None:
        self.receiver = receiver
        self.bounds = bounds or Bounds()
        self._policy = policy or Policy()
        self._tls = self._policy.tls
        self._connections: dict[Flow, Connection] = {}
        self._by_remote: dict[tuple[str, Address, str], Flow] = {}
        self._per_source: Counter[str] = Counter()
        self._handshakes: Buckets[str] = Buckets(self.bounds.handshakes)
        # registrations remember the numbers of an earlier process, so they must not come again
        self._numbers = itertools.count(time.time_ns() // 1_000_000)
        self._servers: list[asyncio.Server] = []
        self._listening: dict[ListenAddress, OwnAddress] = {}
        self._connecting: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._unswept: list[Flow] = []
        self._closing = False

    def __len__(self) -> int:
        """How many connections there are, those that are just being made included."""
        return len(self._connections)

    async def listen(self, wanted: ListenAddress) -> ListenAddress:
        """Accept connections; the address with the port the system picked. Raises ListenFailed."""
        if wanted.transport in SECURE_TRANSPORTS and self._tls.server is None:
            raise ListenFailed(f"{wanted} needs a certificate: name one with the setting 'certificates'")
        sock = bind(wanted)
        address = ListenAddress(wanted.transport, wanted.host, sock.getsockname()[1])
        own = OwnAddress(address)
        loop = asyncio.get_running_loop()
        take_in = partial(self._take_in, wanted.transport, own)
        self._servers.append(
            await loop.create_server(lambda: Connection(self, take_in=take_in), sock=sock, backlog=BACKLOG)
        )
        self._listening[address] = own
        if self._sweeping is None:
            self._sweeping = loop.call_later(SWEEP_SECONDS / SWEEPS, self._sweep_again)
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

    def flow_to(self, remote: Address, transport: str = "tcp", name: str = "") -> Flow | None:
        """The connection to ``remote`` that is there, or a new one; None if there is no way to make one, or no room.

        ``name`` is whom the peer's certificate must name. What a peer opened has shown none: it serves only where its
        very address is meant.
        """
        for whom in (name, "") if not name or is_address(name) else (name,):
            known = self._by_remote.get((transport, remote, whom))
            if known is not None and self.alive(known):
                return known
        return self.open(remote, transport=transport, name=name)

    def open(
        self,
        remote: Address,
        on_failed: Callable[[list[bytes]], None] | None = None,
        patience: float = CONNECT_SECONDS,
        *,
        transport: str = "tcp",
        name: str = "",
    ) -> Flow | None:
        """A new connection, usable at once: what is sent waits for it. None as for ``flow_to``.

        If it cannot be made within ``patience`` seconds, ``on_failed`` gets what waited, else the flow is closed as any
        other. TLS needs no listening socket: our side is then the connection's own.
        """
        if transport not in CONNECTABLE or not self._has_room(remote[0]):
            return None
        address = listener_towards(remote[0], [each for each in self._listening if each.transport == transport])
        if address is None and transport != "tls":
            return None
        try:
            layer = TlsLayer(self._tls.to_connect(), name or remote[0]) if transport == "tls" else None
            sock = bind_towards(remote[0], None if address is None or address.host in WILDCARDS else address.host)
        except (OSError, ValueError):  # ValueError: no certificate can name that
            return None
        if address is None:
            host, port, *_ = sock.getsockname()
            flow = self._new_flow(transport, (host, port), remote)
        else:
            flow = self._new_flow(transport, self._listening[address].towards(remote[0]), remote)
        connection = Connection(self, flow, Layers(Framing(), layer), name=name)
        connection.on_failed = on_failed
        self._note(connection)
        task = asyncio.get_running_loop().create_task(self._connect(connection, sock, patience))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return flow

    async def _connect(self, connection: Connection, sock: socket.socket, patience: float) -> None:
        loop = asyncio.get_running_loop()
        connection.settled = loop.create_future()
        made = False
        try:
            async with asyncio.timeout(patience):
                await loop.sock_connect(sock, connection.flow.remote)
                await loop.create_connection(lambda: connection, sock=sock)
                made = True
                await connection.settled
        except (OSError, TimeoutError):
            connection.abort()
            self.gone(connection)
        finally:
            if not made:
                sock.close()
        if connection.problem:
            whom = connection.name or connection.flow.remote[0]
            log.warning("no TLS connection to %s could be made: %s", whom, connection.problem)

    # --- connections coming and going -------------------------------------------------------------------------------

    def _new_flow(self, transport: str, local: Address, remote: Address) -> Flow:
        return Flow(transport, local, remote, next(self._numbers))

    def _take_in(self, transport: str, own: OwnAddress, connection: Connection, remote: Address) -> Layers | None:
        """What a connection just accepted is made of, its flow set; None if there is no room."""
        flow = connection.flow = self._new_flow(transport, own.towards(remote[0]), remote)
        context = self._tls.server if transport in SECURE_TRANSPORTS else None
        if self._objects_to(remote[0], flow, handshake=context is not None):
            return None
        self._note(connection)
        framing = WebSocketFraming(self._policy.origins) if transport in WEBSOCKETS else Framing()
        return Layers(framing, None if context is None else TlsLayer(context))

    def _objects_to(self, source: str, flow: Flow, *, handshake: bool = False) -> bool:
        """Whether a peer's connection has to be closed: its source is banned, or has taken its share."""
        if self.receiver.refuses(source):
            reason = DropReason.BANNED
        elif not self._has_room(source):
            reason = DropReason.TOO_MANY_CONNECTIONS
        elif handshake and not self._handshakes.take(source_of(source), self.receiver.now()):
            reason = DropReason.TOO_MANY_HANDSHAKES
        else:
            return False
        self.receiver.note_drop(reason, flow)
        return True

    def comes_from(self, connection: Connection, forwarded: str) -> bool:
        """A reverse proxy says where a WebSocket comes from; False if no more may come from there."""
        flow = connection.flow
        source = forwarded.rpartition(",")[2].strip()
        if not self._policy.proxies.holds(source_of(flow.remote[0])) or not is_address(source):
            return True
        if self._objects_to(source, flow):
            return False
        self._forget(connection)
        connection.flow = self._new_flow(flow.transport, flow.local, (source, flow.remote[1]))
        self._note(connection)
        return True

    def gone(self, connection: Connection) -> None:
        """A connection is closed, or could not be made."""
        if not self._forget(connection) or self._closing:
            return
        if connection.on_failed is not None and connection.queued:
            connection.on_failed(connection.queued)
        else:
            self.receiver.flow_closed(connection.flow)

    def _has_room(self, source: str) -> bool:
        return len(self._connections) < self.bounds.connections and self._per_source[source] < self.bounds.per_source

    def _note(self, connection: Connection) -> None:
        flow = connection.flow
        self._connections[flow] = connection
        self._by_remote[flow.transport, flow.remote, connection.name] = flow
        self._per_source[flow.remote[0]] += 1

    def _forget(self, connection: Connection) -> bool:
        """False if it was not known any more."""
        flow = connection.flow
        if self._connections.pop(flow, None) is None:
            return False
        key = (flow.transport, flow.remote, connection.name)
        if self._by_remote.get(key) == flow:
            del self._by_remote[key]
        self._per_source[flow.remote[0]] -= 1
        if not self._per_source[flow.remote[0]]:
            del self._per_source[flow.remote[0]]
        return True

    # --- time -------------------------------------------------------------------------------------------------------

    def sweep(self, now: float, most: int | None = None) -> None:
        """Cut the connections that take too long, and see whether silent ones are there; ``most`` of them at a time."""
        if not self._unswept:
            self._unswept = list(self._connections)
        for flow in self._unswept[:most]:
            connection = self._connections.get(flow)
            if connection is None:
                continue
            if connection.overdue(now):
                self.receiver.note_drop(DropReason.TOO_SLOW, flow)
                connection.abort()
            else:
                connection.ping(now)
        del self._unswept[:most]

    def forget(self) -> None:
        """Ask anew which of our addresses peers see."""
        for own in self._listening.values():
            own.forget()

    def _sweep_again(self) -> None:
        self.sweep(self.receiver.now(), len(self._connections) // SWEEPS + 1)
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS / SWEEPS, self._sweep_again)

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
