"""The pages and the schema that are made of the code are those of this code; the hook's example is signed as said."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable

import jsonschema

from tests.web.transfers.conftest import MANAGER, NOW, ROOT
from tools import draw_transfers
from web.transfers.bundle import described
from web.transfers.desk import Desk
from web.transfers.order import Order
from web.transfers.reports import signature


def test_the_drawn_page_and_the_schema_are_up_to_date() -> None:
    assert draw_transfers.PAGE.read_text() == draw_transfers.render(), "run make docs"
    assert draw_transfers.SCHEMA.read_text() == draw_transfers.schema(), "run make docs"


def test_what_the_carrier_gets_is_as_the_schema_says(desk: Desk, signed: Callable[..., Order]) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    written = json.loads(described(order, desk.office("bakery"), None).model_dump_json())
    jsonschema.validate(written, json.loads(draw_transfers.SCHEMA.read_text()))


def test_a_report_is_signed_as_the_page_says() -> None:
    page = (ROOT / "docs" / "number-transfer.md").read_text()
    assert "HMAC-SHA256, in hexadecimal, of the timestamp, a full stop and the body" in page
    expected = hmac.new(b"secret", b"1797505200.{}", hashlib.sha256).hexdigest()
    assert signature(b"secret", "1797505200", b"{}") == f"v1={expected}"
