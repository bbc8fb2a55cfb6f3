"""The steps by which an order is drawn up, each a page; each is kept when it is left, forth or back."""

from __future__ import annotations

import re
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.accounts.access import Manager
from web.editing.destinations import titled
from web.mistakes import Mistake, Mistakes, Stale
from web.shell.bounds import Upload
from web.shell.languages import NAMES, language_of
from web.shell.reach import Now
from web.shell.rendering import redirect, render, show_mistakes, show_stale
from web.shell.typed import Form, Typed, TypedForm
from web.shell.visitor import Visitor
from web.transfers.desk import Desk
from web.transfers.details import CUSTOMER, INVOICE_DAYS
from web.transfers.doors import TheDesk, address_of, answering
from web.transfers.letter import LANGUAGES
from web.transfers.numbers import shown
from web.transfers.office import Office
from web.transfers.order import Order
from web.transfers.pages import PAGE, Keep, version_of, who_is_told
from web.transfers.states import Event, OutOfTurn, possible
from web.transfers.verdicts import MAX_BYTES
from web.words import Sentence, say

STEPS: Final = {
    "numbers": say("Numbers"),
    "places": say("Where they lead"),
    "provider": say("Provider"),
    "invoice": say("Invoice"),
    "letter": say("Letter of agency"),
    "submit": say("Submit"),
}
MAIN: Final = "main"
PERSON: Final = "person:"
UPLOAD: Final = Upload(re.compile(r"/transfers/[^/]+/invoice|/api/v1/transfers/[^/]+/invoice"), MAX_BYTES + 100_000)

router = APIRouter(include_in_schema=False)


@router.get(f"{PAGE}/{{id}}/numbers")
def numbers(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now) -> Response:
    """The numbers that are to come over; those that people have said are coming stand there already."""
    order = _order(desk, visitor, id)
    wanted = order.numbers or tuple(desk.draft.expected_numbers(visitor.account))
    return _show(request, desk, order, "numbers", now, Form.of(numbers="\n".join(map(shown, wanted))))


