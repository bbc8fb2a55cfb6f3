"""Edits of where callers of the main number go: lines by hours and callers, of which each leads somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from web.editing import destinations
from web.editing.destinations import Destination, Leads, Names
from web.editing.plan import Plan
from web.mistakes import Mistake, Mistakes
from web.words import say

CONDITIONS = ("from", "during")
CHANGED = say("Main number changed")
CLOSED = "closed"
"""Why a call ends outside hours, in the record of calls."""


@dataclass(frozen=True, slots=True)
class Line:
    """Callers ``callers`` ("" for all) are led there ``during`` some hours or a switch ("" for always)."""

    to: Destination
    during: str = ""
    callers: str = ""


def lines_of(plan: Plan) -> tuple[Line, ...]:
    """Where callers of the main number go, the first line first whose conditions hold."""
    raw, names = plan.data.get("main_number"), Names.of(plan)
    if isinstance(raw, list):
        return tuple(_line(each, names) for each in raw)
    return () if raw is None else (Line(destinations.read(raw, names)),)


def for_all_callers(plan: Plan) -> tuple[Line | None, Line | None]:
    """The lines that all callers go by: the one that counts during the hours there are, and the one for otherwise."""
    hours = Names.of(plan).sections["hours"]
    lines = [line for line in lines_of(plan) if not line.callers]
    within = next((line for line in lines if line.during in hours), None)
    return within, next((line for line in lines if not line.during), None)


def with_lines(plan: Plan, lines: Sequence[Line]) -> Plan:
    """The plan with other lines; those that are as before stay as they are written. Raises Mistakes."""
    raw, names = plan.data.get("main_number"), Names.of(plan)
    before = raw if isinstance(raw, list) else [] if raw is None else [raw]
    places = _places(lines, before, names)
    mistakes = []
    for number, (line, place) in enumerate(zip(lines, places, strict=True)):
        mistakes += _mistakes(line, number, last=number == len(lines) - 1, names=names)
        mistakes += destinations.mistakes_in(line.to, f"lines.{number}", _bare(place), names)
    if not lines:
        mistakes.append(Mistake("lines", say("Choose where callers of the main number go.")))
    if mistakes:
        raise Mistakes(mistakes)
    made = [_written(line, place, names) for line, place in zip(lines, places, strict=True)]
    data = plan.copied()
    data["main_number"] = made if len(made) > 1 or (isinstance(raw, list) and len(raw) == len(made)) else made[0]
    return plan.with_data(data)


def leading_to(plan: Plan, to: Destination, *, during: str | None = None, outside: Destination | None = None) -> Plan:
    """The plan in which callers of the main number go ``to`` a place; lines for some callers, and switches, stay.

    ``during`` some hours only if that is given ("" for always); else the hours stay that there are. ``outside`` them
    callers go there, or where they went before. Raises Mistakes.
    """
    lines, hours = list(lines_of(plan)), Names.of(plan).sections["hours"]
    usual, rest = for_all_callers(plan)
    stay = [line for line in lines if line.callers or (line.during and line.during not in hours)]
    if during is None and usual is not None:
        lines[lines.index(usual)] = replace(usual, to=to)
        if outside is not None and rest is not None:
            lines[lines.index(rest)] = replace(rest, to=outside)
        return with_lines(plan, lines)
    if not during:
        return with_lines(plan, [*stay, Line(to)])
    otherwise = outside or (rest.to if rest else Destination(Leads.HANG_UP))
    return with_lines(plan, [*stay, Line(to, during), Line(otherwise)])


def _line(raw: Any, names: Names) -> Line:
    if not isinstance(raw, dict):
        return Line(destinations.read(raw, names))
    callers = raw.get("from")
    shown = ", ".join(map(str, callers)) if isinstance(callers, list) else str(callers or "")
    return Line(destinations.read(_bare(raw), names), str(raw.get("during") or ""), shown)


def _bare(raw: Any) -> Any:
    """A line's destination without its conditions."""
    if not isinstance(raw, dict):
        return raw
    return {name: each for name, each in raw.items() if name not in CONDITIONS}


def _places(lines: Sequence[Line], before: list[Any], names: Names) -> list[Any]:
    """The raw line that each line was, None for new ones: by its conditions, each once."""
    left = list(before)
    found = []
    for line in lines:
        match = next((raw for raw in left if _conditions(_line(raw, names)) == _conditions(line)), None)
        found.append(match)
        if match is not None:
            left.remove(match)
    return found


def _conditions(line: Line) -> tuple[str, str]:
    return (line.during, line.callers)


def _written(line: Line, before: Any, names: Names) -> Any:
    to = destinations.written(line.to, _bare(before), names)
    if not line.during and not line.callers:
        return to
    conditions = {name: before[name] for name in CONDITIONS if isinstance(before, dict) and name in before}
    if not conditions:
        conditions = {"during": line.during}
    if not isinstance(to, dict):
        to = {"hang_up": CLOSED} if to == Leads.HANG_UP.value else {to: True} if to == "directory" else {"ring": to}
    return conditions | to


def _mistakes(line: Line, number: int, *, last: bool, names: Names) -> list[Mistake]:
    if last and (line.during or line.callers):
        return [Mistake(f"lines.{number}.leads", say("Say where all other callers go."))]
    if line.during and line.during not in names.during:
        return [Mistake(f"lines.{number}.during", say("There are no hours called {name}.", name=line.during[:60]))]
    if line.to.leads in (Leads.REPEAT, Leads.BACK, Leads.TOP):
        return [Mistake(f"lines.{number}.leads", say("There is no menu yet to which callers could go back."))]
    return []
