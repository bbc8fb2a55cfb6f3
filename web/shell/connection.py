"""A visitor's connection: uvicorn's, but nobody may take for ever over asking or over reading the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
"""How long a request may take up to its body, from the first byte or, at first, from the connection."""
READ_SECONDS: Final = 60.0
"""How long a visitor may read nothing of an answer that waits for them."""
MAX_OF_SOURCE: Final = 100
"""Connections that one address may have. Proxies, through which many come, are exempt."""


class Connection(H11Protocol):
    """Is aborted where its peer is too slow, or has too many of them."""

    proxies: ClassVar[tuple[IPv4Network | IPv6Network, ...]] = ()
    _asking: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait_for_head()
        if self._host and not self._of_proxy() and self._of_same_source() > MAX_OF_SOURCE:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait_for_head()
        else:
            self._head_is_here()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._all_is_read()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        self._all_is_read()
        super().connection_lost(exc)

    @property
    def _host(self) -> str:
        return self.client[0] if self.client else ""

    def _of_proxy(self) -> bool:
        address = ip_address(self._host.partition("%")[0])
        return any(address in network for network in self.proxies)

    def _of_same_source(self) -> int:
        return sum(isinstance(each, Connection) and each._host == self._host for each in self.connections)

    def _wait_for_head(self) -> None:
        if self._asking is None:
            self._asking = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_is_here(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _all_is_read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None


def connections_behind(proxies: Sequence[IPv4Network | IPv6Network]) -> type[Connection]:
    """The class of connections where those proxies are trusted."""
    return type("Connection", (Connection,), {"proxies": tuple(proxies)})
