"""The account's own page: what it is called, where it is, how many licences it has; and which account is looked at."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.settings import Settings
from engine.store.store import Store
from web.accounts import changing, sessions
from web.accounts.about import About, about
from web.accounts.access import Manager
from web.accounts.drafts import FACTS, read_facts, typed_facts
from web.accounts.pages.set_up import offered
from web.mistakes import Mistakes, Stale
from web.shell.cookies import SESSION_COOKIE, read_cookie
from web.shell.reach import Now, TheSettings, TheStore
from web.shell.rendering import redirect, render, show_mistakes, show_stale
from web.shell.typed import Form, TypedForm
from web.shell.visitor import Visitor
from web.words import say

router = APIRouter()


@router.get("/account")
def show(request: Request, visitor: Manager, settings: TheSettings, store: TheStore) -> Response:
    """The form with what the account is."""
    known = _known(settings, store, visitor)
    form = Form.of(**typed_facts(known), digest=changing.digest(settings, store, known))
    return render(request, "accounts/account.html", form=form, **_shown(request, settings, store, visitor, known))


@router.post("/account")
def change(
    request: Request, visitor: Manager, settings: TheSettings, store: TheStore, now: Now, typed: TypedForm
) -> Response:
    """Keep what was typed."""
    known = _known(settings, store, visitor)
    try:
        facts = read_facts(**{name: typed.text(name) for name in FACTS})
        changed = changing.change(settings, store, known.key, visitor.email, facts, typed.text("digest"), now)
    except Mistakes as problem:
        shown = _shown(request, settings, store, visitor, known)
        return show_mistakes(request, "accounts/account.html", problem, typed, **shown)
    except Stale as problem:
        shown = _shown(request, settings, store, visitor, known)
        return show_stale(request, "accounts/account.html", problem, typed, **shown)
    return redirect(request, "/account", say("Saved.") if changed else say("Nothing was changed."))


@router.post("/account/look-at")
def look_at(request: Request, _: Manager, store: TheStore, now: Now, typed: TypedForm) -> Response:
    """Look at another account that the manager manages."""
    if not sessions.look_at(store, read_cookie(request, SESSION_COOKIE), typed.text("account"), now):
        raise HTTPException(403)
    return redirect(request, "/")


def _known(settings: Settings, store: Store, visitor: Visitor) -> About:
    known = about(settings, store, visitor.account)
    if known is None:
        raise HTTPException(404)
    return known


def _shown(request: Request, settings: Settings, store: Store, visitor: Visitor, known: About) -> dict[str, Any]:
    managed = [each.account for each in store.console.accounts.managed_by(visitor.email)]
    others = [about(settings, store, key) for key in managed if key != visitor.account]
    return {"known": known, "others": [each for each in others if each is not None], **offered(request)}
