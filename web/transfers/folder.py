"""Where invoices and signed letters are kept: in the state folder, under random names, readable by Belplan alone."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from web.transfers.order import Document

NAME_BYTES: Final = 16
FOLDER: Final = "transfers"
LOCK: Final = "lock"

_NAME = re.compile(r"[0-9a-f]{32}")


class Folder:
    """The files of all orders. Nothing that anybody typed is part of a name."""

    def __init__(self, state: Path) -> None:
        self._path = state / FOLDER

    def keep(self, data: bytes, kind: str) -> Document:
        """Write a file, which is on the disk when this returns."""
        self._path.mkdir(mode=0o700, exist_ok=True)
        name = secrets.token_hex(NAME_BYTES)
        file = os.open(self._path / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        return Document(name, kind, len(data), hashlib.sha256(data).hexdigest())

    def read(self, document: Document) -> bytes:
        """The file as it was kept. Raises OSError where it is gone, or is not the same any more."""
        data = self._at(document.file).read_bytes()
        if hashlib.sha256(data).hexdigest() != document.digest:
            raise OSError(f"{document.file} is not what was kept")
        return data

    def remove(self, document: Document) -> None:
        """Forget a file that no order needs."""
        self._at(document.file).unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process is in here meanwhile. The kernel frees the lock of one that is killed."""
        self._path.mkdir(mode=0o700, exist_ok=True)
        file = os.open(self._path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def _at(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise OSError(f"{name!r} is no file of an order")
        return self._path / name
