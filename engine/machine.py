"""What the machine lets one process have: how many files, and so how many connections, may be open at a time."""

from __future__ import annotations

import resource
from typing import Final

from media.files import open_many
from sip.rim.connection import Bounds

FILES_ASKED: Final = 65_536
"""More are of no use: connections are bounded besides."""
FILES_FOR_OTHERS: Final = 512
"""Database, recordings, sockets of media: what must not fail because phones have taken all the rest."""


def open_many_files() -> int:
    """Raise this process's own limit of open files as far as it may; what holds then."""
    return open_many(FILES_ASKED)


def most_connections() -> int:
    """How many connections there may be at a time: as many as Bounds has, if there are files for them."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return Bounds().connections
    return max(1, min(Bounds().connections, files - FILES_FOR_OTHERS, int(files * 0.9)))
