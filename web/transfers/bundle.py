"""What is handed to the carrier: a ZIP of the signed letter, the invoice, and the order for a program to read."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from web.transfers.folder import Folder
from web.transfers.numbers import national, region_of
from web.transfers.office import Office
from web.transfers.order import Document, Order
from web.transfers.verdicts import Kind

FORMAT: Final = "belplan-transfer-order/1"
ORDER_FILE: Final = "order.json"
LETTER_FILE: Final = "letter-of-agency.pdf"
ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberPart(_Part):
    """A number to be transferred."""

    number: str = Field(description="E.164, such as +31201234567", pattern=r"^\+[0-9]{4,15}$")
    national: str = Field(description="as it is dialled within its country")
    country: str = Field(description="ISO 3166, two letters")


class CustomerPart(_Part):
    """How the current provider knows the customer."""

    provider: str = Field(description="the current provider")
    account_number: str
    holder: str = Field(description="company or person that the contract is with")
    street: str
    postcode: str
    city: str
    transfer_code: str = Field(description="given by the current provider for the transfer; may be empty")


class SignaturePart(_Part):
    """Who signed the letter of agency."""

    name: str = Field(description="the person named on the invoice")
    signed_at: datetime
    source: str = Field(description="the address that the signature came from")
    language: str
    text_sha256: str = Field(description="SHA-256 of the letter's text (UTF-8) as it was shown")


class FilePart(_Part):
    """A file of the bundle."""

    name: str
    what: Literal["letter of agency", "invoice"]
    media_type: str
    size: int
    sha256: str


class OrderPart(_Part):
    """An order to transfer numbers in, as it stands in order.json of the bundle."""

    format: Literal["belplan-transfer-order/1"] = FORMAT
    id: str = Field(description="to be named in every answer")
    organisation: str = Field(description="whom the numbers come to")
    country: str
    submitted_at: datetime
    expected_from: date
    expected_to: date
    invoice_dated: date
    numbers: list[NumberPart]
    customer: CustomerPart
    signature: SignaturePart
    files: list[FilePart]
    report_to: str | None = Field(description="where answers may be reported (docs/number-transfer.md); may be null")


def described(order: Order, office: Office, report_to: str | None) -> OrderPart:
    """The order for a program; it has been submitted, so everything is there."""
    customer, invoice, signature = order.customer, order.invoice, order.signature
    assert customer is not None
    assert invoice is not None
    assert invoice.document is not None
    assert signature is not None
    assert order.expected is not None
    assert order.submitted_at is not None
    names = file_names(order)
    return OrderPart(
        id=order.id,
        organisation=office.name,
        country=office.country,
        submitted_at=_moment(order.submitted_at),
        expected_from=order.expected[0],
        expected_to=order.expected[1],
        invoice_dated=invoice.dated,
        numbers=[NumberPart(number=each, national=national(each), country=region_of(each)) for each in order.numbers],
        customer=CustomerPart(
            provider=customer.provider,
            account_number=customer.account_number,
            holder=customer.holder,
            street=customer.street,
            postcode=customer.postcode,
            city=customer.city,
            transfer_code=customer.code,
        ),
        signature=SignaturePart(
            name=signature.name,
            signed_at=_moment(signature.at),
            source=signature.source,
            language=signature.language,
            text_sha256=signature.digest,
        ),
        files=[
            _file(names[0], "letter of agency", signature.document),
            _file(names[1], "invoice", invoice.document),
        ],
        report_to=report_to,
    )


def file_names(order: Order) -> tuple[str, str]:
    """What letter and invoice are called outside; nothing of it was typed by anybody."""
    assert order.invoice is not None
    assert order.invoice.document is not None
    return LETTER_FILE, f"invoice.{Kind(order.invoice.document.kind).value}"


def packed(order: Order, office: Office, folder: Folder, report_to: str | None) -> bytes:
    """The bundle, while the invoice is kept. Raises OSError where a file is gone."""
    assert order.invoice is not None
    assert order.invoice.document is not None
    assert order.signature is not None
    letter, invoice = file_names(order)
    files = {
        ORDER_FILE: (described(order, office, report_to).model_dump_json(indent=2) + "\n").encode(),
        letter: folder.read(order.signature.document),
        invoice: folder.read(order.invoice.document),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_EPOCH), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _file(name: str, what: Literal["letter of agency", "invoice"], document: Document) -> FilePart:
    media_type = Kind(document.kind).media_type
    return FilePart(name=name, what=what, media_type=media_type, size=document.size, sha256=document.digest)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)
