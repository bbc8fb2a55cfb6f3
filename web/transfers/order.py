"""An order to transfer numbers in, as a value, and as the JSON in which the store keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import msgspec

from engine.store.console.transfers import StoredTransfer
from web.transfers.states import OPEN, State

MAX_NUMBERS: Final = 200
"""Numbers of one order."""


@dataclass(frozen=True, slots=True)
class Customer:
    """How the current provider knows the customer. ``code`` is the one that some providers give for a transfer."""

    provider: str
    account_number: str
    holder: str
    street: str
    postcode: str
    city: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that is kept: its random name in the folder, what it is, and its SHA-256 in hexadecimal."""

    file: str
    kind: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """The newest invoice of the current provider: when it is of, and the person it names, who signs the letter.

    ``document`` is None once it has been deleted, some time after the order was over.
    """

    document: Document | None
    dated: date
    person: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A letter of agency signed. ``digest`` is the SHA-256 of the letter's text as it was shown, ``text``.

    ``name`` is what was typed, ``at`` seconds since the epoch, ``source`` the address it came from.
    """

    name: str
    at: float
    source: str
    language: str
    text: str
    digest: str
    document: Document


@dataclass(frozen=True, slots=True)
class Order:
    """One order. ``main`` is the number that is to become the main number, "" for none; the one before it
    ``main_stays`` beside it, or gives way.

    ``sent`` is an invoice that has come, but whose date or person is still to be put right.
    ``agreed`` is the day that the carrier has named; ``expected`` the first and the last that are likely.
    ``reason`` tells why the carrier rejected it, or why the numbers could not be put in place. ``people`` are those
    whom the numbers are meant for, by their names in the dialplan: they are written to as well.
    """

    id: str
    account: str
    made_at: float
    state: State = State.DRAFT
    version: int = 0
    numbers: tuple[str, ...] = ()
    main: str = ""
    main_stays: bool = True
    customer: Customer | None = None
    invoice: Invoice | None = None
    sent: Document | None = None
    signature: Signature | None = None
    submitted_at: float | None = None
    expected: tuple[date, date] | None = None
    agreed: date | None = None
    reason: str = ""
    people: tuple[str, ...] = ()

    @property
    def is_draft(self) -> bool:
        """Whether it is being drawn up, or has to be corrected."""
        return self.state in (State.DRAFT, State.REJECTED)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in OPEN

    @property
    def newest_invoice(self) -> Document | None:
        """The file of the invoice that came last."""
        return self.sent or (self.invoice.document if self.invoice else None)

    @property
    def documents(self) -> tuple[Document, ...]:
        """The files that belong to it."""
        signed = self.signature.document if self.signature else None
        found = (self.invoice.document if self.invoice else None, self.sent, signed)
        return tuple(each for each in found if each is not None)


def stored(order: Order) -> StoredTransfer:
    """The order as the store keeps it."""
    return StoredTransfer(
        id=order.id,
        account=order.account,
        state=order.state.value,
        data=msgspec.json.encode(order).decode(),
        made_at=order.made_at,
        version=order.version,
    )


def restored(kept: StoredTransfer) -> Order:
    """The order that the store has kept."""
    order = msgspec.json.decode(kept.data, type=Order)
    return replace(order, version=kept.version)
