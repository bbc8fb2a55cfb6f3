"""Licences: each person with a number needs one, be the number there or still coming."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dialplan.account import Account
from web.accounts.about import About
from web.numbers.stock import Stock
from web.words import Sentence, say_n


def main_uses(owned: int) -> int:
    """How many licences the main number uses: the only one, where it is its owner's own."""
    return int(owned == 1)


def own_number(plan: Account, key: str, about: About | None) -> str | None:
    """The number (E.164) that is somebody's own: with a single licence the owner's is the main number."""
    person = plan.people[key]
    if person.number is not None or about is None or not main_uses(about.licences):
        return person.number
    is_owner = bool(person.email) and (person.email or "").casefold() == about.owner_email.casefold()
    return plan.numbers.main if is_owner else None


@dataclass(frozen=True, slots=True)
class Licences:
    """How many an account has, and how many are used. Where nobody has said how many there are (0), nobody counts."""

    owned: int
    used: int

    @classmethod
    def of(cls, owned: int, plan: Account | None, stock: Stock) -> Licences:
        """With a single licence the main number is its owner's number, and uses that up."""
        if plan is None:
            return cls(owned, 0)
        waiting = {each.person for each in stock.coming if each.person}
        using = sum(person.number is not None or name in waiting for name, person in plan.people.items())
        return cls(owned, using + main_uses(owned))

    @property
    def free(self) -> int:
        return max(0, self.owned - self.used)

    def missing_for(self, more: int) -> int:
        """How many are missing for so many further people with a number."""
        return max(0, self.used + more - self.owned) if self.owned else 0

    def refusal(self, more: int) -> Sentence | None:
        """What is said if there are too few for so many further people with a number."""
        missing = self.missing_for(more)
        if not missing:
            return None
        return say_n(
            "{n} licence is missing: {total} people would have a number, and the account has {owned}. Leave out a"
            " number, or raise the number of licences.",
            "{n} licences are missing: {total} people would have a number, and the account has {owned}. Leave out"
            " numbers, or raise the number of licences.",
            missing,
            total=self.used + more,
            owned=self.owned,
        )
