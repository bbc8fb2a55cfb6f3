"""Whether a provider is there, told from its answers to OPTIONS: down after some failures, up after one success."""

from __future__ import annotations

from typing import Final

FAILURES: Final = 3
"""So many questions in a row that get no answer, and the trunk is down."""
FAST_SECONDS: Final = 2.0
"""After a failure the next question comes so soon, while the trunk is not down yet."""


class Health:
    """One trunk's. ``check`` is the seconds between questions; 0: none is ever due, and it stays up."""

    def __init__(self, check: float, now: float) -> None:
        self.up = True
        self._check = check
        self._failures = 0
        self.next_at: float | None = now + min(FAST_SECONDS, check) if check else None

    def answered(self, now: float) -> bool:
        """Something came back, whatever it says. True if the trunk was down before."""
        came_up, self.up, self._failures = not self.up, True, 0
        self._plan(now + self._check)
        return came_up

    def silent(self, now: float) -> bool:
        """Nothing came back. True if the trunk is down from now on."""
        self._failures += 1
        goes_down = self.up and self._failures >= FAILURES
        self.up = self._failures < FAILURES
        self._plan(now + (min(FAST_SECONDS, self._check) if self.up else self._check))
        return goes_down

    def suspect(self, now: float) -> None:
        """A call found it silent: that counts, and the next question comes at once."""
        if self._check:
            self._failures = max(self._failures, FAILURES - 1)
            self._plan(now)

    def _plan(self, at: float) -> None:
        self.next_at = at if self._check else None
