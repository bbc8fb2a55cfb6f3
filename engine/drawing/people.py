"""Everybody by extension, in columns below the picture: whom a caller gets by an extension or somebody's own number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.drawing.cards import SIZES, Plate, Text
from engine.drawing.graph import Listed
from engine.drawing.text import width, wrap

TOP = 42.0
LINE = 25.0
GAP = 28.0
WIDEST_NAME = 190.0


@dataclass(frozen=True, slots=True)
class Panel:
    """The list with its size; an entry is the extension, the name and perhaps a number."""

    width: float
    height: float
    entries: tuple[tuple[Plate | Text, ...], ...]


def panel_of(people: Sequence[Listed], room: float) -> Panel:
    """The list of people in as many columns as there is ``room`` for, read downwards."""
    if not people:
        return Panel(room, 0.0, ())
    plate = max(width(person.extension, SIZES["badge"], bold=True) for person in people) + 10
    name = min(max(width(person.name, SIZES["label"]) for person in people), WIDEST_NAME)
    number = max(width(person.number, SIZES["note"]) for person in people)
    wide = plate + 9 + name + (12 + number if number else 0.0) + GAP
    columns = max(int((room + GAP) // wide), 1)
    lines = -(-len(people) // columns)
    entries = []
    for index, person in enumerate(people):
        x, y = (index // lines) * wide, TOP + (index % lines) * LINE + LINE / 2
        shown = wrap(person.name, SIZES["label"], name, lines=1)[0]
        parts: list[Plate | Text] = [
            Plate(x, y, plate, person.extension, "badge"),
            Text(x + plate + 9, y + 4, shown, "label", name),
        ]
        if person.number:
            parts.append(Text(x + plate + 9 + name + 12, y + 4, person.number, "note", number))
        entries.append(tuple(parts))
    return Panel(room, TOP + lines * LINE, tuple(entries))
