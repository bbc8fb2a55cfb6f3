"""So much at a time and no more: what costs a second of the machine's time waits for its turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from web.mistakes import refused
from web.words import say

PATIENCE: Final = 15.0


class Turns:
    """``most`` at a time; whoever waits longer than PATIENCE is sent away."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    @contextmanager
    def one(self, patience: float = PATIENCE) -> Iterator[None]:
        """Wait for a turn and keep it inside the block. Raises Mistakes where none comes."""
        if not self._free.acquire(timeout=patience):
            raise refused("", say("The machine is busy with other work of this kind. Try again in a moment."))
        try:
            yield
        finally:
            self._free.release()
