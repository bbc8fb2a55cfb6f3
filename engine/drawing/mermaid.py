"""The picture as a Mermaid flowchart, which GitHub and many wikis draw where it stands in a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.dialplan.caption import Shape
from engine.drawing.graph import Box, Graph, Row
from engine.drawing.palette import LOOKS

OUTLINES = {
    Shape.NUMBER: ("([", "])"),
    Shape.HOURS: ("{{", "}}"),
    Shape.PERSON: ("(", ")"),
    Shape.VOICEMAIL: ("[(", ")]"),
    Shape.SOUND: (">", "]"),
    Shape.END: ("([", "])"),
    Shape.BACK: ("([", "])"),
}
PLAIN = ("[", "]")
LONGEST = 80
_PLAIN = re.compile(r"[^\w ,.:!?()+/=×–…'-]")
_LIST = re.compile(r"^(\d+)\.|^([-+*])")
_CODE = {'"': "quot", "&": "amp", "<": "lt", ">": "gt"}


def mermaid_of(graph: Graph) -> str:
    """The flowchart's text, without the fence around it; the same graph gives the same text."""
    return "\n".join(["flowchart LR", *_lines(graph)]) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    for box in graph.boxes:
        label = _label(box, graph.title if box.shape is Shape.NUMBER else "")
        yield f"    {_name(box)}{_outlined(box.shape, label)}:::{_class(box.shape)}"
    for box in graph.boxes:
        for index, row in enumerate(box.rows):
            yield from _way(box, index, row, graph)
    yield from _classes(graph)


def _way(box: Box, index: int, row: Row, graph: Graph) -> Iterator[str]:
    """The arrow of a row, dotted if it leads back; a mark is a small box of its own."""
    said = row.key or ", ".join((row.label, *row.notes)).removesuffix(", ")
    label = f'|"{_escaped(said)}"|' if said else ""
    if row.to is not None:
        yield f"    {_name(box)} -->{label} {_name(graph.boxes[row.to])}"
    elif row.mark and row.mark.to is not None:
        yield f"    {_name(box)} -.->{label} {_name(graph.boxes[row.mark.to])}"
    elif row.mark and row.shown:
        mark = _outlined(row.mark.shape, _escaped(row.mark.text))
        arrow = "-.->" if row.mark.shape is Shape.BACK else "-->"
        yield f"    {_name(box)} {arrow}{label} {_name(box)}_{index}{mark}:::{_class(row.mark.shape)}"


def _classes(graph: Graph) -> Iterator[str]:
    rows = [row for box in graph.boxes for row in box.rows]
    used = {box.shape for box in graph.boxes} | {row.mark.shape for row in rows if row.mark}
    for shape, look in LOOKS.items():
        if shape in used:
            yield f"    classDef {_class(shape)} fill:{look.pale},stroke:{look.strong},color:{look.strong}"


def _name(box: Box) -> str:
    return f"b{box.number}"


def _class(shape: Shape) -> str:
    """A class name that no word of Mermaid's own (such as "end") collides with."""
    return f"a{shape.name.capitalize()}"


def _outlined(shape: Shape, label: str) -> str:
    left, right = OUTLINES.get(shape, PLAIN)
    return f'{left}"{label}"{right}'


def _label(box: Box, above: str) -> str:
    return "<br/>".join(map(_escaped, filter(None, (above, f"{box.title} {box.badge}".strip(), *box.notes))))


def _escaped(text: str) -> str:
    """Text of a label in quotes. What might be read as markup, or as a list's beginning, is written as a code."""
    text = "".join(c for c in text if c.isprintable())
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    coded = _PLAIN.sub(lambda match: f"#{_CODE.get(match[0], ord(match[0]))};", text)
    return _LIST.sub(lambda match: f"{match[1]}#46;" if match[1] else f"#{ord(match[2])};", coded)
