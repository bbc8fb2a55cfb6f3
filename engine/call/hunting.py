"""Which targets of a ring plan ring when, and what came of all of them: pure, for live and simulated calls alike.

Seconds are those of any clock that the owner keeps to.
"""

from __future__ import annotations

from collections import deque

from engine.call.ring_plan import UNANSWERED, RingPlan, Target

SOON = 1e-6
"""What is due within so many seconds is due now: timers strike that much too early."""


def _after(target: Target) -> float:
    return target.after


def _due(coming: tuple[float, Target]) -> float:
    return coming[0]


class Hunt:
    """The course of one ringing. Ask ``begin`` until it gives nothing more; then it is ``over``, or wait.

    Waiting ends at ``deadline`` at the latest: then ``expired`` tells for whom it has rung long enough.
    """

    __slots__ = ("_coming", "_ends_at", "_moved_up", "_outcomes", "_until")

    def __init__(self, plan: RingPlan, now: float) -> None:
        several = len(plan.targets) > 1
        targets = sorted(dict.fromkeys(plan.targets), key=_after) if several else plan.targets
        self._coming = deque((now + target.after, target) for target in targets)
        self._moved_up = 0.0
        self._ends_at = now + plan.seconds
        self._until: dict[Target, float] = {}
        self._outcomes: list[str] = []

    def add(self, target: Target, now: float) -> None:
        """A further target, whose ``after`` counts from now on; one that rings already, or will, is not rung twice."""
        known = (*self._until, *(each for _, each in self._coming))
        if any((each.person, each.extension) == (target.person, target.extension) for each in known):
            return
        coming = [*self._coming, (now + target.after + self._moved_up, target)]
        self._coming = deque(sorted(coming, key=_due))

    def begin(self, now: float) -> Target | None:
        """The next target that is to ring now, if any; it rings from here on."""
        if not self._coming or self._ends_at <= now + SOON:
            return None
        due, target = self._coming[0]
        begins = due - self._moved_up
        if begins > now + SOON:
            if self._until:
                return None
            self._moved_up += begins - now
            begins = now
        self._coming.popleft()
        self._until[target] = self._ends_at if target.seconds is None else min(self._ends_at, begins + target.seconds)
        return target

    def end(self, target: Target, outcome: str) -> None:
        """A target rings no longer, and this is what came of it."""
        del self._until[target]
        self._outcomes.append(outcome)

    @property
    def ringing(self) -> list[Target]:
        """Those that have begun and not ended, in the order in which they began."""
        return list(self._until)

    @property
    def over(self) -> bool:
        """Whether nobody rings; after ``begin`` gave nothing more, nobody will."""
        return not self._until

    @property
    def deadline(self) -> float:
        """When a target begins or has rung long enough. Only while somebody rings."""
        ends = min(self._until.values())
        return min(ends, self._coming[0][0] - self._moved_up) if self._coming else ends

    def expired(self, now: float) -> list[Target]:
        """Those that have rung as long as they should."""
        return [target for target, until in self._until.items() if until <= now + SOON]

    @property
    def outcome(self) -> str:
        """What it comes to when nobody answered: the most telling of what came of each target."""
        return next((telling for telling in UNANSWERED if telling in self._outcomes), "not_registered")
