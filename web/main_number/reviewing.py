"""The step before saving: what would change, in words and line by line, and what somebody else has changed."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from web.editing.main_number import CHANGED
from web.editing.merging import part_in_words
from web.editing.plan import Plan
from web.editing.said import back_to
from web.main_number.desk import Desk, Reviewed
from web.shell.rendering import render
from web.words import Sentence, say

TEMPLATE: Final = "main_number/review.html"
MAX_NAME: Final = 60


def about(what: str) -> Sentence:
    """What a change is about, from what a form says of it: ``menu:welcome``. Whatever else is a change of the text."""
    kind, _, name = what.partition(":")
    if kind == "main-number":
        return CHANGED
    if kind == "menu" and name:
        return say("Menu {name} changed", name=name[:MAX_NAME])
    if kind == "menu-removed" and name:
        return say("Menu {name} removed", name=name[:MAX_NAME])
    if kind == "undo" and name.isascii() and name.isdigit() and len(name) < 10:
        return back_to(int(name))
    return say("Plan changed as text")


def reviewed(request: Request, desk: Desk, plan: Plan, what: str, back: str) -> Response:
    """The page that shows a change before it is saved; ``back`` is the page it was made on."""
    return show_review(request, desk.review(plan), what, back)


def show_review(request: Request, review: Reviewed, what: str, back: str, status: int = 200) -> Response:
    """The same once it is known."""
    return render(
        request,
        TEMPLATE,
        status=status if review.stale is None else 409,
        review=review,
        parts_in_words=[part_in_words(part) for part in review.parts],
        what=what,
        about=about(what),
        back=back,
    )
