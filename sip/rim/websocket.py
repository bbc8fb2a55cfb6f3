"""SIP over WebSocket (RFC 7118, RFC 6455), our end of it: the handshake, and one SIP message in each message.

Without I/O of its own; the protocol is that of the ``websockets`` library. No extension is agreed on, so that no
message is larger unpacked than it came.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from websockets.exceptions import InvalidOrigin, NegotiationError, PayloadTooBig
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from sip.errors import DropReason, ProtocolError
from sip.message.bounds import MAX_MESSAGE
from sip.rim.framing import PING

SUBPROTOCOL: Final = Subprotocol("sip")
MAX_UPGRADE: Final = 16_384
"""Bytes of the HTTP request that begins a connection; browsers send the site's cookies with it."""
MAX_FRAGMENTS: Final = 128
"""Frames of one message: empty ones would cost more than they count."""

_BEGIN, _END = b"GET ", b"\r\n\r\n"
_DATA: Final = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})

_log = logging.getLogger(__name__)
_log.setLevel(logging.WARNING)  # the library tells of each connection


@dataclass(frozen=True, slots=True)
class Origins:
    """From which websites' pages browsers may connect: ``https://phone.bakery.example``, or ``*`` for all.

    A page of the very host that is connected to always may, and so may what is no browser and names no origin.
    """

    allowed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, allowed: Iterable[str]) -> Origins:
        return cls(frozenset(each.lower() for each in allowed))

    def allow(self, origin: str | None, host: str | None) -> bool:
        if origin is None or "*" in self.allowed or origin.lower() in self.allowed:
            return True
        return host is not None and _name(origin) == _name(f"//{host}") is not None


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


class WebSocketFraming:
    """What has come of a WebSocket and is no whole message yet: at most MAX_MESSAGE bytes, counted before they come.

    ``ready`` once the handshake is done, ``closed`` when the connection is to be closed. ``forwarded`` is the header
    X-Forwarded-For, which is worth as much as whoever sent it.
    """

    __slots__ = ("_fragments", "_origins", "_protocol", "_upgrade", "closed", "forwarded", "ready")

    def __init__(self, origins: Origins) -> None:
        self._protocol = ServerProtocol(subprotocols=[SUBPROTOCOL], max_size=MAX_MESSAGE, logger=_log)
        self._origins = origins
        self._fragments: list[bytes] = []
        self._upgrade: bytearray | None = bytearray()
        self.ready = self.closed = False
        self.forwarded: str | None = None

    @property
    def begun(self) -> bool:
        """True if a part of a message waits for its rest."""
        return bool(self._upgrade or self._fragments or self._protocol.reader.buffer)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Each message that is whole now, and PING for a keep-alive of SIP (RFC 7118 section 6).

        Raises ProtocolError, after what came before it, where the connection cannot go on. There may be something to
        ``take`` after it, also where it raises: the peer is told why.
        """
        if self._upgrade is not None:
            data = self._shake_hands(self._upgrade, data)
        if not data or self.closed:
            return
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in _DATA:
                yield from self._data(event)
        problem = self._protocol.parser_exc
        if problem is not None:
            too_large = isinstance(problem, PayloadTooBig)
            raise self._refused(DropReason.TOO_LARGE if too_large else DropReason.BAD_WEBSOCKET, str(problem))
        self.closed = self._protocol.eof_sent

    def wrap(self, message: bytes) -> bytes:
        """A message of ours in a frame: text, unless it is none (RFC 7118 section 5)."""
        if self._protocol.state is not State.OPEN:
            return b""
        try:
            message.decode()
        except UnicodeDecodeError:
            self._protocol.send_binary(message)
        else:
            self._protocol.send_text(message)
        return self.take()

    def ping(self) -> None:
        """Ask whether the peer is there; reverse proxies close what is silent."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"")

    def finish(self) -> None:
        """Say that we leave."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(CloseCode.GOING_AWAY)

    def take(self) -> bytes:
        """What the protocol itself has to say to the peer: its part of the handshake, pongs, closing."""
        return b"".join(self._protocol.data_to_send())

    def _shake_hands(self, head: bytearray, data: bytes) -> bytes:
        """What comes after the HTTP request, once that is whole: the library must not see it before our answer."""
        scanned = max(0, len(head) - len(_END) + 1)
        head += data
        end = head.find(_END, scanned)
        whole = end >= 0
        if not (head.startswith(_BEGIN) or _BEGIN.startswith(head)):
            raise self._refused(DropReason.NOT_WEBSOCKET, "the peer does not speak HTTP here")
        if (end if whole else len(head)) > MAX_UPGRADE:
            raise self._refused(DropReason.TOO_LARGE, "the HTTP request is too large")
        if not whole:
            return b""
        self._upgrade = None
        self._protocol.receive_data(head[: end + len(_END)])
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._accept(event)
        if not self.ready:
            raise self._refused(DropReason.NOT_WEBSOCKET, str(self._protocol.handshake_exc))
        return bytes(head[end + len(_END) :])

    def _refused(self, reason: DropReason, detail: str) -> ProtocolError:
        self.closed = True
        return ProtocolError(0, reason, detail)

    def _accept(self, request: Request) -> None:
        response = self._protocol.accept(request)
        problem = self._protocol.handshake_exc
        if problem is None:
            origin = self._protocol.origin
            if not self._origins.allow(origin, ", ".join(request.headers.get_all("Host")) or None):
                problem = InvalidOrigin(origin)
                text = f"{origin} may not connect here: name it in Belplan's setting 'websocket_origins'.\n"
                response = self._protocol.reject(403, text)
        self._protocol.send_response(response)
        if problem is None:
            self.ready = True
            self.forwarded = ", ".join(request.headers.get_all("X-Forwarded-For")) or None
            return
        if isinstance(problem, InvalidOrigin):
            raise self._refused(DropReason.FOREIGN_ORIGIN, str(problem))
        if isinstance(problem, NegotiationError):
            raise self._refused(DropReason.BAD_WEBSOCKET, "the subprotocol sip is missing")

    def _data(self, frame: Frame) -> Iterator[bytes]:
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            whole = b"".join(self._fragments)
            self._fragments.clear()
            yield PING if whole == PING else whole
        elif len(self._fragments) >= MAX_FRAGMENTS:
            self._protocol.fail(CloseCode.POLICY_VIOLATION, "too many fragments")
            raise self._refused(DropReason.BAD_WEBSOCKET, "a message of too many fragments")
