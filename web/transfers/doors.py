"""What pages and the API share: the desk and the order of a request, and how what is refused becomes an answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web.accounts.access import ThePost
from web.mistakes import Stale
from web.shell.reach import TheSettings, TheStore
from web.transfers.bundle import LETTER_FILE
from web.transfers.desk import Desk
from web.transfers.opening import open_desk
from web.transfers.order import Document, Order
from web.transfers.orders import NoSuchOrder
from web.transfers.states import OutOfTurn
from web.transfers.verdicts import Kind


def desk_of(settings: TheSettings, store: TheStore, post: ThePost) -> Desk:
    return open_desk(settings, store, post)


ZIP: Final = "application/zip"
TheDesk = Annotated[Desk, Depends(desk_of)]


@contextmanager
def answering() -> Iterator[None]:
    """No such order is 404; what is out of turn is told as what came too late (409)."""
    try:
        yield
    except NoSuchOrder:
        raise HTTPException(404) from None
    except OutOfTurn as problem:
        raise Stale(problem.why) from None


def address_of(request: Request) -> str:
    """Where a request comes from, as a signature names it."""
    return request.client.host if request.client else "?"


def bundle_of(desk: Desk, order: Order) -> Response:
    """What the carrier gets, to be saved. Raises Mistakes before it has been submitted."""
    try:
        return attachment(desk.bundle(order), f"transfer-{order.id}.zip", ZIP)
    except OSError:
        raise HTTPException(404) from None


def invoice_of(desk: Desk, order: Order) -> Response:
    """The invoice, to be saved. Raises 404 where there is none."""
    document = order.newest_invoice
    return download(desk, document, f"invoice.{Kind(document.kind).value}" if document else "")


def letter_of(desk: Desk, order: Order) -> Response:
    """The signed letter of agency, to be saved. Raises 404 where there is none."""
    return download(desk, order.signature.document if order.signature else None, LETTER_FILE)


def download(desk: Desk, document: Document | None, name: str) -> Response:
    """A file of an order, to be saved and never shown in place. ``name`` is ours. Raises 404 where there is none."""
    if document is None:
        raise HTTPException(404)
    try:
        data = desk.document(document)
    except OSError:
        raise HTTPException(404) from None
    return attachment(data, name, Kind(document.kind).media_type)


def attachment(data: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=media_type, headers=headers)
