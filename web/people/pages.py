"""The pages of people: everybody at a glance, many added at once, invitations."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from engine.setting_values import is_ip_address
from web.accounts.access import post_of
from web.csv_files import MAX_BYTES
from web.mistakes import Mistakes
from web.numbers.reading import ReadNumber
from web.people.desk import Desk
from web.people.extensions import LENGTHS
from web.people.joining import Joining
from web.people.reach import TheDesk
from web.people.roster import Roster
from web.people.rows import ANY, FIELDS, MAX_PEOPLE, TRANSFER, typed_rows
from web.people.states import WORDS, State
from web.shell.reach import Now
from web.shell.rendering import redirect, render, show_mistakes
from web.shell.typed import Form, Typed, TypedForm
from web.words import Sentence, say, say_n

PAGE: Final = "/people"
LIST: Final = "people/people.html"
ADD: Final = "people/add.html"
NO_PLAN: Final = "people/no_plan.html"
MAX_CHOICES: Final = 200
"""Free numbers that a field offers: there is ANY, and files, for whoever has more."""
ROWS: Final = 3
"""Empty rows of the form at first, and how many more are asked for at a time."""
TO_INVITE: Final = frozenset({State.NOT_INVITED, State.EXPIRED, State.WITHDRAWN})

router = APIRouter(include_in_schema=False)


@router.get(PAGE)
def people(request: Request, desk: TheDesk, now: Now) -> Response:
    """Everybody, and how far they are."""
    if not desk.has_plan:
        return render(request, NO_PLAN)
    return render(request, LIST, **_everybody(request, desk, now))


@router.post(f"{PAGE}/invite")
def invite(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Send invitations to those who are ticked."""
    try:
        sent = desk.invite(typed.all("person"), base_of(request), post_of(request), now)
    except Mistakes as problem:
        return show_mistakes(request, LIST, problem, typed, **_everybody(request, desk, now))
    return redirect(request, PAGE, told_sent(request, sent))


