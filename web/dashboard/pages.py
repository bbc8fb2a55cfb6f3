"""The pages of the dashboard: how things are, the calls of the past, a test call, and the stream of what changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from engine.control.client import ControlRefused, NotRunning
from web.accounts.access import Manager
from web.dashboard.calls import OUTCOMES, past_shown
from web.dashboard.paging import PAGE, Search, found
from web.dashboard.reach import TheSight, TheViewers
from web.dashboard.ringing import ring
from web.dashboard.setup import steps_of
from web.dashboard.todo import facts_of, transfers_shown, transfers_under_way
from web.mistakes import Mistakes
from web.shell.languages import language_of
from web.shell.reach import TheStore
from web.shell.rendering import redirect, render, show_mistakes
from web.shell.typed import Form as Shown
from web.shell.typed import Typed
from web.words import say

DASHBOARD = "/dashboard"
CALLS = "dashboard/calls.html"

router = APIRouter(include_in_schema=False)


@router.get(DASHBOARD)
def dashboard(request: Request, manager: Manager, sight: TheSight, store: TheStore) -> Response:
    """How things are."""
    view = sight.whole(manager.account)
    under_way = transfers_under_way(store, manager.account)
    steps = steps_of(facts_of(store, view, under_way))
    return render(
        request,
        "dashboard/dashboard.html",
        view=view,
        todo=steps if not all(step.done for step in steps) else (),
        transfers=transfers_shown(under_way),
    )


@router.get(f"{DASHBOARD}/live")
async def live(request: Request, manager: Manager, viewers: TheViewers) -> Response:
    """The stream of what changes on the page."""
    return viewers.stream(manager.account, manager.email, language_of(request))


@router.post(f"{DASHBOARD}/ring")
def ring_phone(request: Request, manager: Manager, sight: TheSight, extension: Annotated[str, Form()]) -> Response:
    """A test call."""
    try:
        said = ring(sight.control, manager.account, extension)
    except (NotRunning, ControlRefused) as problem:
        said = say("No test call: {why}.", why=str(problem))
    return redirect(request, DASHBOARD, said)


@router.get("/calls")
def calls(
    request: Request,
    manager: Manager,
    sight: TheSight,
    store: TheStore,
    text: str = "",
    outcome: str = "",
    day: str = "",
    before: str = "",
) -> Response:
    """The calls of the past, a page at a time."""
    search, plan = Search(text.strip(), outcome, day, before), sight.plan(manager.account)
    outcomes = [(key, said) for key, (said, _) in OUTCOMES.items()]
    try:
        records = found(store, manager.account, search, plan, PAGE + 1)
    except Mistakes as problem:
        typed = Typed({"text": (text,), "outcome": (outcome,), "day": (day,)})
        nothing = {"calls": (), "earlier": "", "first": "/calls"}
        return show_mistakes(request, CALLS, problem, typed, outcomes=outcomes, **nothing)
    shown = [past_shown(each, plan) for each in records[:PAGE]]
    return render(
        request,
        CALLS,
        outcomes=outcomes,
        form=Shown.of(text=text, outcome=outcome, day=day),
        calls=shown,
        earlier=f"/calls?{search.earlier(records[PAGE - 1])}" if len(records) > PAGE else "",
        first="/calls" if before else "",
    )
