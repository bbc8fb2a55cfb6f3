"""Transfers for programs: an order drawn up, signed, submitted, answered, completed, cancelled; and its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from web.accounts.access import Caller, api_caller
from web.shell.languages import catalogue_of
from web.shell.reach import Now
from web.transfers.desk import MAX_REASON, Desk
from web.transfers.doors import ZIP, TheDesk, address_of, answering, bundle_of, invoice_of, letter_of
from web.transfers.drafting import MAX_TYPED_NAME
from web.transfers.order import Customer, Order
from web.transfers.verdicts import MAX_BYTES

Version = Annotated[
    int | None, Query(ge=0, le=1_000_000_000, description="refuse (409) if the order is at another version by now")
]

router = APIRouter(prefix="/transfers", tags=["transfers"])

Reader = Annotated[Caller, Depends(api_caller("read"))]
Writer = Annotated[Caller, Depends(api_caller("transfers"))]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NumbersBody(Body):
    """The numbers that are to come over, each once."""

    numbers: list[Annotated[str, Field(max_length=40)]] = Field(max_length=300)


class ProviderBody(Body):
    """How the current provider knows the customer."""

    provider: str = Field(max_length=200)
    account_number: str = Field(max_length=200)
    holder: str = Field(max_length=200)
    street: str = Field(max_length=200)
    postcode: str = Field(max_length=200)
    city: str = Field(max_length=200)
    code: str = Field("", max_length=200, description="the code for a transfer, if the provider has given one")


class SignatureBody(Body):
    """The letter of agency signed by whoever is named on the invoice."""

    name: str = Field(max_length=MAX_TYPED_NAME, description="typed by the person named on the invoice")
    consent: bool = Field(description="whether they want it to bind them as a signature by hand")
    digest: str = Field(max_length=64, description="`digest` of the letter that they have read")
    language: Literal["en", "nl"] = Field("en", description="of the letter that they have read")


class PlacesBody(Body):
    """Where the numbers will lead; a number that is named nowhere here leads where the main number does."""

    main: str = Field("", max_length=20, description="the number of the order that becomes the main number")
    main_stays: bool = Field(True, description="whether the present main number stays beside it")
    people: dict[str, str] = Field(
        default_factory=dict, max_length=300, description="numbers (E.164) with the person of the plan who gets them"
    )


class AnswerBody(Body):
    """What the carrier has answered: a day or a reason."""

    answer: Literal["accepted", "rejected"]
    day: str = Field("", max_length=20, description="for `accepted`: 2026-12-31")
    reason: str = Field("", max_length=2 * MAX_REASON, description="for `rejected`")


class NewsPart(BaseModel):
    """What has happened to an order, and where it stood then."""

    at: float = Field(description="seconds since 1970")
    who: str
    what: str
    state: str
    note: str


class OrderPart(BaseModel):
    """An order."""

    id: str
    state: str
    version: int
    made_at: float
    numbers: list[str]
    main: str
    main_stays: bool
    people: dict[str, str]
    provider: ProviderBody | None
    invoice_dated: date | None
    invoice_person: str | None
    signed_by: str | None
    signed_at: float | None
    submitted_at: float | None
    expected_from: date | None
    expected_to: date | None
    agreed: date | None
    reason: str
    missing: dict[str, str] = Field(description="what has to be done before it can be submitted, by step")


class OrderWithNews(OrderPart):
    """An order with all that has happened to it."""

    news: list[NewsPart]


class LetterPart(BaseModel):
    """The letter of agency: what is signed is `text`, `digest` its SHA-256."""

    language: str
    text: str
    digest: str


def _shown(
    desk: Desk, order: Order, request: Request, now: float, whose: Mapping[str, str] | None = None
) -> dict[str, Any]:
    catalogue = catalogue_of(request)
    customer: Customer | None = order.customer
    return {
        "id": order.id,
        "state": order.state.value,
        "version": order.version,
        "made_at": order.made_at,
        "numbers": list(order.numbers),
        "main": order.main,
        "main_stays": order.main_stays,
        "people": desk.draft.places(order, whose),
        "provider": {name: getattr(customer, name) for name in ProviderBody.model_fields} if customer else None,
        "invoice_dated": order.invoice.dated if order.invoice else None,
        "invoice_person": order.invoice.person if order.invoice else None,
        "signed_by": order.signature.name if order.signature else None,
        "signed_at": order.signature.at if order.signature else None,
        "submitted_at": order.submitted_at,
        "expected_from": order.expected[0] if order.expected else None,
        "expected_to": order.expected[1] if order.expected else None,
        "agreed": order.agreed,
        "reason": order.reason,
        "missing": {
            step.value: what.translated(catalogue) for step, what in desk.draft.missing(order, now)
        } if order.is_draft else {},
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What a route that changes an order is asked with; all of them are ``done`` alike."""

    request: Request
    desk: Desk
    account: str
    who: str
    id: str
    version: int | None
    now: float

    def done(self, do: Callable[[Order], Order]) -> OrderPart:
        """Change the order, if it is at the version that was meant; what has become of it."""
        with answering():
            order = do(self.desk.orders.get(self.account, self.id, self.version))
        return OrderPart(**_shown(self.desk, order, self.request, self.now))


def change_of(
    request: Request, caller: Writer, desk: TheDesk, id: str, now: Now, version: Version = None
) -> Change:  # fmt: skip
    return Change(request, desk, caller.account, caller.who, id, version, now)


