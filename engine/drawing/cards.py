"""A box as a card of a certain size: which text, sign and key stands where in it, and where its arrows begin.

Lengths are in pixels of the SVG, positions from the card's upper left corner; a text's position is its baseline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from engine.dialplan.caption import Shape
from engine.drawing.graph import Box, Mark, Row
from engine.drawing.text import width, wrap

MIN_WIDTH = 150.0
MAX_WIDTH = 345.0
EDGE = 10.0
SIGN = 16.0
HEAD = 30.0
LINE = 15.0
ROW = 24.0
BADGE_SIZE = 11.5
SIZES = {"title": 13.5, "note": 11.5, "label": 12.0, "mark": 11.5, "badge": BADGE_SIZE, "key": 12.0}
BOLD_STYLES = ("title", "badge", "key")
TITLE_LINES = 3
NOTE_LINES = 4
NOTES_SHOWN = 6
LABEL_LINES = 2
GAP = 10.0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text in one of the styles of ``SIZES``, from or up to ``x``; ``room`` is how wide it may be."""

    x: float
    y: float
    text: str
    style: str
    room: float
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """The sign of a shape, ``SIGN`` wide and high."""

    x: float
    y: float
    shape: Shape


@dataclass(frozen=True, slots=True)
class Plate:
    """A text on a plate of its own: a telephone key, or a badge."""

    x: float
    y: float
    width: float
    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the card."""

    y: float


@dataclass(frozen=True, slots=True)
class Ending:
    """A mark with its sign after it, at the right end ``x`` of a line; ``y`` is its baseline."""

    x: float
    y: float
    mark: Mark
    text: str


Part = Text | Sign | Plate | Rule | Ending


@dataclass(slots=True)
class Card:
    """A box with its size. ``entry`` is the height at which arrows arrive, ``ports`` those at which rows are left."""

    box: Box
    width: float
    height: float = HEAD
    entry: float = HEAD / 2
    parts: list[Part] = field(default_factory=list)
    ports: dict[int, float] = field(default_factory=dict)


def natural_width(box: Box) -> float:
    """How wide the card would like to be, within bounds."""
    widths = [_head_width(box) + _beside(box), *(_of(note, "note") + 2 * EDGE for note in box.notes)]
    if not _is_one_line(box):
        widths += [_row_width(row) for row in _shown(box)]
    return min(max(MIN_WIDTH, *map(ceil, widths)), MAX_WIDTH)


def card_of(box: Box, card_width: float) -> Card:
    """The card of a box, ``card_width`` wide and as high as it must be."""
    card = Card(box, card_width)
    one_line = _is_one_line(box)
    y = _head(card, _shown(box)[0] if one_line else None)
    for line in _notes(box, card_width):
        card.parts.append(Text(EDGE, y + 8, line, "note", card_width - 2 * EDGE))
        y += LINE
    if box.notes:
        y += 5
    rows = [] if one_line else _shown(box)
    if rows and (rows[0].label or len(rows) > 1):
        card.parts.append(Rule(y))
        y += 3
    for row in rows:
        y = _row(card, row, y)
    card.height = y + (3 if rows else 0)
    return card


def _of(text: str, style: str) -> float:
    return width(text, SIZES[style], bold=style in BOLD_STYLES)


def _shown(box: Box) -> list[Row]:
    return [row for row in box.rows if row.shown]


def _is_one_line(box: Box) -> bool:
    """Whether the only way out stands beside the title."""
    rows = _shown(box)
    return len(rows) == 1 and not (rows[0].key or rows[0].notes or box.notes) and _beside(box) < MAX_WIDTH / 2


def _beside(box: Box) -> float:
    """The room that the only way out takes beside the title."""
    rows = _shown(box)
    if len(rows) != 1 or rows[0].key or rows[0].notes or box.notes:
        return 0.0
    return GAP + (_mark_width(rows[0].mark) if rows[0].mark else _of(rows[0].label, "label"))


def _head_width(box: Box) -> float:
    badge = _plate_width(box.badge, "badge") + 7 if box.badge else 0.0
    return EDGE + SIGN + 7 + _of(box.title, "title") + badge + EDGE


def _plate_width(text: str, style: str) -> float:
    return max(_of(text, style) + 10, 20.0)


def _mark_width(mark: Mark) -> float:
    return SIGN + 4 + _of(mark.text, "mark")


def _row_width(row: Row) -> float:
    key = _plate_width(row.key, "key") + 8 if row.key else 0.0
    first = _of(row.label, "label") + (GAP + _mark_width(row.mark) if row.mark else 0.0)
    return 2 * EDGE + max(key + first, *(_of(note, "note") for note in row.notes), 0.0)


def _notes(box: Box, card_width: float) -> Iterator[str]:
    for note in box.notes:
        yield from wrap(note, SIZES["note"], card_width - 2 * EDGE, lines=NOTE_LINES)


def _head(card: Card, beside: Row | None) -> float:
    """Sign, title, badge and the only way out; where the next line begins."""
    box = card.box
    card.parts.append(Sign(EDGE, HEAD / 2 - SIGN / 2, box.shape))
    x = EDGE + SIGN + 7
    if box.badge:
        card.parts.append(Plate(x, HEAD / 2, _plate_width(box.badge, "badge"), box.badge, "badge"))
        x += _plate_width(box.badge, "badge") + 7
    room = card.width - EDGE - x - (_beside(box) if beside else 0.0)
    lines = wrap(box.title, SIZES["title"], room, lines=TITLE_LINES, bold=True)
    for index, line in enumerate(lines):
        card.parts.append(Text(x, HEAD / 2 + 5 + 16 * index, line, "title", room))
    if beside:
        _way_out(card, beside)
    return HEAD + 16 * (len(lines) - 1)


def _way_out(card: Card, row: Row) -> None:
    """What stands at the right end of the title's line: a mark, or the label of an arrow."""
    end, baseline = card.width - EDGE, HEAD / 2 + 4
    if row.mark:
        card.parts.append(Ending(end, baseline, row.mark, row.mark.text))
    else:
        card.parts.append(Text(end, baseline, row.label, "label", _of(row.label, "label"), at_end=True))
        card.ports[card.box.rows.index(row)] = HEAD / 2


