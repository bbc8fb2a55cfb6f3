"""YAML read with the line and column of everything in it, and with the traps of YAML 1.1 taken out.

Only ``null``, ``true``/``false`` and plain decimal numbers are more than text: ``NO`` stays Norway, ``08:30`` a time
and ``0101`` an extension. Size, depth and the expansion of aliases are bounded, so that no file can hold the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
import yaml

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
MAX_VALUES = 200_000
MAX_INTEGER_DIGITS = 15

_INTEGER = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{MAX_INTEGER_DIGITS - 1}}})")
_CONSTANTS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_INVISIBLE = re.compile("[\u200b\u2028\u2029\u2060]|(?m:^[ \t]*[\xa0\u2000-\u200a\u202f\u3000])")
"""What editors do not show, or take for a line's end or not: in a name or an indentation nobody would find it."""


class Position(msgspec.Struct, frozen=True, gc=False):
    """A place in a file; both count from 1. A large dialplan keeps 20,000: the search for garbage leaves them out."""

    line: int
    column: int


START = Position(1, 1)


class SourceText(str):
    """A text that knows where it stands."""

    __slots__ = ("at",)
    at: Position


class SourceMapping(dict[str, Any]):
    """A mapping that knows where it, its keys and its values stand. Keys are text (``1:`` is ``"1"``)."""

    __slots__ = ("at", "key_at", "value_at")

    def __init__(self, at: Position) -> None:
        super().__init__()
        self.at = at
        self.key_at: dict[str, Position] = {}
        self.value_at: dict[str, Position] = {}

    def put(self, key: str, value: Any, at: Position, key_at: Position | None = None) -> None:
        """Set a name and its value, which stands at ``at``; so does the name, unless it is told where."""
        self[key], self.key_at[key], self.value_at[key] = value, at if key_at is None else key_at, at

    def without(self, *keys: str) -> SourceMapping:
        """A copy that lacks ``keys``."""
        copy = SourceMapping(self.at)
        copy.key_at, copy.value_at = self.key_at, self.value_at
        left_out = frozenset(keys)
        copy.update({key: value for key, value in self.items() if key not in left_out})
        return copy


class SourceList(list[Any]):
    """A list that knows where it and its items stand."""

    __slots__ = ("at", "item_at")

    def __init__(self, at: Position) -> None:
        super().__init__()
        self.at = at
        self.item_at: list[Position] = []


def position_of(value: Any) -> Position:
    """Where a value of the file stands; START if it does not know."""
    return value.at if isinstance(value, SourceText | SourceMapping | SourceList) else START


def block_of(key: str, value: Any, at: Position | None = None) -> SourceMapping:
    """The block of one name that a bare ``value`` is short for, at its own place if no other is told."""
    place = position_of(value) if at is None else at
    block = SourceMapping(place)
    block.put(key, value, place)
    return block


class Unreadable(Exception):
    """The file is no YAML that can be used at all; reading stops here."""

    def __init__(self, at: Position, what: str, suggestion: str = "") -> None:
        super().__init__(what)
        self.at = at
        self.what = what
        self.suggestion = suggestion


Report = Callable[[Position, str, str], None]


def read_source(data: bytes, report: Report) -> Any:
    """Read one YAML document. What can be put right without stopping (a key given twice) goes to ``report``.

    Raises Unreadable.
    """
    text = _decode(data)
    try:
        return _Composer(text, report).document()
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text) from None
    except yaml.YAMLError as error:
        raise Unreadable(START, f"this is not YAML: {error}"[:200]) from None


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise Unreadable(START, f"the file is larger than {MAX_BYTES:,} bytes", "a small text file is expected")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable(START, "the file is written in UTF-16", "save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        raise Unreadable(
            _position_after(before), "the file is not UTF-8 here", "save it as UTF-8, not as Latin-1 or Windows-1252"
        ) from None
    if data.count(0) > len(data) // 4:
        raise Unreadable(START, "the file is written in UTF-16 or UTF-32", "save it as UTF-8")
    if bad := _UNPRINTABLE.search(text):
        at = _position_after(text[: bad.start()])
        raise Unreadable(at, f"an unprintable character ({_code(bad.group())}) stands here", "remove it")
    if bad := _INVISIBLE.search(text):
        at = _position_after(text[: bad.end() - 1])
        what = f"an invisible character ({_code(bad.group()[-1])}) stands here"
        raise Unreadable(at, what, "write an ordinary space or line break in its place")
    return text


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _position_after(text: str) -> Position:
    return Position(text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)


