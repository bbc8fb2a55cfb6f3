"""The page of a menu: what callers hear, where keys lead, and what happens when they press none."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web.editing.destinations import Destination, Leads, Names
from web.editing.main_number import leading_to
from web.editing.menus import Menu, menu_of, menus_of, new_name, with_menu
from web.editing.plan import Plan
from web.main_number.desk import Desk
from web.main_number.forms import Option, by_hand, choices, in_form, menu_fields, menu_in, rows_shown
from web.main_number.pages import PAGE, PREVIEW, TheDesk, previewed, sketched, troubled
from web.main_number.reviewing import reviewed
from web.mistakes import Mistakes, Stale, refused
from web.shell.rendering import render, show_mistakes, show_stale
from web.shell.typed import Form, Typed, TypedForm
from web.words import say

TEMPLATE: Final = "main_number/menu.html"
NEW_PAGE: Final = f"{PAGE}/new-menu"

Name = Annotated[str, InPath(max_length=60)]

router = APIRouter(include_in_schema=False)


@router.get(f"{PAGE}/menus/{{name}}")
def menu(request: Request, desk: TheDesk, name: Name) -> Response:
    """A menu as a form, beside where callers of the main number go."""
    found = _found(desk, name)
    form = Form.of(digest=desk.plan.digest, **menu_fields(found))
    return render(request, TEMPLATE, **_shown(desk, name, form.typed, found), form=form)


@router.post(f"{PAGE}/menus/{{name}}")
def change(request: Request, desk: TheDesk, name: Name, typed: TypedForm) -> Response:
    """Look at the change before it is saved; or, by other buttons, at where callers would go, or at more rows."""
    return _changed(request, desk, typed, name, new=False)


@router.post(f"{PAGE}/menus/{{name}}/preview")
def preview(request: Request, desk: TheDesk, name: Name, typed: TypedForm) -> Response:
    """The part of the page that shows where callers would go, as somebody chooses."""
    return _preview(request, desk, typed, name, new=False)


@router.post(f"{PAGE}/menus/{{name}}/remove")
def remove(request: Request, desk: TheDesk, name: Name) -> Response:
    """Look at the plan without the menu before that is saved."""
    found = _found(desk, name)
    try:
        plan = desk.plans.without_menu(desk.account, desk.plan, name)
    except Mistakes as problem:
        form = Form.of(digest=desk.plan.digest, **menu_fields(found))
        shown = _shown(desk, name, form.typed, found)
        return show_mistakes(request, TEMPLATE, problem, form.typed, **shown)
    return reviewed(request, desk, plan, f"menu-removed:{name}", PAGE)


@router.get(NEW_PAGE)
def new(request: Request, desk: TheDesk) -> Response:
    """A menu that is yet to be made."""
    name = new_name(desk.plan)
    form = Form.of(digest=desk.plan.digest, name=name, lead="yes", **menu_fields(Menu()))
    return render(request, TEMPLATE, **_shown(desk, "", form.typed, Menu()), form=form)


@router.post(NEW_PAGE)
def make(request: Request, desk: TheDesk, typed: TypedForm) -> Response:
    """The same for a menu that is yet to be made."""
    return _changed(request, desk, typed, typed.text("name"), new=True)


@router.post(f"{NEW_PAGE}/preview")
def preview_new(request: Request, desk: TheDesk, typed: TypedForm) -> Response:
    """The same for a menu that is yet to be made."""
    return _preview(request, desk, typed, typed.text("name"), new=True)


def _found(desk: Desk, name: str) -> Menu:
    if name not in menus_of(desk.plan):
        raise HTTPException(404)
    return menu_of(desk.plan, name)


def _changed(request: Request, desk: Desk, typed: Typed, name: str, *, new: bool) -> Response:
    known = Menu() if new else _found(desk, name)
    shown = _shown(desk, "" if new else name, typed, known)
    if typed.checked("more"):
        return render(request, TEMPLATE, **shown, form=Form(typed))
    try:
        edited = _edited(desk, typed, name, new=new)
    except Stale as problem:
        return show_stale(request, TEMPLATE, problem, typed, **shown)
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **shown)
    if typed.checked("preview"):
        return render(request, TEMPLATE, **{**shown, **previewed(desk, edited)}, form=Form(typed))
    return reviewed(request, desk, edited, f"menu:{name}", PAGE if new else f"{PAGE}/menus/{name}")


def _preview(request: Request, desk: Desk, typed: Typed, name: str, *, new: bool) -> Response:
    try:
        plan = _edited(desk, typed, name, new=new)
    except Mistakes as problem:
        return render(request, PREVIEW, **troubled(desk, problem))
    except Stale:
        return render(request, PREVIEW, **previewed(desk, desk.plan))
    return render(request, PREVIEW, **previewed(desk, plan))


def _edited(desk: Desk, typed: Typed, name: str, *, new: bool) -> Plan:
    """The plan with the menu of the form. Raises Mistakes by the form's fields, and Stale."""
    plan = desk.based_on(typed.text("digest"))
    if new and name in menus_of(plan):
        raise refused("name", say("Somebody or something is called {name} already.", name=name[:60]))
    menu, rows = menu_in(typed, menu_of(plan, name) if name in menus_of(plan) else Menu())
    try:
        plan = with_menu(plan, name, menu)
        if typed.checked("lead"):
            plan = leading_to(plan, Destination(Leads.MENU, name))
    except Mistakes as problem:
        raise in_form(problem, rows, typed) from None
    return plan


def _shown(desk: Desk, name: str, typed: Typed, menu: Menu) -> dict[str, Any]:
    names = Names.of(desk.plan)
    recordings = _recordings(desk, menu)
    leads = choices(names, recordings, in_menu=True)
    rows = rows_shown(typed)
    return {
        **sketched(desk.plan),
        "name": name,
        "choices": leads,
        "rows": [(row, by_hand(menu.keys.get(typed.text(f"keys.{row}.key")))) for row in rows],
        "recording_options": [(f"play:{file}", say("the recording {name}", name=words)) for file, words in recordings],
        "greeting_by_hand": menu.greeting.written,
        "no_input": by_hand(menu.no_input.then),
        "wrong_input": by_hand(menu.wrong_input.then),
    }


def _recordings(desk: Desk, menu: Menu) -> list[Option]:
    """The greetings that are kept, and the recordings that the menu plays now."""
    kept = desk.recordings()
    known = {file for file, _ in kept}
    played = [menu.greeting.play, *(to.to for to in menu.keys.values() if to.leads is Leads.PLAY)]
    return [*((file, file) for file in dict.fromkeys(played) if file and file not in known), *kept]
