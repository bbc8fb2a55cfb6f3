"""Where a URI leads: a transport, an IP address and a port (RFC 3263, without NAPTR and SRV records)."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Final

from sip.flow import DEFAULT_PORT, Address
from sip.message.values import Uri
from sip.rim.flows import is_address

RESOLVE_SECONDS: Final = 4.0
_FAMILIES: Final = frozenset({socket.AF_INET, socket.AF_INET6})
MAX_TARGETS: Final = 8
"""Addresses of one name that are tried."""


class Unreachable(Exception):
    """There is no way to a URI; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send; ``host`` is an IP address in text."""

    transport: str
    host: str
    port: int

    @property
    def remote(self) -> Address:
        return self.host, self.port


def numeric_target(uri: Uri) -> Target | None:
    """The target of a URI whose host is an IP address, None for a name. Raises Unreachable."""
    transport = _transport(uri)
    if not is_address(uri.host):
        return None
    return Target(transport, uri.host, uri.port or DEFAULT_PORT)


async def resolve(uri: Uri) -> list[Target]:
    """The targets of a URI, to be tried in this order. Raises Unreachable."""
    numeric = numeric_target(uri)
    if numeric is not None:
        return [numeric]
    port = uri.port or DEFAULT_PORT
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(uri.host, port, type=socket.SOCK_DGRAM)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise Unreachable(f"the name {uri.host} leads nowhere: {error or 'no answer'}") from error
    hosts = dict.fromkeys(str(address[0]) for family, _, _, _, address in found if family in _FAMILIES)
    return [Target(_transport(uri), host, port) for host in list(hosts)[:MAX_TARGETS]]


def _transport(uri: Uri) -> str:
    if uri.scheme != "sip" or not uri.host:
        raise Unreachable(f"there is no way to a {uri.scheme} URI")
    return (uri.param("transport") or "udp").lower()
