"""The pages of people: everybody at a glance, many added at once, invitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.accounts.access import post_of
from web.csv_files import MAX_BYTES
from web.mistakes import Mistakes
from web.numbers.reading import ReadNumber
from web.people.desk import Desk
from web.people.extensions import LENGTHS
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
    return render(request, LIST, **_everybody(desk, now))


@router.post(f"{PAGE}/invite")
def invite(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Send invitations to those who are ticked."""
    try:
        sent = desk.invite(typed.all("person"), base_of(request), post_of(request), now)
    except Mistakes as problem:
        return show_mistakes(request, LIST, problem, typed, **_everybody(desk, now))
    return redirect(request, PAGE, told_sent(request, sent))


@router.post(f"{PAGE}/extensions")
def extensions(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Choose how many digits new extensions have."""
    try:
        desk.set_extension_length(typed.text("length"), now)
    except Mistakes as problem:
        return show_mistakes(request, LIST, problem, typed, **_everybody(desk, now))
    return redirect(request, PAGE, say("New extensions have {length} digits from now on.", length=typed.text("length")))


# --- many at once -----------------------------------------------------------------------------------------------------


@router.get(f"{PAGE}/add")
def add_form(request: Request, desk: TheDesk) -> Response:
    """The form with rows, and the one for a file."""
    if not desk.has_plan:
        return render(request, NO_PLAN)
    return render(request, ADD, **_adding(desk.roster(), Typed()))


@router.post(f"{PAGE}/add")
def add(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Add everybody in the rows; or show more of these, without scripts, too."""
    roster = desk.roster()
    if typed.checked("more"):
        return render(request, ADD, form=Form(typed), **_adding(roster, typed, more=ROWS))
    try:
        joined = desk.add_people(typed_rows(typed.rows("people")), now)
        if typed.checked("invite"):
            desk.invite([each.key for each in joined], base_of(request), post_of(request), now)
    except Mistakes as problem:
        return show_mistakes(request, ADD, problem, typed, **_adding(roster, typed))
    return redirect(request, PAGE, _told_added(request, len(joined), invited=typed.checked("invite")))


@router.post(f"{PAGE}/import")
def import_file(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Add everybody in a file."""
    sent = typed.files.get("file")
    try:
        joined = desk.import_people(sent.file.read(MAX_BYTES + 1) if sent else b"", now)
        if typed.checked("invite_file"):
            desk.invite([each.key for each in joined], base_of(request), post_of(request), now)
    except Mistakes as problem:
        return show_mistakes(request, ADD, problem, typed, **_adding(desk.roster(), Typed()))
    return redirect(request, PAGE, _told_added(request, len(joined), invited=typed.checked("invite_file")))


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


def _told_added(request: Request, count: int, *, invited: bool) -> Sentence:
    added = say_n("{n} person was added.", "{n} people were added.", count)
    return say("{added} {sent}", added=added, sent=told_sent(request, count)) if invited else added


def _everybody(desk: Desk, now: float) -> dict[str, Any]:
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
    }


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
