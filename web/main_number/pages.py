"""The page of the main number: a person answers, or callers hear a menu; at all hours, or during some."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web.accounts.access import Manager
from web.editing.destinations import Destination, Leads, Names
from web.editing.hours import DAYS, with_hours
from web.editing.main_number import Line, for_all_callers, leading_to, lines_of
from web.editing.menus import menus_of
from web.editing.plan import Plan
from web.editing.wording import Step, in_words, outline, when
from web.main_number.desk import Desk, findings_of, picture
from web.main_number.forms import by_hand, choices, destination_in, fields_of, in_form, voicemails
from web.main_number.reviewing import reviewed
from web.mistakes import Mistake, Mistakes, Stale, refused
from web.shell.reach import TheSettings, TheStore
from web.shell.rendering import redirect, render, show_mistakes, show_stale
from web.shell.typed import Form, Typed, TypedForm
from web.words import say

PAGE: Final = "/main-number"
TEMPLATE: Final = "main_number/main_number.html"
AS_TEXT: Final = "/plan"
PREVIEW: Final = "main_number/preview.html"
NEW: Final = "new:"
"""In place of the name of hours, or of a menu, that is to be made; no name has a colon."""
OUTSIDE: Final = "outside"

router = APIRouter(include_in_schema=False)


def desk_of(visitor: Manager, settings: TheSettings, store: TheStore) -> Desk:
    """The plan of the manager's account; while there is none, the page leads to where that is told."""
    try:
        return Desk(settings, store, visitor.account)
    except Mistakes:
        raise HTTPException(303, headers={"Location": PAGE}) from None


TheDesk = Annotated[Desk, Depends(desk_of)]


@router.get(PAGE)
def main_number(request: Request, visitor: Manager, settings: TheSettings, store: TheStore) -> Response:
    """Where callers of the main number go, as a form, a tree and a picture."""
    try:
        desk = Desk(settings, store, visitor.account)
    except Mistakes:
        return render(request, "main_number/no_plan.html")
    try:
        return render(request, TEMPLATE, **_shown(desk), form=Form.of(**_fields(desk.plan)))
    except Mistakes:
        return redirect(
            request, AS_TEXT, say("Somebody has left mistakes in the plan's file. Put them right here first.")
        )


@router.post(PAGE)
def change(request: Request, desk: TheDesk, typed: TypedForm) -> Response:
    """Look at the change before it is saved; or, by the button ``preview``, at where callers would go."""
    try:
        plan = desk.based_on(typed.text("digest"))
        if typed.text("who") == "menu" and typed.text("menu") == NEW:
            return redirect(request, f"{PAGE}/new-menu")
        edited = _edited(plan, typed)
    except Stale as problem:
        return show_stale(request, TEMPLATE, problem, typed, **_shown(desk))
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, in_form(problem, {}, typed), typed, **_shown(desk))
    if typed.checked("preview"):
        return render(request, TEMPLATE, **{**_shown(desk), **previewed(desk, edited)}, form=Form(typed))
    return reviewed(request, desk, edited, "main-number", PAGE)


@router.post(f"{PAGE}/preview")
def preview(request: Request, desk: TheDesk, typed: TypedForm) -> Response:
    """The part of the page that shows where callers would go, as somebody chooses."""
    try:
        plan = _edited(desk.based_on(typed.text("digest")), typed)
    except (Mistakes, Stale):
        return render(request, PREVIEW, **previewed(desk, desk.plan))
    return render(request, PREVIEW, **previewed(desk, plan))


@router.get(f"{PAGE}/preview")
def as_it_is(request: Request, desk: TheDesk) -> Response:
    """The same of the plan that is in place: it comes after the page, as a large account takes a moment."""
    return render(request, PREVIEW, **previewed(desk, desk.plan))


def sketched(plan: Plan) -> dict[str, Any]:
    """What a page shows of the plan at once: where callers go, as a list. The rest comes after it."""
    return {"steps": _steps(plan), "picture": "", "errors": (), "warnings": (), "problems": (), "later": True}


def _steps(plan: Plan) -> tuple[Step, ...]:
    try:
        return outline(plan)
    except Mistakes:
        return ()  # what is wrong is among the errors


