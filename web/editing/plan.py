"""A dialplan as text at one moment. Edits make another one of it; nothing is in place until ``Plans.save``."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine.dialplan.source import MAX_BYTES, Unreadable
from web.editing import writing
from web.editing.difference import compared
from web.editing.splicing import Unspliceable, spliced
from web.editing.values import value_of
from web.mistakes import refused
from web.words import say

MAX_LINES = 20_000
"""Of a plan that is changed as text: more than anybody reads, and few enough to be compared."""


def digest_of(data: bytes) -> str:
    """What tells a file's content from any other."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Plan:
    """``digest`` is that of the file it was read from, and stays so through all edits; "" if there is no file yet."""

    text: str
    digest: str = ""

    @cached_property
    def data(self) -> dict[str, Any]:
        """What the text says, for reading only. Raises Mistakes if it is no dialplan at all."""
        return read_data(self.text)

    def copied(self) -> dict[str, Any]:
        """The same to be changed, for ``with_data``."""
        return copy.deepcopy(self.data)

    def with_text(self, text: str) -> Plan:
        """The plan as somebody has typed it; lines that are as before end as before, whatever the browser sent."""
        mark = "\ufeff" if self.text.startswith("\ufeff") else ""
        before = self.text.removeprefix(mark).splitlines(keepends=True)
        typed = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff").removesuffix("\n").split("\n")
        if len(typed) > MAX_LINES:
            raise refused("text", say("The plan has more than {most} lines.", most=f"{MAX_LINES:,}"))
        newline = "\r\n" if before and before[0].endswith("\r\n") else "\n"
        lines = [f"{line}{newline}" for line in typed] if typed != [""] else []
        bare = [line.rstrip("\r\n") for line in before]
        for what, start, end, new, _ in compared(bare, typed).get_opcodes():
            if what == "equal":
                last = end == len(before) and new + end - start < len(typed)
                lines[new : new + end - start] = before[start : end - last] + lines[new + end - start - last :][:last]
        made = mark + "".join(lines)
        if len(made.encode()) > MAX_BYTES:
            raise refused("text", say("The plan is larger than {most} bytes.", most=f"{MAX_BYTES:,}"))
        return replace(self, text=made)

    def on(self, other: Plan) -> Plan:
        """The same text as an edit of another plan."""
        return replace(self, digest=other.digest)

    def with_data(self, data: Mapping[str, Any]) -> Plan:
        """The plan so that it says ``data``: all else of its text stays as it is. Raises Mistakes."""
        if not self.text:
            return replace(self, text=writing.document(data))
        try:
            return replace(self, text=spliced(self.text, self.data, data))
        except Unspliceable:
            raise refused(
                "",
                say(
                    "Somebody has written this part of the plan in a way (with & and *, say) in which this change would"
                    " change something else, too. Change it as text."
                ),
            ) from None
        except Unreadable as problem:
            raise refused("", say("This cannot be written into the plan: {what}", what=problem.what)) from None


def read_data(text: str) -> dict[str, Any]:
    """What a text says. Raises Mistakes with the line and column where it is no dialplan."""
    if not text:
        return {}
    try:
        data = value_of(text)
    except Unreadable as problem:
        raise refused("text", unreadable(problem)) from None
    if not isinstance(data, dict):
        raise refused("text", say("This is no dialplan: it must hold account, numbers and main_number."))
    return data


def unreadable(problem: Unreadable) -> Any:
    """The sentence for what is no YAML."""
    what = f"{problem.what} ({problem.suggestion})" if problem.suggestion else problem.what
    return say("Line {line}, column {column}: {what}", line=problem.at.line, column=problem.at.column, what=what)
