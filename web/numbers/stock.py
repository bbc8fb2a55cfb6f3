"""The stock of an account's numbers as it is now: which there are, who has which, which are coming, which are free.

What the stock holds is in the store; who has a number is what the dialplan says, and is told from it each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

from engine.dialplan.account import Account
from engine.store.console.numbers import StoredNumber, StoredNumbers
from web.mistakes import Mistakes, refused
from web.numbers.listed import Listed, placed, told
from web.numbers.reading import ReadNumber
from web.words import Sentence, say

MAX_STOCK: Final = 20_000
"""Numbers of an account."""


class State(Enum):
    """Where a number is: here, being transferred in, or here for as long as another one is coming."""

    IN_STOCK = "in stock"
    COMING = "coming"
    TEMPORARY = "temporary"


class Use(Enum):
    """What the dialplan does with a number."""

    FREE = "free"
    MAIN = "main"
    PERSON = "person"
    OTHER = "other"  # it leads where the main number does


@dataclass(frozen=True, slots=True)
class StockNumber:
    """One number. ``person`` has it, or will have it once it is there, by the name in the dialplan.

    ``stands_in_for`` is the coming number (E.164) whose place this one takes, ``stand_in`` the other way round.
    """

    read: ReadNumber
    state: State = State.IN_STOCK
    use: Use = Use.FREE
    person: str | None = None
    stands_in_for: str | None = None
    stand_in: str | None = None

    @property
    def number(self) -> str:
        return self.read.number

    @property
    def national(self) -> str:
        return self.read.national

    @property
    def international(self) -> str:
        return self.read.international

    @property
    def free(self) -> bool:
        """Whether it can be given to somebody now."""
        return self.use in (Use.FREE, Use.OTHER) and self.state is State.IN_STOCK

    @property
    def removable(self) -> bool:
        """Whether nothing needs it, so that it can be taken out of the stock."""
        return self.use is Use.FREE and self.state is not State.TEMPORARY and not self.promised

    @property
    def promised(self) -> bool:
        """Whether it is coming for somebody."""
        return self.state is State.COMING and self.person is not None


@dataclass(frozen=True)
class Stock:
    """All numbers of an account: those of its stock, and those its dialplan has beside them."""

    account: str
    numbers: Mapping[str, StockNumber]

    @classmethod
    def of(cls, account: str, stored: Iterable[StoredNumber], plan: Account | None) -> Stock:
        """The stock as the store has it, used as the dialplan says (None before there is one)."""
        used = _uses(plan) if plan else {}
        rows = {row.number: row for row in stored}
        stand_ins = {row.stands_in_for: row.number for row in rows.values() if row.stands_in_for}
        numbers: dict[str, StockNumber] = {}
        for number in sorted(rows.keys() | used.keys()):
            row = rows.get(number)
            use, person = used.get(number, (Use.FREE, None))
            state = State.IN_STOCK
            if row is not None and row.coming and use is Use.FREE:
                state = State.COMING
                person = row.meant_for if plan and row.meant_for in plan.people else None
            elif row is not None and row.stands_in_for:
                state = State.TEMPORARY
            numbers[number] = StockNumber(
                ReadNumber(number), state, use, person, row.stands_in_for if row else None, stand_ins.get(number)
            )
        return cls(account, numbers)

    @cached_property
    def free(self) -> tuple[StockNumber, ...]:
        """Those that can be given to somebody now."""
        return tuple(each for each in self.numbers.values() if each.free)

    @cached_property
    def coming(self) -> tuple[StockNumber, ...]:
        """Those that are being transferred in."""
        return tuple(each for each in self.numbers.values() if each.state is State.COMING)

    def coming_for(self, person: str) -> StockNumber | None:
        """The number that will be this person's once it is there."""
        return next((each for each in self.coming if each.person == person), None)

    def why_not_free(self, number: str) -> Sentence | None:
        """Why a number can't be given to somebody now; None if it can."""
        found = self.numbers.get(number)
        shown = ReadNumber(number).international
        if found is None:
            return say("{number} is not in your stock of numbers: add it there first.", number=shown)
        if found.state is State.COMING:
            return say("{number} is still being transferred to you.", number=shown)
        if found.use is Use.PERSON:
            return say("{number} is the number of {person} already.", number=shown, person=found.person)
        if found.use is Use.MAIN:
            return say("{number} is the main number.", number=shown)
        if found.state is State.TEMPORARY:
            return say("{number} stands in for a number that is still being transferred to you.", number=shown)
        return None


def add(
    store: StoredNumbers,
    account: str,
    listed: Sequence[Listed],
    now: float,
    *,
    elsewhere: Iterable[str] = (),
    coming: bool = False,
    field: str = "numbers",
    lines: bool = False,
) -> int:
    """Add the numbers, all or none; how many. ``elsewhere`` are numbers in the dialplans of other accounts.

    Raises Mistakes: for those that are there already, too.
    """  # fmt: skip
    if store.count(account) + len(listed) > MAX_STOCK:
        raise refused(field, say("An account has {most} numbers at most.", most=MAX_STOCK))
    taken = dict.fromkeys(elsewhere, "")
    taken |= store.owners(each.number.number for each in listed)
    wrong = [placed(each.line, _taken(each, taken[each.number.number] == account), lines)
             for each in listed if each.number.number in taken]  # fmt: skip
    if wrong:
        raise Mistakes(told(field, wrong))
    rows = [StoredNumber(each.number.number, account, coming=coming, added_at=now) for each in listed]
    added = store.add(rows)
    lost = [each for each in listed if each.number.number not in added]
    if lost:
        store.remove(account, added)
        raise Mistakes(told(field, [placed(each.line, _taken(each, mine=False), lines) for each in lost]))
    return len(added)


def remove(store: StoredNumbers, stock: Stock, number: str) -> None:
    """Take a number out of the stock. Raises Mistakes if somebody has it, or it is coming for somebody."""
    found = stock.numbers.get(number)
    if found is None:
        raise refused("number", say("{number} is not in your stock of numbers.", number=number[:20]))
    if found.use is Use.OTHER:
        what = say("{number} is among the plan's other numbers: take it out there first.", number=found.international)
        raise refused("number", what)
    if found.use is not Use.FREE or found.state is State.TEMPORARY:
        raise refused("number", stock.why_not_free(number) or say("This number is in use."))
    if found.promised:
        shown, person = found.international, found.person
        raise refused("number", say("{number} is coming for {person}.", number=shown, person=person))
    store.remove(stock.account, [number])


def _uses(plan: Account) -> dict[str, tuple[Use, str | None]]:
    uses: dict[str, tuple[Use, str | None]] = dict.fromkeys(plan.numbers.others, (Use.OTHER, None))
    uses |= {person.number: (Use.PERSON, name) for name, person in plan.people.items() if person.number}
    uses[plan.numbers.main] = (Use.MAIN, None)
    return uses


def _taken(each: Listed, mine: bool) -> Sentence:
    if mine:
        return say("{number} is in your stock already.", number=each.number.international)
    return say("{number} belongs to another account of this Belplan.", number=each.number.international)
