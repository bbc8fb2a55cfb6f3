"""Keys in the state folder: random bytes in a file of their own, made when they are first needed."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from engine.store.database import StoreFailed

KEY_BYTES = 32


class KeyedHash:
    """HMAC-SHA256 under one key: who has the database alone cannot try out what a short secret may have been."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, text: str, about: str) -> str:
        """The hash in hexadecimal; the same text has another one ``about`` something else."""
        return hmac.new(self._key, f"{about}\0{text}".encode(), hashlib.sha256).hexdigest()


def key_beside(folder: Path, name: str) -> bytes:
    """The key called ``name``, made if there is none; only its owner can read it. Raises StoreFailed."""
    path = folder / name
    try:
        make_once(path, os.urandom(KEY_BYTES))
        key = path.read_bytes()
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as problem:
        raise StoreFailed(f"the key {path} cannot be used: {problem.strerror or problem}") from None
    if len(key) != KEY_BYTES:
        raise StoreFailed(f"{path} is no key of Belplan's: bring back the one that belongs to this database")
    return key


def make_once(path: Path, secret: bytes) -> None:
    """Write a file that only its owner can read where there is none, whole or not at all, also if two begin at once."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, secret)
        os.fsync(file)
    finally:
        os.close(file)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
