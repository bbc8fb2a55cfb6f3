"""Keys against extensions: what the digits a caller presses mean. Pure; the only place with inter-digit time.

Theory of operation. A press either acts at once or waits for the next one:

- a key that begins an extension waits ``between_digits`` for the next digit; every other key acts at once;
- an extension is taken as soon as no longer one begins with it, else when the caller pauses or presses ``#``;
- a single key that also begins an extension is that key when the caller pauses or presses ``#`` after it;
- digits that lead to no extension are collected until the caller pauses or presses ``#``, and are wrong together.

Every press carries the time at which it was pressed, and only that time counts: presses that are looked at late, in one
batch, belong together as they were dialled. A press made too late to belong is handed back as ``spare``.

A burst may go on after it has had its effect: the ``#`` after a complete extension, or more digits of a wrong number.
``Tail`` says which presses these are; given to the next ``Dialling``, they are swallowed instead of taken for choices.
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
def _beginnings(extensions: frozenset[str]) -> frozenset[str]:
    """Every string with which a longer extension goes on."""
    return frozenset(extension[:length] for extension in extensions for length in range(1, len(extension)))


class Dialling:
    """One collection of keys by a plan. ``press`` and ``expire`` return what the keys meant once that is known.

    ``deadline`` is the time (of the presses' clock) at which the digits so far are complete, None before the first one.
    """

    __slots__ = ("_beginnings", "_plan", "_wrong", "deadline", "digits", "spare", "tail")

    def __init__(self, plan: KeyPlan, tail: Tail | None = None) -> None:
        self._plan = plan
        self._beginnings = _beginnings(plan.extensions)
        self._wrong = False
        self.digits = ""
        self.deadline: float | None = None
        self.spare: str | None = None
        self.tail = tail

    def press(self, digit: str, at: float) -> Keys | None:
        """Take a press made at ``at``. If it came after the deadline it is not taken but is ``spare`` then."""
        if self.tail is not None and not self.digits:
            if self.tail.owns(digit, at):
                self.tail = Tail(at + BURST_GAP, self.tail.digits) if digit != "#" else None
                return None
            self.tail = None
        if self.deadline is not None and at > self.deadline:
            self.spare = digit
            return self._meaning()
        if self.digits:
            return self._next(digit, at)
        self.digits = digit
        return self._first(digit, at)

    def _first(self, digit: str, at: float) -> Keys | None:
        if digit in self._beginnings:
            self.deadline = at + self._plan.between_digits
            return None
        if digit in self._plan.keys:
            return Key(digit)
        if self._plan.extensions and digit.isdigit():
            self.tail = Tail(at + BURST_GAP, digits=True)
        return WrongInput(digit)

    def _next(self, digit: str, at: float) -> Keys | None:
        if digit == "#":
            return self._meaning()
        if len(self.digits) < MAX_DIGITS:
            self.digits += digit
        self._wrong = self._wrong or not (self.digits in self._beginnings or self.digits in self._plan.extensions)
        self.deadline = at + self._plan.between_digits
        if self._wrong or self.digits in self._beginnings:
            return None
        self.tail = Tail(self.deadline)
        return ExtensionDialled(self.digits)

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
        if self.digits in self._plan.extensions:
            return ExtensionDialled(self.digits)
        if self.digits in self._plan.keys:
            return Key(self.digits)
        return WrongInput(self.digits)
