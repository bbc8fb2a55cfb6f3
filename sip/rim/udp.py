"""SIP over UDP: one socket, drained in batches, each datagram one message; what ICMP says of it is listened to."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

from sip.flow import Address, Flow
from sip.message.bounds import MAX_DATAGRAM
from sip.rim.flows import ListenAddress, OwnAddress, bind

BATCH: Final = 32
"""Datagrams read at one wake before timers and other sockets get their turn."""
BUFFER_BYTES: Final = 4 * 1024 * 1024
"""Asked of the kernel for each direction; it may give less."""
MAX_FLOWS: Final = 50_000
"""Peers whose Flow value is kept for their next datagram."""

_SO_RCVBUFFORCE: Final = 33
_SO_TIMESTAMPNS: Final = 35
_TIMESPEC: Final = struct.Struct("@ll")
_MSG_ERRQUEUE: Final = getattr(socket, "MSG_ERRQUEUE", 0x2000)
_RECEIVE_ERRORS: Final = {
    socket.AF_INET: (socket.IPPROTO_IP, 11),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 25),
}
"""IP_RECVERR and IPV6_RECVERR, which the socket module does not name."""
_EXTENDED_ERROR: Final = struct.Struct("=IBBBxII")
_UNREACHABLE: Final = frozenset({(2, 3), (3, 1)})
"""(origin, type) of ``destination unreachable``: ICMP type 3, ICMPv6 type 1."""


class UdpSocket:
    """A bound UDP socket. ``address`` is what it listens on, with the port the system picked.

    ``feed`` gets each datagram, ``fed`` is called after a batch of them, ``failed`` hears of a peer that ICMP calls
    unreachable (RFC 3261 section 18.4). ``late`` hears, after a full batch, for how many seconds the next one has
    waited. Raises ListenFailed.
    """

    def __init__(
        self,
        wanted: ListenAddress,
        feed: Callable[[bytes, Flow], None],
        fed: Callable[[], None],
        failed: Callable[[Flow], None],
        late: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._late = late
        self._socket = bind(wanted)
        self.address = ListenAddress("udp", wanted.host, self._socket.getsockname()[1])
        self._feed, self._fed, self._failed = feed, fed, failed
        self._own = OwnAddress(self.address)
        self._flows: dict[Address, Flow] = {}
        self._error_option = _RECEIVE_ERRORS[wanted.family]
        self._prepare()
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def _prepare(self) -> None:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF, _SO_RCVBUFFORCE):
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(*self._error_option, 1)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def flow_to(self, remote: Address) -> Flow:
        """The flow between this socket and a peer."""
        flow = self._flows.get(remote)
        if flow is None:
            if len(self._flows) >= MAX_FLOWS:
                self._flows.clear()
            flow = self._flows[remote] = Flow("udp", self._own.towards(remote[0]), remote)
        return flow

    def forget(self) -> None:
        """Ask anew which of our addresses peers see."""
        self._own.forget()
        self._flows.clear()

    def _read(self) -> None:
        receive = self._socket.recvfrom
        for count in range(BATCH):
            try:
                data, source = receive(MAX_DATAGRAM)
            except BlockingIOError:
                if count == 0:
                    self._read_errors()
                break
            except OSError:
                self._read_errors()
            else:
                self._feed(data, self.flow_to(source[:2]))
        else:
            self._note_queue()
        self._fed()

    def _note_queue(self) -> None:
        """There may be more than a batch: look at when the kernel took the next one."""
        with contextlib.suppress(OSError):
            _, ancillary, *_ = self._socket.recvmsg(1, 128, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            for level, kind, data in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= _TIMESPEC.size:
                    seconds, nanoseconds = _TIMESPEC.unpack_from(data)
                    self._late(time.time() - seconds - nanoseconds / 1e9)

    def _read_errors(self) -> None:
        for _ in range(BATCH):
            try:
                _, ancillary, _, peer = self._socket.recvmsg(0, 512, _MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, data in ancillary:
                if (level, kind) == self._error_option and len(data) >= _EXTENDED_ERROR.size:
                    _, origin, icmp_type, *_ = _EXTENDED_ERROR.unpack_from(data)
                    if (origin, icmp_type) in _UNREACHABLE:
                        self._failed(self.flow_to(peer[:2]))

    def send(self, data: bytes, flow: Flow) -> bool:
        """False where the network refuses; a full socket buffer counts as loss on the way, which SIP repairs."""
        for last in (False, True):
            try:
                self._socket.sendto(data, flow.remote)
            except BlockingIOError:
                return True
            except OSError as error:
                # an ICMP error of an earlier datagram is raised here, and then this one has not been sent
                if last or error.errno not in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.EMSGSIZE):
                    return False
                self._read_errors()
            else:
                return True
        return False

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