@router.post(f"{PAGE}/{{id}}/numbers")
def keep_numbers(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    def keep(order: Order) -> Order:
        return desk.draft.numbers(order, typed.text("numbers"), visitor.email, now)

    return _keep(request, desk, visitor, id, "numbers", now, typed, keep)


@router.get(f"{PAGE}/{{id}}/places")
def places(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now) -> Response:
    """Where each number will lead. That may be changed until they are here."""
    order = _order(desk, visitor, id)
    meant = desk.draft.places(order)
    leads = {
        f"lead-{index}": MAIN if number == order.main else f"{PERSON}{meant[number]}" if number in meant else ""
        for index, number in enumerate(order.numbers)
    }
    stays = {"main_stays": "yes"} if order.main_stays else {}
    return _show(request, desk, order, "places", now, Form.of(shown="yes", **leads, **stays))


@router.post(f"{PAGE}/{{id}}/places")
def keep_places(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    def keep(order: Order) -> Order:
        leads = {number: typed.text(f"lead-{index}") for index, number in enumerate(order.numbers)}
        mains = [number for number, lead in leads.items() if lead == MAIN]
        if len(mains) > 1:
            field = f"lead-{order.numbers.index(mains[1])}"
            raise Mistakes([Mistake(field, say("Only one number can become the main number."))])
        people = {number: lead.removeprefix(PERSON) for number, lead in leads.items() if lead.startswith(PERSON)}
        main = mains[0] if mains else ""
        try:
            return desk.draft.place(order, main, typed.checked("main_stays"), people, visitor.email, now)
        except Mistakes as problem:
            raise Mistakes(_beside_its_row(each, order) for each in problem.mistakes) from None

    return _keep(request, desk, visitor, id, "places", now, typed, keep)


@router.get(f"{PAGE}/{{id}}/provider")
def provider(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now) -> Response:
    """How the current provider knows the customer."""
    order = _order(desk, visitor, id)
    known = order.customer
    form = Form.of(**{field.name: getattr(known, field.name) for field in CUSTOMER}) if known else Form()
    return _show(request, desk, order, "provider", now, form)


@router.post(f"{PAGE}/{{id}}/provider")
def keep_provider(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    def keep(order: Order) -> Order:
        return desk.draft.customer(
            order, {field.name: typed.text(field.name) for field in CUSTOMER}, visitor.email, now
        )

    return _keep(request, desk, visitor, id, "provider", now, typed, keep)


@router.get(f"{PAGE}/{{id}}/invoice")
def invoice(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now) -> Response:
    """The newest invoice of the current provider, its date, and the person it names."""
    order = _order(desk, visitor, id)
    kept = order.invoice
    form = Form.of(dated=kept.dated.isoformat(), person=kept.person) if kept else Form()
    return _show(request, desk, order, "invoice", now, form)


@router.post(f"{PAGE}/{{id}}/invoice")
def keep_invoice(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    def keep(order: Order) -> Order:
        sent = typed.files.get("file")
        data = sent.file.read(MAX_BYTES + 1) if sent is not None else None
        dated, person = typed.text("dated"), typed.text("person")
        return desk.draft.invoice(order, data, dated, person, visitor.email, now, keep_file=True)

    return _keep(request, desk, visitor, id, "invoice", now, typed, keep)


@router.get(f"{PAGE}/{{id}}/letter")
def letter(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, language: str = "") -> Response:
    """The letter of agency in full, to be signed by whoever is named on the invoice."""
    order = _order(desk, visitor, id)
    return _show(request, desk, order, "letter", now, Form(), language=language)


@router.post(f"{PAGE}/{{id}}/letter")
def keep_letter(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    language = typed.text("language")

    def keep(order: Order) -> Order:
        if order.signature is not None and not typed.text("name"):
            return order
        return desk.draft.sign(
            order,
            typed.text("name"),
            typed.checked("consent"),
            typed.text("digest"),
            language,
            address_of(request),
            visitor.email,
            now,
        )

    return _keep(request, desk, visitor, id, "letter", now, typed, keep, language=language)


@router.get(f"{PAGE}/{{id}}/submit")
def submit(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now) -> Response:
    """All of it once more, and what is missing."""
    return _show(request, desk, _order(desk, visitor, id), "submit", now, Form())


@router.post(f"{PAGE}/{{id}}/submit")
def hand_in(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    def keep(order: Order) -> Order:
        return desk.submit(order, visitor.email, now)

    return _keep(request, desk, visitor, id, "submit", now, typed, keep)


# --- all steps alike --------------------------------------------------------------------------------------------------


def _order(desk: Desk, visitor: Visitor, id: str) -> Order:
    with answering():
        return desk.orders.get(visitor.account, id)


def _show(
    request: Request, desk: Desk, order: Order, step: str, now: float, form: Form, *, language: str = ""
) -> Response:
    if not _open(order, step):
        return redirect(request, f"{PAGE}/{order.id}")
    return render(request, _template(step), **_values(request, desk, order, step, now, language), form=form)


def _keep(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    id: str,
    step: str,
    now: float,
    typed: Typed,
    keep: Keep,
    *,
    language: str = "",
) -> Response:
    """Keep a step and go on to the next, or back; what is wrong is shown on the same page, nothing typed lost."""
    order = _order(desk, visitor, id)
    try:
        with answering():
            order = desk.orders.get(visitor.account, id, version_of(typed))
        kept = keep(order)
    except OutOfTurn as problem:
        return redirect(request, f"{PAGE}/{id}", problem.why)
    except Mistakes as problem:
        values = _values(request, desk, _order(desk, visitor, id), step, now, language)
        return show_mistakes(request, _template(step), problem, typed, **values)
    except Stale as problem:
        values = _values(request, desk, _order(desk, visitor, id), step, now, language)
        return show_stale(request, _template(step), problem, typed, **values)
    if step == "submit" or not kept.is_draft:
        notice = say("The order is with the carrier.") if step == "submit" else None
        return redirect(request, f"{PAGE}/{id}", notice)
    return redirect(request, f"{PAGE}/{id}/{_beside(step, -1 if typed.checked('back') else 1)}")


def _values(request: Request, desk: Desk, order: Order, step: str, now: float, language: str) -> dict[str, Any]:
    office = desk.office(order.account)
    missing = desk.draft.missing(order, now)
    undone = {each.value for each, _ in missing}
    chosen = language if language in LANGUAGES else language_of(request)
    values: dict[str, Any] = {
        "order": order,
        "step": step,
        "title": STEPS[step],
        "steps": [
            (title, f"{PAGE}/{order.id}/{name}", _standing(name, step, undone, order)) for name, title in STEPS.items()
        ],
        "previous": f"{PAGE}/{order.id}/{_beside(step, -1)}" if step != "numbers" else "",
        "missing": [(STEPS[each.value], f"{PAGE}/{order.id}/{each.value}", what) for each, what in missing],
        "people": office.people,
        "places": desk.draft.places(order),
        "present_main": shown(office.main) if office.main else "",
        "leads": _leads(office),
        "shown": shown,
        "days": INVOICE_DAYS,
        "today": office.today(now),
        "megabytes": MAX_BYTES // 1_000_000,
        "letter": None,
        "letter_language": chosen,
        "letter_languages": {each: NAMES[each] for each in LANGUAGES},
        **who_is_told(request, desk),
    }
    if step == "letter" and not undone & {"numbers", "provider"} and order.invoice is not None:
        values["letter"] = desk.draft.letter(order, chosen)
    return values


def _standing(name: str, step: str, undone: set[str], order: Order) -> str:
    if name == step:
        return "current"
    begun = name in ("places", "submit") and not order.numbers
    return "todo" if name in undone or name == "submit" or begun else "done"


def _leads(office: Office) -> list[tuple[str, Sentence | str]]:
    return [
        ("", say("Where the main number leads")),
        (MAIN, say("It becomes the main number")),
        *(
            (f"{PERSON}{name}", titled(colleague.title, colleague.extension))
            for name, colleague in office.people.items()
        ),
    ]


def _beside_its_row(mistake: Mistake, order: Order) -> Mistake:
    number = mistake.field.removeprefix("people.")
    if number in order.numbers:
        return Mistake(f"lead-{order.numbers.index(number)}", mistake.what)
    return mistake


def _open(order: Order, step: str) -> bool:
    """Whether the step's page is of any use where the order stands."""
    event = {"places": Event.PLACE, "submit": Event.SUBMIT}.get(step, Event.CHANGE)
    return event in possible(order.state) and (order.is_draft or step == "places")


def _beside(step: str, by: int) -> str:
    names = list(STEPS)
    return names[max(0, min(len(names) - 1, names.index(step) + by))]


def _template(step: str) -> str:
    return f"transfers/{step}.html"
