"""The page of greetings: record one, send a file, type a text, or see how to do it by phone; then choose."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from engine.dialplan.values import MAX_PIN_LENGTH, MIN_PIN_LENGTH
from web.accounts.access import Manager
from web.editing.plans import Saved
from web.greeting import by_phone
from web.greeting.choosing import greetings_of
from web.greeting.decoding import FIELD, MAX_BYTES
from web.greeting.desk import Chosen, GreetingDesk
from web.greeting.kinds import KINDS, LIMIT_SECONDS
from web.greeting.spoken import check_text, speak
from web.mistakes import Mistakes, refused
from web.shell.bounds import Upload
from web.shell.reach import Now, TheSettings, TheStore
from web.shell.rendering import redirect, render, show_mistakes
from web.shell.typed import Form, Typed, TypedForm
from web.words import Sentence, say

PAGE: Final = "/greetings"
TEMPLATE: Final = "greeting/greetings.html"
NO_PLAN: Final = "greeting/no_plan.html"
UPLOAD: Final = Upload(re.compile(r"/greetings/upload|/api/v1/greetings"), MAX_BYTES + 100_000)
WAV: Final = "audio/wav"

router = APIRouter(include_in_schema=False)


def desk_of(visitor: Manager, settings: TheSettings, store: TheStore) -> GreetingDesk:
    """The greetings of the manager's account. Raises Mistakes while it has no dialplan."""
    return GreetingDesk(settings, store, visitor.account)


TheDesk = Annotated[GreetingDesk, Depends(desk_of)]


@router.get(PAGE)
def greetings(
    request: Request,
    visitor: Manager,
    settings: TheSettings,
    store: TheStore,
    made: str = "",
    menu: str = "",
    saved: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """What callers of each menu hear first, and all the ways to another greeting.

    ``made`` has just been recorded; ``saved`` is the version of the plan in which something was chosen.
    """
    try:
        desk = GreetingDesk(settings, store, visitor.account)
    except Mistakes:
        return render(request, NO_PLAN)
    return render(request, TEMPLATE, **_shown(desk, made, menu, saved=saved))


@router.post(f"{PAGE}/upload")
def upload(request: Request, visitor: Manager, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Keep what was recorded in the browser, or a file; it can be heard before it is chosen."""
    menu = typed.text("menu")
    try:
        sent = typed.files.get(FIELD)
        if sent is None:
            raise refused(FIELD, say("Choose a file, or record something."))
        kept = desk.keep(sent.file.read(MAX_BYTES + 1), menu, author=visitor.email, now=now)
    except Mistakes as problem:
        return _again(request, desk, problem, typed, "file_form", menu=menu)
    return redirect(request, f"{PAGE}?made={kept.name}#made", say("Listen to it, then choose where callers hear it."))


@router.post(f"{PAGE}/text")
def text(request: Request, visitor: Manager, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Let a typed text be heard (``hear``), or have it spoken to callers of a menu."""
    menu = typed.text("menu")
    try:
        words = check_text(typed.text("text"))
        if typed.checked("hear"):
            shown = _shown(desk, menu=menu, hear=words) | {"text_form": Form(typed)}
            return render(request, TEMPLATE, **shown)
        chosen = desk.use_text(menu, words, author=visitor.email, now=now)
    except Mistakes as problem:
        return _again(request, desk, problem, typed, "text_form", menu=menu)
    return _chosen(request, menu, chosen)


@router.post(f"{PAGE}/use")
def use(request: Request, visitor: Manager, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Have callers of a menu hear a recording that is kept."""
    menu = typed.text("menu")
    chosen = desk.use(menu, typed.text("name"), author=visitor.email, now=now)
    return _chosen(request, menu, chosen)


@router.post(f"{PAGE}/remove")
def remove(request: Request, visitor: Manager, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Remove a recording that no plan names."""
    desk.remove(typed.text("name"), author=visitor.email, now=now)
    return redirect(request, PAGE, say("The recording is removed."))


@router.post(f"{PAGE}/by-phone")
def allow(request: Request, visitor: Manager, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Let people record greetings by phone, with a PIN."""
    try:
        saved, dial = desk.allow_by_phone(typed.text("pin"), typed.text("menu"), author=visitor.email, now=now)
    except Mistakes as problem:
        return _again(request, desk, problem, typed, "phone_form", menu="")
    return redirect(request, _after(saved), say("Greetings can be recorded by phone: dial {code}.", code=dial))


@router.post(f"{PAGE}/by-phone/off")
def forbid(request: Request, visitor: Manager, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Take such a code out of the plan."""
    dial = typed.text("code")
    saved = desk.forbid_by_phone(dial, author=visitor.email, now=now)
    return redirect(request, _after(saved), say("{code} is switched off.", code=dial))


@router.post(f"{PAGE}/by-phone/forget")
def forget(request: Request, visitor: Manager, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Go back from what was recorded by phone to what the plan says."""
    menu = typed.text("menu")
    desk.forget_by_phone(menu, author=visitor.email, now=now)
    return redirect(request, PAGE, say("Callers of {menu} hear what the plan says.", menu=menu))


@router.get(f"{PAGE}/sounds/{{name}}")
def sound(desk: TheDesk, name: str) -> Response:
    """A recording, kept or made by phone."""
    try:
        return FileResponse(desk.sound(name), media_type=WAV)
    except Mistakes:
        raise HTTPException(404) from None


@router.get(f"{PAGE}/spoken")
def spoken(desk: TheDesk, text: Annotated[str, Query(max_length=4000)] = "") -> Response:
    """A text as callers would hear it."""
    return Response(speak(text, desk.language()).data, media_type=WAV)


def _shown(desk: GreetingDesk, made: str = "", menu: str = "", hear: str = "", saved: int = 0) -> dict[str, Any]:
    """What the page shows; ``hear`` is a text that was typed, to be heard before it is chosen."""
    kept, plan = desk.kept(), desk.plan()
    menus = greetings_of(plan)
    return {
        "menus": menus,
        "menu": menu or (menus[0].menu if menus else ""),
        "kept": kept,
        "kept_by_play": {one.play: one for one in kept},
        "made": next((one for one in kept if one.name == made), None),
        "by_phone": desk.by_phone(),
        "codes": by_phone.codes(plan),
        "change": desk.changed_by(saved) if saved else None,
        "pin_lengths": (MIN_PIN_LENGTH, MAX_PIN_LENGTH),
        "hear": hear,
        "kinds": ", ".join(KINDS),
        "limit": LIMIT_SECONDS,
        "text_form": Form(),
        "file_form": Form(),
        "phone_form": Form(),
    }


def _again(request: Request, desk: GreetingDesk, problem: Mistakes, typed: Typed, form: str, *, menu: str) -> Response:
    """The page once more, with what is wrong beside the form that it was typed into."""
    shown = _shown(desk, menu=menu) | {form: Form(typed, problem.mistakes)}
    return show_mistakes(request, TEMPLATE, problem, typed, **shown)


def _after(saved: Saved) -> str:
    """Where somebody is led on who has changed the plan: to what that was."""
    return f"{PAGE}?saved={saved.version}#changed" if saved.version else PAGE


def _chosen(request: Request, menu: str, chosen: Chosen) -> Response:
    done: Sentence = say("Callers of {menu} hear the new greeting.", menu=menu)
    if chosen.gave_way:
        done = say("Callers of {menu} hear the new greeting, and no more what was recorded by phone.", menu=menu)
    return redirect(request, _after(chosen.saved), done)
