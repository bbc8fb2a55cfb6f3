"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.accounts import sessions, setting_up, signing_in
from web.accounts.access import ThePost
from web.accounts.pages.asking import asked_for, next_of, where
from web.mistakes import Mistakes, TooOften
from web.shell.cookies import SESSION_COOKIE, drop_cookie, read_cookie
from web.shell.reach import Now, TheStore
from web.shell.rendering import redirect, render, show_mistakes, show_too_often
from web.shell.typed import TypedForm
from web.shell.visitor import visitor_of
from web.words import say

router = APIRouter()


@router.get("/sign-in")
def show(request: Request, store: TheStore, next: str = "/") -> Response:
    """Where an e-mail address is typed; a first visitor sets up an account instead."""
    if visitor_of(request) is not None:
        return redirect(request, next_of(next))
    if setting_up.is_open(store):
        return redirect(request, "/set-up")
    return render(request, "accounts/sign_in.html", then=next_of(next))


@router.post("/sign-in")
def ask(request: Request, store: TheStore, post: ThePost, now: Now, typed: TypedForm) -> Response:
    """Send a code to a manager's address. Whether it is one shows in nothing."""
    then = next_of(typed.text("next"))
    try:
        return asked_for(request, signing_in.ask(store, post, typed.text("email"), where(request), now), then)
    except Mistakes as problem:
        return show_mistakes(request, "accounts/sign_in.html", problem, typed, then=then)
    except TooOften as problem:
        return show_too_often(request, "accounts/sign_in.html", problem, typed, then=then)


@router.post("/sign-out")
def sign_out(request: Request, store: TheStore) -> Response:
    """End this browser's session."""
    sessions.end(store, read_cookie(request, SESSION_COOKIE))
    request.state.visitor = None
    response = redirect(request, "/", say("You have signed out."))
    drop_cookie(request, response, SESSION_COOKIE)
    return response
