"""Hours: blocks nobody uses, that never or always hold, ways they hide, and times at which nothing is said.

They are judged by asking what holds a minute before and at every edge, through a week or, where that does not tell,
through a year: so whatever a block of hours may consist of, it is judged as calls find it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from datetime import datetime, time, timedelta
from functools import partial
from typing import TypeVar

from engine.dialplan.account import Account
from engine.dialplan.days import SHORTHANDS, Weekdays
from engine.dialplan.findings import Doubt
from engine.dialplan.graph import Graph
from engine.dialplan.model import Node
from engine.dialplan.nodes.hang_up import CAUSES, HangUp
from engine.dialplan.nodes.hours import Hours
from engine.dialplan.nodes.menu import Menu
from engine.dialplan.schedule import MIDNIGHT, Line
from engine.dialplan.switches import FACT, Setting
from engine.office.standing import Remembered, Standing

Seen = TypeVar("Seen", bound=Hashable)

ALWAYS = (Line(Weekdays(SHORTHANDS["every day"]), ((0, MIDNIGHT),)),)
"""What '{}' says."""
Guards = tuple[tuple[str | None, bool], ...]
"""Of each line of a list: the hours or switch it goes by, and whether it is for some callers only."""

WEEK, YEAR = 8, 366
"""Days that are looked at; the second only where the first shows nothing."""


def check_hours(account: Account, graph: Graph, now: float) -> Iterator[Doubt]:
    """``now``: seconds since the epoch; the hours of the year that begins there are looked at."""
    yield from _unused(account, graph)
    yield from _never_or_always(account, now)
    known: dict[Guards, set[int]] = {}
    for node in graph.nodes:
        if isinstance(node, Hours):
            guards = tuple((rule.during, rule.callers is not None) for rule in node.rules)
            if guards not in known:
                known[guards] = _taken(guards, account, now)
            taken = known[guards]
            yield from _hidden_ways(node, taken)
            yield from _silent_ways(node, taken)


def _unused(account: Account, graph: Graph) -> Iterator[Doubt]:
    for name, schedule in account.hours.items():
        if name not in account.referred.get("hours", ()):
            yield Doubt(
                schedule.at,
                f"hours '{name}' are used nowhere",
                "callers are led the same way at all times, as far as these hours go",
                f"use them with 'during: {name}', or remove them",
            )
    used = {during for node in graph.nodes for during in _guards(node)}
    for name, switch in account.switches.items():
        if name not in used:
            yield Doubt(
                switch.at,
                f"the switch '{name}' changes nothing",
                "callers are led the same way whether it is on or off",
                f"use it with 'during: {name}', or remove it",
            )


def _guards(node: Node) -> Iterator[str | None]:
    """The hours and switches that a node goes by."""
    if isinstance(node, Hours):
        yield from (rule.during for rule in node.rules)
    if isinstance(node, Menu):
        yield from node.hours


def _never_or_always(account: Account, now: float) -> Iterator[Doubt]:
    for name, schedule in account.hours.items():
        held = _found({True, False}, (name,), account, now, partial(account.is_open, name))
        if held == {False}:
            yield Doubt(
                schedule.at,
                f"hours '{name}' are never open",
                "no caller is ever led the way they guard",
                "compare days, times and exceptions",
            )
        elif held == {True} and schedule.lines != ALWAYS:
            yield Doubt(
                schedule.at,
                f"hours '{name}' are always open",
                "no caller ever hears what happens outside of them",
                "compare days and times; '{}' says 'always' on purpose",
            )


def _taken(guards: Guards, account: Account, now: float) -> set[int]:
    """The lines of a list that are taken at some time, by their index.

    A switch that is on, or a caller whom a line is for, can only hide the lines below it, so that each is tried alone.
    """
    names = dict.fromkeys(during for during, _ in guards if during)
    hours = tuple(name for name in names if name in account.hours)
    switches = [name for name in names if name in account.switches]
    callers = [index for index, (_, by_caller) in enumerate(guards) if by_caller]
    taken: set[int] = set()
    for tried in (None, *switches, *callers):
        standing = Remembered({FACT + tried: Setting.ON.value} if isinstance(tried, str) else {})

        def first(at: float, tried: str | int | None = tried, standing: Standing = standing) -> int:
            return next(
                index
                for index, (during, by_caller) in enumerate(guards)
                if (not by_caller or index == tried) and (not during or account.holds(during, at, standing))
            )

        taken |= _found(set(range(len(guards))) - taken, hours, account, now, first)
    return taken


def _hidden_ways(node: Hours, taken: set[int]) -> Iterator[Doubt]:
    for rule in (rule for index, rule in enumerate(node.rules) if index not in taken):
        during = rule.during
        yield Doubt(
            rule.at,
            f"the way for '{during}' is never taken" if during else "the last way of this list is never taken",
            "callers are led by the lines above it at all times",
            "put it higher in the list, remove it, or look at the hours of the lines above it",
        )


def _silent_ways(node: Hours, taken: set[int]) -> Iterator[Doubt]:
    """Times at which a caller is hung up on. Who signals busy on purpose says so."""
    for rule in (node.rules[index] for index in sorted(taken)):
        if isinstance(rule.to, HangUp) and not {rule.to.hang_up, rule.to.cause} & CAUSES.keys():
            when = f"while '{rule.during}' is open" if rule.during else "at all other times"
            yield Doubt(
                rule.at,
                f"nothing is said to callers {when}",
                "they are hung up on without a word, and do not learn when to call again",
                'say something first: {say: "We are closed now.", then: hang_up}',
            )


def _found(
    wanted: set[Seen], names: tuple[str, ...], account: Account, now: float, ask: Callable[[float], Seen]
) -> set[Seen]:
    """Which of ``wanted`` ``ask`` answers at any edge of the hours ``names``; a year is searched if need be."""
    edges = _edges(account, names)
    begin = datetime.fromtimestamp(now, account.info.timezone).date()
    seen: set[Seen] = set()
    for day in range(YEAR):
        if wanted <= seen or (day >= WEEK and not _varies(account, names)):
            break
        for minute in edges:
            at = datetime.combine(begin + timedelta(days=day), time(minute // 60, minute % 60), account.info.timezone)
            seen.add(ask(at.timestamp()))
    return seen


def _edges(account: Account, names: tuple[str, ...]) -> list[int]:
    """Minutes of the day at which something may change, and those before them."""
    minutes = {0}
    for name in names:
        for line in account.hours[name].lines:
            minutes |= {edge % MIDNIGHT for span in line.openings for at in span for edge in (at, at - 1)}
    return sorted(minutes)


def _varies(account: Account, names: tuple[str, ...]) -> bool:
    """Whether a week may differ from the next one: some block has more than weekdays and times."""
    return any(
        not isinstance(line.days, Weekdays) or line.days.but is not None
        for name in names
        for line in account.hours[name].lines
    )
