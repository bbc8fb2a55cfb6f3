"""Keys against extensions: what the digits a caller presses mean. Pure; the only place with inter-digit time.

Theory of operation. What can be dialled are keys, of one digit or several (``1``, ``12``, ``*9``), and extensions. A
press either acts at once or waits for the next one:

- digits with which something longer begins wait ``between_digits`` for the next one; every other key acts at once;
- a key or an extension is taken as soon as nothing longer begins with it, else when the caller pauses or presses ``#``;
- digits that lead to nothing are collected until the caller pauses or presses ``#``, and are wrong together;
- ``#`` is an ordinary digit where a key goes on with it (``9#``), and where it is the first one;
- what is a key and an extension is the key, which stands in the menu by name.

Every press carries the time at which it was pressed, and only that time counts: presses that are looked at late, in one
batch, belong together as they were dialled. A press made too late to belong is handed back as ``spare``.

A burst may go on after it has had its effect: the ``#`` after a complete extension or key of several digits, or more
digits of a wrong number. ``Tail`` says which presses these are; given to the next ``Dialling``, they are swallowed
instead of taken for choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from engine.call.protocol import ExtensionDialled, Key, KeyPlan, Keys, NoInput, WrongInput

MAX_DIGITS = 32
"""How many digits of a wrong number are remembered; more are swallowed."""

BURST_GAP = 0.7
"""Seconds between two presses within which the later one still belongs to a wrong number that has had its effect."""


@dataclass(frozen=True, slots=True)
class Tail:
    """What may still come of a dialling that is over: until ``until``, a ``#``, and digits too if ``digits``."""

    until: float
    digits: bool = False

    def owns(self, digit: str, at: float) -> bool:
        return at <= self.until and (digit == "#" or (self.digits and digit.isdigit()))


@lru_cache(maxsize=256)
def _beginnings(of: frozenset[str]) -> frozenset[str]:
    """Every string with which a longer one of these goes on."""
    return frozenset(one[:length] for one in of for length in range(1, len(one)))


class AfterBurst:
    """Takes keys where a burst may still go on: the presses that ``tail`` owns belong to what was before."""

    __slots__ = ("tail",)

    def __init__(self, tail: Tail | None) -> None:
        self.tail = tail

    def swallows(self, digit: str, at: float) -> bool:
        """Whether a press belongs to what was before; the first that does not ends the tail."""
        if self.tail is None or not self.tail.owns(digit, at):
            self.tail = None
            return False
        self.tail = Tail(at + BURST_GAP, self.tail.digits) if digit != "#" else None
        return True


class Dialling(AfterBurst):
    """One collection of keys by a plan. ``press`` and ``expire`` return what the keys meant once that is known.

    ``deadline`` is the time (of the presses' clock) at which the digits so far are complete, None before the first one.
    """

    __slots__ = ("_plan", "_unfinished", "_wrong", "deadline", "digits", "spare")

    def __init__(self, plan: KeyPlan, tail: Tail | None = None) -> None:
        super().__init__(tail)
        self._plan = plan
        self._unfinished = (_beginnings(plan.keys), _beginnings(plan.extensions))
        self._wrong = False
        self.digits = ""
        self.deadline: float | None = None
        self.spare: str | None = None

    def press(self, digit: str, at: float) -> Keys | None:
        """Take a press made at ``at``. If it came after the deadline it is not taken but is ``spare`` then."""
        if self.tail is not None and not self.digits and self.swallows(digit, at):
            return None
        if self.deadline is not None and at > self.deadline:
            self.spare = digit
            return self._meaning()
        if self.digits:
            return self._next(digit, at)
        self.digits = digit
        return self._first(digit, at)

    def _goes_on(self, digits: str) -> bool:
        """Whether something longer begins with ``digits``."""
        keys, extensions = self._unfinished
        return digits in keys or digits in extensions

    def _first(self, digit: str, at: float) -> Keys | None:
        if self._goes_on(digit):
            self.deadline = at + self._plan.between_digits
            return None
        if digit in self._plan.keys:
            return Key(digit)
        if any(self._unfinished) and digit.isdigit():
            self.tail = Tail(at + BURST_GAP, digits=True)
        return WrongInput(digit)

    def _next(self, digit: str, at: float) -> Keys | None:
        longer = self.digits + digit
        goes_on = not self._wrong and self._goes_on(longer)
        complete = not self._wrong and (longer in self._plan.keys or longer in self._plan.extensions)
        if digit == "#" and not goes_on and not complete:
            return self._meaning()
        if len(self.digits) < MAX_DIGITS:
            self.digits = longer
        self._wrong = not (goes_on or complete)
        self.deadline = at + self._plan.between_digits
        if self._wrong or goes_on:
            return None
        if digit != "#":
            self.tail = Tail(self.deadline)
        return self._meaning()

    def expire(self, now: float) -> Keys | None:
        """What the digits mean when none has come until ``now``; None while the deadline has not passed.

        Before the first digit the patience is the caller's of this function: it is NoInput at once.
        """
        if self.deadline is not None and now < self.deadline:
            return None
        return self._meaning()

    def _meaning(self) -> Keys:
        if not self.digits:
            return NoInput()
        if self.digits in self._plan.keys:
            return Key(self.digits)
        if self.digits in self._plan.extensions:
            return ExtensionDialled(self.digits)
        return WrongInput(self.digits)


class AnyKey(Dialling):
    """A dialling that only waits for somebody to press something: the press is left as ``spare`` for what follows."""

    __slots__ = ()

    def __init__(self, tail: Tail | None = None) -> None:
        super().__init__(KeyPlan(frozenset()), tail)

    def press(self, digit: str, at: float) -> Keys | None:
        if self.swallows(digit, at):
            return None
        self.spare = digit
        return Key(digit)
