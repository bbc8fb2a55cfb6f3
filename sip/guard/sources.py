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
        all_ = tuple(networks)
        self._single = frozenset(str(each.network_address) for each in all_ if each.prefixlen == each.max_prefixlen)
        self._ipv4 = tuple(
            (int(each.netmask), int(each.network_address))
            for each in all_
            if each.version == 4 and each.prefixlen < each.max_prefixlen
        )
        self._ipv6 = tuple(each for each in all_ if each.version == 6)

    def holds(self, source: str) -> bool:
        """Whether a source lies in one of them; a /64 does if all of it does, or if one of its addresses is named."""
        if source in self._single:
            return True
        if ":" in source:
            return bool(self._ipv6) and self._overlaps(source)
        if not self._ipv4:
            return False
        value = _ipv4(source)
        return value is not None and any(value & mask == wanted for mask, wanted in self._ipv4)

    def _overlaps(self, source: str) -> bool:
        try:
            asked = network(source)
        except ValueError:
            return False
        return any(each.version == asked.version and each.overlaps(asked) for each in self._ipv6)


def _ipv4(text: str) -> int | None:
    """An address the kernel wrote, as a number; several times as fast as ``ipaddress``, which checks what it is."""
    try:
        first, second, third, fourth = text.split(".")
        return int(first) << 24 | int(second) << 16 | int(third) << 8 | int(fourth)
    except ValueError:
        return None
