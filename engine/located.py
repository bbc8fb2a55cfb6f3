"""A small YAML file as plain values that remember their line and column, so that a later complaint can point there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MAX_FILE_BYTES = 256 * 1024
MAX_DEPTH = 20

Place = tuple[str | int, ...]
"""The way to a value: keys and list positions from the top."""


class NotReadable(Exception):
    """The file cannot be read as YAML; the text is one finding, ``file:line:column: ...``."""


@dataclass(frozen=True, slots=True)
class Located:
    """``value`` is what the file says; ``at`` tells where each part of it stands."""

    path: Path
    value: Any
    values_at: dict[Place, tuple[int, int]]
    keys_at: dict[Place, tuple[int, int]]

    @classmethod
    def nothing(cls) -> Located:
        """What an absent file says."""
        return cls(Path(), {}, {}, {})

    def is_mapping(self) -> bool:
        return isinstance(self.value, dict)

    def mapping(self) -> dict[str, Any]:
        """The top as settings; those left empty in the file count as not written."""
        return {str(key): value for key, value in self.value.items() if value is not None}

    def at(self, place: Place, *, key: bool = False) -> str:
        """``file:line:column`` of the value at ``place`` (or of its key), or of the nearest thing around it."""
        if not self.values_at:
            return "settings"
        marks = self.keys_at if key else self.values_at
        while place and place not in marks:
            place = place[:-1]
        line, column = marks.get(place, (1, 1))
        return f"{self.path}:{line}:{column}"


def read_located(path: Path) -> Located:
    """Read one YAML document; raises NotReadable with one sentence for whatever is wrong with it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as problem:
        raise NotReadable(f"{path}: cannot be read: {problem.strerror}") from None
    if len(data) > MAX_FILE_BYTES:
        raise NotReadable(f"{path}: larger than {MAX_FILE_BYTES // 1024} kB; this cannot be a settings file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        raise NotReadable(f"{path}:{line}:1: not UTF-8 text; save the file as UTF-8") from None
    return _Reader(path).read(text)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.values_at: dict[Place, tuple[int, int]] = {}
        self.keys_at: dict[Place, tuple[int, int]] = {}
        self.scalars = yaml.SafeLoader("")

    def read(self, text: str) -> Located:
        try:
            for token in yaml.scan(text, Loader=yaml.SafeLoader):
                if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
                    raise self._wrong(token.start_mark, "anchors and aliases (& and *) are not used here")
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            value = {} if root is None else self._value(root, ())
        except yaml.MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            said = problem.problem or problem.context or "not YAML"
            raise self._wrong(mark, f"not YAML: {said}") from None
        except (yaml.YAMLError, ValueError, RecursionError) as problem:
            raise NotReadable(f"{self.path}: not YAML: {str(problem).splitlines()[0]}") from None
        return Located(self.path, value, self.values_at, self.keys_at)

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self.values_at[place] = _position(node.start_mark)
        if len(place) > MAX_DEPTH:
            raise self._wrong(node.start_mark, f"nested deeper than {MAX_DEPTH}")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*place, position)) for position, item in enumerate(node.value)]
        return self.scalars.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._wrong(key_node.start_mark, "expected a name before the colon")
            key = str(key_node.value)
            if key in found:
                line, column = self.keys_at[(*place, key)]
                raise self._wrong(key_node.start_mark, f"`{key}` is set twice; first at {line}:{column}")
            self.keys_at[(*place, key)] = _position(key_node.start_mark)
            found[key] = self._value(value_node, (*place, key))
        return found

    def _wrong(self, mark: yaml.Mark | None, sentence: str) -> NotReadable:
        line, column = _position(mark) if mark is not None else (1, 1)
        return NotReadable(f"{self.path}:{line}:{column}: {sentence}")


def _position(mark: yaml.Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1
