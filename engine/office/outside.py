"""An account's calls to the outside: how many there are now, and how many seconds of them there have been today.

The seconds are facts that survive a kill. A conversation takes them minute by minute before it uses them, and gives
back what is left at its end: what a kill loses is counted as used, never the other way round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from engine.office.standing import Standing

_FACT = "outside-seconds/"
OF_ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Calls to the outside at a time, and seconds of them a day; None: as many as one likes."""

    calls: int | None = None
    seconds: float | None = None


UNBOUNDED = Bounds()


@dataclass(frozen=True, slots=True)
class Bill:
    """Whose call to the outside it is, and what bounds it. ``day`` is the account's calendar day: ``2026-11-26``.

    ``person`` is whoever dials or has the calls sent there; nobody for what the dialplan itself does. ``warns_at`` is
    of how many seconds of the account a day somebody is told. Nothing bounds a call to an ``emergency`` number.
    """

    account: str = ""
    person: str = ""
    day: str = ""
    of_person: Bounds = UNBOUNDED
    of_account: Bounds = UNBOUNDED
    warns_at: float | None = None
    emergency: bool = False


NOBODYS = Bill()


class Purse:
    """The seconds of one day that somebody may call the outside. ``name`` is the fact they are kept under."""

    def __init__(
        self, standing: Standing, name: str, day: str, limit: float | None, warns_at: float | None = None
    ) -> None:
        self._standing = standing
        self._name = _FACT + name
        self._day = day
        self._limit = inf if limit is None else limit
        self._warns_at = inf if warns_at is None else warns_at

    @property
    def used(self) -> float:
        """Seconds that have been taken today."""
        day, _, seconds = (self._standing.get(self._name) or "").partition(" ")
        try:
            return max(0.0, float(seconds)) if day == self._day else 0.0
        except ValueError:
            return 0.0

    @property
    def left(self) -> float:
        return max(0.0, self._limit - self.used)

    def take(self, seconds: float) -> bool:
        """Use so many more; give back by a negative figure. True if with them somebody is to be told how many it is."""
        before = self.used
        self._standing.put(self._name, f"{self._day} {max(0.0, before + seconds):.3f}")
        return before < self._warns_at <= before + seconds


class OutsideCalls:
    """Those of one account, by the person whose they are. ``standing`` keeps the seconds."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._calls: Counter[str] = Counter()

    def purses(self, bill: Bill) -> tuple[Purse, ...]:
        """Where the seconds of such a call are taken from."""
        if bill.emergency:
            return ()
        of_all = Purse(self._standing, OF_ACCOUNT, bill.day, bill.of_account.seconds, bill.warns_at)
        if not bill.person:
            return (of_all,)
        return (of_all, Purse(self._standing, f"person/{bill.person}", bill.day, bill.of_person.seconds))

    def refusal(self, bill: Bill) -> str:
        """Why there can be no such call at the moment: ``calls`` or ``minutes``; empty if there can."""
        if bill.emergency:
            return ""
        if _full(self._calls.total(), bill.of_account) or _full(self._calls[bill.person], bill.of_person):
            return "calls"
        return "" if all(purse.left > 0 for purse in self.purses(bill)) else "minutes"

    def begin(self, bill: Bill) -> Callable[[], None] | None:
        """One more call, from its first ringing on; what to call at its end, once. None if there can be none."""
        if self.refusal(bill):
            return None
        self._calls[bill.person] += 1

        def over() -> None:
            self._calls[bill.person] -= 1
            if not self._calls[bill.person]:
                del self._calls[bill.person]

        return over


def _full(calls: int, bounds: Bounds) -> bool:
    return bounds.calls is not None and calls >= bounds.calls
