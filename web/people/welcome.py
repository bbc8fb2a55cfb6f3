"""What an invitation's link leads to, on a phone as well as on a desktop: how to get a phone, and once what to type.

Mail servers and browsers look at links by themselves: to look shows no secret and uses nothing up; a button does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.settings import Settings
from engine.store.store import Store
from web.accounts.about import about
from web.editing.plans import Plans
from web.mistakes import Mistake, Mistakes
from web.numbers.reading import ReadNumber
from web.people import invitations
from web.people.desk import ring
from web.people.handing import FILE, settings_shown
from web.people.invitations import MAX_TOKEN, Guest
from web.people.licences import own_number
from web.people.pages import base_of
from web.people.states import phones_of
from web.shell.reach import Now, TheSettings, TheStore
from web.shell.rendering import render
from web.shell.typed import Form
from web.words import Sentence, say_n

PAGE: Final = "/welcome/{token}"
TEMPLATE: Final = "people/welcome.html"
GONE: Final = "people/gone.html"
RINGS: Final = "people/rings.html"
Token = Annotated[str, Path(max_length=MAX_TOKEN)]

router = APIRouter(include_in_schema=False)


@router.get(PAGE)
def welcome(request: Request, settings: TheSettings, store: TheStore, now: Now, token: Token) -> Response:
    """Who is invited, how to get a phone, and the button that shows what to type."""
    plans = Plans(settings, store)
    guest = invitations.guest(plans, store, token, now)
    if guest is None:
        return render(request, GONE, status=404)
    invitations.look(store, guest, now)
    return render(request, TEMPLATE, **_shown(settings, store, guest, token))


@router.post(PAGE)
def reveal(request: Request, settings: TheSettings, store: TheStore, now: Now, token: Token) -> Response:
    """Show the settings, now and never again."""
    plans = Plans(settings, store)
    guest = invitations.guest(plans, store, token, now)
    if guest is None:
        return render(request, GONE, status=404)
    shown = invitations.reveal(settings, store, guest, now)
    if shown is None:
        return render(request, TEMPLATE, status=410, **_shown(settings, store, guest, token) | {"seen": True})
    return render(request, TEMPLATE, **_shown(settings, store, guest, token) | settings_shown(shown, base_of(request)))


@router.post(PAGE + "/ring")
def test_call(request: Request, settings: TheSettings, store: TheStore, now: Now, token: Token) -> Response:
    """Have the guest's own phones ring."""
    plans = Plans(settings, store)
    guest = invitations.guest(plans, store, token, now)
    if guest is None:
        return render(request, GONE, status=404)
    rings: Sentence | None = None
    mistakes: tuple[Mistake, ...] = ()
    try:
        phones = ring(settings, guest.account.key, guest.extension)
        rings = say_n("{n} phone is ringing.", "{n} phones are ringing.", phones)
    except Mistakes as problem:
        mistakes = problem.mistakes
    template = RINGS if "hx-request" in request.headers else TEMPLATE
    shown = _shown(settings, store, guest, token) | {"rings": rings}
    return render(request, template, status=422 if mistakes else 200, form=Form(mistakes=mistakes), **shown)


@router.get(FILE)
def phone_file(settings: TheSettings, store: TheStore, now: Now, token: Token) -> Response:
    """The file from which a phone sets itself up."""
    plans = Plans(settings, store)
    content = invitations.phone_file(settings, plans, store, token, now)
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type="application/xml", headers={"Cache-Control": "no-store"})


def _shown(settings: Settings, store: Store, guest: Guest, token: str) -> dict[str, Any]:
    account = guest.account
    own = own_number(account, guest.key, about(settings, store, account.key))
    return {
        "guest": guest,
        "account": account.name,
        "address": PAGE.format(token=token),
        "main": ReadNumber(account.numbers.main),
        "own": ReadNumber(own) if own else None,
        "expires_on": datetime.fromtimestamp(guest.invitation.expires_at, account.info.timezone).date(),
        "seen": guest.invitation.revealed_at is not None,
        "phones": phones_of(settings, store, account)[guest.extension],
        "phone": None,
        "rings": None,
    }
