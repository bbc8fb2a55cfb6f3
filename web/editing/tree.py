"""Where everything of a YAML text stands, from its first character to its last: what an edit needs to cut it out.

``engine.dialplan.source`` is what reads a dialplan; this goes over the same events of the same parser once more, for
positions only. Indices count characters of the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.dialplan.source import Position
from web.editing.values import Path


@dataclass(slots=True)
class Node:
    """A value of the text. ``end`` is behind the last character that belongs to it; comments after it do not.

    ``at`` is where the engine's findings place it. ``kind`` is ``scalar``, ``map``, ``list`` or ``alias``; ``flow``
    tells collections in brackets from blocks.
    """

    kind: str
    start: int
    end: int
    at: Position
    flow: bool = False
    entries: list[Entry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """A name of a mapping and its value; ``start`` and ``name_end`` are those of the name."""

    name: str
    start: int
    name_end: int
    value: Node


def positions(text: str) -> Node | None:
    """The document's root; None where there is nothing. The text must be one that the engine can read."""
    byte_order_mark = len(text) - len(text.removeprefix("\ufeff"))
    return _Composer(text, byte_order_mark).document()


def places(node: Node, path: Path = ()) -> Iterator[tuple[Position, Path]]:
    """Where each single value stands, and the way to it; those of a list stand where the list does, too."""
    for entry in node.entries:
        yield from places(entry.value, (*path, entry.name))
    for number, item in enumerate(node.items):
        yield from places(item, (*path, number))
        if item.kind == "scalar":
            yield node.at, (*path, number)
    if node.kind == "scalar":
        yield node.at, path


class _Composer:
    def __init__(self, text: str, before: int) -> None:
        self._text, self._before = text, before
        self._events = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text[before:])

    def document(self) -> Node | None:
        self._events.get_event()
        if isinstance(self._events.get_event(), yaml.StreamEndEvent):
            return None
        return self._node(self._events.get_event())

    def _node(self, event: Any) -> Node:
        start, end = self._at(event.start_mark), self._at(event.end_mark)
        at = Position(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            return Node("alias", start, end, at)
        if isinstance(event, yaml.ScalarEvent):
            return Node("scalar", start, self._trimmed(start, end) if event.style in ("|", ">") else end, at)
        if isinstance(event, yaml.SequenceStartEvent):
            node = Node("list", start, end, at, bool(event.flow_style))
            while not isinstance(event := self._events.get_event(), yaml.SequenceEndEvent):
                node.items.append(self._node(event))
        else:
            node = Node("map", start, end, at, bool(event.flow_style))
            while not isinstance(event := self._events.get_event(), yaml.MappingEndEvent):
                name = (str(event.value), self._at(event.start_mark), self._at(event.end_mark))
                node.entries.append(Entry(*name, self._node(self._events.get_event())))
        if node.flow:
            node.end = self._at(event.end_mark)
        else:
            last = node.items[-1].end if node.items else node.entries[-1].value.end if node.entries else start
            node.end = max(last, node.entries[-1].name_end if node.entries else 0)
        return node

    def _at(self, mark: Any) -> int:
        return int(mark.index) + self._before

    def _trimmed(self, start: int, end: int) -> int:
        """The end of a text in several lines, without the line breaks after it."""
        return start + len(self._text[start:end].rstrip())
