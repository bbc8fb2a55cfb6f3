"""Values of a dialplan as an admin would write them: for what a reload tells, and for the manual."""

from __future__ import annotations

from typing import Any

from engine.dialplan.days import DAYS
from engine.dialplan.schedule import Span

ALL_DAYS = frozenset(range(len(DAYS)))


def written(value: Any, of: type[Any] | None = None, name: str = "") -> str:
    """A plain value of the field ``name`` of the block ``of``: ``25s``, ``08:30``, ``mon, tue``, ``true``."""
    if of is not None and issubclass(of, Span) and name in ("begin", "end"):
        return f"{value // 60:02}:{value % 60:02}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}s"
    if isinstance(value, frozenset):
        return "every day" if value == ALL_DAYS else ", ".join(DAYS[day] for day in sorted(value))
    return str(value)
