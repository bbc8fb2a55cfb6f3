"""Who manages the account: named and removed here."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.store.console.accounts import OWNER
from engine.store.store import Store
from web.accounts import managers
from web.accounts.access import Manager, ThePost
from web.mail import Post
from web.mistakes import Mistakes
from web.shell.reach import Now, TheSettings, TheStore
from web.shell.rendering import redirect, render, show_mistakes
from web.shell.typed import Typed, TypedForm
from web.words import say

PAGE = "accounts/managers.html"

router = APIRouter()


@router.get("/account/managers")
def show(request: Request, visitor: Manager, store: TheStore, post: ThePost) -> Response:
    """The managers, and a form for one more."""
    return render(request, PAGE, managers=managers.managers(store, visitor.account), outbox=post.outbox)


@router.post("/account/managers")
def add(
    request: Request,
    visitor: Manager,
    settings: TheSettings,
    store: TheStore,
    post: ThePost,
    now: Now,
    typed: TypedForm,
) -> Response:
    """Name one more."""
    try:
        new = managers.add(
            settings, store, post, visitor.account, visitor.email, typed.text("email"), typed.text("name"), now
        )
    except Mistakes as problem:
        there = managers.managers(store, visitor.account)
        return show_mistakes(request, PAGE, problem, typed, managers=there, outbox=post.outbox)
    return redirect(request, "/account/managers", say("{email} is a manager now.", email=new.email))


@router.post("/account/managers/remove")
def remove(request: Request, visitor: Manager, store: TheStore, post: ThePost, now: Now, typed: TypedForm) -> Response:
    """Let somebody manage the account no more."""
    return _done(
        request,
        visitor.account,
        store,
        post,
        typed,
        lambda email: managers.remove(
            store, visitor.account, visitor.email, email, now, by_owner=visitor.role == OWNER
        ),
    )


@router.post("/account/managers/role")
def change_role(
    request: Request, visitor: Manager, store: TheStore, post: ThePost, now: Now, typed: TypedForm
) -> Response:
    """Make somebody an owner, or a manager only."""
    return _done(
        request,
        visitor.account,
        store,
        post,
        typed,
        lambda email: managers.change_role(
            store, visitor.account, visitor.email, email, typed.text("role"), now, by_owner=visitor.role == OWNER
        ),
    )


def _done(
    request: Request, account: str, store: Store, post: Post, typed: Typed, do: Callable[[str], bool]
) -> Response:
    email = typed.text("of")
    try:
        done = do(email)
    except Mistakes as problem:
        there = managers.managers(store, account)
        return show_mistakes(request, PAGE, problem, typed, managers=there, outbox=post.outbox)
    notice = say("Saved.") if done else say("{email} is no manager.", email=email)
    return redirect(request, "/account/managers", notice)
