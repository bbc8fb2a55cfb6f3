"""Who looks at a page: a manager who has signed in, or nobody yet.

The shell only asks; ``app.state.recognise`` (of ``web.accounts``) knows the sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

UTC: Final = "UTC"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who has signed in. ``account`` is the key of the one they look at, ``zone`` the time zone it is in."""

    email: str
    name: str
    account: str
    role: str
    zone: str = UTC


Recognise = Callable[[Request], Visitor | None]


class SignInFirst(Exception):
    """The page is for people who have signed in: a visitor without a session is led there, and back."""


def visitor_of(request: Request) -> Visitor | None:
    """The visitor, asked for once a request. The place is ``request.state.visitor``."""
    if not hasattr(request.state, "visitor"):
        recognise: Recognise = request.app.state.recognise
        request.state.visitor = recognise(request)
    visitor: Visitor | None = request.state.visitor
    return visitor
