"""The page on which a manager plays the caller. With JavaScript it is played as it goes; without, told as a whole."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.dialplan.account import Account
from engine.rehearsal.given import outside_number
from web.accounts.access import Manager
from web.editing.plans import Plans
from web.mistakes import Mistakes
from web.rehearsal.api import timeline_of
from web.rehearsal.moves import Typed as Given
from web.rehearsal.reach import TheLoadedPlans, TheReferences, step
from web.shell.languages import catalogue_of
from web.shell.reach import Now, TheSettings, TheStore
from web.shell.rendering import render, show_mistakes
from web.shell.typed import Typed, TypedForm
from web.words import say

PAGE: Final = "/rehearsal"
TEMPLATE: Final = "rehearsal/rehearsal.html"
NO_PLAN: Final = "rehearsal/no_plan.html"
PHONES: Final = (
    ("no answer", say("rings on")),
    ("answers after 3s", say("is answered after 3 seconds")),
    ("declines after 3s", say("declines after 3 seconds")),
    ("busy", say("is busy")),
    ("not registered", say("is switched off")),
)
STANDS: Final = (("auto", say("as it stands now")), ("on", say("on")), ("off", say("off")))
MOST_PHONES: Final = 40
"""People whose phones can be set in the form; those of the others ring on."""

router = APIRouter(include_in_schema=False)


@router.get(PAGE)
def rehearsal(
    request: Request, visitor: Manager, settings: TheSettings, store: TheStore, loaded: TheLoadedPlans, now: Now
) -> Response:
    """The panel, before the call."""
    try:
        account = _account(visitor, settings, store, loaded, None, now)
    except Mistakes as problem:
        return render(request, NO_PLAN, mistakes=problem.mistakes)
    return render(request, TEMPLATE, **_panel(account, None))


@router.post(f"{PAGE}/unsaved")
def unsaved(
    request: Request,
    visitor: Manager,
    settings: TheSettings,
    store: TheStore,
    loaded: TheLoadedPlans,
    now: Now,
    typed: TypedForm,
) -> Response:
    """The panel for a plan that somebody looks at before they save it."""
    plan = _plan(typed)
    try:
        account = _account(visitor, settings, store, loaded, plan, now)
    except Mistakes as problem:
        return render(request, NO_PLAN, status=422, mistakes=problem.mistakes)
    return render(request, TEMPLATE, **_panel(account, plan))


@router.post(PAGE)
def rehearse(
    request: Request,
    visitor: Manager,
    settings: TheSettings,
    store: TheStore,
    loaded: TheLoadedPlans,
    references: TheReferences,
    now: Now,
    typed: TypedForm,
) -> Response:
    """The whole call, as a list."""
    plan = _plan(typed)
    try:
        account = _account(visitor, settings, store, loaded, plan, now)
    except Mistakes as problem:
        return render(request, NO_PLAN, status=422, mistakes=problem.mistakes)
    try:
        stepped = step(settings, store, loaded, visitor.account, plan, _given(typed, account), now)
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **_panel(account, plan))
    told = timeline_of(stepped, references, catalogue_of(request))
    return render(request, TEMPLATE, **(_panel(account, plan) | {"told": told}))


def _account(
    visitor: Manager, settings: TheSettings, store: TheStore, loaded: TheLoadedPlans, plan: str | None, now: float
) -> Account:
    """The account as a plan has it. Raises Mistakes where it cannot be used."""
    account = loaded.load(Plans(settings, store), visitor.account, plan, now).account
    assert account is not None
    return account


def _plan(typed: Typed) -> str | None:
    """The plan that came with the form; None for the one that is saved."""
    return typed.values["plan"][0] if "plan" in typed.values else None


def _given(typed: Typed, account: Account) -> Given:
    return Given(
        at=typed.text("at"),
        caller=typed.text("caller"),
        called=typed.text("called"),
        keys=typed.text("keys"),
        phones={extension: typed.text(f"phones.{extension}") for extension in account.person_by_extension},
        switches={name: typed.text(f"switches.{name}") for name in _switches(account)},
    )


def _panel(account: Account, plan: str | None) -> dict[str, Any]:
    people = [(person.extension, name) for name, person in account.people.items()]
    return {
        "account": account.name,
        "numbers": [account.numbers.main, *account.numbers.others],
        "people": people[:MOST_PHONES],
        "caller": outside_number(account.country),
        "switches": _switches(account),
        "phones": PHONES,
        "stands": STANDS,
        "plan": plan,
        "told": None,
    }


def _switches(account: Account) -> list[str]:
    return [*account.switches, *account.hours]
