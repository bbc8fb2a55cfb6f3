"""All sockets of a user agent: listens, finds the way to a peer, and sends over it."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from sip.errors import ProtocolError
from sip.flow import Address, Flow, default_port
from sip.message.values import Via, split_list
from sip.rim import connection
from sip.rim.connection import Bounds
from sip.rim.flows import ListenAddress, listener_towards
from sip.rim.large import LargeRequests
from sip.rim.resolver import Target, Unreachable
from sip.rim.tcp import CONNECTABLE, Policy, TcpSockets
from sip.rim.udp import UdpSocket

_RESPONSE: Final = b"SIP/2.0 "
_VIA: Final = b"\r\nVia: "


class Receiver(connection.Receiver, Protocol):
    """Whom the sockets serve. ``send_failed`` is not called from within ``send``, so that it may send."""

    def send_failed(self, flow: Flow) -> None: ...
    def late(self, seconds: float) -> None: ...


class Sockets:
    """All transports behind one face."""

    def __init__(self, receiver: Receiver, bounds: Bounds, policy: Policy | None = None) -> None:
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._udp: list[UdpSocket] = []
        self._udp_by_local: dict[Address, UdpSocket] = {}
        self.tcp = TcpSockets(receiver, bounds, policy)
        self._large = LargeRequests(self.tcp, self._send_by_udp, receiver.now)

    async def listen(self, address: ListenAddress) -> ListenAddress:
        """The address with the port the system picked. Raises ListenFailed."""
        if address.transport != "udp":
            return await self.tcp.listen(address)
        self._udp.append(
            UdpSocket(address, self._receiver.feed, self._receiver.fed, self._fail_soon, self._receiver.late)
        )
        return self._udp[-1].address

    # --- ways -------------------------------------------------------------------------------------------------------

    def way_to(self, target: Target) -> Flow:
        """A flow to an address, over a connection that is there or a new one. Raises Unreachable."""
        if target.transport in CONNECTABLE:
            flow = self.tcp.flow_to(target.remote, target.transport, target.name if target.transport == "tls" else "")
            if flow is not None:
                return flow
        elif target.transport == "udp":
            sock = self._udp_towards(target.host)
            if sock is not None:
                return sock.flow_to(target.remote)
        raise Unreachable(f"nothing here speaks {target.transport} with {target.host}")

    def still(self, flow: Flow) -> Flow | None:
        """The way a registration came, as far as it is there; a process before this one may have noted it."""
        if flow.reliable:
            return flow if self.tcp.alive(flow) else None
        if self._udp_from(flow.local) is not None:
            return flow
        sock = self._udp_towards(flow.remote[0])
        return None if sock is None else sock.flow_to(flow.remote)

    def forget(self) -> None:
        """Ask anew which of our addresses peers see."""
        self.tcp.forget()
        for sock in self._udp:
            sock.forget()

    def _udp_from(self, local: Address) -> UdpSocket | None:
        """The socket that listens on ``local``."""
        sock = self._udp_by_local.get(local)
        if sock is None:
            sock = next((each for each in self._udp if each.address.serves(local)), None)
            if sock is not None:
                self._udp_by_local[local] = sock
        return sock

    def _udp_towards(self, host: str) -> UdpSocket | None:
        listening = [each.address for each in self._udp]
        chosen = listener_towards(host, listening)
        return None if chosen is None else self._udp[listening.index(chosen)]

    # --- sending ----------------------------------------------------------------------------------------------------

    def send(self, data: bytes, flow: Flow) -> None:
        """Send one message; ``send_failed`` follows where there is no way."""
        if flow.reliable:
            sent = self.tcp.send(data, flow) or (data.startswith(_RESPONSE) and self._send_back(data, flow))
            if not sent:
                self._fail_soon(flow)
        elif not self._large.take(data, flow):
            self._send_by_udp(data, flow)

    def _send_by_udp(self, data: bytes, flow: Flow) -> None:
        sock = self._udp_from(flow.local)
        if sock is None or not sock.send(data, flow):
            self._fail_soon(flow)

    def _send_back(self, data: bytes, flow: Flow) -> bool:
        """A response whose connection is gone goes to the port that its Via names (RFC 3261 section 18.2.2)."""
        via = _top_via(data)
        if via is None or flow.transport not in CONNECTABLE:
            return False
        remote = (flow.remote[0], via.port or default_port(flow.transport))
        again = self.tcp.flow_to(remote, flow.transport, via.host if flow.transport == "tls" else "")
        return again is not None and self.tcp.send(data, again)

    def _fail_soon(self, flow: Flow) -> None:
        self._loop.call_soon(self._receiver.send_failed, flow)

    async def close(self) -> None:
        """Send what is left and close them all; nobody is told."""
        await self.tcp.close()
        self._udp_by_local.clear()
        while self._udp:
            self._udp.pop().close()


def _top_via(response: bytes) -> Via | None:
    """Where a response of ours is to go back to; None if its Via, which is the peer's, cannot be read."""
    start = response.find(_VIA) + len(_VIA)
    line = response[start : response.find(b"\r\n", start)].decode("utf-8", "replace")
    try:
        return Via.parse(split_list(line)[0])
    except (ProtocolError, IndexError):
        return None