def _position(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark else START


class _Composer:
    """Makes values of the parser's events, without recursion in C and within the bounds."""

    def __init__(self, text: str, report: Report) -> None:
        self._events = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        self._report = report
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0

    def document(self) -> Any:
        self._events.get_event()
        event = self._events.get_event()
        if isinstance(event, yaml.StreamEndEvent):
            return None
        root = self._value(self._events.get_event(), 1)
        self._events.get_event()
        event = self._events.get_event()
        if not isinstance(event, yaml.StreamEndEvent):
            raise Unreadable(_position(event.start_mark), "a second document begins here", "remove the line ---")
        return root

    def _value(self, event: Any, depth: int) -> Any:
        at = _position(event.start_mark)
        if depth > MAX_DEPTH:
            raise Unreadable(at, f"this is nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, at)
        self._use(1, at)
        if event.tag not in (None, "!"):
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")[:40]
            raise Unreadable(at, f"tags ({tag}) have no meaning here", "remove it")
        began = self._count - 1
        if isinstance(event, yaml.ScalarEvent):
            value: Any = _scalar(event)
            if isinstance(value, SourceText):
                value.at = at
                if event.style == '"' and (bad := _UNPRINTABLE.search(value)):
                    raise Unreadable(
                        at, f"an unprintable character ({_code(bad.group())}) is in this text", "remove it"
                    )
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._list(at, depth)
        else:
            value = self._mapping(at, depth)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._count - began)
        return value

    def _use(self, values: int, at: Position) -> None:
        self._count += values
        if self._count > MAX_VALUES:
            raise Unreadable(at, f"the file holds more than {MAX_VALUES:,} values once its aliases are expanded")

    def _alias(self, event: Any, at: Position) -> Any:
        if event.anchor not in self._anchors:
            name = f"*{event.anchor}"
            raise Unreadable(at, f"{name} refers to nothing", 'a text that begins with * needs quotes: "*"')
        value, size = self._anchors[event.anchor]
        self._use(size, at)
        return value

    def _list(self, at: Position, depth: int) -> SourceList:
        items = SourceList(at)
        while not isinstance(event := self._events.get_event(), yaml.SequenceEndEvent):
            items.item_at.append(_position(event.start_mark))
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, at: Position, depth: int) -> SourceMapping:
        mapping = SourceMapping(at)
        while not isinstance(event := self._events.get_event(), yaml.MappingEndEvent):
            key_at = _position(event.start_mark)
            if not isinstance(event, yaml.ScalarEvent):
                raise Unreadable(key_at, "a name or a key is expected before the colon", "put texts in quotes")
            self._use(1, key_at)
            key = str(event.value)
            if key == "<<" and not event.style:
                raise Unreadable(key_at, "blocks cannot be merged with <<", "write the names out, or use *name alone")
            event = self._events.get_event()
            value_at = _position(event.start_mark)
            value = self._value(event, depth + 1)
            if key in mapping:
                first = mapping.key_at[key]
                self._report(key_at, f"'{key[:60]}' is given twice", f"it stands in line {first.line} already")
                continue
            mapping.put(key, value, value_at, key_at)
        return mapping


def _scalar(event: yaml.ScalarEvent) -> SourceText | int | bool | None:
    text = str(event.value)
    if event.style:
        return SourceText(text)
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return int(text) if _INTEGER.fullmatch(text) else SourceText(text)


def _explained(error: yaml.MarkedYAMLError, text: str) -> Unreadable:
    """The parser's complaint in an admin's words."""
    mark = error.problem_mark or error.context_mark
    at = _position(mark)
    problem, context = str(error.problem or ""), str(error.context or "")
    lines = text.splitlines()
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    character = line[at.column - 1 : at.column]
    if character == "\t" or ("\t" in line[: at.column] and not line[: at.column].strip()):
        return Unreadable(at, "a tab stands here", "indent with spaces; YAML allows no tabs")
    if "nesting depth" in problem:  # libyaml's own bound, from 0.2.6 on; it reads ahead of ours
        return Unreadable(at, f"this is nested deeper than {MAX_DEPTH} levels")
    if "alias" in context or "anchor" in context:
        star = "*" if "alias" in context else "&"
        return Unreadable(_position(error.context_mark or mark), f"a bare {star} means something else in YAML",
                          f'put keys and texts that begin with {star} in quotes: "{star}"')  # fmt: skip
    if "cannot start any token" in problem:
        return Unreadable(at, f"a text cannot begin with '{character}'", "put it in quotes")
    if "mapping values are not allowed" in problem:
        return Unreadable(at, "a colon is not expected here",
                          "texts that contain ': ' need quotes; or the line above is indented otherwise")  # fmt: skip
    if "unexpected end of stream" in problem:
        return Unreadable(_position(error.context_mark or mark), "a quote is opened here and never closed")
    if "flow" in context:
        opened = _position(error.context_mark).line
        return Unreadable(at, "a comma or a closing bracket is missing before this place",
                          f"the bracket opened in line {opened}; texts with ': ' in them need quotes")  # fmt: skip
    if "block mapping" in context or "simple key" in context:
        return Unreadable(at, "this line does not fit the ones above it",
                          "write 'name: value', each line of a block indented alike")  # fmt: skip
    return Unreadable(at, f"this is not YAML: {problem}"[:200])
