"""A string of digits as a caller enters it: complete at its longest, by a key that ends it, or by a pause."""

from __future__ import annotations

from engine.call.dialling import AfterBurst, Tail
from engine.call.protocol import DigitPlan, Digits, DigitString, NoInput


class DigitEntry(AfterBurst):
    """One entry by a plan. ``press`` and ``expire`` return what was entered once it is complete.

    Times and ``spare`` are as in ``Dialling``. A ``#`` that follows the last digit there can be belongs to it.
    """

    __slots__ = ("_plan", "deadline", "digits", "spare")

    def __init__(self, plan: DigitPlan, tail: Tail | None = None) -> None:
        super().__init__(tail)
        self._plan = plan
        self.digits = ""
        self.deadline: float | None = None
        self.spare: str | None = None

    def press(self, digit: str, at: float) -> DigitString | None:
        """Take a press made at ``at``. If it came after the deadline it is not taken but is ``spare`` then."""
        if self.tail is not None and not self.digits and self.swallows(digit, at):
            return None
        if self.deadline is not None and at > self.deadline:
            self.spare = digit
            return Digits(self.digits)
        if digit in self._plan.ends:
            return Digits(self.digits, digit)
        self.digits += digit
        self.deadline = at + self._plan.between_digits
        if len(self.digits) < self._plan.most:
            return None
        self.tail = Tail(self.deadline)
        return Digits(self.digits)

    def expire(self, now: float) -> DigitString | None:
        """What was entered if no more has come until ``now``; None while the deadline has not passed."""
        if self.deadline is not None and now < self.deadline:
            return None
        return Digits(self.digits) if self.digits else NoInput()
