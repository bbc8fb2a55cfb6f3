"""Who has done wrong so often that they are not listened to for a while: longer each time, and forgiven in the end.

A *source* that tries several users, scans, or sends nonsense over connections is banned as a whole. One user's wrong
passwords only slow whoever sends them (``slowing``); such a *user at a source* is kept here to be seen and lifted.
Times are the caller's ``now``, monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

MOST_PER_USER: Final = 3
"""Wrong passwords of one user that count against their source: a single phone never gets its office banned."""
MAX_USERS: Final = 64
"""Users that are told apart at one source; all others count as one more each."""
POINT_FORGIVEN: Final = 30.0
"""Seconds in which one point is forgiven."""
TRUSTED_FACTOR: Final = 10
"""So much more is forgiven where phones are registered."""
BAN_FACTOR: Final = 6
"""Each ban is so many times as long as the one before."""
LEVEL_FORGIVEN: Final = 86_400.0
"""Seconds without an offence after which the next ban is one step shorter."""
MAX_OFFENDERS: Final = 10_000
"""Sources, and users at sources, that are remembered at one time; then the one quiet for longest is forgotten."""


class Offence(Enum):
    """Why a ban; the value is what people read."""

    WRONG_CREDENTIALS = "wrong passwords"
    SCANNER = "a scanner's name"
    UNKNOWN_NUMBER = "calls to numbers nobody has"
    MALFORMED = "malformed messages"


POINTS: Final = {
    Offence.WRONG_CREDENTIALS: 1.0,
    Offence.SCANNER: 10.0,
    Offence.UNKNOWN_NUMBER: 2.0,
    Offence.MALFORMED: 1.0,
}


@dataclass(frozen=True, slots=True)
class Ban:
    """``user`` is "" for all of a source, else one who is slowed there. ``level`` counts how often it was, ``until`` is
    when it ends.
    """

    source: str
    user: str
    why: Offence
    level: int
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Policy:
    """A source is banned at ``points`` (0: never), for ``first`` seconds, and in the end for ``longest``."""

    points: int = 20
    first: float = 300.0
    longest: float = 86_400.0


@dataclass(slots=True)
class _Record:
    points: float = 0.0
    at: float = 0.0
    users: dict[str, int] = field(default_factory=dict)


class Bans:
    """All bans there are, and what may lead to more. ``on_change`` hears of each that begins, to keep it."""

    def __init__(self, policy: Policy = Policy(), on_change: Callable[[Ban], None] | None = None) -> None:
        self.on_change = on_change
        self._policy = policy
        self._bans: dict[tuple[str, str], Ban] = {}
        self._records: dict[str, _Record] = {}

    def __len__(self) -> int:
        """How much is remembered."""
        return len(self._bans) + len(self._records)

    def of(self, source: str, now: float) -> Ban | None:
        """The ban of a source that holds at ``now``."""
        ban = self._bans.get((source, ""))
        return ban if ban is not None and now < ban.until else None

    def current(self, now: float) -> list[Ban]:
        """All that hold, those that end first at the front."""
        return sorted((ban for ban in self._bans.values() if now < ban.until), key=lambda ban: ban.until)

    # --- offences ---------------------------------------------------------------------------------------------------

    def wrong(self, source: str, user: str, now: float, *, trusted: bool) -> None:
        """A wrong password, proved to come from ``source``. Whether there is such a user makes no difference."""
        record = self._record(source, now)
        if user not in record.users and len(record.users) >= MAX_USERS:
            user = ""
        told = record.users.get(user, 0)
        record.users[user] = told + 1
        if told < MOST_PER_USER or not user:
            self._offend(source, record, Offence.WRONG_CREDENTIALS, now, trusted)

    def offend(self, source: str, offence: Offence, now: float, *, trusted: bool) -> None:
        """Anything else, proved to come from ``source``."""
        self._offend(source, self._record(source, now), offence, now, trusted)

    def slowed(self, source: str, user: str, level: int, now: float, until: float) -> None:
        """A user at a source is slowed."""
        self._begin(Ban(source, user, Offence.WRONG_CREDENTIALS, level, now, until))

    def _record(self, source: str, now: float) -> _Record:
        """What there is against a source, less what has been forgiven since; the latest are at the end."""
        record = self._records.pop(source, None) or _Record(at=now)
        record.points = max(0.0, record.points - (now - record.at) / POINT_FORGIVEN)
        if not record.points:
            record.users.clear()
        record.at = now
        if len(self._records) >= MAX_OFFENDERS:
            del self._records[next(iter(self._records))]
        self._records[source] = record
        return record

    def _offend(self, source: str, record: _Record, offence: Offence, now: float, trusted: bool) -> None:
        record.points += POINTS[offence]
        most = self._policy.points * (TRUSTED_FACTOR if trusted else 1)
        if not most or record.points < most or self.of(source, now) is not None:
            return
        record.points = 0.0
        record.users.clear()
        before = self._bans.get((source, ""))
        level = 1 if before is None else max(0, before.level - int((now - before.until) // LEVEL_FORGIVEN)) + 1
        seconds = min(self._policy.first * float(BAN_FACTOR) ** min(level - 1, 20), self._policy.longest)
        self._begin(Ban(source, "", offence, level, now, now + seconds))

    def _begin(self, ban: Ban) -> None:
        self._put(ban)
        if self.on_change is not None:
            self.on_change(ban)

    def _put(self, ban: Ban) -> None:
        key = (ban.source, ban.user)
        self._bans.pop(key, None)
        if len(self._bans) >= MAX_OFFENDERS:
            over = [each for each, old in self._bans.items() if old.until <= ban.since]
            for each in over or [next(iter(self._bans))]:
                del self._bans[each]
        self._bans[key] = ban

    # --- from outside -----------------------------------------------------------------------------------------------

    def load(self, bans: Iterable[Ban]) -> None:
        """Take over what was kept of an earlier process."""
        for ban in bans:
            self._put(ban)

    def lift(self, source: str, user: str, now: float) -> None:
        """End a ban, and forget what led to it."""
        ban = self._bans.get((source, user))
        if ban is not None:
            self._bans[source, user] = replace(ban, level=0, until=min(ban.until, now))
        if not user:
            self._records.pop(source, None)

    def forget(self, now: float) -> None:
        """Give back the memory of what is long over; about once a minute is enough."""
        for key in [key for key, ban in self._bans.items() if now > ban.until + ban.level * LEVEL_FORGIVEN]:
            del self._bans[key]
        for source in [s for s, record in self._records.items() if now - record.at > record.points * POINT_FORGIVEN]:
            del self._records[source]
