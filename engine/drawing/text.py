"""How wide a text is, and where to break it, without asking for a font.

Widths are those of DejaVu Sans, the widest of the fonts a picture is likely to be shown in: with any other, the text is
narrower than its place.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise

_CLASSES = {
    0.29: "'ijlIJ",
    0.34: " ,./:;\\|",
    0.37: "f-",
    0.4: "()[]t!r",
    0.5: '"*_`',
    0.56: "szc?L",
    0.6: "FkvxyP",
    0.64: "TYaoeESbdghnpqu$0123456789{}",
    0.7: "KAVBRXZC",
    0.78: "UHNDG&OQ",
    0.85: "w#+<=>^~M",
    1.0: "%mW@",
}
WIDTHS = {character: width for width, characters in _CLASSES.items() for character in characters}
OTHER = 0.68
WIDE = 1.05
BOLD = 1.12
ELLIPSIS = "…"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide ``text`` is in a font of ``size``, in the same unit; never less than what it takes."""
    return sum(map(_of_character, text)) * size * (BOLD if bold else 1.0)


def _of_character(character: str) -> float:
    if character in WIDTHS:
        return WIDTHS[character]
    if unicodedata.combining(character):
        return 0.0
    return WIDE if unicodedata.east_asian_width(character) in "WF" else OTHER


def wrap(text: str, size: float, room: float, *, lines: int, bold: bool = False) -> list[str]:
    """``text`` in at most so many lines, none wider than ``room``; an ellipsis stands for what does not fit."""
    wrapped: list[str] = []
    rest = text.strip()
    while rest and len(wrapped) < lines:
        if width(rest, size, bold=bold) <= room:
            return [*wrapped, rest]
        if len(wrapped) == lines - 1:
            return [*wrapped, _cut(rest, size, room - width(ELLIPSIS, size, bold=bold), bold=bold).rstrip() + ELLIPSIS]
        line = _first_line(rest, size, room, bold=bold)
        wrapped.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    return wrapped or [""]


def _cut(text: str, size: float, room: float, *, bold: bool) -> str:
    """The longest beginning that fits, of one character at least."""
    used = 0.0
    for index, character in enumerate(text):
        used += _of_character(character) * size * (BOLD if bold else 1.0)
        if used > room:
            return text[: max(index, 1)]
    return text


def _first_line(text: str, size: float, room: float, *, bold: bool) -> str:
    """As many whole words as fit; a word that is too long for any line is broken."""
    fitting = _cut(text, size, room, bold=bold)
    ends = [at + 1 for at, (one, after) in enumerate(pairwise(text[: len(fitting) + 1])) if one != " " and after == " "]
    ends += [at + 1 for at, one in enumerate(fitting[:-1]) if one in "-/" and at > 3]
    return fitting[: max(ends)] if ends else fitting
