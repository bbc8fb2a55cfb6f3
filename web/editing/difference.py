"""Two texts of a plan held against each other: the lines that differ, with some around them, for people to read."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

AROUND = 2
MAX_LINES = 2000
LONG = 2000
"""Lines from which those that stand everywhere, such as empty ones, are no landmarks: comparing stays quick."""


class Side(Enum):
    """Where a line stands: in both texts, in the one before, in the one after; or lines are left out here."""

    BOTH = "both"
    BEFORE = "before"
    AFTER = "after"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """A line, with its number in the text it stands in (the one after, if in both)."""

    side: Side
    number: int
    text: str


def compared(before: Sequence[str], after: Sequence[str]) -> difflib.SequenceMatcher[str]:
    """Two lists of lines, laid beside each other."""
    return difflib.SequenceMatcher(None, before, after, autojunk=len(before) + len(after) > LONG)


def difference(before: str, after: str) -> list[DifferenceLine]:
    """The lines that differ; nothing where the texts are the same."""
    old, new = before.splitlines(), after.splitlines()
    shown: list[DifferenceLine] = []
    groups = compared(old, new).get_grouped_opcodes(AROUND)
    for number, group in enumerate(groups):
        if number:
            shown.append(DifferenceLine(Side.GAP, 0, ""))
        for what, start, end, new_start, new_end in group:
            if what == "equal":
                lines = enumerate(new[new_start:new_end], new_start + 1)
                shown += [DifferenceLine(Side.BOTH, at, text) for at, text in lines]
            else:
                shown += [DifferenceLine(Side.BEFORE, at, text) for at, text in enumerate(old[start:end], start + 1)]
                lines = enumerate(new[new_start:new_end], new_start + 1)
                shown += [DifferenceLine(Side.AFTER, at, text) for at, text in lines]
        if len(shown) > MAX_LINES:
            return [*shown[:MAX_LINES], DifferenceLine(Side.GAP, 0, "")]
    return shown


def unified(before: str, after: str) -> str:
    """The same as programs read it."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=AROUND)
    return "\n".join(lines)
