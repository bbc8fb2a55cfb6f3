"""The page on which a manager plays the caller. With JavaScript it is played as it goes; without, told as a whole."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.rehearsal.given import outside_number
from web.accounts.access import Manager
from web.editing.accounts import account_of, main_number_of, other_numbers_of
from web.editing.people import people_of
from web.editing.plan import Plan
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

MOST_SWITCHES: Final = 100

router = APIRouter(include_in_schema=False)


@router.get(PAGE)
def rehearsal(request: Request, visitor: Manager, settings: TheSettings, store: TheStore) -> Response:
    """The panel, before the call. Nothing is loaded yet: what is wrong with the plan is told by the call."""
    try:
        return render(request, TEMPLATE, **_panel(Plans(settings, store).read(visitor.account), None))
    except Mistakes as problem:
        return render(request, NO_PLAN, mistakes=problem.mistakes)


@router.post(f"{PAGE}/unsaved")
def unsaved(request: Request, _: Manager, typed: TypedForm) -> Response:
    """The panel for a plan that somebody looks at before they save it."""
    plan = _plan(typed) or ""
    try:
        return render(request, TEMPLATE, **_panel(Plan(plan), plan))
    except Mistakes as problem:
        return render(request, NO_PLAN, status=422, mistakes=problem.mistakes)


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
    text = _plan(typed)
    try:
        panel = _panel(Plans(settings, store).read(visitor.account) if text is None else Plan(text), text)
    except Mistakes as problem:
        return render(request, NO_PLAN, status=422, mistakes=problem.mistakes)
    try:
        stepped = step(settings, store, loaded, visitor.account, text, _given(typed), now)
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **panel)
    return render(request, TEMPLATE, **(panel | {"told": timeline_of(stepped, references, catalogue_of(request))}))


def _plan(typed: Typed) -> str | None:
    """The plan that came with the form; None for the one that is saved."""
    return typed.values["plan"][0] if "plan" in typed.values else None


def _given(typed: Typed) -> Given:
    def named(beginning: str) -> dict[str, str]:
        return {name.removeprefix(beginning): typed.text(name) for name in typed.values if name.startswith(beginning)}

    return Given(
        at=typed.text("at"),
        caller=typed.text("caller"),
        called=typed.text("called"),
        keys=typed.text("keys"),
        phones=named("phones."),
        switches=named("switches."),
    )


def _panel(plan: Plan, text: str | None) -> dict[str, Any]:
    """What the panel offers, as the plan's text says it. Raises Mistakes where that is no plan."""
    people = [(facts.extension, facts.name or name) for name, facts in people_of(plan).items()]
    return {
        "numbers": [number for number in (main_number_of(plan), *other_numbers_of(plan)) if number],
        "people": people[:MOST_PHONES],
        "caller": outside_number(account_of(plan).country.upper()),
        "switches": _switches(plan),
        "phones": PHONES,
        "stands": STANDS,
        "plan": text,
        "told": None,
    }


def _switches(plan: Plan) -> list[str]:
    """The names of all that can be switched, hours among them."""
    sections = (plan.data.get("switches"), plan.data.get("hours"))
    return [str(name) for section in sections if isinstance(section, dict | list) for name in section][:MOST_SWITCHES]
