"""People who join: many rows at once, all or none, written into the dialplan in one change."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from engine.store.console.numbers import StoredNumber, StoredNumbers
from web.editing.people import PersonFacts, entry_of, key_for
from web.editing.plans import Plans, Saved
from web.mistakes import Mistake, Mistakes, Stale
from web.numbers.listed import told
from web.numbers.reading import NoNumber, ReadNumber, read
from web.numbers.stock import State, Use
from web.people.extensions import Extensions
from web.people.roster import Roster, read_roster
from web.people.rows import ANY, TRANSFER, TypedPerson, mistakes_of, read_email, read_name
from web.words import Sentence, say, say_n

TRIES = 3
"""Changes of others that are taken into account before giving up."""


@dataclass(frozen=True, slots=True)
class Joining:
    """Somebody who is about to be added. ``coming`` will be their number, ``facts.number`` stands in for it then."""

    key: str
    facts: PersonFacts
    coming: str | None = None


class Numbers:
    """The numbers of a roster while they are given out, one row after the other; ``of`` may keep what is theirs."""

    def __init__(self, roster: Roster, *, of: str | None = None) -> None:
        self._roster = roster
        self._free = [each.number for each in roster.stock.free if each.use is Use.FREE]
        self._coming = {each.number: None for each in roster.stock.coming if each.person in (None, of)}
        self._given: dict[str, str] = {}
        self._own = roster.loaded.people[of].number if of is not None else None

    def settle(self, row: TypedPerson) -> tuple[str | None, str | None]:
        """The number that somebody has from now on, and the one that is to come. Raises Mistakes by field."""
        if row.number == TRANSFER:
            coming = self._transfer("coming", row.coming)
            return (self._take("temporary", row.temporary, row) if row.temporary else None), coming
        if row.number and row.number != ANY and (known := self._known(row.number)) in self._coming:
            self._coming.pop(known)
            return (self._take("temporary", row.temporary, row) if row.temporary else None), known
        if row.temporary:
            what = say("A temporary number goes with one that is transferred only.")
            raise Mistakes([Mistake("temporary", what)])
        return (self._take("number", row.number, row) if row.number else None), None

    def reserve(self, row: TypedPerson) -> None:
        """Leave a number that this row names out of those that rows with ANY get."""
        for text in (row.number, row.temporary):
            if text not in ("", ANY, TRANSFER):
                self._given.setdefault(self._known(text), "")

    def _take(self, field: str, text: str, row: TypedPerson) -> str:
        if text.casefold() == ANY:
            number = next((each for each in self._free if each not in self._given), None)
            if number is None:
                raise Mistakes([Mistake(field, say("No number of your stock is free: add more first."))])
        else:
            number = self._read(field, text)
            if number != self._own and (why := self._roster.stock.why_not_free(number)):
                raise Mistakes([Mistake(field, why)])
            if taken_by := self._given.get(number):
                shown = ReadNumber(number).international
                what = say("{number} is given to {person} above.", number=shown, person=taken_by)
                raise Mistakes([Mistake(field, what)])
        self._given[number] = row.name or row.email
        return number

    def _transfer(self, field: str, text: str) -> str:
        number = self._read(field, text)
        found = self._roster.stock.numbers.get(number)
        shown = ReadNumber(number).international
        if found is not None and found.state is not State.COMING:
            raise Mistakes([Mistake(field, say("{number} is here already: choose it as the number.", number=shown))])
        if found is not None and number not in self._coming:
            raise Mistakes([Mistake(field, say("{number} is coming for somebody else.", number=shown))])
        if number in self._given:
            raise Mistakes([Mistake(field, say("{number} is there twice: leave one of them out.", number=shown))])
        self._coming.pop(number, None)
        self._given[number] = shown
        return number

    def _read(self, field: str, text: str) -> str:
        try:
            return read(text, self._roster.country).number
        except NoNumber as problem:
            raise Mistakes([Mistake(field, problem.why)]) from None

    def _known(self, text: str) -> str:
        try:
            return read(text, self._roster.country).number
        except NoNumber:
            return ""


def check_rows(roster: Roster, rows: Sequence[TypedPerson]) -> tuple[Joining, ...]:
    """Who would join. Raises Mistakes with all that is wrong."""
    numbers, extensions = Numbers(roster), roster.extensions()
    addresses = {person.email.casefold(): name for name, person in roster.loaded.people.items() if person.email}
    wrong: list[Mistake] = []
    joining: dict[str, Joining] = {}
    for row in rows:
        numbers.reserve(row)
    for index, extension in enumerate(_extensions(rows, extensions, wrong)):
        row = rows[index]
        try:
            email, name = _whom(row, addresses)
            number, coming = numbers.settle(row)
        except Mistakes as problem:
            wrong += mistakes_of(row, problem)
            continue
        facts = PersonFacts(extension, name, email, number)
        key = _key(roster, facts, joining)
        joining[key] = Joining(key, facts, coming)
    if wrong:
        raise Mistakes(_first(wrong))
    with_number = sum(1 for each in joining.values() if each.facts.number or each.coming)
    if with_number and (missing := roster.licences.refusal(with_number)):
        raise Mistakes([Mistake("", missing)])
    return tuple(joining.values())


def add_people(
    plans: Plans,
    numbers: StoredNumbers,
    account: str,
    rows: Sequence[TypedPerson],
    *,
    licences: int,
    author: str,
    now: float,
) -> tuple[tuple[Joining, ...], Saved]:
    """Add them all, or none. What somebody else changes meanwhile is taken into account. Raises Mistakes and Stale."""
    for left in range(TRIES - 1, -1, -1):
        roster = read_roster(plans, numbers, account, licences)
        joining = check_rows(roster, rows)
        new = {each.key: entry_of(as_written(each.facts)) for each in joining}
        plan = roster.plan.with_data({**roster.plan.data, "people": {**roster.plan.data.get("people", {}), **new}})
        what = say_n("{n} person added", "{n} people added", len(joining))
        added = promise(numbers, roster, joining, now)
        try:
            return joining, plans.save(account, plan, author=author, what=what, now=now)
        except BaseException as problem:
            unpromise(numbers, account, joining, added)
            if not isinstance(problem, Stale) or not left:
                raise
    raise AssertionError("the last try returns or raises")


def as_written(facts: PersonFacts, before: str | None = None) -> PersonFacts:
    """The facts with the number as an admin would write it; as it was, where it is still the same."""
    return replace(facts, number=before or ReadNumber(facts.number).international) if facts.number else facts


def promise(numbers: StoredNumbers, roster: Roster, joining: Sequence[Joining], now: float) -> set[str]:
    """Note what will be whose number, before the dialplan names them; the numbers that are new to the stock.

    Raises Mistakes if somebody else was first; then nothing is noted.
    """
    waiting = [each for each in joining if each.coming]
    new = [each.coming for each in waiting if each.coming and each.coming not in roster.stock.numbers]
    added = numbers.add([StoredNumber(number, roster.account, coming=True, added_at=now) for number in new])
    temporary = [each.facts.number for each in waiting if each.facts.number]
    numbers.add([StoredNumber(number, roster.account, added_at=now) for number in temporary])
    done: list[Joining] = []
    for each in waiting:
        coming = each.coming or ""
        if (coming in new and coming not in added) or not numbers.promise(
            roster.account, coming, each.key, each.facts.number
        ):
            unpromise(numbers, roster.account, done, added)
            what = say("{number} has just been given to somebody else.", number=ReadNumber(coming).international)
            raise Mistakes([Mistake("", what)])
        done.append(each)
    return added


def unpromise(numbers: StoredNumbers, account: str, joining: Sequence[Joining], added: Iterable[str]) -> None:
    """Take back what ``promise`` has noted."""
    for each in joining:
        if each.coming:
            numbers.unpromise(account, each.key, each.coming)
    numbers.remove(account, added)


def _whom(row: TypedPerson, addresses: dict[str, str]) -> tuple[str | None, str | None]:
    mistakes: list[Mistake] = []
    email, name = None, None
    if not row.email and not row.name:
        what = say("Type an e-mail address, to which the invitation goes, or a name at least.")
        mistakes.append(Mistake("email", what))
    try:
        if email := read_email(row.email):
            if owner := addresses.get(email.casefold()):
                mistakes.append(Mistake("email", say("{person} has this address already.", person=owner)))
            addresses.setdefault(email.casefold(), row.name or email)
    except Mistakes as problem:
        mistakes += problem.mistakes
    try:
        name = read_name(row.name)
    except Mistakes as problem:
        mistakes += problem.mistakes
    if mistakes:
        raise Mistakes(mistakes)
    return email, name


def _extensions(rows: Sequence[TypedPerson], extensions: Extensions, wrong: list[Mistake]) -> list[str]:
    """An extension for each row: first those that were typed, then the next free ones for the others."""
    found: list[str] = []
    for row in rows:
        problem = extensions.problem(row.extension) if row.extension else None
        if problem is not None:
            wrong.append(row.mistake("extension", _with_proposal(problem, extensions)))
        elif row.extension:
            extensions.give(row.extension, row.name or row.email)
        found.append(row.extension)
    for index, row in enumerate(rows):
        if not row.extension:
            extension = extensions.next()
            if extension is None:
                what = say("No extension of {length} digits is free any more.", length=extensions.length)
                wrong.append(row.mistake("extension", what))
            else:
                extensions.give(extension, row.name or row.email)
                found[index] = extension
    return found


def _with_proposal(problem: Sentence, extensions: Extensions) -> Sentence:
    proposal = extensions.next()
    return say("{problem} {next} is free.", problem=problem, next=proposal) if proposal else problem


def _key(roster: Roster, facts: PersonFacts, new: Container[str]) -> str:
    """A name in the dialplan that nobody there, nor of those who join, has."""
    key = wanted = key_for(roster.plan, facts)
    number = 2
    while key in new or key in roster.loaded.people:
        key, number = f"{wanted}-{number}", number + 1
    return key


def _first(wrong: Sequence[Mistake]) -> list[Mistake]:
    """Of the mistakes in a file the first, and how many there are beyond; those of a form's fields all."""
    in_file = [each for each in wrong if each.field == "file"]
    return [each for each in wrong if each.field != "file"] + told("file", [each.what for each in in_file])
