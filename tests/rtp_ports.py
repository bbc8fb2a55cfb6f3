"""Ports for the media of a test, that neither another test process nor another program uses."""

from __future__ import annotations

import os
import socket

FIRST, BAND = 10_000, 5_000
"""Each test process has a band of its own, below the ports that the system picks by itself (from 32768)."""

_next = 0


def rtp_range(count: int) -> tuple[int, int]:
    """The first and the last of ``count`` free ports in a row, an even number first."""
    global _next
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = FIRST + (worker % 4) * BAND
    for _ in range(BAND // count):
        if _next + count > BAND:
            _next = 0
        low = first + _next
        _next += count + count % 2
        if all(_is_free(port) for port in range(low, low + count)):
            return low, low + count - 1
    raise RuntimeError(f"no {count} free ports in a row in {first}-{first + BAND - 1}")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("", port))
        except OSError:
            return False
        return True
