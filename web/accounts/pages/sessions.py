"""The browsers that the manager is signed in with."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.accounts import sessions
from web.accounts.access import Manager
from web.accounts.audit import audit
from web.accounts.browsers import browser_of
from web.shell.cookies import SESSION_COOKIE, read_cookie
from web.shell.reach import Now, TheStore
from web.shell.rendering import redirect, render
from web.words import say, say_n

router = APIRouter()


@router.get("/account/sessions")
def show(request: Request, visitor: Manager, store: TheStore, now: Now) -> Response:
    """Each with where it is and when it was last used."""
    here = read_cookie(request, SESSION_COOKIE)
    live = [
        (each, browser_of(each.agent), sessions.is_of(each, here)) for each in sessions.live(store, visitor.email, now)
    ]
    return render(request, "accounts/sessions.html", sessions=live, now=now)


@router.post("/account/sessions/end")
def end(request: Request, visitor: Manager, store: TheStore, now: Now) -> Response:
    """Sign out everywhere but here."""
    count = sessions.end_everywhere(store, visitor.email, but=read_cookie(request, SESSION_COOKIE))
    audit(store, visitor.account, visitor.email, say("signed out everywhere else"), now)
    done = say_n("{n} other browser is signed out.", "{n} other browsers are signed out.", count)
    return redirect(request, "/account/sessions", done)
