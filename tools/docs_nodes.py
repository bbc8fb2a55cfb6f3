"""Writes docs/nodes.md, the manual of every kind of node, from the kinds themselves."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import engine.dialplan.nodes  # noqa: F401  (makes the kinds of node known)
from engine.dialplan.account import Dialplan
from engine.dialplan.model import KINDS, Node, Section, Unreadable, read_destination
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.reading import Reading
from engine.dialplan.source import START, read_source
from engine.dialplan.values import MENU_KEYS
from engine.dialplan.wording import written

PAGE = Path(__file__).resolve().parent.parent / "docs" / "nodes.md"

INTRODUCTION = """\
# Where a caller can be led

*Made by `make docs` from `engine/dialplan/nodes/`; edit the kinds there, not this page.*

`main_number`, every key of a menu, `then`, `else` and the like hold a *destination*. It is a block with one of the
names below, a word, a list, or short for one of them: `orders` (a person) for `{ring: orders}`, `102` (an extension)
likewise, `welcome` (a menu) for `{menu: welcome}`, `file.wav` for `{play: file.wav}`.

Recordings are WAV, FLAC or OGG, beside the dialplan, in the folder `sounds` beside it, or among the built-in prompts.
Texts are spoken with espeak-ng when the dialplan is loaded. Lengths of time are `20s`, `90s` or `1m30s`. *Ways out* are
the names by which events, `belplan calls` and drawings tell how a call left a node.

"""
WIDTH = 120
HOME = "back to the menu they chose from, or the call ends"
FIRST = ("menu", "to_menu", "ring", "voicemail", "play", "hours", "hang_up", "word")
"""What most dialplans need comes first, the other kinds in the order of their names."""


def page() -> str:
    """The whole page."""
    kinds = sorted(KINDS.values(), key=lambda kind: (*_rank(kind.kind), kind.kind))
    overview = ["| written | what happens |", "|---|---|", *(_overview(kind) for kind in kinds)]
    return INTRODUCTION + "\n".join([*overview, *(line for kind in kinds for line in _part(kind))]) + "\n"


def _rank(kind: str) -> tuple[int]:
    return (FIRST.index(kind) if kind in FIRST else len(FIRST),)


def _overview(kind: type[Node]) -> str:
    text = " ".join(_paragraphs(kind)[0].split())
    sentence = re.match(r".*?\.(?= |$)", text)
    return f"| {_written_as(kind)} | [{_title(kind)}](#{_anchor(kind)}): {sentence[0] if sentence else text} |"


def _written_as(kind: type[Node]) -> str:
    ways = [f"`{{{key}: ...}}`" for key in kind.keys] + [f"`{word}`" for word in kind.words]
    if kind.listed:
        ways.append("a list")
    return ", ".join(ways) or "an entry of `menus`"


def _title(kind: type[Node]) -> str:
    return {"to_menu": "go to a menu", "word": "repeat, back, top"}.get(kind.kind, kind.kind.replace("_", " "))


def _anchor(kind: type[Node]) -> str:
    return _title(kind).replace(",", "").replace(" ", "-")


def _part(kind: type[Node]) -> Iterator[str]:
    yield from ("", f"## {_title(kind)}", "")
    yield "\n\n".join(_paragraphs(kind))
    fields = [*_rows(kind)]
    if fields:
        yield from ("", "| name | meaning | if left out |", "|---|---|---|", *fields)
    for names, section in _inner(kind):
        yield from (
            "",
            f"In {_listing(names)}:",
            "",
            "| name | meaning | if left out |",
            "|---|---|---|",
            *_rows(section),
        )
    if ways := ways_out(kind):
        yield from ("", f"Ways out: {', '.join(ways)}.")


def _paragraphs(kind: type[Node]) -> list[str]:
    """The docstring: texts filled, blocks and tables as they are, names in single backticks."""
    parts = re.split(r"(```yaml\n.*?```)", inspect.getdoc(kind) or "", flags=re.DOTALL)
    paragraphs: list[str] = []
    for part in parts:
        if part.startswith("```"):
            paragraphs.append(part)
        else:
            paragraphs += [
                text if text.startswith(("|", "- ")) else textwrap.fill(" ".join(text.split()), WIDTH)
                for text in map(str.strip, part.replace("``", "`").split("\n\n"))
                if text
            ]
    return paragraphs


def _rows(section: type[Section]) -> Iterator[str]:
    listed = issubclass(section, Node) and section.listed
    for name, field in section.model_fields.items():
        if not field.description:
            continue
        shown = f"`{field.alias or name}`" if not listed else f"`{name}`"
        yield f"| {shown} | {_cell(field.description)} | {_cell(_left_out(section, name, field))} |"


def _cell(text: str) -> str:
    return re.sub(r"(\{[^{}]*\})", r"`\1`", text).replace("|", "\\|")


def _left_out(section: type[Section], name: str, field: FieldInfo) -> str:
    if field.is_required() or (issubclass(section, Node) and name in section.keys and len(section.keys) == 1):
        return "needed"
    value = field.default if field.default is not PydanticUndefined else field.get_default(call_default_factory=True)
    if isinstance(value, WayHome):
        return HOME
    if isinstance(value, Section):
        return "see below"
    if value is None or value in ((), "", {}):
        return "-"
    return "no" if value is False else f"`{written(value, section, name)}`"


def _inner(kind: type[Node]) -> list[tuple[list[str], type[Section]]]:
    """The blocks within a kind, and the names of the fields that hold them."""
    found: dict[type[Section], list[str]] = {}
    for name, field in kind.model_fields.items():
        for section in _sections(field.annotation):
            found.setdefault(section, []).append(field.alias or name)
    return [(names, section) for section, names in found.items() if section.__name__ != "Announcement"]


def _sections(annotation: Any) -> Iterator[type[Section]]:
    if inspect.isclass(annotation) and issubclass(annotation, Section) and not issubclass(annotation, Node):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _sections(inner)


def _listing(names: list[str]) -> str:
    if names == ["rules"]:
        return "each line"
    return " and ".join(f"`{name}`" for name in names)


def ways_out(kind: type[Node]) -> list[str]:
    """The exits of the docstring's example; keys are told together."""
    shown = example(kind)
    ways = shown.exits() if isinstance(shown, kind) else ()
    return list(dict.fromkeys("each key" if _is_key(way.name) else f"`{way.name}`" for way in ways))


def _is_key(name: str) -> bool:
    return set(name) <= set(MENU_KEYS)


class _Whatever(frozenset[str]):
    """Names of which each exists: an example may refer to anything."""

    def __contains__(self, name: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


def example(kind: type[Node]) -> Node:
    """The first example in the docstring of a kind, read. Raises ValueError if it is none of that kind."""
    found = re.search(r"```yaml\n(.*?)```", inspect.getdoc(kind) or "", re.DOTALL)
    reading = Reading(kind.__name__)
    reading.names = {section: _Whatever() for section in Dialplan.model_fields}
    reading.names["queues"] = frozenset({"support"})  # what is a group must not be a queue as well
    value = read_source(found[1].encode(), reading.error) if found else None
    if kind.keys or kind.words or kind.listed:
        node = read_destination(value, reading)
    else:
        node = reading.read(kind, value, START) or Unreadable()
    if reading.findings:
        raise ValueError("; ".join(map(str, reading.findings)))
    return node


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE.name}", file=sys.stderr)
