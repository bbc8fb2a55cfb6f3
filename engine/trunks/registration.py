"""Being registered with a provider (RFC 3261 section 10.2), as a table: ask, refresh before it ends, try again, leave.

The whole automaton is ``TABLE``; nothing else changes the state. It knows no socket and no clock: whoever runs it sends
what ``begin``, ``due``, ``answered``, ``lost`` and ``leave`` return, and calls ``due`` at ``next_at``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

REFRESH_SHARE: Final = 0.8
"""A registration is refreshed when so much of its time is over; of a long one, REFRESH_BEFORE its end."""
REFRESH_BEFORE: Final = 120.0
SHORTEST: Final = 30
"""Seconds: a provider that grants less is asked again no sooner than that."""
LONGEST: Final = 7 * 86400
"""Seconds that are believed, whatever a provider grants or demands."""
FIRST_PAUSE: Final = 5.0
"""Seconds before the next try after a failure; twice as long after each further one."""
REFUSED_PAUSE: Final = 60.0
"""The same after a refusal that only somebody can mend: a wrong password does not become right by asking."""
LONGEST_PAUSE: Final = 300.0
MAX_RETRY_AFTER: Final = 3600.0
"""Seconds for which a provider may have us wait (Retry-After)."""

FORBIDDING: Final = frozenset({400, 401, 403, 404, 405, 407, 604, 606})
"""Refusals that the same request gets again: unknown, wrong credentials, not allowed."""


class State(Enum):
    OUT = "out"  # not registered, and nobody wants to be
    ASKING = "asking"  # a REGISTER is under way; an earlier registration may still hold
    IN = "in"  # registered, to be refreshed in time
    WAITING = "waiting"  # it failed; the next try comes after a pause
    LEAVING = "leaving"  # a REGISTER that ends the registration is under way


class Input(Enum):
    BEGIN = "begin"
    ACCEPTED = "2xx"
    TOO_BRIEF = "423"
    FAILED = "failed"  # no answer, or one that may be another next time
    FORBIDDEN = "forbidden"
    DUE = "due"
    LOST = "connection lost"
    LEAVE = "leave"


class Effect(Enum):
    ASK = "send REGISTER"
    LENGTHEN = "ask for as long as they want"
    REFRESH_LATER = "refresh before it ends"
    RETRY = "try again after a pause"
    RETRY_LATER = "try again after a long pause"
    WITHDRAW = "send REGISTER with Expires 0"


@dataclass(frozen=True, slots=True)
class Row:
    """An arrow: where it leads, what is done, and the section of RFC 3261."""

    to: State
    effects: tuple[Effect, ...]
    section: str


TABLE: Final[dict[tuple[State, Input], Row]] = {
    (State.OUT, Input.BEGIN): Row(State.ASKING, (Effect.ASK,), "10.2"),
    (State.ASKING, Input.ACCEPTED): Row(State.IN, (Effect.REFRESH_LATER,), "10.2.4"),
    (State.ASKING, Input.TOO_BRIEF): Row(State.ASKING, (Effect.LENGTHEN, Effect.ASK), "10.2.8"),
    (State.ASKING, Input.FAILED): Row(State.WAITING, (Effect.RETRY,), "10.2.7"),
    (State.ASKING, Input.FORBIDDEN): Row(State.WAITING, (Effect.RETRY_LATER,), "10.2.7"),
    (State.ASKING, Input.LEAVE): Row(State.LEAVING, (Effect.WITHDRAW,), "10.2.2"),
    (State.IN, Input.DUE): Row(State.ASKING, (Effect.ASK,), "10.2.4"),
    (State.IN, Input.LOST): Row(State.ASKING, (Effect.ASK,), "10.2.4"),
    (State.IN, Input.LEAVE): Row(State.LEAVING, (Effect.WITHDRAW,), "10.2.2"),
    (State.WAITING, Input.DUE): Row(State.ASKING, (Effect.ASK,), "10.2.4"),
    (State.WAITING, Input.LEAVE): Row(State.OUT, (), "10.2.2"),
    (State.LEAVING, Input.ACCEPTED): Row(State.OUT, (), "10.2.2"),
    (State.LEAVING, Input.TOO_BRIEF): Row(State.OUT, (), "10.2.2"),
    (State.LEAVING, Input.FAILED): Row(State.OUT, (), "10.2.2"),
    (State.LEAVING, Input.FORBIDDEN): Row(State.OUT, (), "10.2.2"),
}

IGNORED: Final = frozenset(
    {
        *((State.OUT, on) for on in Input if on is not Input.BEGIN),
        *((state, Input.BEGIN) for state in State if state is not State.OUT),
        *((state, on) for state in (State.IN, State.WAITING) for on in (Input.ACCEPTED, Input.TOO_BRIEF)),
        *((state, on) for state in (State.IN, State.WAITING) for on in (Input.FAILED, Input.FORBIDDEN)),
        *((state, on) for state in (State.ASKING, State.LEAVING) for on in (Input.DUE, Input.LOST)),
        (State.WAITING, Input.LOST),
        (State.LEAVING, Input.LEAVE),
    }
)
"""What changes nothing: answers nobody waits for, timers that came too late, what has been done already."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A REGISTER to be sent; ``expires`` in seconds, 0 to leave."""

    expires: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider said: the status, the seconds it grants (2xx), demands (423) or wants us to wait."""

    status: int
    reason: str = ""
    granted: int | None = None
    min_expires: int | None = None
    retry_after: float | None = None

    @property
    def why(self) -> str:
        return f"{self.status} {self.reason}".strip()


class Registration:
    """One. Times are those of ``now``, seconds of any clock; ``random`` gives 0 to 1.

    ``until`` is when the registration ends that there is, ``failure`` what the last refusal said.
    """

    def __init__(self, expires: int, random: Callable[[], float]) -> None:
        self.state = State.OUT
        self.until: float | None = None
        self.next_at: float | None = None
        self.failure = ""
        self.forbidden = False
        self._expires = expires
        self._random = random
        self._failures = 0

    def left(self, now: float) -> float:
        """Seconds for which we are registered still; 0 if we are not."""
        return max(0.0, self.until - now) if self.until is not None else 0.0

    def begin(self, now: float) -> Ask | None:
        return self._feed(Input.BEGIN, now)

    def due(self, now: float) -> Ask | None:
        """To be called at ``next_at``; earlier it does nothing."""
        if self.next_at is None or self.next_at > now:
            return None
        return self._feed(Input.DUE, now)

    def lost(self, now: float) -> Ask | None:
        """The connection by which the provider reaches us is gone."""
        return self._feed(Input.LOST, now)

    def stale(self, now: float) -> None:
        """The provider was away and is back: what it knew of us may be gone, and there is no sense in waiting."""
        if self.state is State.IN or (self.state is State.WAITING and not self.forbidden):
            self.next_at = now

    def leave(self, now: float) -> Ask | None:
        return self._feed(Input.LEAVE, now)

    def answered(self, answer: Answer, now: float) -> Ask | None:
        """The final answer to what was asked."""
        return self._feed(self._meaning(answer), now, answer)

    def _meaning(self, answer: Answer) -> Input:
        if 200 <= answer.status < 300:
            return Input.ACCEPTED if answer.granted or self.state is State.LEAVING else Input.FAILED
        if answer.status == 423 and self._expires < (answer.min_expires or 0) <= LONGEST:
            return Input.TOO_BRIEF
        return Input.FORBIDDEN if answer.status in FORBIDDING else Input.FAILED

    def _feed(self, on: Input, now: float, answer: Answer | None = None) -> Ask | None:
        row = TABLE.get((self.state, on))
        if row is None:
            return None
        self.state, self.next_at = row.to, None
        if self.state is State.OUT:
            self.until = None
        asks = None
        for effect in row.effects:
            asks = self._do(effect, now, answer or Answer(0)) or asks
        return asks

    def _do(self, effect: Effect, now: float, answer: Answer) -> Ask | None:
        match effect:
            case Effect.ASK:
                return Ask(self._expires)
            case Effect.WITHDRAW:
                return Ask(0)
            case Effect.LENGTHEN:
                self._expires = answer.min_expires or self._expires
            case Effect.REFRESH_LATER:
                granted = float(min(answer.granted or 0, LONGEST))
                self.until = now + granted
                self.next_at = now + max(float(SHORTEST), granted * REFRESH_SHARE, granted - REFRESH_BEFORE)
                self._failures, self.failure, self.forbidden = 0, "", False
            case Effect.RETRY | Effect.RETRY_LATER:
                self.failure, self.forbidden = answer.why, effect is Effect.RETRY_LATER
                self.next_at = now + self._pause(REFUSED_PAUSE if self.forbidden else FIRST_PAUSE, answer)
                self._failures += 1
        return None

    def _pause(self, first: float, answer: Answer) -> float:
        """Seconds before the next try: what they want, else longer each time, and no two of us at the same moment."""
        pause = min(LONGEST_PAUSE, first * 2.0 ** min(self._failures, 10))
        pause *= 0.75 + 0.25 * self._random()
        return max(pause, min(answer.retry_after or 0.0, MAX_RETRY_AFTER))
