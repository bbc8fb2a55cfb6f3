"""The page of numbers: the stock, adding to it, and the choice of the main number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from engine.dialplan.values import MAX_NAME
from web.accounts.about import About
from web.csv_files import MAX_BYTES
from web.mistakes import Mistakes, Stale
from web.numbers.main import candidates
from web.numbers.reading import example
from web.numbers.stock import MAX_STOCK, State, StockNumber, Use
from web.people.desk import Desk
from web.people.extensions import LENGTHS, USUAL_LENGTH
from web.people.licences import own_number
from web.people.reach import TheDesk
from web.people.roster import Roster
from web.shell.bounds import Upload
from web.shell.reach import Now
from web.shell.rendering import redirect, render, show_mistakes, show_stale
from web.shell.typed import Typed, TypedForm
from web.words import Sentence, say, say_n

PAGE: Final = "/numbers"
A_PAGE: Final = 100
"""Numbers that are shown at a time."""
MAX_CHOICES: Final = 200
"""Numbers among which one chooses the main number."""
TEMPLATE: Final = "numbers/numbers.html"
UPLOAD: Final = Upload(re.compile(r"/(?:numbers|people)/import"), MAX_BYTES + 100_000)
STATES: Final = {
    State.IN_STOCK: say("in stock"),
    State.COMING: say("being transferred to you"),
    State.TEMPORARY: say("temporary"),
}

router = APIRouter(include_in_schema=False)


@router.get(PAGE)
def numbers(
    request: Request,
    desk: TheDesk,
    find: Annotated[str, Query(max_length=MAX_NAME)] = "",
    page: Annotated[int, Query(ge=1, le=MAX_STOCK)] = 1,
) -> Response:
    """The numbers of the account, and who has which: those with ``find`` in them or in their person's name."""
    return render(request, TEMPLATE, **_shown(desk, find.strip(), page))


@router.post(PAGE)
def add(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Add numbers that were typed."""
    try:
        count = desk.add_numbers(typed.text("numbers"), now)
    except Mistakes as problem:
        return _again(request, desk, problem, typed)
    return redirect(request, PAGE, _added(count))


@router.post(f"{PAGE}/import")
def import_file(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Add the numbers of a file."""
    sent = typed.files.get("file")
    try:
        count = desk.import_numbers(sent.file.read(MAX_BYTES + 1) if sent else b"", now)
    except Mistakes as problem:
        return _again(request, desk, problem, typed)
    return redirect(request, PAGE, _added(count))


@router.post(f"{PAGE}/remove")
def remove(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Take a number out of the stock."""
    try:
        desk.remove_number(typed.text("number"), now)
    except Mistakes as problem:
        return _again(request, desk, problem, typed)
    return redirect(request, PAGE, say("The number is taken out of the stock."))


@router.post(f"{PAGE}/main")
def choose_main(request: Request, desk: TheDesk, now: Now, typed: TypedForm) -> Response:
    """Choose the main number: the account's plan begins with it."""
    begins = not desk.has_plan
    try:
        if begins and typed.checked("length"):
            desk.set_extension_length(typed.text("length"), now)
        saved = desk.choose_main(typed.text("main"), now)
    except Mistakes as problem:
        named = Mistakes(each if each.field != "number" else type(each)("main", each.what) for each in problem.mistakes)
        return _again(request, desk, named, typed)
    except Stale as problem:
        return show_stale(request, TEMPLATE, problem, typed, **_shown(desk))
    told = saved.told.what if saved.told else say("Nothing has changed.")
    done = say("The main number is chosen. Now add people. {told}", told=told)
    return redirect(request, "/people/add" if begins else PAGE, done if begins else told)


def _again(request: Request, desk: Desk, problem: Mistakes, typed: Typed) -> Response:
    return show_mistakes(request, TEMPLATE, problem, typed, **_shown(desk))


def _added(count: int) -> Sentence:
    return say_n("{n} number is in the stock now.", "{n} more numbers are in the stock now.", count)


def _shown(desk: Desk, find: str = "", page: int = 1) -> dict[str, Any]:
    roster = desk.roster() if desk.has_plan else None
    stock = roster.stock if roster else desk.stock()
    people = {name: person.name or name for name, person in roster.loaded.people.items()} if roster else {}
    main = next((each for each in stock.numbers.values() if each.use is Use.MAIN), None)
    found = [each for each in stock.numbers.values() if _is_meant(each, find, people)]
    last = max(1, -(-len(found) // A_PAGE))
    page = min(page, last)
    may_be_main = list(islice(candidates(stock), MAX_CHOICES))
    if main is not None and main.number not in may_be_main:
        may_be_main.insert(0, main.number)
    return {
        "any": bool(stock.numbers),
        "numbers": found[(page - 1) * A_PAGE : page * A_PAGE],
        "count": len(found),
        "find": find,
        "page": page,
        "last": last,
        "main": main,
        "candidates": [("", say("Choose a number"))] * (main is None)
        + [(number, stock.numbers[number].international) for number in may_be_main],
        "coming": bool(stock.coming),
        "owner": _whose_main(roster, desk.about) if roster else None,
        "single": desk.about.licences == 1,
        "lengths": [(str(length), str(length)) for length in LENGTHS],
        "length": str(desk.numbers.extension_length(desk.account) or USUAL_LENGTH),
        "states": STATES,
        "uses": {use.name: use for use in Use},
        "example": example(desk.about.country),
        "people": people,
    }


def _whose_main(roster: Roster, about: About) -> str | None:
    """Who has the main number as their own, by their name in the plan."""
    main = roster.loaded.numbers.main
    return next((key for key in roster.loaded.people if own_number(roster.loaded, key, about) == main), None)


def _is_meant(number: StockNumber, find: str, people: Mapping[str, str]) -> bool:
    if not find:
        return True
    digits = "".join(filter(str.isdigit, find)).lstrip("0")
    whose = people.get(number.person, number.person) if number.person else ""
    return bool(digits and digits in number.number) or find.casefold() in whose.casefold()
