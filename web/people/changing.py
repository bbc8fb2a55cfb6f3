"""Changing and removing people: what else in the plan names them is told, and what was theirs is free again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from engine.store.console.numbers import StoredNumber
from engine.store.store import Store
from web.editing.people import PersonFacts, people_of
from web.editing.plans import Plans, Saved
from web.meanwhile import Part, in_the_way, kept_too, put_together
from web.mistakes import Mistake, Mistakes, Stale, refused
from web.people.joining import TRIES, Joining, Numbers, as_written, promise, unpromise
from web.people.roster import Roster, read_roster
from web.people.rows import TypedPerson, read_email, read_name
from web.words import Sentence, say

PARTS: Final[tuple[Part, ...]] = (("email",), ("name",), ("extension",), ("number", "coming", "temporary"))
"""What is said of a person; a number goes with what stands in for it."""
FIELD_WORDS: Final = {
    "email": say("E-mail address"),
    "name": say("Name"),
    "extension": say("Extension"),
    "number": say("Number"),
}


@dataclass(frozen=True, slots=True)
class Changed:
    """``new_extension``: the phones have to be set up anew. ``theirs``: what somebody else has changed meanwhile."""

    saved: Saved
    new_extension: bool
    theirs: Sentence | None = None


def change_person(
    plans: Plans,
    store: Store,
    account: str,
    key: str,
    row: TypedPerson,
    *,
    licences: int,
    author: str,
    now: float,
    seen: TypedPerson | None = None,
) -> Changed:
    """Give somebody of the plan other facts; ``row.number`` and ``row.extension`` as they are now mean no change.

    What is in ``row`` as it was ``seen`` stays as it is by now, whoever has changed it. Raises Mistakes by field, and
    Stale, also where somebody else has changed the same.
    """
    for left in range(TRIES - 1, -1, -1):
        roster = read_roster(plans, store.console.numbers, account, licences)
        before = person_of(roster, key)
        shown = shown_person(roster, key)
        typed = row if row.extension else replace(row, extension=(seen or shown).extension)
        together = put_together(seen or shown, typed, shown, PARTS)
        if together.both:
            raise Stale(in_the_way(together.both, shown, FIELD_WORDS))
        joining = _checked(roster, key, before, together.facts)
        written = people_of(roster.plan)[key].number if joining.facts.number == before.number else None
        plan = plans.with_person(account, roster.plan, key, as_written(joining.facts, written))
        name = roster.loaded.people[key].name or key
        undo = _promise_anew(store, roster, joining, now)
        try:
            saved = plans.save(account, plan, author=author, what=say("{person} changed", person=name), now=now)
        except BaseException as problem:
            undo()
            if not isinstance(problem, Stale) or not left:
                raise
            continue
        new_extension = before.extension != joining.facts.extension
        if new_extension:
            _forget_phones(store, account, before.extension)
        _to_stock(store, account, before.number, now)
        theirs = kept_too(together.theirs, shown, FIELD_WORDS) if together.theirs else None
        return Changed(saved, new_extension, theirs)
    raise AssertionError("the last try returns or raises")


def shown_person(roster: Roster, key: str) -> TypedPerson:
    """Somebody's facts as the form for them shows them. Raises Mistakes if there is no such person."""
    person = person_of(roster, key)
    waiting = roster.stock.coming_for(key)
    return TypedPerson(
        "",
        person.email or "",
        person.name or "",
        number=waiting.number if waiting else person.number or "",
        temporary=(person.number or "") if waiting else "",
        extension=person.extension,
    )


def digest_of(row: TypedPerson) -> str:
    """What tells somebody's facts from any others."""
    return hashlib.sha256(repr([getattr(row, name) for part in PARTS for name in part]).encode()).hexdigest()[:32]


