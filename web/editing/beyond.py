"""What in a plan reaches beyond it: files of the machine, its environment, web services. Managers may keep and remove
that, but only whoever administers the machine puts it there: in the file itself, or by a command.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from web.editing.plan import Plan
from web.editing.values import canonical
from web.editing.writing import in_line
from web.mistakes import Mistakes, refused
from web.words import say

REACHING = frozenset({"ask", "token", "file"})
"""Names whose values are addresses of web services, where their secrets are kept, and files of callers."""
WORDS = frozenset({"say", "name", "email"})
"""Names whose values are texts for people, whatever they look like."""
GREETINGS = "greetings"
"""The folder with one for each account, of recordings that are its own."""
MAX_SHOWN = 80


def beyond(plan: Plan, account: str) -> dict[str, str]:
    """All that reaches beyond a plan, as it is written, by what tells it from other such things."""
    try:
        return {repr((name, canonical(value))): in_line(value) for name, value in _reaching(plan.data, account)}
    except Mistakes:
        return {}  # no plan at all


def permit(before: Plan, after: Plan, account: str) -> None:
    """Raise Mistakes if ``after`` reaches farther than ``before``."""
    wanted = beyond(after, account)
    known = beyond(before, account) if wanted else {}
    for key, what in wanted.items():
        if key not in known:
            raise refused(
                "text",
                say(
                    "Only whoever administers this machine may put this into the plan, in its file: {what}",
                    what=what[:MAX_SHOWN],
                ),
            )


def _reaching(value: Any, account: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name in REACHING:
                yield name, each
            elif name not in WORDS:
                yield from _reaching(each, account)
    elif isinstance(value, list):
        for each in value:
            yield from _reaching(each, account)
    elif isinstance(value, str) and _leads_out(value, account):
        yield "path", value


def _leads_out(text: str, account: str) -> bool:
    """Whether a text, if it is a recording's name, is that of one outside the account's own folders."""
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text:
        return True
    return GREETINGS in path.parts[:-1] and path.parts[:2] != (GREETINGS, account)
