"""The page of one person: their facts, their invitation, their phones, and how to remove them."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.dialplan.values import MAX_NAME
from web.accounts.access import post_of
from web.editing.uses import InUse
from web.meanwhile import kept_too, put_together
from web.mistakes import Mistakes, Stale
from web.numbers.reading import ReadNumber
from web.people.changing import FIELD_WORDS, PARTS, shown_person
from web.people.desk import Desk
from web.people.handing import settings_shown
from web.people.invitations import LIFETIME
from web.people.pages import base_of, number_options, temporary_options, told_sent
from web.people.reach import TheDesk
from web.people.rows import FIELDS, TypedPerson
from web.people.states import WORDS, State
from web.shell.reach import Now
from web.shell.rendering import redirect, render, show_mistakes, show_stale
from web.shell.typed import SEEN_PREFIX, Typed, TypedForm
from web.words import Sentence, say, say_n

PAGE: Final = "/people/person/{key}"
TEMPLATE: Final = "people/person.html"
HANDED: Final = "people/handed.html"
Key = Annotated[str, Path(max_length=MAX_NAME)]

router = APIRouter(include_in_schema=False)


@router.get(PAGE)
def person(request: Request, desk: TheDesk, now: Now, key: Key) -> Response:
    """Somebody's facts, phones and invitation."""
    return render(request, TEMPLATE, **_shown(desk, key, now))


@router.post(PAGE)
def change(request: Request, desk: TheDesk, now: Now, typed: TypedForm, key: Key) -> Response:
    """Give them other facts."""
    _shown(desk, key, now)
    seen, row = (
        TypedPerson.of("", {name: typed.text(prefix + name) for name in FIELDS}) for prefix in (SEEN_PREFIX, "")
    )
    try:
        changed = desk.change_person(key, row, now, seen)
    except Mistakes as problem:
        again, theirs = _together(desk, key, typed, seen, row)
        told_too = {"stale": theirs} if theirs else {}
        return show_mistakes(request, TEMPLATE, problem, again, **_shown(desk, key, now), **told_too)
    except Stale as problem:
        again, _ = _together(desk, key, typed, seen, row)
        return show_stale(request, TEMPLATE, problem, again, **_shown(desk, key, now))
    told = changed.saved.told.what if changed.saved.told else say("Nothing has changed.")
    if changed.theirs:
        told = say("{told} {theirs}", told=told, theirs=changed.theirs)
    if changed.new_extension:
        told = say(
            "{told} The extension is another one, so the phones have to be set up anew: invite again.", told=told
        )
    return redirect(request, _address(key), told)


@router.post(PAGE + "/invite")
def invite(request: Request, desk: TheDesk, now: Now, typed: TypedForm, key: Key) -> Response:
    """Send them an invitation, or another one."""
    try:
        sent = desk.invite([key], base_of(request), post_of(request), now)
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **_shown(desk, key, now))
    return redirect(request, _address(key), told_sent(request, sent))


@router.post(PAGE + "/settings")
def hand_over(request: Request, desk: TheDesk, now: Now, typed: TypedForm, key: Key) -> Response:
    """Show what sets up a phone of somebody who cannot be invited."""
    shown = _shown(desk, key, now)
    try:
        settings = settings_shown(desk.hand_over(key, now), base_of(request))
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **shown)
    return render(request, HANDED, **shown, **settings, expires_on=now + LIFETIME)


@router.post(PAGE + "/revoke")
def revoke(request: Request, desk: TheDesk, now: Now, typed: TypedForm, key: Key) -> Response:
    """Withdraw their invitation."""
    return _done(request, desk, key, now, typed, desk.revoke, say("The link leads nowhere any more."))


@router.post(PAGE + "/password")
def password(request: Request, desk: TheDesk, now: Now, typed: TypedForm, key: Key) -> Response:
    """A phone is lost: none registers any more until it is set up anew."""
    told = say("The password is another one, and the phones of before are shut out. Invite again to set up new ones.")
    return _done(request, desk, key, now, typed, desk.replace_phone, told)


@router.post(PAGE + "/ring")
def ring(request: Request, desk: TheDesk, now: Now, typed: TypedForm, key: Key) -> Response:
    """A test call."""
    try:
        phones = desk.ring(key)
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **_shown(desk, key, now))
    return redirect(request, _address(key), say_n("{n} phone is ringing.", "{n} phones are ringing.", phones))


@router.post(PAGE + "/remove")
def remove(request: Request, desk: TheDesk, now: Now, typed: TypedForm, key: Key) -> Response:
    """Remove them from the plan; whoever is chosen takes their place there."""
    shown = _shown(desk, key, now)
    try:
        desk.remove_person(key, now, typed.text("instead") or None)
    except InUse as problem:
        return show_mistakes(
            request, TEMPLATE, problem, typed, **(shown | {"places": [use.where for use in problem.uses]})
        )
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **shown)
    except Stale as problem:
        return show_stale(request, TEMPLATE, problem, typed, **_shown(desk, key, now))
    return redirect(request, "/people", say("{person} is removed, and the number is free.", person=shown["name"]))


def _done(request: Request, desk: Desk, key: str, now: float, typed: Typed, do: Any, told: Sentence) -> Response:
    try:
        do(key, now)
    except Mistakes as problem:
        return show_mistakes(request, TEMPLATE, problem, typed, **_shown(desk, key, now))
    return redirect(request, _address(key), told)


def _together(desk: Desk, key: str, typed: Typed, seen: TypedPerson, row: TypedPerson) -> tuple[Typed, Sentence | None]:
    """What the form shows again: what was typed, and elsewhere what stands there now; and who has changed that."""
    standing = shown_person(desk.roster(), key)
    together = put_together(seen, row, standing, PARTS)
    values = {name: (getattr(together.facts, name),) for part in PARTS for name in part}
    theirs = kept_too(together.theirs, standing, FIELD_WORDS) if together.theirs else None
    return Typed({**typed.values, **values}, typed.files), theirs


def _address(key: str) -> str:
    return f"/people/person/{quote(key, safe='')}"


def _shown(desk: Desk, key: str, now: float) -> dict[str, Any]:
    """What the page is made of. Raises 404 if there is no such person."""
    if not desk.has_plan:
        raise HTTPException(404)
    roster = desk.roster()
    standing = next((each for each in desk.people(roster, now) if each.key == key), None)
    if standing is None:
        raise HTTPException(404)
    facts = standing.facts
    own, stand_in = (
        [(each, ReadNumber(each).international)] if each else [] for each in (facts.number, facts.temporary)
    )
    return {
        "key": key,
        "address": _address(key),
        "name": standing.name,
        "facts": facts,
        "seen": {f"{SEEN_PREFIX}{name}": getattr(facts, name) for name in FIELDS},
        "standing": standing,
        "state": WORDS[standing.state],
        "registered": standing.state is State.REGISTERED,
        "invited": standing.invitation is not None and standing.invitation.is_open(now),
        "ever_invited": standing.state not in (State.NOT_INVITED, State.NO_ADDRESS),
        "main": ReadNumber(roster.loaded.numbers.main),
        "own": ReadNumber(standing.own) if standing.own else None,
        "coming": ReadNumber(standing.coming) if standing.coming else None,
        "numbers": [*own, *number_options(roster)],
        "temporaries": temporary_options(roster, stand_in),
        "places": (),
        "others": [("", ""), *((who, each.name or who) for who, each in roster.loaded.people.items() if who != key)],
    }
