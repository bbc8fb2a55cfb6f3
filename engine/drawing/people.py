"""Lists in columns below the picture: everybody by extension, and what the account's own star codes do."""

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
    """A list with its size; an entry is the extension or code, the name and perhaps a number."""

    heading: str
    width: float
    height: float
    entries: tuple[tuple[Plate | Text, ...], ...]


def panel_of(heading: str, listed: Sequence[Listed], room: float) -> Panel:
    """A list in as many columns as there is ``room`` for, read downwards."""
    if not listed:
        return Panel(heading, room, 0.0, ())
    plate = max(width(one.dialled, SIZES["badge"], bold=True) for one in listed) + 10
    name = min(max(width(one.name, SIZES["label"]) for one in listed), WIDEST_NAME)
    number = max(width(one.number, SIZES["note"]) for one in listed)
    wide = plate + 9 + name + (12 + number if number else 0.0) + GAP
    columns = max(int((room + GAP) // wide), 1)
    lines = -(-len(listed) // columns)
    entries = []
    for index, one in enumerate(listed):
        x, y = (index // lines) * wide, TOP + (index % lines) * LINE + LINE / 2
        shown = wrap(one.name, SIZES["label"], name, lines=1)[0]
        parts: list[Plate | Text] = [
            Plate(x, y, plate, one.dialled, "badge"),
            Text(x + plate + 9, y + 4, shown, "label", name),
        ]
        if one.number:
            parts.append(Text(x + plate + 9 + name + 12, y + 4, one.number, "note", number))
        entries.append(tuple(parts))
    return Panel(heading, room, TOP + lines * LINE, tuple(entries))