@router.post(f"{PAGE}/extensions")
def extensions(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Choose how many digits new extensions have."""
    try:
        desk.set_extension_length(typed.text("length"), now)
    except Mistakes as problem:
        return show_mistakes(request, LIST, problem, typed, **_everybody(request, desk, now))
    return redirect(request, PAGE, say("New extensions have {length} digits from now on.", length=typed.text("length")))


# --- many at once -----------------------------------------------------------------------------------------------------


@router.get(f"{PAGE}/add")
def add_form(request: Request, desk: TheDesk, owner: Annotated[str, Query(max_length=3)] = "") -> Response:
    """The form with rows, and the one for a file; with ``owner`` the first row is theirs."""
    if not desk.has_plan:
        return render(request, NO_PLAN)
    form = Form()
    if owner:
        form = Form.of(**{"people.0.email": desk.about.owner_email, "people.0.name": desk.about.owner_name})
    return render(request, ADD, form=form, **_adding(desk.roster(), Typed()))


@router.post(f"{PAGE}/add")
def add(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Add everybody in the rows; or show more of these, without scripts, too."""
    roster = desk.roster()
    if typed.checked("more"):
        return render(request, ADD, form=Form(typed), **_adding(roster, typed, more=ROWS))
    try:
        joined = desk.add_people(typed_rows(typed.rows("people")), now)
        told = _told_added(request, desk, joined, now, invite=typed.checked("invite"))
    except Mistakes as problem:
        return show_mistakes(request, ADD, problem, typed, **_adding(roster, typed))
    return redirect(request, PAGE, told)


@router.post(f"{PAGE}/import")
def import_file(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Add everybody in a file."""
    sent = typed.files.get("file")
    try:
        joined = desk.import_people(sent.file.read(MAX_BYTES + 1) if sent else b"", now)
        told = _told_added(request, desk, joined, now, invite=typed.checked("invite_file"))
    except Mistakes as problem:
        return show_mistakes(request, ADD, problem, typed, **_adding(desk.roster(), Typed()))
    return redirect(request, PAGE, told)


# --- what the pages show ----------------------------------------------------------------------------------------------


def base_of(request: Request) -> str:
    """What links in letters begin with: the console's public address, else the one that the manager uses."""
    settings = request.app.state.settings
    return settings.console_url or str(request.base_url)


def told_sent(request: Request, sent: int) -> Sentence:
    """What is said once invitations are on their way, or lie in the outbox."""
    outbox = post_of(request).outbox
    if outbox is None:
        return say_n("{n} invitation is on its way.", "{n} invitations are on their way.", sent)
    return say_n(
        "{n} invitation lies in the folder {folder}, as no mail server is set up: pass it on.",
        "{n} invitations lie in the folder {folder}, as no mail server is set up: pass them on.",
        sent,
        folder=str(outbox),
    )


def _told_added(request: Request, desk: Desk, joined: Sequence[Joining], now: float, *, invite: bool) -> Sentence:
    """What is said of those who were added, once those of them who have an address are invited, if they are to be."""
    told = say_n("{n} person was added.", "{n} people were added.", len(joined))
    reached = [each.key for each in joined if each.facts.email]
    if invite and reached:
        sent = desk.invite(reached, base_of(request), post_of(request), now)
        told = say("{added} {sent}", added=told, sent=told_sent(request, sent))
    if others := len(joined) - len(reached):
        more = say_n(
            "{n} person has no e-mail address: the settings for the phone are shown on that person's page.",
            "{n} people have no e-mail address: the settings for their phones are shown on their pages.",
            others,
        )
        told = say("{added} {sent}", added=told, sent=more)
    return told


def only_here(base: str) -> str:
    """What links begin with, if that leads any other machine to itself; else ""."""
    host = urlsplit(base).hostname or ""
    here = host == "localhost" or (is_ip_address(host) and ip_address(host).is_loopback)
    return base.rstrip("/") if here else ""


def _everybody(request: Request, desk: Desk, now: float) -> dict[str, Any]:
    roster = desk.roster()
    standing = desk.people(roster, now)
    return {
        "everybody": standing,
        "words": WORDS,
        "states": {state.name: state for state in State},
        "to_invite": {each.key for each in standing if each.state in TO_INVITE},
        "licences": roster.licences,
        "main": ReadNumber(roster.loaded.numbers.main),
        "read": ReadNumber,
        "lengths": [(str(length), str(length)) for length in LENGTHS],
        "length": str(roster.extensions().length),
        "only_here": only_here(base_of(request)),
        "owner_missing": _missing_owner(roster, desk.about.owner_email),
    }


def _missing_owner(roster: Roster, email: str) -> str:
    """The owner's address, if nobody of the plan has it."""
    known = {person.email.casefold() for person in roster.loaded.people.values() if person.email}
    return "" if email.casefold() in known else email


def _adding(roster: Roster, typed: Typed, more: int = 0) -> dict[str, Any]:
    rows = typed.rows("people")
    shown = max([ROWS, *(number + 1 for number in rows)]) + more
    extensions = roster.extensions()
    proposals: list[str] = []
    for _ in range(min(shown, MAX_PEOPLE)):
        extension = extensions.next()
        if extension is None:
            break
        extensions.give(extension, "")
        proposals.append(extension)
    return {
        "rows": range(min(shown, MAX_PEOPLE)),
        "fields": FIELDS,
        "proposals": proposals,
        "numbers": number_options(roster),
        "temporaries": temporary_options(roster),
        "licences": roster.licences,
    }


def number_options(roster: Roster) -> list[tuple[str, object]]:
    """What a person's number may be."""
    coming = [
        (each.number, say("{number} (coming)", number=each.international))
        for each in roster.stock.coming
        if each.person is None
    ]
    return [
        ("", say("none")),
        *([(ANY, say("the next free one"))] if roster.stock.free else []),
        *_free(roster),
        *coming,
        (TRANSFER, say("a number to be transferred")),
    ]


def temporary_options(roster: Roster, own: Sequence[tuple[str, object]] = ()) -> list[tuple[str, object]]:
    """What may stand in for a number that is to come; ``own`` does already."""
    return [("", say("none")), *own, (ANY, say("the next free one")), *_free(roster)]


def _free(roster: Roster) -> list[tuple[str, object]]:
    return [(each.number, each.international) for each in roster.stock.free[:MAX_CHOICES]]
