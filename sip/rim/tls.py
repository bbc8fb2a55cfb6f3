"""TLS as a layer of a connection (RFC 8446, 5246): what comes off the network in, what it says out, and the other way.

Without I/O of its own: a connection is counted and bounded from its first byte, before its peer has shown any keys.
asyncio's own TLS tells of a connection only after the handshake, and keeps a buffer of 256 kB for each.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Final

from sip.errors import DropReason, ProtocolError

_HANDSHAKE, _ALERT = 0x16, 0x15
_PIECE: Final = 65_536


@dataclass(slots=True)
class Tls:
    """How we show ourselves to peers that connect (``server``), and judge those we connect to (``client``).

    Each may be replaced at any time: it is for the connections that come after. ``server`` is None where there is no
    certificate, ``client`` where nobody has to be called over TLS yet.
    """

    server: ssl.SSLContext | None = None
    client: ssl.SSLContext | None = None

    def to_connect(self) -> ssl.SSLContext:
        """For a connection of ours; without a context of its own, the machine's authorities decide whom to trust."""
        if self.client is None:
            self.client = client_context()
        return self.client


def client_context(authorities: str | None = None) -> ssl.SSLContext:
    """Trusts peers whose certificate names them and comes from the ``authorities`` (a PEM file; None: the machine's).

    Raises OSError or ssl.SSLError where the file cannot be used.
    """
    return modern(ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=authorities))


def modern(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same, with nothing older than TLS 1.2, and without renegotiation, which only serves attackers."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


class TlsLayer:
    """One end of a TLS connection. ``ready`` once both sides have shown what they must, ``closed`` once the peer ended.

    ``name`` is whom the peer's certificate must name (a host or an IP address) where we connect; None where we accept.
    """

    __slots__ = ("_incoming", "_object", "_outgoing", "_seen", "closed", "ready")

    def __init__(self, context: ssl.SSLContext, name: str | None = None) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=name is None, server_hostname=name)
        self._seen = False
        self.ready = self.closed = False
        if name is not None:
            self._shake_hands()

    def receive(self, data: bytes) -> bytes:
        """What the peer says in ``data``. Raises ProtocolError where the connection cannot go on.

        There may be something to ``take`` after it, also where it raises: the peer is told why.
        """
        if not self._seen:
            if data[0] not in (_HANDSHAKE, _ALERT):
                raise ProtocolError(0, DropReason.NOT_TLS, "the peer does not speak TLS here")
            self._seen = True
        self._incoming.write(data)
        if not self.ready:
            self._shake_hands()
            if not self.ready:
                return b""
        return self._read()

    def send(self, data: bytes) -> None:
        """Once ready; ``take`` has it then. Raises ProtocolError after the peer broke the connection off."""
        try:
            self._object.write(data)
        except ssl.SSLError as error:
            raise _refusal(error) from error

    def finish(self) -> None:
        """Say that nothing more will come (RFC 8446 section 6.1), as far as that can be said."""
        if self.ready:
            try:
                self._object.unwrap()
            except (ssl.SSLError, ValueError):
                return

    def take(self) -> bytes:
        """What is to go to the peer now."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def _shake_hands(self) -> None:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            raise _refusal(error) from error
        except ssl.CertificateError as error:
            raise ProtocolError(0, DropReason.UNTRUSTED_PEER, str(error)) from error
        self.ready = True

    def _read(self) -> bytes:
        pieces = []
        try:
            while piece := self._object.read(_PIECE):
                pieces.append(piece)
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True
        except ssl.SSLError as error:
            if not pieces:
                raise _refusal(error) from error
            self.closed = True  # what came before it counts
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _refusal(error: ssl.SSLError) -> ProtocolError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ProtocolError(0, DropReason.UNTRUSTED_PEER, error.verify_message)
    return ProtocolError(0, DropReason.TLS_FAILED, (error.reason or str(error)).lower().replace("_", " "))
