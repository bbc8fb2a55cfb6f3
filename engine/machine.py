"""What the machine lets one process have: how many files, and so how many connections, may be open at a time."""

from __future__ import annotations

import contextlib
import resource
from typing import Final

from sip.rim.connection import Bounds

FILES_ASKED: Final = 65_536
"""More are of no use: connections are bounded besides."""
FILES_FOR_OTHERS: Final = 512
"""Database, recordings, sockets of media: what must not fail because phones have taken all the rest."""


def open_many_files() -> int:
    """Raise this process's own limit of open files as far as it may; what holds then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_ASKED if hard == resource.RLIM_INFINITY else min(hard, FILES_ASKED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
    return FILES_ASKED if soft == resource.RLIM_INFINITY else soft


def most_connections() -> int:
    """How many connections there may be at a time: as many as Bounds has, if there are files for them."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return Bounds().connections
    return max(1, min(Bounds().connections, files - FILES_FOR_OTHERS, int(files * 0.9)))
