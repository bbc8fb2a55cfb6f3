"""The UDP sockets of a leg: an even port for RTP, the odd one above it for RTCP (RFC 3550 section 11)."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from dataclasses import dataclass

_libc = ctypes.CDLL(None, use_errno=True)
_UNSPECIFIED = (ctypes.c_char * 16)()


@dataclass(slots=True)
class PortPair:
    """Two bound, non-blocking sockets."""

    address: str
    port: int
    rtp: socket.socket
    rtcp: socket.socket

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


def open_pair(address: str, port: int) -> PortPair:
    """Bind ``port`` and ``port`` + 1 on a literal address. Raises OSError (EADDRINUSE when another program has one)."""
    rtp = _bind(address, port)
    try:
        rtcp = _bind(address, port + 1)
    except OSError:
        rtp.close()
        raise
    return PortPair(address, port, rtp, rtcp)


def _bind(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound


def disconnect(connected: socket.socket) -> None:
    """Let a connected UDP socket hear everybody again (connect to AF_UNSPEC, which the socket module cannot say)."""
    if _libc.connect(connected.fileno(), _UNSPECIFIED, len(_UNSPECIFIED)) != 0:
        failed = ctypes.get_errno()
        if failed != errno.EAFNOSUPPORT:
            raise OSError(failed, os.strerror(failed))
