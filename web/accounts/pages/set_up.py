"""The first visit: what this is, and the account as its owner describes it."""

from __future__ import annotations

from typing import Any, Final

from babel import Locale
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.dialplan.languages import NAMES as SPOKEN
from engine.settings import Settings
from engine.store.store import Store
from web.accounts import setting_up
from web.accounts.about import ownerless
from web.accounts.access import ThePost
from web.accounts.drafts import Draft, countries, first_zones, read_claim, read_draft, zones
from web.accounts.pages.asking import asked_for, is_local, where
from web.mistakes import Mistake, Mistakes, TooOften, refused
from web.shell.languages import catalogue_of
from web.shell.reach import Now, TheSettings, TheStore
from web.shell.rendering import redirect, render, show_mistakes, show_too_often
from web.shell.typed import Form, Typed, TypedForm
from web.shell.visitor import visitor_of
from web.words import say

WRONG_KEY: Final = say("This is not the set-up key. 'belplan init --show-key' shows it on the machine itself.")
NEW: Final = "new"
TEMPLATE: Final = "accounts/set_up.html"

router = APIRouter()


@router.get("/")
def start(request: Request, store: TheStore) -> Response:
    """The first page: what this is, and the way in. Who has signed in goes on to the dashboard."""
    if visitor_of(request) is not None:
        return redirect(request, "/dashboard")
    return render(request, "accounts/start.html", first=setting_up.is_open(store))


@router.get("/set-up")
def show(request: Request, settings: TheSettings, store: TheStore) -> Response:
    """The form for the account; there is none once somebody owns one."""
    if not setting_up.is_open(store):
        return redirect(request, "/sign-in")
    locale = catalogue_of(request).locale
    proposed = Form.of(
        account=NEW,
        country=_country(request),
        timezone=first_zones().get(_country(request), ""),
        language=locale.language,
        licences="1",
    )
    return render(request, TEMPLATE, form=proposed, **_choices(request, settings, store))


@router.post("/set-up")
def ask(
    request: Request, settings: TheSettings, store: TheStore, post: ThePost, now: Now, typed: TypedForm
) -> Response:
    """Send a code to the owner's address."""
    if not setting_up.is_open(store):
        raise HTTPException(403, "This Belplan has an owner already: sign in instead.")
    try:
        draft = _read(request, settings, store, typed)
        return asked_for(request, setting_up.ask(settings, store, post, draft, where(request), now), "/")
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **_choices(request, settings, store))
    except TooOften as problem:
        return show_too_often(request, TEMPLATE, problem, typed, **_choices(request, settings, store))


def _read(request: Request, settings: Settings, store: Store, typed: Typed) -> Draft:
    """What was typed; raises Mistakes with all that is wrong."""
    key = typed.text("account", NEW)
    mistakes: list[Mistake] = []
    needs_key = not is_local(request) or key != NEW
    if needs_key and not setting_up.is_set_up_key(settings.state, typed.text("set_up_key")):
        mistakes.extend(refused("set_up_key", WRONG_KEY).mistakes)
    owner = {name: typed.text(name) for name in ("licences", "owner_name", "owner_email")}
    try:
        if key != NEW:
            draft = read_claim(key=key, ownerless=() if mistakes else ownerless(settings, store), **owner)
        else:
            account = {name: typed.text(name) for name in ("name", "country", "timezone", "language")}
            draft = read_draft(**account, **owner, first=True)
    except Mistakes as problem:
        mistakes.extend(problem.mistakes)
    if mistakes:
        raise Mistakes(each for each in mistakes if each.field != "key" or len(mistakes) == 1)
    return draft


def _choices(request: Request, settings: Settings, store: Store) -> dict[str, Any]:
    local = is_local(request)
    claimable = [(key, key) for key in ownerless(settings, store)]
    return {
        "claimable": claimable,
        "needs_key": not local,
        "takes_key": bool(claimable) or not local,
        **offered(request),
    }


def offered(request: Request) -> dict[str, Any]:
    """The countries, time zones and languages to choose from, in the visitor's language."""
    locale: Locale = catalogue_of(request).locale
    named = ((code, str(locale.territories.get(code, code))) for code in countries())
    spoken = ((code, str(locale.languages.get(code, name)).capitalize()) for code, name in SPOKEN.items())
    return {
        "countries": sorted(named, key=lambda each: each[1]),
        "zones": [(zone, zone.replace("_", " ")) for zone in zones()],
        "spoken": sorted(spoken, key=lambda each: each[1]),
    }


def _country(request: Request) -> str:
    """The country of the first language that the browser asks for, if it names one."""
    first = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()
    territory = first.rpartition("-")[2].upper()
    if territory in countries() and len(territory) == 2:
        return territory if "-" in first else {"nl": "NL"}.get(first.lower(), "")
    return ""
