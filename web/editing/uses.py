"""Where a plan refers to somebody. The engine itself is asked: what it cannot find any more was a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from engine.dialplan.source import Position
from engine.settings import Settings
from web.editing.checking import checked
from web.editing.people import as_written
from web.editing.plan import Plan
from web.editing.tree import places, positions
from web.editing.values import Path, at_path
from web.mistakes import Mistake, Mistakes
from web.words import Sentence, say

ROUNDS = 5
"""Loading stops at an error of one kind before it looks for those of another."""


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the plan that refers to somebody, and the line it stands in."""

    path: Path
    line: int

    @property
    def where(self) -> Sentence:
        """The place in words."""
        section, *rest = map(str, self.path)
        name = rest[0] if rest else ""
        if section == "main_number":
            return say("the main number (line {line})", line=self.line)
        if section == "menus" and len(rest) > 2 and rest[1] == "keys":
            return say("key {key} of the menu {name} (line {line})", key=rest[2], name=name, line=self.line)
        nouns = {
            "menus": say("the menu {name} (line {line})", name=name, line=self.line),
            "groups": say("the group {name} (line {line})", name=name, line=self.line),
            "queues": say("the queue {name} (line {line})", name=name, line=self.line),
            "people": say("the calls of {name} (line {line})", name=name, line=self.line),
            "mailboxes": say("the mailbox {name} (line {line})", name=name, line=self.line),
        }
        return nouns.get(section, say("line {line}", line=self.line))


class InUse(Mistakes):
    """Somebody cannot be removed: ``uses`` are the places that refer to them."""

    def __init__(self, person: str, uses: list[Use]) -> None:
        self.uses = tuple(uses)
        super().__init__(
            Mistake("person", say("{name} is still used: {where}.", name=person, where=use.where)) for use in uses
        )


def dangling(settings: Settings, file: File, plan: Plan, words: set[str]) -> list[Use]:
    """The places where the engine does not find any of the ``words``, names and extensions, any more."""
    root = positions(plan.text)
    if root is None:
        return []
    errors = checked(settings, file, plan.text, others=False, doubts=False).errors
    wrong = {Position(finding.line, finding.column) for finding in errors}
    found = {path: at.line for at, path in places(root) if at in wrong and str(at_path(plan.data, path)) in words}
    return [Use(path, line) for path, line in found.items()]


def redirected(settings: Settings, file: File, plan: Plan, words: Mapping[str, str]) -> Plan:
    """The plan with other words where the engine does not find those of before any more."""
    for _ in range(ROUNDS):
        uses = dangling(settings, file, plan, set(words))
        if not uses:
            break
        data = plan.copied()
        for use in sorted(uses, key=lambda use: [(isinstance(step, int), step) for step in use.path], reverse=True):
            word = str(at_path(plan.data, use.path))
            _put(data, use.path, as_written(words[word]))
        plan = plan.with_data(data)
    return plan


def _put(data: Any, path: Path, word: str | int) -> None:
    """Set the value at ``path``; where it is one of a list that has the new one already, it is left out."""
    *way, last = path
    holder = at_path(data, way)
    if isinstance(holder, list) and isinstance(last, int):
        if str(word) in map(str, holder):
            del holder[last]
        else:
            holder[last] = word
    else:
        holder[last] = word
