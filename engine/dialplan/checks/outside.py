"""Where people's calls go: forwards that lead nowhere new, follow-me that never rings, telephones outside."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import phonenumbers

from engine.dialplan.account import Account, Person
from engine.dialplan.findings import Doubt
from engine.dialplan.forwards import WHYS, ToNumber, ToPerson, Why, in_file
from engine.dialplan.graph import Graph
from engine.dialplan.nodes.dial import Dial
from engine.dialplan.nodes.ring import Ring
from engine.dialplan.reach import ring_seconds
from engine.dialplan.source import Position


def check_outside(account: Account, graph: Graph, trunks: Collection[str] | None) -> Iterator[Doubt]:
    """``trunks`` are the names of those the account may use; None if nobody knows."""
    for name, person in account.people.items():
        yield from _forwards(name, person)
        yield from _late(graph, name, person)
    yield from _rounds(account)
    numbers = list(_numbers(account, graph))
    yield from _odd_numbers(account, numbers)
    if trunks is not None and not trunks:
        yield from _no_trunk(account, numbers)


def _forwards(name: str, person: Person) -> Iterator[Doubt]:
    for why in WHYS:
        leads = in_file(person, why)
        if person.forward is not None and leads == ToPerson(name):
            yield Doubt(
                person.forward.place(why),
                f"'{name}' forwards calls to themselves",
                "the forward is not followed",
                "name somebody else, or leave it out",
            )
        if why != "always" and leads is not None and in_file(person, "always") is not None:
            assert person.forward is not None
            yield Doubt(
                person.forward.place(why),
                f"calls of '{name}' never go where '{why}' says",
                "all of them go where 'always' says",
                "leave one of the two out",
            )
    for step in person.follow_me:
        if step.ring == name:
            yield Doubt(
                step.place("ring"),
                f"'{name}' rings already when follow-me rings them",
                "their phones are called once more",
                "name somebody else",
            )


def _late(graph: Graph, name: str, person: Person) -> Iterator[Doubt]:
    """Steps that begin when it has stopped ringing."""
    if not person.follow_me:
        return
    rings = [node for node in graph.nodes if isinstance(node, Ring) and node.ring == name]
    for step in person.follow_me:
        if step.after >= ring_seconds(person):
            yield _too_late(
                step.place("after"), name, ring_seconds(person), "let 'ring_time' be longer, or begin sooner"
            )
        for node in rings:
            if node.seconds is not None and step.after >= node.seconds:
                yield _too_late(node.place("for"), name, node.seconds, "let it ring for longer")


def _too_late(at: Position, name: str, seconds: float, advice: str) -> Doubt:
    return Doubt(
        at,
        f"it stops ringing for '{name}' after {seconds:g} s, before follow-me rings others",
        "they are only rung if no phone of theirs is there, or somebody declines",
        advice,
    )


def _rounds(account: Account) -> Iterator[Doubt]:
    """People who forward all their calls in a circle."""
    told: set[str] = set()
    for first in account.people:
        round_, name = [first], _next(account, first)
        while name is not None and name not in round_:
            round_.append(name)
            name = _next(account, name)
        if name == first and len(round_) > 1 and not told.intersection(round_):
            told.update(round_)
            forward = account.people[first].forward
            assert forward is not None
            yield Doubt(
                forward.place("always"),
                f"calls are forwarded in a circle: {' -> '.join([*round_, first])}",
                f"whoever is called last in it is rung all the same: for '{first}' that is '{round_[-1]}'",
                "let one of them forward elsewhere",
            )


def _next(account: Account, name: str, why: Why = "always") -> str | None:
    leads = in_file(account.people[name], why)
    return leads.person if isinstance(leads, ToPerson) and leads.person != name else None


def _numbers(account: Account, graph: Graph) -> Iterator[tuple[str, Position]]:
    """Telephones outside that the file names, and where."""
    for node in graph.nodes:
        if isinstance(node, Dial):
            yield node.dial, node.place("dial")
    for person in account.people.values():
        for why in WHYS:
            leads = in_file(person, why)
            if isinstance(leads, ToNumber) and person.forward is not None:
                yield leads.number, person.forward.place(why)
        for step in person.follow_me:
            if step.dial is not None:
                yield step.dial, step.place("dial")


def _odd_numbers(account: Account, numbers: list[tuple[str, Position]]) -> Iterator[Doubt]:
    for number, at in numbers:
        if number in account.numbers_at:
            yield Doubt(
                at,
                f"{number} is a number of the account itself",
                "the call goes out and comes in again, and costs two lines",
                "name the person or the menu instead",
            )
        elif not phonenumbers.is_valid_number(phonenumbers.parse(number, None)):
            yield Doubt(
                at,
                f"{number} is no number that is given out anywhere",
                "callers who are led there hear that it cannot be reached",
                "look for a digit too many or too few",
            )


def _no_trunk(account: Account, numbers: list[tuple[str, Position]]) -> Iterator[Doubt]:
    effect = "callers hear that nobody can be reached, or go where 'unreachable' or 'else' say"
    advice = "add a provider to config/trunks.yaml"
    for number, at in numbers:
        yield Doubt(at, f"no trunk can call {number}", effect, advice)
    for name, person in account.people.items():
        if person.outside_forward:
            what = f"'{name}' may forward calls to the outside, and there is no trunk"
            yield Doubt(person.place("outside_forward"), what, effect, advice)
