"""The seconds of a conversation with somebody outside, taken from what there are today: the same live and simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Final, Literal, Protocol

from engine.call.ring_plan import OutsideTarget, Target
from engine.events import CallEvent
from engine.office.outside import Purse
from engine.outside_events import CeilingReached, MinutesEnding
from media.commands import Sound, Tone

STEP_SECONDS: Final = 60.0
"""So much is taken at a time: what a kill counts too much, at most."""
WARNED_BEFORE: Final = 60.0
"""So long before the end of what may be used both sides hear ``WARNING``."""
WARNING: Final[tuple[Sound, ...]] = (Tone("beep"),)
NO_MINUTES: Final = "no minutes for calls to the outside are left today"
_NOTHING: Final = 1e-3

Notice = Literal["warn", "over", "ceiling"]


class Meter:
    """One conversation's. Times are those of ``now``, seconds of any clock."""

    def __init__(self, purses: Sequence[Purse]) -> None:
        self._purses = tuple(purses)
        self._paid_until = inf
        self._running = False
        self._warned = False
        self._ceiling = False

    def begin(self, now: float) -> None:
        """It costs from now on."""
        if self._purses:
            self._running, self._paid_until = True, now
            self._pay()

    def wait(self, now: float) -> float | None:
        """For how many seconds nothing is to be done; None: for ever."""
        if not self._running:
            return None
        at = self._paid_until if self._warned else min(self._paid_until, self._paid_until + self._left - WARNED_BEFORE)
        return 0.0 if self._ceiling else max(0.0, at - now)

    def step(self, now: float) -> list[Notice]:
        """Take what is needed; what there is to be told."""
        notices: list[Notice] = []
        if now >= self._paid_until - _NOTHING:
            self._pay()
        if self._ceiling:
            notices.append("ceiling")
            self._ceiling = False
        if self._paid_until <= now + _NOTHING:
            return [*notices, "over"]
        if not self._warned and self._paid_until + self._left - now <= WARNED_BEFORE + _NOTHING:
            self._warned = True
            notices.append("warn")
        return notices

    def end(self, now: float) -> None:
        """It is over: what was not used is given back. Once."""
        if self._running:
            self._running = False
            unused = max(0.0, self._paid_until - now)
            for purse in self._purses:
                purse.take(-unused)

    @property
    def _left(self) -> float:
        return min((purse.left for purse in self._purses), default=inf)

    def _pay(self) -> None:
        seconds = min(STEP_SECONDS, self._left)
        if seconds <= _NOTHING:
            return
        self._paid_until += seconds
        for purse in self._purses:
            self._ceiling = purse.take(seconds) or self._ceiling


class Telling(Protocol):
    """A call, live or simulated."""

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...


def tell(call: Telling, target: Target, notice: Notice) -> None:
    """What a meter wants to be told of the conversation with a target."""
    if not isinstance(target, OutsideTarget):
        return
    if notice == "warn":
        call.emit(lambda c, t: MinutesEnding(c, t, target.person))
    elif notice == "ceiling":
        call.emit(lambda c, t: CeilingReached(c, t, target.bill.account, target.bill.warns_at or 0.0))
