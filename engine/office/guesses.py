"""Wrong PINs across all calls of an account: whoever tries again and again is not asked any more for a while."""

from __future__ import annotations

from collections import deque

MOST_WRONG = 10
WITHIN_SECONDS = 3600.0
"""So many wrong PINs within so long, and nobody is asked until the oldest of them is so long ago."""
MAX_PROTECTED = 1000


class Guesses:
    """What is protected goes by its name, such as ``greeting``."""

    def __init__(self) -> None:
        self._wrong: dict[str, deque[float]] = {}

    def may_try(self, what: str, now: float) -> bool:
        """Whether a PIN for ``what`` may be tried at ``now`` (seconds since the epoch)."""
        wrong = self._wrong.get(what)
        return wrong is None or len(wrong) < MOST_WRONG or now - wrong[0] >= WITHIN_SECONDS

    def was_wrong(self, what: str, now: float) -> None:
        """Count a wrong PIN. A right one takes none back: it would let a guesser go on who knows another's PIN."""
        if what not in self._wrong and len(self._wrong) >= MAX_PROTECTED:
            del self._wrong[next(iter(self._wrong))]
        self._wrong.setdefault(what, deque(maxlen=MOST_WRONG)).append(now)
