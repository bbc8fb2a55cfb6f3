"""The clocks of a transaction: the letters A to M of RFC 3261 table 4 and RFC 6026, and the queue of deadlines.

All times are seconds; a moment (``now``, ``*_at``) is on the caller's monotonic clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar

NEVER = math.inf
"""The deadline of that which waits for nothing."""


@dataclass(frozen=True, slots=True)
class Timers:
    """The base values of RFC 3261 section 17.1.1.1 and the three waits that have no letter or no fixed length.

    ``c`` bounds an outgoing INVITE without news. A proxy's is three minutes and more (section 16.6 step 11); ours is as
    long as whoever calls may let a phone ring that says so only once. ``trying`` is the wait
    before an unanswered INVITE gets its 100 (section 17.2.1).
    """

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    c: float = 660.0
    trying: float = 0.2

    @property
    def lifetime(self) -> float:
        """64*T1, the time after which a message sent over UDP will arrive no more."""
        return 64 * self.t1


class Timer(StrEnum):
    """A letter of RFC 3261 table 4 or RFC 6026, or one of the waits described there without a letter."""

    A = "timer A"
    B = "timer B"
    C = "timer C"
    D = "timer D"
    E = "timer E"
    F = "timer F"
    G = "timer G"
    H = "timer H"
    I = "timer I"  # noqa: E741  the letter the RFC gives it
    J = "timer J"
    K = "timer K"
    L = "timer L"
    M = "timer M"
    TRYING = "timer 100"
    UNANSWERED = "timer unanswered"
    CANCELLED = "timer cancelled"


class OnReliable(Enum):
    """What becomes of a timer where the transport itself retransmits (RFC 3261 section 17)."""

    SAME = "the same"
    ZERO = "0"
    OFF = "not run"


@dataclass(frozen=True, slots=True)
class Letter:
    """A row of table 4: the first length of a timer as a function of the base values, in words and in code."""

    formula: str
    length: Callable[[Timers], float]
    on_reliable: OnReliable
    section: str
    meaning: str


def _trying_of_other_methods(timers: Timers) -> float:
    """When the client's Timer E has grown to T2: the sum of its intervals until then (RFC 4320 section 4.1)."""
    interval, waited = timers.t1, 0.0
    while interval < timers.t2:
        waited += interval
        interval *= 2
    return waited


LETTERS: Mapping[Timer, Letter] = {
    Timer.A: Letter("T1", lambda t: t.t1, OnReliable.OFF, "17.1.1.2", "INVITE again, doubling"),
    Timer.B: Letter("64*T1", lambda t: t.lifetime, OnReliable.SAME, "17.1.1.2", "INVITE without any response"),
    Timer.C: Letter("11 min", lambda t: t.c, OnReliable.SAME, "16.6 step 11", "INVITE without news, then CANCEL"),
    Timer.D: Letter("64*T1", lambda t: t.lifetime, OnReliable.ZERO, "17.1.1.2", "absorb repeated failures to INVITE"),
    Timer.E: Letter("T1", lambda t: t.t1, OnReliable.OFF, "17.1.2.2", "request again, doubling up to T2"),
    Timer.F: Letter("64*T1", lambda t: t.lifetime, OnReliable.SAME, "17.1.2.2", "request without a final response"),
    Timer.G: Letter("T1", lambda t: t.t1, OnReliable.OFF, "17.2.1", "failure to INVITE again, doubling up to T2"),
    Timer.H: Letter("64*T1", lambda t: t.lifetime, OnReliable.SAME, "17.2.1", "failure to INVITE without ACK"),
    Timer.I: Letter("T4", lambda t: t.t4, OnReliable.ZERO, "17.2.1", "absorb repeated ACKs"),
    Timer.J: Letter("64*T1", lambda t: t.lifetime, OnReliable.ZERO, "17.2.2", "answer repeated requests"),
    Timer.K: Letter("T4", lambda t: t.t4, OnReliable.ZERO, "17.1.2.2", "absorb repeated responses"),
    Timer.L: Letter(
        "64*T1", lambda t: t.lifetime, OnReliable.SAME, "RFC 6026 7.1", "absorb INVITEs repeated after 2xx"
    ),
    Timer.M: Letter("64*T1", lambda t: t.lifetime, OnReliable.SAME, "RFC 6026 7.2", "pass up every 2xx, of every fork"),
    Timer.TRYING: Letter("200 ms", lambda t: t.trying, OnReliable.SAME, "17.2.1", "100 to an unanswered INVITE"),
    Timer.UNANSWERED: Letter(
        "64*T1", lambda t: t.lifetime, OnReliable.SAME, "RFC 4320 4.2", "nobody waits for this answer any more"
    ),
    Timer.CANCELLED: Letter(
        "64*T1", lambda t: t.lifetime, OnReliable.SAME, "9.1", "INVITE cancelled, yet without a final response"
    ),
}

TRYING_OF_OTHER_METHODS = Letter(
    "until E is T2", _trying_of_other_methods, OnReliable.SAME, "RFC 4320 4.1", "100 to an unanswered request"
)
"""The length of ``Timer.TRYING`` where the request is no INVITE."""


def lengths(timers: Timers, *, reliable: bool, invite: bool) -> dict[Timer, float | None]:
    """The first length of every timer over such a transport, None for a timer that is not run there."""
    found: dict[Timer, float | None] = {}
    for timer, letter in LETTERS.items():
        if timer is Timer.TRYING and not invite:
            letter = TRYING_OF_OTHER_METHODS
        if not reliable or letter.on_reliable is OnReliable.SAME:
            found[timer] = letter.length(timers)
        else:
            found[timer] = 0.0 if letter.on_reliable is OnReliable.ZERO else None
    return found


class Timed(Protocol):
    """What can stand in the queue: ``deadline`` is its own to change, ``wake_at`` is the queue's note."""

    deadline: float
    wake_at: float


T = TypeVar("T", bound=Timed)


class Deadlines(Generic[T]):
    """A heap of deadlines with lazy deletion: at most one live entry for each item, and none is ever searched for.

    A deadline that moves later or disappears costs nothing: its entry is corrected when it comes to the top. Only one
    that moves earlier is entered anew.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._entered = 0

    def __len__(self) -> int:
        return len(self._heap)

    def note(self, items: Iterable[T]) -> None:
        """Enter those whose deadline is earlier than their entry, if they have one."""
        for item in items:
            if item.deadline < item.wake_at:
                self._enter(item)

    def next(self) -> float | None:
        """The earliest deadline of all, None if nothing waits."""
        heap = self._heap
        while heap:
            at, _, item = heap[0]
            if at == item.wake_at == item.deadline:
                return at
            heappop(heap)
            if at == item.wake_at:
                item.wake_at = NEVER
                if item.deadline < NEVER:
                    self._enter(item)
        return None

    def due(self, now: float) -> Iterator[T]:
        """Take out, earliest first, each item whose deadline has come; whoever takes it notes it again."""
        while (at := self.next()) is not None and at <= now:
            item = heappop(self._heap)[2]
            item.wake_at = NEVER
            yield item

    def _enter(self, item: T) -> None:
        item.wake_at = item.deadline
        self._entered += 1
        heappush(self._heap, (item.deadline, self._entered, item))