def previewed(desk: Desk, plan: Plan) -> dict[str, Any]:
    """What the preview of a plan shows."""
    checked = desk.check(plan)
    return {
        "steps": _steps(plan),
        "picture": picture(checked),
        "errors": checked.errors,
        "warnings": checked.warnings,
        "problems": (),
        "later": False,
    }


def troubled(desk: Desk, problem: Mistakes) -> dict[str, Any]:
    """The preview of what cannot be: what is wrong, and where callers go now."""
    return {**previewed(desk, desk.plan), "errors": (), "warnings": (), "problems": findings_of(problem)}


# --- the form ---------------------------------------------------------------------------------------------------------


def _usual(plan: Plan) -> tuple[Line | None, Line | None]:
    """The line for all callers that counts during the hours there are, or always; and the one for otherwise."""
    within, rest = for_all_callers(plan)
    return (within, rest) if within else (rest, None)


def _fields(plan: Plan) -> dict[str, str]:
    usual, rest = _usual(plan)
    to = usual.to if usual else Destination(Leads.OTHER)
    who = _who(to)
    return {
        "digest": plan.digest,
        "who": who,
        "person": to.to if who == "person" else "",
        "otherwise": to.otherwise,
        "menu": to.to if who == "menu" else "",
        "hours": usual.during if usual else "",
        **fields_of(OUTSIDE, rest.to if rest else None),
    }


def _who(to: Destination) -> str:
    """What the form's first question is answered with."""
    return {Leads.RING: "person", Leads.MENU: "menu"}.get(to.leads, "other")


def _edited(plan: Plan, typed: Typed) -> Plan:
    """The plan with what was chosen. Raises Mistakes."""
    usual, rest = _usual(plan)
    who, hours = typed.text("who"), typed.text("hours")
    if who == "person":
        name, otherwise = typed.text("person"), typed.text("otherwise")
        if name not in Names.of(plan).sections["people"]:
            raise refused("person", say("Choose who answers."))
        kept = usual.to.seconds if usual and usual.to.leads is Leads.RING and usual.to.to == name else ""
        to = Destination(Leads.RING, name, kept, otherwise)
    elif who == "menu":
        name = typed.text("menu")
        if name not in menus_of(plan):
            raise refused("menu", say("Choose the menu that callers hear."))
        to = Destination(Leads.MENU, name)
    elif usual is None:
        raise refused("who", say("Choose who or what answers."))
    else:
        to = usual.to
    if hours == NEW:
        holidays = typed.checked("holidays")
        plan, hours = with_hours(plan, typed.text("days"), typed.text("begins"), typed.text("ends"),
                                 except_holidays=holidays)  # fmt: skip
    outside = destination_in(typed, OUTSIDE, rest.to if rest else None)
    if hours and outside is None:
        raise refused(f"{OUTSIDE}.to", say("Choose where callers go outside these hours."))
    same_hours = hours == (usual.during if usual else "")
    try:
        return leading_to(plan, to, during=None if same_hours else hours, outside=outside if hours else None)
    except Mistakes as problem:
        raise Mistakes(_beside(mistake) for mistake in problem.mistakes) from None


def _beside(mistake: Mistake) -> Mistake:
    """A mistake of the last line stands beside the fields for outside hours."""
    field = mistake.field
    if field.startswith("lines."):
        field = f"{OUTSIDE}.{field.rpartition('.')[2]}" if not field.endswith(".during") else "hours"
    return Mistake(field, mistake.what)


def _shown(desk: Desk) -> dict[str, Any]:
    names = Names.of(desk.plan)
    usual, rest = _usual(desk.plan)
    lines = lines_of(desk.plan)
    return {
        **sketched(desk.plan),
        "people": [(name, names.shown.get(name, name)) for name in names.sections["people"]],
        "mailboxes": list(voicemails(names)),
        "menus": menus_of(desk.plan),
        "menu_options": [(name, name) for name in menus_of(desk.plan)],
        "hours_options": [(name, say("during {hours} only", hours=name)) for name in names.sections["hours"]],
        "days": tuple(DAYS.items()),
        "choices": choices(names, desk.recordings(), in_menu=False),
        "outside": by_hand(rest.to if rest else None),
        "as_it_is": in_words(usual.to, names) if usual and _who(usual.to) == "other" else None,
        "others": [(when(line), in_words(line.to, names)) for line in lines if line not in (usual, rest)],
    }
