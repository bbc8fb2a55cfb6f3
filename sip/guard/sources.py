"""Who sent a packet, as far as floods and bans go: an IPv4 address, or the /64 of an IPv6 one.

Whoever has one IPv6 address has 2**64 of them, all in one /64; counting single ones would count nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

IPV6_PREFIX: Final = 64
MAX_CACHED: Final = 8_192
"""Addresses whose source is kept in its written form."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def source_of(host: str) -> str:
    """The source of an address: ``192.0.2.7`` as it is, ``2001:db8::7`` as ``2001:db8::/64``."""
    return host if ":" not in host else _source_of_ipv6(host)


@lru_cache(MAX_CACHED)
def _source_of_ipv6(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, IPV6_PREFIX), strict=False))


def network(text: str) -> Network:
    """An address or a network as people write it; raises ValueError."""
    return ipaddress.ip_network(text.strip(), strict=False)


class Networks:
    """A few networks, asked for many sources."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._networks)

    def holds(self, source: str) -> bool:
        """Whether a source lies in one of them; a /64 does if all of it does, or if one of its addresses is named."""
        known = self._known.get(source)
        if known is None:
            if len(self._known) >= MAX_CACHED:
                self._known.clear()
            known = self._known[source] = self._looked_up(source)
        return known

    def _looked_up(self, source: str) -> bool:
        try:
            asked = network(source)
        except ValueError:
            return False
        return any(each.version == asked.version and each.overlaps(asked) for each in self._networks)
