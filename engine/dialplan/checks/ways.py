"""Ways through the account: menus nobody comes to, menus nobody gets out of, rounds without end, callers cut off."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dialplan.account import Account
from engine.dialplan.findings import Doubt
from engine.dialplan.graph import Graph, Place
from engine.dialplan.model import Exit
from engine.dialplan.nodes.menu import Menu
from engine.dialplan.walk import MAX_STEPS

MAX_SHOWN = 6
"""Places of a round that are named."""


def check_ways(account: Account, graph: Graph) -> Iterator[Doubt]:
    yield from _unreachable_menus(account, graph)
    yield from _menus_without_keys(account)
    yield from _no_way_out(graph)
    yield from _endless_rounds(graph)
    yield from _silence_ends_the_call(account, graph)


def _unreachable_menus(account: Account, graph: Graph) -> Iterator[Doubt]:
    reached = {place.node.name for place in graph.reached(graph.entries) if isinstance(place.node, Menu)}
    for name, menu in account.menus.items():
        if name not in reached:
            yield Doubt(
                menu.place(),
                f"no caller ever comes to menu '{name}'",
                "what it offers cannot be had",
                f"lead there with {{menu: {name}}}, or remove it",
            )


def _menus_without_keys(account: Account) -> Iterator[Doubt]:
    for name, menu in account.menus.items():
        if not any(way.by_key and way.name != "wrong_input" for way in menu.exits()):
            yield Doubt(
                menu.place(),
                f"in menu '{name}' no key leads anywhere",
                "whatever callers press is wrong",
                "add 'keys' or 'dial_extensions: true', or use {play: ...} instead of a menu",
            )


def _no_way_out(graph: Graph) -> Iterator[Doubt]:
    out = graph.with_a_way_out()
    for name, place in graph.menus.items():
        if place not in out:
            yield Doubt(
                place.node.place(),
                f"menu '{name}' has no way out",
                "callers go round until they hang up, and never get to a person, a voicemail or the end",
                f"let a key or 'no_input' of '{name}', or of a menu it leads to, ring somebody or take a message",
            )


def _endless_rounds(graph: Graph) -> Iterator[Doubt]:
    """Rounds that nobody leaves without a key. Menus that have no way out at all are told already."""
    out, out_alone = graph.with_a_way_out(), graph.with_a_way_out(_needs_no_key)
    walked: set[Place] = set()
    for start in graph.reached(graph.entries):
        walk: list[Place] = []
        place = start
        while place not in out_alone and place not in walked:
            walked.add(place)
            walk.append(place)
            onward = [to for way in graph.ways[place] if _needs_no_key(way.exit) for to in way.to]
            if not onward:
                break
            place = onward[0]
        if place in walk and place in out:
            yield _endless(walk[walk.index(place) :])


def _endless(round_: list[Place]) -> Doubt:
    first = min(round_, key=lambda place: (place.node.at.line, place.node.at.column))
    turn = round_.index(first)
    labels = [place.label for place in (round_[turn:] + round_[:turn])]
    shown = labels if len(labels) <= MAX_SHOWN else [*labels[:MAX_SHOWN], "..."]
    return Doubt(
        first.node.at,
        f"who presses nothing goes round for good: {' -> '.join([*shown, labels[0]])}",
        f"a caller whose phone sends no keys goes on hearing the same, and is cut off after {MAX_STEPS} steps",
        f"lead 'no_input' of {labels[0]} to a person, a voicemail or hang_up",
    )


def _needs_no_key(way: Exit) -> bool:
    return not way.by_key


def _silence_ends_the_call(account: Account, graph: Graph) -> Iterator[Doubt]:
    """First menus that hang up on silence. Who is in a later one has pressed a key and so can."""
    first = {place.node.name for place in graph.reached([graph.entry], _needs_no_key) if isinstance(place.node, Menu)}
    somebody = next(iter(account.people), "somebody")
    for name, menu in account.menus.items():
        if name in first and menu.no_input.then is None:
            yield Doubt(
                menu.place("no_input"),
                f"menu '{name}' has nothing for callers who press nothing",
                "whoever cannot press keys or needs help hears goodbye and is cut off",
                f"add no_input: {{then: {{ring: {somebody}}}}}, or 'then: hang_up' if that is meant",
            )
