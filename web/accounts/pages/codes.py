"""Where the six digits of the letter are typed, whether to set up an account or to sign in."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.store.console.codes import StoredCode
from web.accounts import codes, setting_up, signing_in
from web.accounts.access import ThePost
from web.accounts.drafts import Draft
from web.accounts.pages.asking import asked_for, next_of, secret_of, signed_in, where
from web.accounts.setting_up import SET_UP
from web.mail import Post
from web.mistakes import Mistakes, TooOften
from web.shell.cookies import SESSION_COOKIE, read_cookie
from web.shell.reach import Now, TheSettings, TheStore
from web.shell.rendering import redirect, render, show_mistakes, show_too_often
from web.shell.typed import TypedForm
from web.words import say

ASK_FIRST: Final = say("Type your e-mail address first: a code is sent to it.")

router = APIRouter()


@router.get("/code")
def show(request: Request, store: TheStore, post: ThePost, next: str = "/") -> Response:
    """Where the code is typed; whoever asked for none is led to where they can."""
    code = codes.under_way(store, secret_of(request))
    if code is None:
        return redirect(request, "/sign-in", ASK_FIRST)
    return render(request, "accounts/code.html", **_shown(code, post, next_of(next)))


@router.post("/code")
def enter(
    request: Request, settings: TheSettings, store: TheStore, post: ThePost, now: Now, typed: TypedForm
) -> Response:
    """Sign whoever typed the right code in; an account that was described begins."""
    then, secret = next_of(typed.text("next")), secret_of(request)
    code = codes.under_way(store, secret)
    if code is None:
        return redirect(request, "/sign-in", ASK_FIRST)
    before = read_cookie(request, SESSION_COOKIE)
    try:
        if code.purpose == SET_UP:
            signed = setting_up.enter(settings, store, secret, typed.text("code"), where(request), now, before)
        else:
            signed = signing_in.enter(store, secret, typed.text("code"), where(request), now, before)
    except Mistakes as problem:
        return show_mistakes(request, "accounts/code.html", problem, typed, **_shown(code, post, then))
    return signed_in(request, signed, then)


@router.post("/code/again")
def again(
    request: Request, settings: TheSettings, store: TheStore, post: ThePost, now: Now, typed: TypedForm
) -> Response:
    """Send another code to the same address."""
    code = codes.under_way(store, secret_of(request))
    if code is None:
        return redirect(request, "/sign-in", ASK_FIRST)
    try:
        if code.purpose == SET_UP:
            asked = setting_up.ask(settings, store, post, Draft.unpacked(code.draft), where(request), now)
        else:
            asked = signing_in.ask(store, post, code.email, where(request), now)
    except Mistakes:
        return redirect(request, "/sign-in")
    except TooOften as problem:
        shown = _shown(code, post, next_of(typed.text("next")))
        return show_too_often(request, "accounts/code.html", problem, typed, **shown)
    return asked_for(request, asked, next_of(typed.text("next")))


def _shown(code: StoredCode, post: Post, then: str) -> dict[str, Any]:
    return {"email": code.email, "outbox": post.outbox, "then": then, "setting_up": code.purpose == SET_UP}
