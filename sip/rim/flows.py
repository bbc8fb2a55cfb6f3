"""Addresses we listen on, and the address a peer sees of ours where a socket listens on all of them."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sip.flow import Address

MAX_REMEMBERED: Final = 20_000
"""Peers whose view of us is remembered at one time."""
WILDCARDS: Final = frozenset({"0.0.0.0", "::"})

TRANSPORTS: Final = ("udp", "tcp", "tls", "ws", "wss")

_PORT_THAT_NEEDS_NO_LISTENER: Final = 9
_SENTENCES: Final = {
    errno.EADDRINUSE: "port {port} on {host} ({transport}) is in use by another program: stop that one, or choose"
    " another port with the setting 'listen'",
    errno.EADDRNOTAVAIL: "{host} is no address of this machine, so {transport} port {port} cannot be listened on there:"
    " choose another address with the setting 'listen'",
    errno.EACCES: "port {port} on {host} ({transport}) may not be used by this user: choose one above 1023 with the"
    " setting 'listen'",
}


class ListenFailed(Exception):
    """An address cannot be listened on; the text is a sentence for the person who configured it."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """A transport (one of TRANSPORTS), an IP address in text without brackets, and a port (0 lets the system pick)."""

    transport: str
    host: str
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        return family_of(self.host)

    def serves(self, local: Address) -> bool:
        """True if our side of a flow is a socket listening here."""
        host, port = local
        return port == self.port and (
            host == self.host or (self.host in WILDCARDS and family_of(host) == family_of(self.host))
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}:{host}:{self.port}"


def family_of(host: str) -> socket.AddressFamily:
    """The family of an IP address in text."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def is_address(host: str) -> bool:
    """True for an IPv4 or IPv6 address in text."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def bind(address: ListenAddress) -> socket.socket:
    """A bound socket, not yet listening. Raises ListenFailed."""
    if address.transport not in TRANSPORTS:
        known = ", ".join(TRANSPORTS)
        raise ListenFailed(f"{address.transport} is no transport that can be listened on: choose one of {known}")
    stream = address.transport != "udp"
    sock = None
    try:
        sock = socket.socket(address.family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        if stream:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind((address.host, address.port))
        if stream:
            sock.listen()
    except OSError as error:
        if sock is not None:
            sock.close()
        raise ListenFailed(_sentence(address, error)) from error
    return sock


def bind_towards(peer: str, host: str | None) -> socket.socket:
    """A stream socket for a connection to ``peer``, from ``host`` or, if None, from the address that the routing table
    uses. Raises OSError.
    """
    sock = socket.socket(family_of(peer), socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.bind((host or _ask_routing_table(peer) or "", 0))
    except OSError:
        sock.close()
        raise
    return sock


def _sentence(address: ListenAddress, error: OSError) -> str:
    text = _SENTENCES.get(error.errno or 0)
    if text is None:
        return f"{address} cannot be listened on: {error.strerror or error}"
    return text.format(host=address.host, port=address.port, transport=address.transport)


def _ask_routing_table(peer: str) -> str | None:
    """Our address on the way to ``peer``; nothing is sent. None if there is no way."""
    with socket.socket(family_of(peer), socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((peer, _PORT_THAT_NEEDS_NO_LISTENER))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def is_routed(peer: str) -> bool:
    """Whether this machine has a way to an IP address."""
    return _ask_routing_table(peer) is not None


def listener_towards(
    peer: str, listening: Iterable[ListenAddress], ask: Callable[[str], str | None] = _ask_routing_table
) -> ListenAddress | None:
    """From which of our addresses to speak to ``peer`` (an IP address); None if there is none of its family.

    Of several it is the one that the routing table would use, else one that stands for all, else the first.
    """
    fitting = [address for address in listening if address.family == family_of(peer)]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    ours = ask(peer)
    ranked = sorted(fitting, key=lambda address: (address.host != ours, address.host not in WILDCARDS))
    return ranked[0]


class OwnAddress:
    """Which of our addresses a peer reaches: the socket's own, or for a wildcard what the routing table says."""

    def __init__(self, address: ListenAddress, ask: Callable[[str], str | None] = _ask_routing_table) -> None:
        self._address = address
        self._ask = ask
        self._towards: dict[str, str] = {}

    def towards(self, peer: str) -> Address:
        """Our concrete address and port as ``peer`` (an IP address) sees them; without a way to it, the wildcard."""
        if self._address.host not in WILDCARDS:
            return self._address.host, self._address.port
        known = self._towards.get(peer)
        if known is None:
            if len(self._towards) >= MAX_REMEMBERED:
                self._towards.clear()
            known = self._towards[peer] = self._ask(peer) or self._address.host
        return known, self._address.port

    def forget(self) -> None:
        """Ask anew from now on: addresses and routes of a machine change."""
        self._towards.clear()