TheChange = Annotated[Change, Depends(change_of)]


@router.get("")
def transfers(request: Request, caller: Reader, desk: TheDesk, now: Now) -> list[OrderPart]:
    """The account's orders, the newest first."""
    orders = desk.orders.of(caller.account)
    whose = desk.draft.whose(caller.account) if orders else {}
    return [OrderPart(**_shown(desk, order, request, now, whose)) for order in orders]


@router.post("", status_code=201)
def begin(request: Request, caller: Writer, desk: TheDesk, now: Now) -> OrderPart:
    """A new draft."""
    return OrderPart(**_shown(desk, desk.begin(caller.account, caller.who, now), request, now))


@router.get("/{id}")
def transfer(request: Request, caller: Reader, desk: TheDesk, id: str, now: Now) -> OrderWithNews:
    """One order, with all that has happened to it."""
    with answering():
        order = desk.orders.get(caller.account, id)
    news = [
        NewsPart(at=each.at, who=each.who, what=each.what, state=each.state, note=each.note)
        for each in desk.orders.news(order)
    ]
    return OrderWithNews(**_shown(desk, order, request, now), news=news)


@router.put("/{id}/numbers")
def numbers(change: TheChange, body: NumbersBody) -> OrderPart:
    """The numbers that are to come over."""
    typed = ", ".join(body.numbers)
    return change.done(lambda order: change.desk.draft.numbers(order, typed, change.who, change.now))


@router.put("/{id}/provider")
def provider(change: TheChange, body: ProviderBody) -> OrderPart:
    """How the current provider knows the customer."""
    typed = body.model_dump()
    return change.done(lambda order: change.desk.draft.customer(order, typed, change.who, change.now))


@router.put("/{id}/invoice")
def put_invoice(
    change: TheChange,
    dated: Annotated[str, Form(max_length=20, description="the invoice's date: 2026-12-31")],
    person: Annotated[str, Form(max_length=200, description="the person named on it")],
    file: Annotated[UploadFile | None, File(description="PDF, PNG or JPEG; may be left out if one is there")] = None,
) -> OrderPart:
    """The newest invoice of the current provider, of the last 30 days."""

    def put(order: Order) -> Order:
        data = file.file.read(MAX_BYTES + 1) if file is not None else None
        return change.desk.draft.invoice(order, data, dated, person, change.who, change.now)

    return change.done(put)


@router.get("/{id}/invoice", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
def get_invoice(caller: Reader, desk: TheDesk, id: str) -> Response:
    """The invoice, to be saved."""
    with answering():
        return invoice_of(desk, desk.orders.get(caller.account, id))


@router.get("/{id}/letter")
def letter(
    caller: Reader, desk: TheDesk, id: str, language: Annotated[Literal["en", "nl"], Query()] = "en"
) -> LetterPart:
    """The letter of agency as it is to be signed."""
    with answering():
        found = desk.draft.letter(desk.orders.get(caller.account, id), language)
    return LetterPart(language=found.language, text=found.text, digest=found.digest)


@router.post("/{id}/signature")
def sign(change: TheChange, body: SignatureBody) -> OrderPart:
    """Sign the letter of agency."""
    source = address_of(change.request)

    def put(order: Order) -> Order:
        return change.desk.draft.sign(
            order, body.name, body.consent, body.digest, body.language, source, change.who, change.now
        )

    return change.done(put)


@router.get("/{id}/letter.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def signed_letter(caller: Reader, desk: TheDesk, id: str) -> Response:
    """The signed letter of agency, to be saved."""
    with answering():
        return letter_of(desk, desk.orders.get(caller.account, id))


@router.put("/{id}/places")
def places(change: TheChange, body: PlacesBody) -> OrderPart:
    """Where the numbers will lead."""

    def put(order: Order) -> Order:
        return change.desk.draft.place(order, body.main, body.main_stays, body.people, change.who, change.now)

    return change.done(put)


@router.post("/{id}/submit")
def submit(change: TheChange) -> OrderPart:
    """Hand the order to the carrier."""
    return change.done(lambda order: change.desk.submit(order, change.who, change.now))


@router.post("/{id}/answer")
def answer(change: TheChange, body: AnswerBody) -> OrderPart:
    """Record what the carrier has answered."""

    def put(order: Order) -> Order:
        if body.answer == "accepted":
            return change.desk.accept(order, body.day, change.who, change.now)
        return change.desk.reject(order, body.reason, change.who, change.now)

    return change.done(put)


@router.post("/{id}/complete")
def complete(change: TheChange) -> OrderPart:
    """The numbers are here: put them in place. `reason` tells what prevents it, if something does."""
    return change.done(lambda order: change.desk.complete(order, change.who, change.now))


@router.post("/{id}/cancel")
def cancel(change: TheChange) -> OrderPart:
    """The numbers stay where they are."""
    return change.done(lambda order: change.desk.cancel(order, change.who, change.now))


@router.get("/{id}/bundle.zip", response_class=Response, responses={200: {"content": {ZIP: {}}}})
def bundle(caller: Reader, desk: TheDesk, id: str) -> Response:
    """What the carrier gets: the signed letter, the invoice, and the order as JSON."""
    with answering():
        return bundle_of(desk, desk.orders.get(caller.account, id))