def _row(card: Card, row: Row, y: float) -> float:
    """One way out on lines of its own; where the next row begins."""
    if not row.label and row.mark is None and not row.key:
        card.ports[card.box.rows.index(row)] = HEAD / 2
        return y
    middle = y + ROW / 2
    x = EDGE
    if row.key:
        card.parts.append(Plate(x, middle, _plate_width(row.key, "key"), row.key, "key"))
        x += _plate_width(row.key, "key") + 8
    end = card.width - EDGE
    if row.mark:
        text = wrap(row.mark.text, SIZES["mark"], card.width * 0.6 - SIGN, lines=1)[0]
        card.parts.append(Ending(end, middle + 4, row.mark, text))
        end -= _of(text, "mark") + 4 + SIGN + GAP
    else:
        card.ports[card.box.rows.index(row)] = middle
    lines = wrap(row.label, SIZES["label"], end - x, lines=LABEL_LINES)
    for index, line in enumerate(lines):
        card.parts.append(Text(x, middle + 4 + LINE * index, line, "label", end - x))
    y += ROW + LINE * (len(lines) - 1)
    notes = row.notes
    if len(notes) > NOTES_SHOWN:
        notes = (*notes[: NOTES_SHOWN - 1], f"and {len(notes) - NOTES_SHOWN + 1} more")
    for note in notes:
        for line in wrap(note, SIZES["note"], card.width - EDGE - x, lines=2):
            card.parts.append(Text(x, y + 7, line, "note", card.width - EDGE - x))
            y += LINE
    return y + (3 if notes else 0)
