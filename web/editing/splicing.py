"""A text with other values in it: only the lines that must change do, whatever stands around them.

ruamel.yaml keeps comments, but writes everything anew: it changed one line in eight of the dialplans that come with
Belplan, without any edit. So what changes is cut out of the text here, and put in, by the places where it stands.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from web.editing import writing
from web.editing.tree import Entry, Node, positions
from web.editing.values import canonical, same, value_of

_GAP = re.compile(r" {2,}(?=#)")

Splice = tuple[int, int, str]
"""From where to where, and what stands there then."""


class Unspliceable(Exception):
    """The text is written in a way (anchors, say) in which this change would change something else, too."""


def spliced(text: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """``text``, which reads as ``before``, so that it reads as ``after``. Raises Unspliceable."""
    root = positions(text)
    if root is None or root.kind != "map":
        raise Unspliceable
    splices = sorted(_Splicer(text).mapping(root, before, after, 0), key=lambda splice: splice[:2])
    pieces, done = [], 0
    for start, end, new in splices:
        if start < done:
            raise Unspliceable
        pieces += [text[done:start], new]
        done = end
    changed = "".join([*pieces, text[done:]])
    if not same(value_of(changed), after):
        raise Unspliceable
    return changed


class _Splicer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"

    # --- mappings -----------------------------------------------------------------------------------------------------

    def mapping(self, node: Node, before: Mapping[str, Any], after: Mapping[str, Any], depth: int) -> Iterator[Splice]:
        """What turns a mapping into another one of which at least one entry is the same or has the same name."""
        names = _names_after(before, after)
        kept = [entry for entry in node.entries if names[entry.name] in after]
        for entry in kept:
            if (name := names[entry.name]) != entry.name:
                yield self._other_name(node, entry, name)
            else:
                yield from self._value(entry, before[name], after[name], node, depth)
        spans = [(entry.start, entry.value) for entry in node.entries]
        yield from self._removals(node, spans, [names[entry.name] in after for entry in node.entries])
        last: Entry | None = None
        by_name = {names[entry.name]: entry for entry in kept}
        for name, value in after.items():
            if name in by_name:
                last = by_name[name]
            else:
                yield self._addition(node, last, kept[0], (name, value), depth)

    def _addition(self, node: Node, last: Entry | None, first: Entry, new: tuple[str, Any], depth: int) -> Splice:
        """A new entry behind ``last``, or before the ``first``."""
        name, value = new
        if node.flow:
            text = f"{writing.name_of(name)}: {writing.in_line(value)}"
            place = max(last.value.end, last.name_end) if last else first.start
            return (place, place, f", {text}" if last else f"{text}, ")
        indent = self._column(first.start)
        text = writing.entry(name, value, indent, self._newline, self._width(node, indent))
        gap = self._newline * (2 if depth == 0 else 1)
        if last is None:
            return (first.start, first.start, text + gap + " " * indent)
        place = self._line_end(max(last.value.end, last.name_end))
        return (place, place, gap + " " * indent + text)

    def _other_name(self, node: Node, entry: Entry, name: str) -> Splice:
        width = 0 if node.flow else self._width(node, self._column(entry.start))
        if not width:
            return (entry.start, entry.name_end, writing.name_of(name))
        return (entry.start, entry.value.start, f"{writing.name_of(name)}:".ljust(width) + " ")

    def _width(self, node: Node, indent: int) -> int:
        """How wide names are with their colons where the values stand below each other; 0 where they do not."""
        columns = {
            self._column(entry.value.start) - indent - 1
            for entry in node.entries
            if self._same_line(entry.start, entry.value.start)
        }
        return columns.pop() if len(columns) == 1 and len(node.entries) > 1 else 0

    def _value(self, entry: Entry, before: Any, after: Any, parent: Node, depth: int) -> Iterator[Splice]:
        if same(before, after):
            return
        node = entry.value
        if (inner := self._inner(node, before, after, depth + 1)) is not None:
            yield from inner
            return
        if parent.flow:
            yield self._in_place(node, after)
            return
        colon = self._text.find(":", entry.name_end) + 1
        indent = self._column(entry.start)
        as_block = writing.in_block(entry.name, after, indent)
        one_line = self._same_line(entry.start, node.start)
        if not as_block and one_line and node.end > node.start:
            yield self._in_place(node, after)
            return
        line_end = self._line_end(max(colon, node.end) if one_line else colon)
        below = self._newline + writing.block(after, indent + writing.STEP, self._newline) if as_block else ""
        yield (colon, max(colon, node.end) if one_line else colon, "" if as_block else f" {writing.in_line(after)}")
        yield (line_end, line_end if one_line else self._line_end(node.end), below)

    # --- lists --------------------------------------------------------------------------------------------------------

    def _list(self, node: Node, before: list[Any], after: list[Any], depth: int) -> Iterator[Splice]:
        old, new = [repr(canonical(each)) for each in before], [repr(canonical(each)) for each in after]
        stays = [False] * len(old)
        added: list[tuple[int, Any]] = []
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        for what, start, end, new_start, new_end in matcher.get_opcodes():
            pairs = min(end - start, new_end - new_start)
            for one, other in zip(range(start, end), range(new_start, new_end), strict=False):
                stays[one] = True
                if what == "replace":
                    yield from self._item(node.items[one], before[one], after[other], depth)
            added += [(start + pairs, after[each]) for each in range(new_start + pairs, new_end)]
        yield from self._removals(node, [(item.start, item) for item in node.items], stays)
        for place, value in added:
            yield self._new_item(node, stays, place, value)

    def _item(self, node: Node, before: Any, after: Any, depth: int) -> Iterator[Splice]:
        inner = self._inner(node, before, after, depth + 1)
        yield from [self._in_place(node, after)] if inner is None else inner

    def _new_item(self, node: Node, stays: list[bool], place: int, value: Any) -> Splice:
        earlier = [item for item, kept in zip(node.items[:place], stays[:place], strict=True) if kept]
        first = next(item for item, kept in zip(node.items, stays, strict=True) if kept)
        text = writing.in_line(value)
        if node.flow:
            at = earlier[-1].end if earlier else first.start
            return (at, at, f", {text}" if earlier else f"{text}, ")
        indent = " " * self._column(self._dash(first.start))
        if earlier:
            at = self._line_end(earlier[-1].end)
            return (at, at, f"{self._newline}{indent}- {text}")
        at = self._dash(first.start)
        return (at, at, f"- {text}{self._newline}{indent}")

    # --- both ---------------------------------------------------------------------------------------------------------

    def _inner(self, node: Node, before: Any, after: Any, depth: int) -> Iterator[Splice] | None:
        """The change within a collection, if something of it stays; else the whole of it is written anew."""
        if (
            node.kind == "map"
            and isinstance(after, Mapping)
            and any(name in after for name in _names_after(before, after).values())
        ):
            return self.mapping(node, before, after, depth)
        if node.kind == "list" and isinstance(after, list | tuple) and before and after:
            return self._list(node, list(before), list(after), depth)
        return None

    def _removals(self, node: Node, spans: list[tuple[int, Node]], stays: list[bool]) -> Iterator[Splice]:
        """Cut out what does not stay, each run of it in one piece. Something of the node stays."""
        index = 0
        while index < len(spans):
            if stays[index]:
                index += 1
                continue
            begin = index
            while index < len(spans) and not stays[index]:
                index += 1
            yield self._removal(node, spans, begin, index)

    def _removal(self, node: Node, spans: list[tuple[int, Node]], begin: int, end: int) -> Splice:
        first, last = spans[begin][0], spans[end - 1][1].end
        if node.flow and begin:
            return (spans[begin - 1][1].end, last, "")
        if not node.flow:
            first = self._dash(first) if node.kind == "list" else first
            line = self._line_start(first)
            if not self._text[line:first].strip():
                stop = self._line_end(last)
                return (line, stop + len(self._newline) if self._text[stop:] else stop, "")
        following = spans[end][0] if end < len(spans) else last
        return (first, self._dash(following) if node.kind == "list" and not node.flow else following, "")

    def _in_place(self, node: Node, after: Any) -> Splice:
        """A value in the place of another; a comment behind it stays in its column as far as there is room."""
        joined = node.start == node.end and self._text[node.start - 1 : node.start] in (":", "-")
        new = f" {writing.in_line(after)}" if joined else writing.in_line(after)
        gap = _GAP.match(self._text, node.end)
        if gap is None or not self._same_line(node.start, node.end):
            return (node.start, node.end, new)
        return (node.start, gap.end(), new.ljust(gap.end() - node.start - 1) + " ")

    # --- places -------------------------------------------------------------------------------------------------------

    def _line_start(self, at: int) -> int:
        return self._text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        """Before the line break."""
        end = self._text.find("\n", at)
        if end < 0:
            return len(self._text)
        return end - 1 if end > at and self._text[end - 1] == "\r" else end

    def _column(self, at: int) -> int:
        line = self._line_start(at)
        return at - line - (self._text[line : line + 1] == "\ufeff")

    def _dash(self, at: int) -> int:
        """Where the ``-`` stands before an item of a list."""
        return self._text.rfind("-", self._line_start(at), at)

    def _same_line(self, one: int, other: int) -> bool:
        return "\n" not in self._text[one:other]


def _names_after(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """What each entry is called afterwards: another name if there is a new one with the same value."""
    names = {name: name for name in before}
    new = [name for name in after if name not in before]
    for gone in [name for name in before if name not in after] if new else []:
        match = next((name for name in new if same(before[gone], after[name])), None)
        if match is not None:
            names[gone] = match
            new.remove(match)
    return names
