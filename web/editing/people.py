"""Edits of a plan's people: who has which extension, name, address and number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from web.editing.plan import Plan
from web.mistakes import refused
from web.words import say

MAX_KEY = 40
_NO_LEADING_ZERO = re.compile(r"[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the console writes of a person; None where the plan says nothing. Everything else they have stays."""

    extension: str
    name: str | None = None
    email: str | None = None
    number: str | None = None


FACTS = ("extension", "name", "email", "number")


def people_of(plan: Plan) -> dict[str, PersonFacts]:
    """Everybody in the plan, by the name they have in it."""
    people = plan.data.get("people")
    return {key: _facts(entry) for key, entry in people.items()} if isinstance(people, dict) else {}


def with_person(plan: Plan, facts: PersonFacts, key: str | None = None) -> Plan:
    """The plan with one person more, or, where ``key`` is somebody of it, with other facts of that person.

    Without a ``key`` one is made of the name or the address (``key_for`` tells which). Other accounts and the rest of
    the plan are held against it when it is saved.
    """
    data = plan.copied()
    people = data.get("people")
    everybody = dict(people) if isinstance(people, dict) else {}
    name = key_for(plan, facts) if key is None else key
    before = everybody.get(name)
    if isinstance(before, dict):
        entry = dict(before)
        for fact in FACTS:
            value = getattr(facts, fact)
            if value is None:
                entry.pop(fact, None)
            elif str(entry.get(fact)) != value:
                entry[fact] = as_written(value)
    else:
        entry = entry_of(facts)
    everybody[name] = entry
    data["people"] = everybody
    return plan.with_data(data)


def with_people(plan: Plan, many: dict[str, PersonFacts]) -> Plan:
    """The same for many at once, by the names they have or are to have in the plan."""
    for key, facts in many.items():
        plan = with_person(plan, facts, key)
    return plan


def entry_of(facts: PersonFacts) -> dict[str, Any]:
    """A person's entry in the plan."""
    return {fact: as_written(value) for fact in FACTS if (value := getattr(facts, fact)) is not None}


def key_for(plan: Plan, facts: PersonFacts) -> str:
    """A name in the plan that nobody and nothing has yet: ``anna-de-vries``, or ``desk`` for desk@bakery.example."""
    address = (facts.email or "").partition("@")[0]
    wanted = _slug(facts.name or "") or _slug(address) or f"person-{facts.extension}"
    taken = {
        name.casefold()
        for section in ("people", "menus", "groups", "queues", "mailboxes", "callers", "conferences")
        if isinstance(block := plan.data.get(section), dict)
        for name in block
    }
    taken |= {"people", "anonymous", "repeat", "back", "top", "hang_up", "directory"}
    number, key = 2, wanted
    while key in taken:
        key, number = f"{wanted}-{number}", number + 1
    return key


def with_key(plan: Plan, key: str, new: str) -> Plan:
    """The plan with another name for a person, where it stands itself; what refers to it is not looked at."""
    data = plan.copied()
    people = data.get("people")
    if not isinstance(people, dict) or key not in people:
        raise no_such_person(key)
    if new in people:
        raise refused("key", say("Somebody is called {name} already.", name=new))
    data["people"] = {new if each == key else each: entry for each, entry in people.items()}
    return plan.with_data(data)


def without(plan: Plan, key: str) -> Plan:
    """The plan without a person; what refers to them is not looked at."""
    data = plan.copied()
    people = data.get("people")
    if not isinstance(people, dict) or key not in people:
        raise no_such_person(key)
    del people[key]
    if not people:
        del data["people"]
    return plan.with_data(data)


def no_such_person(key: str) -> Exception:
    """What is raised for somebody who is not in the plan."""
    return refused("person", say("Nobody is called {name} in this plan.", name=key[:60]))


def _facts(entry: Any) -> PersonFacts:
    said = entry if isinstance(entry, dict) else {}
    name, email, number = (str(said[fact]) if said.get(fact) is not None else None for fact in FACTS[1:])
    return PersonFacts(str(said.get("extension") or ""), name, email, number)


def as_written(word: str) -> str | int:
    """A name or an extension as the plan has it: 101 without quotes, as all programs read that alike."""
    return int(word) if _NO_LEADING_ZERO.fullmatch(word) else word


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_KEY].strip("-")
    return slug if re.match(r"[a-z]", slug) else ""
