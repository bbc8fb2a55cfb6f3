"""Requests too large for UDP go over TCP where the other side can, else over UDP all the same (RFC 3261 18.1.1).

The transaction stays one over UDP and repeats its request until there is an answer, so that a failed attempt at TCP
does it no harm. Once TCP has worked, all requests to that peer take that connection while it lives: a CANCEL or ACK
takes the way of its INVITE.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sip.flow import Address, Flow
from sip.rim.tcp import TcpSockets

MAX_UDP_REQUEST: Final = 1_300
"""Bytes; section 18.1.1's figure where the path's MTU is not known."""
CONNECT_SECONDS: Final = 1.0
"""A phone behind a router swallows the attempt, and its call waits so long; other requests do not wait at all."""
REFUSAL_SECONDS: Final = 600.0
"""For so long a peer that could not be reached by TCP is not tried again."""
MAX_REFUSALS: Final = 10_000

_RESPONSE: Final = b"SIP/2.0 "
_OVER_UDP: Final = b"\r\nVia: SIP/2.0/UDP "
_OVER_TCP: Final = b"\r\nVia: SIP/2.0/TCP "


class LargeRequests:
    """Watches what goes to UDP flows."""

    def __init__(self, tcp: TcpSockets, send_by_udp: Callable[[bytes, Flow], None], now: Callable[[], float]) -> None:
        self._tcp = tcp
        self._send_by_udp = send_by_udp
        self._now = now
        self._over: dict[Flow, Flow] = {}
        self._refused: dict[Address, float] = {}

    def take(self, data: bytes, flow: Flow) -> bool:
        """True if this message for a UDP flow is cared for here; False if it is to go as it is."""
        if len(data) <= MAX_UDP_REQUEST and not self._over:
            return False
        if data.startswith(_RESPONSE):
            return False
        connection = self._over.get(flow)
        if connection is not None and not self._tcp.alive(connection):
            self._refuse(flow)
            return False
        if connection is None:
            if len(data) <= MAX_UDP_REQUEST or self._refused.get(flow.remote, 0.0) > self._now():
                return False
            connection = self._tcp.open(
                flow.remote, lambda queued: self._fall_back(queued, flow), patience=CONNECT_SECONDS
            )
            if connection is None:
                return False
            self._forget_the_dead()
            self._over[flow] = connection
        elif len(data) <= MAX_UDP_REQUEST and not self._tcp.up(connection):
            return False
        return self._tcp.send(data.replace(_OVER_UDP, _OVER_TCP, 1), connection)

    def _fall_back(self, queued: list[bytes], flow: Flow) -> None:
        self._refuse(flow)
        for data in queued:
            self._send_by_udp(data.replace(_OVER_TCP, _OVER_UDP, 1), flow)

    def _refuse(self, flow: Flow) -> None:
        self._over.pop(flow, None)
        if len(self._refused) >= MAX_REFUSALS:
            self._refused.clear()
        self._refused[flow.remote] = self._now() + REFUSAL_SECONDS

    def _forget_the_dead(self) -> None:
        for flow in [flow for flow, connection in self._over.items() if not self._tcp.alive(connection)]:
            self._refuse(flow)
