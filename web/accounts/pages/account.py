"""The account's own page: what it is called, where it is, how many licences it has; and which account is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.settings import Settings
from engine.store.store import Store
from web.accounts import changing, sessions
from web.accounts.about import About, about
from web.accounts.access import Manager
from web.accounts.drafts import FACTS, Facts, read_facts, typed_facts
from web.accounts.pages.set_up import offered
from web.meanwhile import put_together
from web.mistakes import Mistakes, Stale
from web.shell.cookies import SESSION_COOKIE, read_cookie
from web.shell.reach import Now, TheSettings, TheStore
from web.shell.rendering import redirect, render, show_mistakes, show_stale
from web.shell.typed import SEEN_PREFIX, Form, Typed, TypedForm
from web.shell.visitor import Visitor
from web.words import say

TEMPLATE: Final = "accounts/account.html"

router = APIRouter()


@router.get("/account")
def show(request: Request, visitor: Manager, settings: TheSettings, store: TheStore) -> Response:
    """The form with what the account is."""
    known = _known(settings, store, visitor)
    facts = typed_facts(known)
    shown = _shown(request, settings, store, visitor, known)
    return render(request, TEMPLATE, form=Form.of(**facts), seen=_seen(facts), **shown)


@router.post("/account")
def change(
    request: Request, visitor: Manager, settings: TheSettings, store: TheStore, now: Now, typed: TypedForm
) -> Response:
    """Keep what was typed."""
    known = _known(settings, store, visitor)
    looked_at = {name: typed.text(f"{SEEN_PREFIX}{name}") for name in FACTS}
    try:
        facts = read_facts(**{name: typed.text(name) for name in FACTS})
        seen = _looked_at(**looked_at)
        changed = changing.change(settings, store, known.key, visitor.email, facts, seen, now)
    except Mistakes as problem:
        shown = _shown(request, settings, store, visitor, known)
        return show_mistakes(request, TEMPLATE, problem, typed, seen=_seen(looked_at), **shown)
    except Stale as problem:
        known = _known(settings, store, visitor)
        together = put_together(seen, facts, changing.facts_of(known), changing.PARTS)
        again = Typed({name: (str(value),) for name, value in asdict(together.facts).items()})
        shown = _shown(request, settings, store, visitor, known)
        return show_stale(request, TEMPLATE, problem, again, seen=_seen(typed_facts(known)), **shown)
    told = say("Saved.") if changed.anything else say("Nothing was changed.")
    if changed.theirs:
        told = say("{told} {theirs}", told=told, theirs=changed.theirs)
    return redirect(request, "/account", told)


@router.post("/account/look-at")
def look_at(request: Request, _: Manager, store: TheStore, now: Now, typed: TypedForm) -> Response:
    """Look at another account that the manager manages."""
    if not sessions.look_at(store, read_cookie(request, SESSION_COOKIE), typed.text("account"), now):
        raise HTTPException(403)
    return redirect(request, "/")


def _seen(facts: Mapping[str, str]) -> dict[str, str]:
    return {f"{SEEN_PREFIX}{name}": value for name, value in facts.items()}


def _looked_at(*, licences: str, **others: str) -> Facts:
    known = licences.isascii() and licences.isdigit() and len(licences) < 9
    return Facts(**others, licences=int(licences) if known else 0)


def _known(settings: Settings, store: Store, visitor: Visitor) -> About:
    known = about(settings, store, visitor.account)
    if known is None:
        raise HTTPException(404)
    return known


def _shown(request: Request, settings: Settings, store: Store, visitor: Visitor, known: About) -> dict[str, Any]:
    managed = [each.account for each in store.console.accounts.managed_by(visitor.email)]
    others = [about(settings, store, key) for key in managed if key != visitor.account]
    return {"known": known, "others": [each for each in others if each is not None], **offered(request)}
