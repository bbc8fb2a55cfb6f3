"""API tokens: made for a program, shown once, revoked."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.store.store import Store
from web.accounts import tokens
from web.accounts.access import Manager
from web.accounts.tokens import SCOPES
from web.mistakes import Mistakes
from web.shell.reach import Now, TheStore
from web.shell.rendering import redirect, render, show_mistakes
from web.shell.typed import Form, TypedForm
from web.shell.visitor import Visitor
from web.words import say

PAGE = "accounts/tokens.html"

router = APIRouter()


@router.get("/account/tokens")
def show(request: Request, visitor: Manager, store: TheStore, now: Now) -> Response:
    """The tokens, and a form for one more."""
    return render(request, PAGE, **_shown(store, visitor, now), form=Form.of(days=str(tokens.DAYS)))


@router.post("/account/tokens")
def make(request: Request, visitor: Manager, store: TheStore, now: Now, typed: TypedForm) -> Response:
    """Make one, and show it on this very page: never again, and in no address or cookie."""
    try:
        made = tokens.make(
            store,
            visitor.account,
            visitor.email,
            typed.text("name"),
            typed.all("scopes"),
            now,
            days=typed.text("days"),
        )
    except Mistakes as problem:
        return show_mistakes(request, PAGE, problem, typed, **_shown(store, visitor, now))
    return render(request, PAGE, **_shown(store, visitor, now, made), form=Form.of(days=str(tokens.DAYS)))


@router.post("/account/tokens/revoke")
def revoke(request: Request, visitor: Manager, store: TheStore, now: Now, typed: TypedForm) -> Response:
    """Let one open nothing any more."""
    done = tokens.revoke(store, visitor.account, visitor.email, typed.text("token"), now)
    return redirect(request, "/account/tokens", say("Revoked.") if done else say("There is no such token any more."))


def _shown(store: Store, visitor: Visitor, now: float, made: tokens.Made | None = None) -> dict[str, Any]:
    there = [(each, tokens.expired(each, now)) for each in tokens.kept(store, visitor.account)]
    return {"tokens": there, "scopes": SCOPES, "made": made}
