"""Changing and removing people: what else in the plan names them is told, and what was theirs is free again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.store.console.numbers import StoredNumber
from engine.store.store import Store
from web.editing.people import PersonFacts, people_of, with_person, without
from web.editing.plans import Plans, Saved
from web.mistakes import Mistake, Mistakes, Stale, refused
from web.people.joining import TRIES, Joining, Numbers, as_written, promise, unpromise
from web.people.roster import Roster, read_roster
from web.people.rows import TypedPerson, read_email, read_name
from web.words import Sentence, say

TEXTS: Final = frozenset({"say", "play", "name", "text", "greeting"})
"""Entries of a plan in which a person's name is just a word."""
MAX_PLACES: Final = 8
"""Places that are named one by one."""


@dataclass(frozen=True, slots=True)
class Changed:
    """``new_extension``: the phones have to be set up anew."""

    saved: Saved
    new_extension: bool


def change_person(
    plans: Plans, store: Store, account: str, key: str, row: TypedPerson, *, licences: int, author: str, now: float
) -> Changed:
    """Give somebody of the plan other facts; ``row.number`` and ``row.extension`` as they are now mean no change.

    Raises Mistakes by field, and Stale.
    """
    for left in range(TRIES - 1, -1, -1):
        roster = read_roster(plans, store.console.numbers, account, licences)
        before = person_of(roster, key)
        joining = _checked(roster, key, before, row)
        written = people_of(roster.plan)[key].number if joining.facts.number == before.number else None
        plan = with_person(roster.plan, as_written(joining.facts, written), key)
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
        return Changed(saved, new_extension)
    raise AssertionError("the last try returns or raises")


def remove_person(
    plans: Plans, store: Store, account: str, key: str, *, licences: int, author: str, now: float
) -> Saved:
    """Remove somebody from the plan. Their phones register no longer, their number is free.

    Raises Mistakes where the plan still names them, saying where; and Stale.
    """
    roster = read_roster(plans, store.console.numbers, account, licences)
    before = person_of(roster, key)
    places = list(references(roster, key))
    if places:
        raise Mistakes([Mistake("person", told_places(roster, key, places))])
    name = roster.loaded.people[key].name or key
    plan = without(roster.plan, key)
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


# --- who names them ---------------------------------------------------------------------------------------------------


def references(roster: Roster, key: str) -> Iterator[tuple[str, ...]]:
    """Where the plan names a person, by the names and numbers on the way there."""
    extension = roster.loaded.people[key].extension
    data = {name: each for name, each in roster.plan.data.items() if name not in ("account", "numbers")}
    for path in _places(data, (), frozenset({key, extension})):
        if path[:2] != ("people", key) and path[-1] not in ("extension", "number"):
            yield path


def told_places(roster: Roster, key: str, places: list[tuple[str, ...]]) -> Sentence:
    """The sentence for whoever wants to remove somebody."""
    shown = "; ".join(" › ".join(path) for path in places[:MAX_PLACES])
    more = " …" if len(places) > MAX_PLACES else ""
    person = roster.loaded.people[key].name or key
    return say(
        "{person} is still where callers are led: {places}. Let somebody else take their place there first.",
        person=person,
        places=shown + more,
    )


def _places(value: Any, path: tuple[str, ...], names: frozenset[str]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in TEXTS:
                yield from _places(each, (*path, str(name)), names)
    elif isinstance(value, list):
        for number, each in enumerate(value, 1):
            yield from _places(each, (*path, str(number)), names)
    elif not isinstance(value, bool) and str(value) in names:
        yield path


# --- their facts ------------------------------------------------------------------------------------------------------


def _checked(roster: Roster, key: str, before: PersonFacts, row: TypedPerson) -> Joining:
    wrong: list[Mistake] = []
    email, name, number, coming = before.email, before.name, before.number, None
    try:
        email = read_email(row.email)
        others = {
            person.email.casefold() for who, person in roster.loaded.people.items() if person.email and who != key
        }
        if email.casefold() in others:
            wrong.append(Mistake("email", say("Somebody else has this address already.")))
    except Mistakes as problem:
        wrong += problem.mistakes
    try:
        name = read_name(row.name)
    except Mistakes as problem:
        wrong += problem.mistakes
    extension = row.extension or before.extension
    if why := roster.extensions(of=key).problem(extension):
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
    return Joining(key, PersonFacts(extension, name, email, number), coming)


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
