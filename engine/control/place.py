"""Where the control door is: a socket in the state folder, which only the user who runs Belplan may look into."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from engine.settings import Settings

NAME = "control"
MODE = 0o600
LONGEST_PATH = 100
"""Bytes of a path that a socket's address has room for (107, unix(7))."""


def door_of(settings: Settings) -> Path:
    """The socket."""
    return settings.state / NAME


@contextlib.contextmanager
def address_of(path: Path) -> Iterator[str]:
    """The address to bind or connect to inside the block: a long path is gone through by way of its open folder."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def bound(path: Path, backlog: int) -> socket.socket:
    """A socket that listens there, in place of one that a killed engine has left. Raises OSError.

    The state folder keeps others out already; the socket's own mode does so once more.
    """
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address_of(path) as address:
            listening.bind(address)
        path.chmod(MODE)
        listening.listen(backlog)
    except BaseException:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def connected(path: Path, seconds: float) -> socket.socket:
    """A blocking socket that is connected to the door. Raises OSError."""
    talking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        talking.settimeout(seconds)
        with address_of(path) as address:
            talking.connect(address)
    except BaseException:
        talking.close()
        raise
    return talking
