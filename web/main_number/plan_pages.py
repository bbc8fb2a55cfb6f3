"""The plan itself: as text for those who like, checked as they type, and its versions with their differences."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from engine.dialplan.source import MAX_BYTES
from web.accounts.access import Manager
from web.editing.difference import difference
from web.editing.plan import Plan
from web.editing.said import said
from web.main_number.pages import PAGE as MAIN_NUMBER
from web.main_number.pages import TheDesk, previewed, sketched, troubled
from web.main_number.reviewing import about, reviewed, show_review
from web.mistakes import Mistakes, Stale
from web.shell.bounds import Upload
from web.shell.reach import Now
from web.shell.rendering import redirect, render, show_mistakes
from web.shell.typed import Form, TypedForm

PAGE: Final = "/plan"
TEMPLATE: Final = "main_number/plan.html"
UPLOAD: Final = Upload(re.compile(r"/plan(/.*)?|/api/v1/plan(/.*)?"), 3 * MAX_BYTES + 100_000)
"""A plan as a form sends it: signs and line breaks take three bytes each."""
BACK: Final = re.compile(r"/(?:main-number|plan)(?:/[^\s\\]{0,200})?")

Number = Annotated[int, InPath(ge=1, le=10**9)]

router = APIRouter(include_in_schema=False)


@router.get(PAGE)
def plan_as_text(request: Request, desk: TheDesk) -> Response:
    """The plan in a field in which it can be changed."""
    form = Form.of(digest=desk.plan.digest, text=desk.plan.text)
    return render(request, TEMPLATE, **sketched(desk.plan), form=form)


@router.post(PAGE)
def change(request: Request, desk: TheDesk, typed: TypedForm) -> Response:
    """Look at a change of the text before it is saved."""
    try:
        plan = desk.based_on(typed.text("digest")).with_text(Form(typed).value("text"))
        desk.plans.permit(desk.account, plan)
        assert isinstance(plan.data, dict)
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **troubled(desk, problem))
    return reviewed(request, desk, plan, "text", PAGE)


@router.post(f"{PAGE}/check")
def check(request: Request, desk: TheDesk, typed: TypedForm) -> Response:
    """What the engine makes of the text as it is typed."""
    try:
        plan = desk.plan.with_text(Form(typed).value("text"))
        shown = previewed(desk, plan)
    except Mistakes as problem:
        shown = troubled(desk, problem)
    return render(request, "main_number/preview.html", **shown)


@router.post(f"{PAGE}/save")
def save(request: Request, visitor: Manager, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Put a change in place that was looked at; once more to look at if somebody else came first."""
    plan = Plan(desk.plan.with_text(Form(typed).value("text")).text, typed.text("digest"))
    what = typed.text("what")
    back = typed.text("back") if BACK.fullmatch(typed.text("back")) else MAIN_NUMBER
    try:
        saved = desk.save(plan, author=visitor.email, what=about(what), now=now)
    except Stale:
        return show_review(request, desk.review(plan), what, back)
    except Mistakes:
        return show_review(request, desk.review(plan), what, back, status=422)
    return redirect(request, back, saved.told.what if saved.told else None)


@router.get(f"{PAGE}/versions")
def versions(request: Request, desk: TheDesk) -> Response:
    """All versions, the newest first."""
    kept = [(each, said(each.what)) for each in desk.plans.versions(desk.account)]
    return render(request, "main_number/versions.html", versions=kept)


@router.get(f"{PAGE}/versions/{{number}}")
def version(request: Request, desk: TheDesk, number: Number) -> Response:
    """A version: what it changed, and its text."""
    text = desk.plans.version(desk.account, number).text
    before = desk.plans.version_before(desk.account, number).text
    found = next(each for each in desk.plans.versions(desk.account) if each.number == number)
    return render(
        request,
        "main_number/version.html",
        version=found,
        about=said(found.what),
        lines=difference(before, text) if before else [],
        text=text,
        current=text == desk.plan.text,
    )


@router.post(f"{PAGE}/versions/{{number}}/undo")
def undo(request: Request, desk: TheDesk, number: Number) -> Response:
    """Look at what bringing a version back would change, before that is saved."""
    plan = desk.plans.version(desk.account, number)
    return reviewed(request, desk, plan, f"undo:{number}", f"{PAGE}/versions")