def remove_person(
    plans: Plans,
    store: Store,
    account: str,
    key: str,
    *,
    licences: int,
    author: str,
    now: float,
    instead: str | None = None,
) -> Saved:
    """Remove somebody from the plan. Their phones register no longer, their number is free.

    ``instead`` takes their place wherever callers are led to them; without anybody who does, InUse (Mistakes) is raised
    with the places. Raises Stale.
    """
    roster = read_roster(plans, store.console.numbers, account, licences)
    before = person_of(roster, key)
    name = roster.loaded.people[key].name or key
    plan = plans.without_person(account, roster.plan, key, instead)
    saved = plans.save(account, plan, author=author, what=say("{person} removed", person=name), now=now)
    _forget_phones(store, account, before.extension)
    store.console.numbers.unpromise(account, key)
    _to_stock(store, account, before.number, now)
    return saved


def person_of(roster: Roster, key: str) -> PersonFacts:
    """What the plan says of somebody; the number is E.164. Raises Mistakes if there is no such person."""
    person = roster.loaded.people.get(key)
    if person is None:
        raise refused("person", say("There is no such person (any more)."))
    return PersonFacts(person.extension, person.name, person.email, person.number)


# --- their facts ------------------------------------------------------------------------------------------------------


def _checked(roster: Roster, key: str, before: PersonFacts, row: TypedPerson) -> Joining:
    wrong: list[Mistake] = []
    email, name, number, coming = before.email, before.name, before.number, None
    try:
        email = read_email(row.email)
        others = {
            person.email.casefold() for who, person in roster.loaded.people.items() if person.email and who != key
        }
        if email and email.casefold() in others:
            wrong.append(Mistake("email", say("Somebody else has this address already.")))
    except Mistakes as problem:
        wrong += problem.mistakes
    try:
        name = read_name(row.name)
    except Mistakes as problem:
        wrong += problem.mistakes
    if why := roster.extensions(of=key).problem(row.extension):
        wrong.append(Mistake("extension", why))
    waiting = roster.stock.coming_for(key)
    try:
        if waiting and (row.number, row.temporary) == (waiting.number, before.number or ""):
            coming = waiting.number
        elif row.number != (before.number or "") or waiting:
            number, coming = _another_number(roster, key, before, row)
    except Mistakes as problem:
        wrong += problem.mistakes
    if wrong:
        raise Mistakes(wrong)
    return Joining(key, PersonFacts(row.extension, name, email, number), coming)


def _another_number(roster: Roster, key: str, before: PersonFacts, row: TypedPerson) -> tuple[str | None, str | None]:
    number, coming = Numbers(roster, of=key).settle(row)
    had_one = before.number is not None or roster.stock.coming_for(key) is not None
    if (number or coming) and not had_one and (missing := roster.licences.refusal(1)):
        raise refused("number", missing)
    return number, coming


def _promise_anew(store: Store, roster: Roster, joining: Joining, now: float) -> Callable[[], None]:
    """Note what will be the person's number in place of what was; what takes that back. Raises Mistakes."""
    numbers, account, key = store.console.numbers, roster.account, joining.key
    before = roster.stock.coming_for(key)
    if before and before.number == joining.coming and before.stand_in == joining.facts.number:
        return lambda: None

    def promise_before() -> None:
        if before:
            numbers.promise(account, before.number, key, before.stand_in)

    numbers.unpromise(account, key)
    try:
        added = promise(numbers, roster, [joining], now)
    except BaseException:
        promise_before()
        raise

    def undo() -> None:
        unpromise(numbers, account, [joining], added)
        promise_before()

    return undo


def _forget_phones(store: Store, account: str, extension: str) -> None:
    store.passwords.forget(account, extension)
    store.console.invitations.forget(account, extension)


def _to_stock(store: Store, account: str, number: str | None, now: float) -> None:
    """A number that somebody had stays in the stock, also one that was only in a plan written by hand."""
    if number is not None:
        store.console.numbers.add([StoredNumber(number, account, added_at=now)])
