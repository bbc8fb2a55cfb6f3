"""Pages of transfers: all orders, one with its way so far, and what a manager does with it once it is drawn up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.accounts.access import Manager, post_of
from web.mistakes import Mistakes, Stale
from web.shell.reach import Now
from web.shell.rendering import redirect, render, show_mistakes, show_stale
from web.shell.typed import Typed, TypedForm
from web.transfers.carrier import ByHand
from web.transfers.desk import BY_ITSELF, Desk
from web.transfers.doors import TheDesk, answering, bundle_of, invoice_of, letter_of
from web.transfers.numbers import shown
from web.transfers.order import Order
from web.transfers.orders import FORGET
from web.transfers.reports import REPORTER
from web.transfers.states import TITLES, Event, State, possible
from web.words import Sentence, say

PAGE: Final = "/transfers"
LIST: Final = "transfers/transfers.html"
NO_PLAN: Final = "transfers/no_plan.html"
ORDER: Final = "transfers/order.html"
KINDS: Final = {
    State.DRAFT: "plain",
    State.SUBMITTED: "careful",
    State.ACCEPTED: "good",
    State.REJECTED: "bad",
    State.GOING_LIVE: "careful",
    State.COMPLETE: "good",
    State.CANCELLED: "plain",
}
HAPPENED: Final = {
    "begin": say("Order begun"),
    Event.SIGN.value: say("Letter of agency signed"),
    Event.SUBMIT.value: say("Handed to the carrier"),
    Event.ACCEPT.value: say("Accepted by the carrier"),
    Event.REJECT.value: say("Rejected by the carrier"),
    Event.COMPLETE.value: say("Reported as transferred"),
    Event.LIVE.value: say("Numbers put in place"),
    Event.NOT_LIVE.value: say("Numbers could not be put in place"),
    Event.CANCEL.value: say("Cancelled"),
    FORGET: say("Invoice deleted"),
}
"""What the way so far tells; changes of a draft are left out."""
NAMES: Final = {REPORTER: say("the carrier"), BY_ITSELF: say("Belplan")}

router = APIRouter(include_in_schema=False)

Keep = Callable[[Order], Order]
"""Does something with an order that is as its form was made for; what it is then."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing of an order's way so far."""

    at: float
    who: Sentence | str
    what: Sentence
    note: str
    day: date | None


@router.get(PAGE)
def transfers(request: Request, visitor: Manager, desk: TheDesk, now: Now) -> Response:
    """All orders of the account."""
    try:
        desk.office(visitor.account)
    except Mistakes:
        return render(request, NO_PLAN)
    desk.resume(now)
    return render(request, LIST, orders=desk.orders.of(visitor.account), titles=TITLES, kinds=KINDS, shown=shown)


@router.post(PAGE)
def begin(request: Request, visitor: Manager, desk: TheDesk, now: Now) -> Response:
    """Begin an order, and go on to its first step."""
    order = desk.begin(visitor.account, visitor.email, now)
    return redirect(request, f"{PAGE}/{order.id}/numbers")


@router.get(f"{PAGE}/{{id}}")
def order_page(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now) -> Response:
    """One order: where it stands, what is in it, what has happened, and what can be done."""
    with answering():
        order = desk.orders.get(visitor.account, id)
    return render(request, ORDER, **_values(request, desk, order, now))


@router.post(f"{PAGE}/{{id}}/accept")
def accept(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    """Record that the carrier has agreed on a day."""

    def do(order: Order) -> Order:
        return desk.accept(order, typed.text("day"), visitor.email, now)

    return _done(request, visitor, desk, id, now, typed, do, say("The agreed day is recorded."))


@router.post(f"{PAGE}/{{id}}/reject")
def reject(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    """Record that the carrier cannot carry it out."""

    def do(order: Order) -> Order:
        return desk.reject(order, typed.text("reason"), visitor.email, now)

    return _done(request, visitor, desk, id, now, typed, do, say("The reason is recorded. Correct the order now."))


@router.post(f"{PAGE}/{{id}}/complete")
def complete(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    """The numbers are here: put them in place."""

    def do(order: Order) -> Order:
        return desk.complete(order, visitor.email, now)

    return _done(request, visitor, desk, id, now, typed, do, None)


@router.post(f"{PAGE}/{{id}}/cancel")
def cancel(request: Request, visitor: Manager, desk: TheDesk, id: str, now: Now, typed: TypedForm) -> Response:
    """The numbers stay where they are."""

    def do(order: Order) -> Order:
        return desk.cancel(order, visitor.email, now)

    return _done(request, visitor, desk, id, now, typed, do, say("The transfer is cancelled."))


@router.get(f"{PAGE}/{{id}}/invoice/file")
def invoice_file(visitor: Manager, desk: TheDesk, id: str) -> Response:
    """The invoice, to be saved."""
    with answering():
        return invoice_of(desk, desk.orders.get(visitor.account, id))


@router.get(f"{PAGE}/{{id}}/letter.pdf")
def letter_file(visitor: Manager, desk: TheDesk, id: str) -> Response:
    """The signed letter of agency, to be saved."""
    with answering():
        return letter_of(desk, desk.orders.get(visitor.account, id))


@router.get(f"{PAGE}/{{id}}/bundle.zip")
def bundle(visitor: Manager, desk: TheDesk, id: str) -> Response:
    """What the carrier gets, to be saved."""
    with answering():
        return bundle_of(desk, desk.orders.get(visitor.account, id))


def version_of(typed: Typed) -> int | None:
    """The version that the form was made for; None if it does not say."""
    text = typed.text("version")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _done(
    request: Request, visitor: Manager, desk: Desk, id: str, now: float, typed: Typed, do: Keep, notice: Sentence | None
) -> Response:
    """Do something with an order; what is wrong is shown on its page."""
    with answering():
        order = desk.orders.get(visitor.account, id)
    try:
        with answering():
            do(desk.orders.get(visitor.account, id, version_of(typed)))
    except Mistakes as problem:
        return show_mistakes(request, ORDER, problem, typed, **_values(request, desk, order, now))
    except Stale as problem:
        return show_stale(request, ORDER, problem, typed, **_values(request, desk, order, now))
    return redirect(request, f"{PAGE}/{id}", notice)


def who_is_told(request: Request, desk: Desk) -> dict[str, Any]:
    """How the carrier gets an order, and the folder that letters lie in where no mail server is set up."""
    return {"by_hand": isinstance(desk.carrier, ByHand), "outbox": post_of(request).outbox}


def _values(request: Request, desk: Desk, order: Order, now: float) -> dict[str, Any]:
    """What the page of an order shows."""
    office = desk.office(order.account)
    happened = [
        Happened(
            each.at,
            NAMES.get(each.who, each.who),
            HAPPENED[each.what],
            each.note if each.what in (Event.REJECT.value, Event.NOT_LIVE.value, Event.SIGN.value) else "",
            date.fromisoformat(each.note) if each.what == Event.ACCEPT.value else None,
        )
        for each in desk.orders.news(order)
        if each.what in HAPPENED
    ]
    return {
        "order": order,
        "title": TITLES[order.state],
        "kind": KINDS[order.state],
        "can": {event.value for event in possible(order.state)},
        "places": desk.draft.places(order),
        "people": office.people,
        "present_main": shown(office.main) if office.main else "",
        "missing": desk.draft.missing(order, now) if order.is_draft else [],
        "happened": happened,
        "shown": shown,
        **who_is_told(request, desk),
        "today": office.today(now),
        "stands": order.state.value,
        "invoice_days": max(1, round(desk.keep_invoices / 86400)),
    }
