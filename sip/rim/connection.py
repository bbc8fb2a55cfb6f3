"""One connection of a stream transport: TCP, TLS on it, WebSocket on either; cut into messages, within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from sip.errors import DropReason, ProtocolError
from sip.flow import Address, Flow
from sip.guard.buckets import Rate
from sip.rim.framing import PING, PONG, Framing
from sip.rim.tls import TlsLayer
from sip.rim.websocket import WebSocketFraming

MAX_QUEUED: Final = 64
"""Messages that wait for a connection of ours to come up."""
HANDSHAKES: Final = Rate(per_second=20.0, burst=200.0)
PING_SECONDS: Final = 30.0
"""How long a WebSocket that a phone needs is silent before it is asked whether it is there; proxies wait a minute."""

_UNKNOWN: Final = Flow("tcp", ("", 0), ("", 0))
_KEEP_ALIVE: Final = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 4))
"""Two minutes after a peer has vanished without a word its connection is closed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What peers may take of us. ``per_source`` leaves room for an office of phones behind one router.

    Seconds: ``handshake`` from the accept to the end of TLS's and WebSocket's, ``message`` from a message's first byte
    to its last, ``first_message`` from the accept to the end of the first message, ``idle`` without a byte where
    neither a registration nor a call needs the connection. ``unsent`` are bytes that a peer may leave unread.
    ``handshakes`` are the TLS handshakes of one source: each costs as much CPU as ten messages.
    """

    connections: int = 20_000
    per_source: int = 500
    handshake: float = 10.0
    message: float = 15.0
    first_message: float = 30.0
    idle: float = 300.0
    unsent: int = 512 * 1024
    handshakes: Rate = HANDSHAKES


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


@dataclass(slots=True)
class Layers:
    """What a connection is made of, above TCP."""

    framing: Framing | WebSocketFraming
    tls: TlsLayer | None = None

    @property
    def ready(self) -> bool:
        return (self.tls is None or self.tls.ready) and self.framing.ready

    @property
    def closed(self) -> bool:
        """True if the peer has said that it leaves, or was told that it has to."""
        return self.framing.closed or (self.tls is not None and self.tls.closed)


class Owner(Protocol):
    """Who knows all connections."""

    receiver: Receiver
    bounds: Bounds

    def comes_from(self, connection: Connection, forwarded: str) -> bool: ...
    def gone(self, connection: Connection) -> None: ...


class Connection(asyncio.Protocol):
    """Accepted from a peer, or opened by us, for which messages queue until it is up.

    Where we open it, ``flow`` and ``layers`` are known, and ``name`` is whom the peer's certificate must name; else
    ``take_in`` sets and gives them, or gives None where there is no room. ``settled`` is done once it is up or lost,
    ``problem`` says why it broke, if it did.
    """

    def __init__(
        self,
        owner: Owner,
        flow: Flow = _UNKNOWN,
        layers: Layers | None = None,
        take_in: Callable[[Connection, Address], Layers | None] | None = None,
        *,
        name: str = "",
    ) -> None:
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._layers = layers or Layers(Framing())
        self._take_in = take_in
        self.accepted = take_in is not None
        self.flow = flow
        self.name = name
        self.queued: list[bytes] = []
        self.on_failed: Callable[[list[bytes]], None] | None = None
        self.settled: asyncio.Future[None] | None = None
        self.problem = ""
        self.opened_at = self.heard_at = owner.receiver.now()
        self.begun_at: float | None = None
        self.closing_at: float | None = None
        self.has_sent_a_message = False
        self._up = False

    # --- asyncio.Protocol -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._take_in is not None:
            peer = transport.get_extra_info("peername") or ("", 0)
            layers = self._take_in(self, (str(peer[0]), int(peer[1])))
            if layers is None:
                transport.abort()
                return
            self._layers = layers
        _keep_alive(transport.get_extra_info("socket"))
        self._say()
        self._look_up()

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        receiver = self._owner.receiver
        try:
            self._take(data)
        except ProtocolError as error:
            self.problem = error.detail
            if not self._up:
                self._look_up()
            receiver.stream_broken(error, self.flow)
            self.close()
        receiver.fed()

    def _take(self, data: bytes) -> None:
        """Raises ProtocolError where the connection cannot go on."""
        tls, framing, receiver = self._layers.tls, self._layers.framing, self._owner.receiver
        if tls is not None:
            data = tls.receive(data)
            if not self._up:
                self._look_up()
        if data:
            self.heard_at = receiver.now()
            for message in framing.feed(data):
                if message is not PING:
                    self.begun_at = None
                    self.has_sent_a_message = True
                    receiver.feed(message, self.flow)
                elif self.accepted:
                    self.send(PONG)
                if not self.usable:
                    break
            if not framing.begun:
                self.begun_at = None
            elif self.begun_at is None:
                self.begun_at = self.heard_at
        self._say()
        if self._layers.closed:
            self.close()
        elif not self._up:
            self._look_up()

    def _look_up(self) -> None:
        """Whether the handshakes are over, and if so, what waited for that."""
        if not self._layers.ready:
            return
        self._up = True
        forwarded = getattr(self._layers.framing, "forwarded", None)
        if forwarded is not None and not self._owner.comes_from(self, forwarded):
            self.close()
            return
        self._settle()
        for data in self.queued:
            self.send(data)
        self.queued.clear()

    def _settle(self) -> None:
        if self.settled is not None and not self.settled.done():
            self.settled.set_result(None)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._settle()
        self._owner.gone(self)

    # --- for whoever owns it ----------------------------------------------------------------------------------------

    @property
    def up(self) -> bool:
        return self._up

    @property
    def usable(self) -> bool:
        return self._transport is None or not self._transport.is_closing()

    def send(self, data: bytes) -> bool:
        """False if the connection is closing or its peer does not read; then it is cut."""
        if not self._up:
            if data not in self.queued:
                if len(self.queued) >= MAX_QUEUED:
                    return False
                self.queued.append(data)
            return True
        assert self._transport is not None
        if self._transport.is_closing():
            return False
        data = self._layers.framing.wrap(data)
        if self._layers.tls is None:
            self._transport.write(data)
        else:
            try:
                self._layers.tls.send(data)
            except ProtocolError:
                self._transport.abort()
                return False
            self._transport.write(self._layers.tls.take())
        return not self._cut_if_unread()

    def _say(self) -> None:
        """Send what the layers themselves have to say: handshakes, pongs, why they end."""
        assert self._transport is not None
        data = self._layers.framing.take()
        tls = self._layers.tls
        if tls is not None:
            if data and tls.ready:
                with contextlib.suppress(ProtocolError):
                    tls.send(data)
            data = tls.take()
        if data and not self._transport.is_closing():
            self._transport.write(data)
            self._cut_if_unread()

    def _cut_if_unread(self) -> bool:
        assert self._transport is not None
        if self._transport.get_write_buffer_size() <= self._owner.bounds.unsent:
            return False
        self._owner.receiver.note_drop(DropReason.NOT_SENT, self.flow)
        self._transport.abort()
        return True

    def overdue(self, now: float) -> bool:
        """True if the peer has taken longer than Bounds allow."""
        bounds = self._owner.bounds
        if self.closing_at is not None:
            return now - self.closing_at > bounds.message
        if self.begun_at is not None and now - self.begun_at > bounds.message:
            return True
        if self.accepted and not self.has_sent_a_message:
            patience = bounds.first_message if self._up else bounds.handshake
            return now - self.opened_at > patience
        return now - self.heard_at > bounds.idle and not self._owner.receiver.needs(self.flow)

    def ping(self, now: float) -> None:
        """Ask a silent WebSocket whether its peer is there."""
        framing = self._layers.framing
        if isinstance(framing, WebSocketFraming) and self._up and self.usable and now - self.heard_at > PING_SECONDS:
            framing.ping()
            self._say()

    def close(self) -> None:
        """Send what is left, then close."""
        if self._transport is None or self._transport.is_closing():
            return
        self.closing_at = self._owner.receiver.now()
        self._layers.framing.finish()
        self._say()
        if self._layers.tls is not None:
            self._layers.tls.finish()
            self._say()
        self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _keep_alive(sock: socket.socket | None) -> None:
    if sock is None:
        return
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEP_ALIVE:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
