"""Two changes of the same plan at once: put together where they do not touch the same part of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from web.editing.difference import compared
from web.editing.plan import Plan
from web.editing.values import at_path, same
from web.editing.writing import SECTIONS
from web.mistakes import Mistakes
from web.words import Sentence, say

Part = tuple[str, ...]
"""A section of the plan, or an entry of one: ``("numbers",)``, ``("menus", "welcome")``."""

WHOLE: Mapping[str, Sentence] = {
    "account": say("the account"),
    "numbers": say("the numbers"),
    "main_number": say("the main number"),
}


@dataclass(frozen=True, slots=True)
class Merged:
    """Both changes together, as an edit of what is in place; ``parts`` that both change say what ``mine`` does.

    There is no such plan where one of them is not known, or is no dialplan.
    """

    plan: Plan | None
    parts: tuple[Part, ...] = ()


def merged(base: Plan, mine: Plan, theirs: Plan) -> Merged:
    """What ``mine`` and ``theirs``, both made of ``base``, come to. ``theirs`` is in place."""
    try:
        before, one, other = base.data, mine.data, theirs.data
    except Mistakes:
        return Merged(None)
    wanted = _changed(before, one)
    both = tuple(
        part for part in sorted(wanted & _changed(before, other)) if not same(at_path(one, part), at_path(other, part))
    )
    data = theirs.copied()
    for part in sorted(wanted):
        _put(data, part, at_path(one, part), one)
    by_line = _lines_merged(base.text, mine.text, theirs.text)
    if by_line is not None and not both:
        plan = replace(theirs, text=by_line)
        try:
            if same(plan.data, data):
                return Merged(plan)
        except Mistakes:
            pass  # two changes that are YAML each need not be so together: the values are merged, then
    try:
        return Merged(theirs.with_data(data), both)
    except Mistakes:
        return Merged(None, both)


def part_in_words(part: Part) -> Sentence:
    """A part of the plan for people."""
    if part[0] in WHOLE:
        return WHOLE[part[0]]
    if len(part) == 1:
        return say("the section {name}", name=part[0])
    nouns = {
        "people": say("the person {name}", name=part[1]),
        "menus": say("the menu {name}", name=part[1]),
        "hours": say("the hours {name}", name=part[1]),
    }
    return nouns.get(part[0], say("{name} of the section {section}", name=part[1], section=part[0]))


def _parts(data: Mapping[str, Any]) -> Iterator[Part]:
    for section, block in data.items():
        if section in SECTIONS and isinstance(block, dict):
            yield from ((section, name) for name in block)
        else:
            yield (section,)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[Part]:
    parts = {*_parts(before), *_parts(after)}
    return {part for part in parts if not same(at_path(before, part), at_path(after, part))}


def _put(data: dict[str, Any], part: Part, value: Any, of: Mapping[str, Any]) -> None:
    """Set a part, or take it out where ``of`` has none."""
    *way, last = part
    holder: Any = data
    for name in way:
        block = holder.get(name)
        if not isinstance(block, dict):
            block = holder[name] = {}
        holder = block
    there = at_path(of, way) if way else of
    if isinstance(there, dict) and last in there:
        holder[last] = value
    else:
        holder.pop(last, None)
        if way and not holder:
            del data[way[0]]


def _lines_merged(base: str, mine: str, theirs: str) -> str | None:
    """The lines of both; None if they change the same ones, or lines beside each other."""
    lines = base.splitlines(keepends=True)
    changes = sorted(
        (start, end, new)
        for text in (mine, theirs)
        for start, end, new in _hunks(lines, text.splitlines(keepends=True))
    )
    merged_lines: list[str] = []
    done = -1
    last: tuple[int, int, tuple[str, ...]] | None = None
    for change in changes:
        if change == last:
            continue
        start, end, new = change
        if start <= done:
            return None
        merged_lines += lines[max(done, 0) : start]
        merged_lines += new
        done, last = end, change
    return "".join([*merged_lines, *lines[max(done, 0) :]])


def _hunks(before: list[str], after: list[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    for what, start, end, new_start, new_end in compared(before, after).get_opcodes():
        if what != "equal":
            yield start, end, tuple(after[new_start:new_end])
