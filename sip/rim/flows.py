"""Addresses we listen on, and the address a peer sees of ours where a socket listens on all of them."""

from __future__ import annotations

import ipaddress
import socket
from collections import OrderedDict
from dataclasses import dataclass

from sip.flow import Address

MAX_REMEMBERED = 20_000
"""Peers whose view of us is remembered; beyond, the one not used longest is asked for anew."""
WILDCARDS = frozenset({"0.0.0.0", "::"})


class ListenFailed(Exception):
    """An address cannot be listened on; the text is a sentence for the person who configured it."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """A transport (``udp`` or ``tcp``), an IP address in text without brackets, and a port (0 lets the system pick)."""

    transport: str
    host: str
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}:{host}:{self.port}"


def bind(address: ListenAddress) -> socket.socket:
    """A bound socket, not yet listening. Raises ListenFailed."""
    kind = socket.SOCK_DGRAM if address.transport == "udp" else socket.SOCK_STREAM
    try:
        sock = socket.socket(address.family, kind)
    except OSError as error:
        raise ListenFailed(f"{address} cannot be used on this machine: {error.strerror}") from error
    try:
        if address.transport == "tcp":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind((address.host, address.port))
    except OSError as error:
        sock.close()
        if error.errno == 98:
            raise ListenFailed(
                f"{address} is in use by another program; stop that one, or choose another port with 'listen'"
            ) from error
        raise ListenFailed(f"{address} cannot be listened on: {error.strerror}") from error
    return sock


class OwnAddress:
    """Which of our addresses a peer reaches: the socket's own, or for a wildcard what the routing table says."""

    def __init__(self, address: ListenAddress) -> None:
        self._address = address
        self._towards: OrderedDict[str, str] = OrderedDict()

    def towards(self, peer: str) -> Address:
        """Our concrete address and port as ``peer`` (an IP address) sees them."""
        if self._address.host not in WILDCARDS:
            return self._address.host, self._address.port
        known = self._towards.get(peer)
        if known is None:
            known = self._towards[peer] = _ask_routing_table(self._address.family, peer) or self._address.host
            if len(self._towards) > MAX_REMEMBERED:
                self._towards.popitem(last=False)
        return known, self._address.port


def _ask_routing_table(family: socket.AddressFamily, peer: str) -> str | None:
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((peer, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def is_address(host: str) -> bool:
    """True for an IPv4 or IPv6 address in text."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
