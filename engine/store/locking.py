"""A lock between processes, on an open file. The kernel frees it when the file is closed, or its process dies."""

from __future__ import annotations

import fcntl
import time
from typing import Final

LOOK_AGAIN: Final = 0.02


def locked(file: int, patience: float = 0.0) -> bool:
    """Whether this process has the lock now: others that keep it are waited for, at most ``patience`` seconds."""
    give_up_at = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= give_up_at:
                return False
            time.sleep(LOOK_AGAIN)
