"""Which address of ours a peer is told: the socket's own, or, outside our own networks, the router's before us."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PRIVATE: Final = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
    *("fc00::/7", "fe80::/10", "::1/128"),
)
"""Networks whose addresses mean nothing outside (RFC 1918, 3927, 4193, 4291)."""
MAX_REMEMBERED: Final = 20_000
"""Peers of whom it is remembered where they are."""


class Facing:
    """``advertised`` is the address outside, None while there is none; ``local`` are our own networks."""

    def __init__(self, advertised: str | None = None, local: Iterable[str] = PRIVATE) -> None:
        self.advertised = advertised
        self._local = tuple(ipaddress.ip_network(network) for network in local)
        self._outside: dict[str, bool] = {}

    def towards(self, peer: str, own: str) -> str:
        """The address that ``peer`` is told for our ``own``, both IP addresses in text."""
        advertised = self.advertised
        if advertised is None or (":" in advertised) != (":" in own) or not self.is_outside(peer):
            return own
        return advertised

    def is_outside(self, peer: str) -> bool:
        """Whether an address is in none of our own networks."""
        known = self._outside.get(peer)
        if known is None:
            if len(self._outside) >= MAX_REMEMBERED:
                self._outside.clear()
            known = self._outside[peer] = not self._is_local(peer)
        return known

    def _is_local(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address.version == network.version and address in network for network in self._local)
