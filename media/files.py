"""How many files, sockets among them, this process may have open at a time."""

from __future__ import annotations

import contextlib
import resource


def open_many(most: int) -> int:
    """Raise the process's own limit as far as it may, up to ``most``; what holds then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return most
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if soft >= wanted:
        return soft
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft
