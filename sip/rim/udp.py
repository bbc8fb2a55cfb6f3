"""SIP over UDP: one socket, drained in batches, each datagram one message."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import OrderedDict
from collections.abc import Callable

from sip.flow import Address, Flow
from sip.message.bounds import MAX_DATAGRAM
from sip.rim.flows import WILDCARDS, ListenAddress, OwnAddress, bind

BATCH = 64
"""Datagrams read at one wake before timers and other sockets get their turn."""
BUFFER_BYTES = 4 * 1024 * 1024
MAX_FLOWS = 50_000
"""Peers whose Flow value is kept for their next datagram."""

Feed = Callable[[bytes, Flow], None]


class UdpSocket:
    """A bound UDP socket. ``address`` is what it listens on, with the port the system picked."""

    def __init__(self, wanted: ListenAddress, feed: Feed, done: Callable[[], None]) -> None:
        self._socket = bind(wanted)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        self.address = ListenAddress("udp", wanted.host, self._socket.getsockname()[1])
        self._own = OwnAddress(self.address)
        self._feed = feed
        self._done = done
        self._flows: OrderedDict[Address, Flow] = OrderedDict()
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def carries(self, flow: Flow) -> bool:
        """True if the flow is one of this socket's."""
        host, port = self.address.host, self.address.port
        return port == flow.local[1] and (
            host == flow.local[0] or (host in WILDCARDS and (":" in host) == (":" in flow.local[0]))
        )

    def flow_to(self, remote: Address) -> Flow:
        """The flow between this socket and a peer."""
        flow = self._flows.get(remote)
        if flow is None:
            flow = self._flows[remote] = Flow("udp", self._own.towards(remote[0]), remote)
            if len(self._flows) > MAX_FLOWS:
                self._flows.popitem(last=False)
        return flow

    def _read(self) -> None:
        receive = self._socket.recvfrom
        for _ in range(BATCH):
            try:
                data, source = receive(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                continue  # an ICMP error of something sent earlier
            self._feed(data, self.flow_to((source[0], source[1])))
        self._done()

    def send(self, data: bytes, flow: Flow) -> bool:
        """False where the network refuses; a full socket buffer counts as loss on the way, which SIP repairs."""
        try:
            self._socket.sendto(data, flow.remote)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        return True

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
