"""What a dialplan's text says, as plain values: what edits work on, and what every change of a text is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.dialplan.source import Position, Unreadable, read_source


def value_of(text: str) -> Any:
    """What the engine reads in ``text``, as dict, list, str, int, bool or None. Raises Unreadable."""

    def twice(at: Position, what: str, suggestion: str) -> None:
        raise Unreadable(at, what, suggestion)

    return plain(read_source(text.encode(), twice))


def plain(value: Any) -> Any:
    """A copy of a value in Python's own types, without the places it stands at."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, str) else value


def canonical(value: Any) -> Any:
    """A value that equals another's if a dialplan that says the one says the other: 1 is not true, order is nothing."""
    if isinstance(value, Mapping):
        return ("map", sorted((str(name), canonical(each)) for name, each in value.items()))
    if isinstance(value, list | tuple):
        return ("list", [canonical(each) for each in value])
    return (type(value).__name__ if not isinstance(value, str) else "str", str(value))


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same."""
    return bool(canonical(one) == canonical(other))


Path = tuple[str | int, ...]
"""The names and numbers of items on the way to a value: ``("menus", "welcome", "keys", "1")``."""


def at_path(value: Any, path: Iterable[str | int]) -> Any:
    """The value there; None if there is none."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def leaves(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Every value that holds no others, and where it is."""
    if isinstance(value, Mapping):
        return [leaf for name, each in value.items() for leaf in leaves(each, (*path, name))]
    if isinstance(value, list):
        return [leaf for number, each in enumerate(value) for leaf in leaves(each, (*path, number))]
    return [(path, value)]
