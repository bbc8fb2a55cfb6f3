"""Where a manager can go: each slice adds its page here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from web.words import Sentence, say


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the navigation. ``current`` while it or a page below it is shown."""

    path: str
    title: Sentence
    current: bool = False


NAVIGATION: Final[tuple[Entry, ...]] = (
    Entry("/dashboard", say("Dashboard")),
    Entry("/calls", say("Calls")),
    Entry("/numbers", say("Numbers")),
    Entry("/people", say("People")),
    Entry("/transfers", say("Transfers")),
    Entry("/main-number", say("Main number")),
    Entry("/greetings", say("Greetings")),
    Entry("/rehearsal", say("Try it out")),
    Entry("/plan", say("Plan")),
    Entry("/account", say("Account")),
)
"""In the order of a day: what goes on first, what is set up once last."""


def entries(request: Request) -> tuple[Entry, ...]:
    """The navigation as the page of this request has it."""
    path = request.url.path
    return tuple(
        Entry(entry.path, entry.title, path == entry.path or path.startswith(f"{entry.path}/")) for entry in NAVIGATION
    )
