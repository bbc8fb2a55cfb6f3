"""Values as YAML that an admin would have written: short ones in one line, sections and menus in blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

STEP = 2
WIDTH = 120
SECTIONS = frozenset({"people", "hours", "menus", "groups", "queues", "conferences", "mailboxes", "callers"})
"""The blocks of a dialplan whose entries have a line each, or several."""
BLOCKS = frozenset({"keys"})

_PLAIN = re.compile(r"[^\W\d](?:[\w .@/&'+*-]*[\w.+-])?|[1-9][0-9]*[smh]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_MEANS_MORE = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What YAML, or some program that reads it, takes for more than text."""


def in_line(value: Any) -> str:
    """A value in one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name_of(name)}: {in_line(each)}" for name, each in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(in_line, value)) + "]"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.casefold() not in _MEANS_MORE:
        return text
    return _quoted(text)


def name_of(name: str) -> str:
    """The name of a mapping's entry; a menu's key 1 is written as 1, and * as ``"*"``."""
    return name if _NUMBER.fullmatch(name) else in_line(name)


def entry(name: str, value: Any, indent: int, newline: str, width: int = 0) -> str:
    """``name: value``, in as many lines as it needs; the first is not indented. ``width`` is that of the name."""
    head = f"{name_of(name)}:"
    if in_block(name, value, indent):
        return head + newline + block(value, indent + STEP, newline)
    return f"{head.ljust(width)} {in_line(value)}"


def in_block(name: str, value: Any, indent: int) -> bool:
    """Whether the value of an entry stands in lines of its own below the name."""
    if not value or isinstance(value, str) or not isinstance(value, Mapping | Sequence):
        return False
    if (indent == 0 and name in SECTIONS) or name in BLOCKS:
        return True
    if isinstance(value, Mapping) and any(each in value for each in BLOCKS):
        return True
    nested = value.values() if isinstance(value, Mapping) else value
    if indent == 0 and not isinstance(value, Mapping) and any(isinstance(each, Mapping) for each in nested):
        return True
    long = indent + len(name) + 2 + len(in_line(value)) > WIDTH
    return long and any(isinstance(each, Mapping | list | tuple) for each in nested)


def block(value: Any, indent: int, newline: str) -> str:
    """A mapping or a list in lines of its own, all of them indented."""
    margin = " " * indent
    if isinstance(value, Mapping):
        return newline.join(margin + entry(name, each, indent, newline) for name, each in value.items())
    return newline.join(f"{margin}- {in_line(each)}" for each in value)


def document(value: Mapping[str, Any]) -> str:
    """A whole dialplan, an empty line between its sections."""
    return "\n\n".join(entry(name, each, 0, "\n") for name, each in value.items()) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
