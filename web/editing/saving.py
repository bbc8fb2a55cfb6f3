"""A file replaced as a whole, by one process at a time: a kill at any moment leaves the old one or the new one."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.store.locking import locked
from web.mistakes import refused
from web.words import say

LOCK_FILE = "dialplans.lock"
PATIENCE = 30.0
"""Seconds to wait for somebody else who is saving: their texts may have to be spoken first."""
LEFTOVER = ".belplan-"
NEW_FILE_MODE = 0o644


@contextmanager
def saving_alone(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Nobody else saves a dialplan meanwhile, in this process or another. Raises Mistakes if it takes too long."""
    file = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not locked(file, patience):
            raise refused("", say("Somebody else is saving just now. Try again in a moment."))
        yield
    finally:
        os.close(file)


def replace_file(path: Path, data: bytes) -> None:
    """Have ``data`` in the file, which keeps its mode and its owner; on the disk when this returns. Raises OSError.

    A symbolic link stays one: what it leads to is replaced.
    """
    path = path.resolve()
    _remove_leftovers(path.parent)
    new = path.parent / f"{LEFTOVER}{secrets.token_hex(8)}"
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            _as_before(stream.fileno(), path)
            os.fsync(stream.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _as_before(file: int, path: Path) -> None:
    try:
        before = path.stat()
    except FileNotFoundError:
        os.fchmod(file, NEW_FILE_MODE)
        return
    with contextlib.suppress(PermissionError):
        os.fchown(file, before.st_uid, before.st_gid)
    os.fchmod(file, before.st_mode & 0o7777)


def _remove_leftovers(folder: Path) -> None:
    """What a kill has left behind; whoever calls holds the lock, so nobody is writing it."""
    for left in folder.glob(f"{LEFTOVER}*"):
        left.unlink(missing_ok=True)
