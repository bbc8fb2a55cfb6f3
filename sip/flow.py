"""A flow: the addresses and the transport over which messages to and from one peer travel (RFC 5626 section 2)."""

from __future__ import annotations

from dataclasses import dataclass

Address = tuple[str, int]
"""An IP address in text (no brackets, no zone) and a port."""

DEFAULT_PORT = 5060
"""Of UDP and TCP, where neither a URI nor a Via names another (RFC 3261 sections 18.2.2, 19.1.2)."""

DEFAULT_PORTS = {"tls": 5061, "ws": 80, "wss": 443}
"""Of the other transports (RFC 3261 section 19.1.2, RFC 7118 section 8)."""

SECURE_TRANSPORTS = frozenset({"tls", "wss"})
RELIABLE_TRANSPORTS = frozenset({"tcp", "tls", "ws", "wss"})


def default_port(transport: str) -> int:
    """Of a transport, in lower case."""
    return DEFAULT_PORTS.get(transport, DEFAULT_PORT)


@dataclass(frozen=True, slots=True)
class Flow:
    """One peer as seen by one of our sockets; equal flows are the same path.

    ``local`` is concrete: an address the peer can answer to, also where the socket listens on a wildcard.
    ``connection`` tells connections of a reliable transport apart; it is 0 for datagrams.
    """

    transport: str
    local: Address
    remote: Address
    connection: int = 0

    @property
    def reliable(self) -> bool:
        """True where the transport itself retransmits, so that SIP must not (RFC 3261 section 17)."""
        return self.transport in RELIABLE_TRANSPORTS
