"""The wizard and an order's page, as a browser without scripts has them; and the hook for carriers."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from engine.settings import Settings
from engine.store.store import Store
from tests.web.browsing import Browser
from tests.web.html import assert_sound
from tests.web.transfers import papers
from tests.web.transfers.conftest import COMING, MANAGER, NOW, PERSON, PROVIDER
from web.accounts.audit import entries
from web.app import make_app
from web.mail import Post
from web.shell.visitor import Visitor
from web.transfers.desk import Desk
from web.transfers.order import Order
from web.transfers.reports import MAX_BODY, signature
from web.transfers.states import State

SECRET = "a secret of the carrier"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "carrier.secret").write_text(SECRET)
    return settings.model_copy(update={"transfer_secret_file": tmp_path / "carrier.secret"})


def signed_in(app: FastAPI, account: str = "bakery") -> None:
    visitor = Visitor(MANAGER, "An", account, "owner", "Europe/Amsterdam")
    app.state.recognise = lambda _: visitor
    app.state.clock = lambda: NOW


@pytest.fixture
def app(settings: Settings, store: Store) -> FastAPI:
    return make_app(settings, store)


@pytest.fixture
async def bakery(app: FastAPI) -> AsyncIterator[Browser]:
    signed_in(app)
    async with Browser(app) as browser:
        yield browser


def text_of(page: httpx.Response) -> str:
    """What a page says; it must be sound HTML."""
    assert_sound(str(page.url), page.text)
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).replace("&#39;", "'").split())


async def begun(bakery: Browser) -> str:
    answer = await bakery.submit("/transfers")
    assert answer.status_code == 303
    return answer.headers["Location"].removesuffix("/numbers")


async def step(bakery: Browser, page: str, fields: dict[str, str], **options: object) -> httpx.Response:
    shown = await bakery.get(page)
    assert_sound(page, shown.text)
    version = re.search(r'name="version" value="(\d+)"', shown.text)
    assert version, shown.text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', shown.text)
    more = {"digest": digest[1]} if digest else {}
    return await bakery.submit(page, {"version": version[1], **more, **fields}, **options)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/transfers"), ("GET", "/transfers/ABC"), ("GET", "/transfers/ABC/invoice/file")]
)
async def test_strangers_are_led_to_where_they_sign_in(app: FastAPI, method: str, path: str) -> None:
    async with Browser(app) as browser:
        answer = await browser.request(method, path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/sign-in")


async def test_an_order_from_the_first_step_to_numbers_in_place(
    bakery: Browser, store: Store, settings: Settings, desk: Desk
) -> None:
    assert "Keep the numbers that people know" in text_of(await bakery.get("/transfers"))
    order = await begun(bakery)
    answer = await step(bakery, f"{order}/numbers", {"numbers": ", ".join(COMING)})
    assert answer.headers["Location"] == f"{order}/places"
    answer = await step(bakery, f"{order}/places", {"lead-0": "main", "lead-1": "person:desk", "main_stays": "yes"})
    assert answer.headers["Location"] == f"{order}/provider"
    answer = await step(bakery, f"{order}/provider", PROVIDER)
    assert answer.headers["Location"] == f"{order}/invoice"
    files = {"file": ("../../invoice.pdf", papers.pdf(), "image/png")}
    answer = await step(bakery, f"{order}/invoice", {"dated": "2026-12-01", "person": PERSON}, files=files)
    assert answer.headers["Location"] == f"{order}/letter"
    shown = text_of(await bakery.get(f"{order}/letter"))
    assert "to be transferred to The Bakery" in shown
    dutch = text_of(await bakery.get(f"{order}/letter?language=nl"))
    assert "Volmacht voor het overzetten van telefoonnummers" in dutch
    answer = await step(bakery, f"{order}/letter", {"name": PERSON, "consent": "yes", "language": "en"})
    assert answer.headers["Location"] == f"{order}/submit"
    outbox = f"they lie in the folder {settings.state / 'outbox'} on this machine"
    assert outbox in text_of(await bakery.get(f"{order}/submit"))
    answer = await step(bakery, f"{order}/submit", {})
    assert answer.headers["Location"] == order
    page = text_of(await bakery.get(order))
    assert "Expected between 29 December 2026 and 4 January 2027." in page
    assert outbox in page
    assert "The invoice is deleted 90 days after" in page
    await bakery.submit(f"{order}/accept", {"day": "2026-12-30"}, page=order)
    answer = await bakery.submit(f"{order}/complete", page=order)
    assert answer.status_code == 303
    page = text_of(await bakery.get(order))
    assert "Complete: the numbers ring here." in page
    assert "Numbers put in place" in page
    assert desk.office("bakery").main == COMING[0]
    assert desk.office("bakery").people["desk"].number == COMING[1]
    said = [str(each.what) for each in entries(store, "bakery")]
    id = order.removeprefix("/transfers/")
    assert said[::-1] == [
        f"began the transfer {id}",
        f"changed the numbers of the transfer {id}",
        f"chose where the numbers of the transfer {id} lead",
        f"changed what the transfer {id} says of the present provider",
        f"sent the invoice of the transfer {id}",
        f"signed the letter of agency of the transfer {id}",
        f"submitted the transfer {id}",
        f"recorded that the carrier accepts the transfer {id}",
        f"put the numbers of the transfer {id} in place",
    ]
    subjects = [mail["Subject"] for mail in Post(settings).waiting()]
    assert "Your telephone number is here" in subjects


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(bakery: Browser) -> None:
    order = await begun(bakery)
    answer = await step(bakery, f"{order}/numbers", {"numbers": "0800 1234, <b>hello</b>"})
    assert answer.status_code == 422
    assert "toll-free" in answer.text
    assert "0800 1234, &lt;b&gt;hello&lt;/b&gt;" in answer.text
    answer = await step(bakery, f"{order}/provider", {"provider": "Old & New", "city": "Delft"})
    assert answer.status_code == 422
    assert 'value="Old &amp; New"' in answer.text
    assert 'id="field-holder-wrong"' in answer.text
    files = {"file": ("invoice.pdf", b"<script>alert(1)</script>", "application/pdf")}
    answer = await step(bakery, f"{order}/invoice", {"dated": "2020-01-01", "person": PERSON}, files=files)
    assert answer.status_code == 422
    assert "older than 30 days" in answer.text
    assert "neither a PDF nor a picture" in answer.text
    assert f'value="{PERSON}"' in answer.text
    good = {"file": ("invoice.pdf", papers.pdf(), "application/pdf")}
    answer = await step(bakery, f"{order}/invoice", {"dated": "2020-01-01", "person": PERSON}, files=good)
    assert "The file is here." in text_of(answer)
    assert 'name="file" type="file"' in answer.text
    assert "its date or the person it names is not right yet" in text_of(await bakery.get(f"{order}/submit"))
    assert (await bakery.get(f"{order}/invoice/file")).content.startswith(b"%PDF")
    version = re.search(r'name="version" value="(\d+)"', answer.text)
    assert version
    fields = {"dated": "2026-12-01", "person": PERSON, "version": version[1]}
    assert (await bakery.submit(f"{order}/invoice", fields)).status_code == 303
    assert "An invoice is here." in text_of(await bakery.get(f"{order}/invoice"))
    await step(bakery, f"{order}/numbers", {"numbers": ", ".join(COMING)})
    answer = await step(bakery, f"{order}/places", {"lead-0": "main", "lead-1": "main"})
    assert "Only one number can become the main number" in answer.text
    answer = await step(bakery, f"{order}/places", {"lead-0": "person:nobody"})
    assert 'id="field-lead-0-wrong"' in answer.text


async def test_going_back_keeps_the_step_and_the_steps_tell_what_is_done(bakery: Browser) -> None:
    order = await begun(bakery)
    answer = await step(bakery, f"{order}/provider", {**PROVIDER, "back": "yes"})
    assert answer.headers["Location"] == f"{order}/places"
    assert 'value="Old Telecom B.V."' in (await bakery.get(f"{order}/provider")).text
    shown = await bakery.get(f"{order}/letter")
    assert "once these are there" in text_of(shown)
    assert "The numbers are missing." in text_of(shown)
    assert "This is still to be done" in text_of(await bakery.get(f"{order}/submit"))
    assert (await step(bakery, f"{order}/submit", {})).status_code == 422


async def test_a_letter_that_changed_after_it_was_shown_is_shown_again(
    bakery: Browser, drawn_up: Callable[..., Order], desk: Desk
) -> None:
    order = drawn_up()
    page = f"/transfers/{order.id}/letter"
    shown = await bakery.get(page)
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', shown.text)
    assert digest
    order = desk.draft.customer(order, {**PROVIDER, "city": "Delft"}, MANAGER, NOW)
    fields = {"name": PERSON, "consent": "yes", "language": "en", "digest": digest[1], "version": str(order.version)}
    answer = await bakery.submit(page, fields)
    assert answer.status_code == 409
    assert "has changed since it was shown" in answer.text
    assert "1012 JS Delft" in answer.text
    assert (await step(bakery, page, {"name": "Bob", "language": "en"})).status_code == 422
    assert (await step(bakery, page, {"name": PERSON, "consent": "yes", "language": "en"})).status_code == 303
    assert "Signed by Anna de Vries" in text_of(await bakery.get(page))


async def test_two_managers_at_once_the_second_sees_the_first_ones_change(bakery: Browser, desk: Desk) -> None:
    order = await begun(bakery)
    page = f"{order}/numbers"
    stale = {"numbers": COMING[1], "version": "1"}
    await step(bakery, page, {"numbers": COMING[0]})
    answer = await bakery.submit(page, stale)
    assert answer.status_code == 409
    assert "Somebody else has changed this order meanwhile" in answer.text
    assert COMING[1] in answer.text


async def test_files_are_handed_out_as_attachments_to_managers_of_the_account_only(
    app: FastAPI, bakery: Browser, signed: Callable[..., Order], desk: Desk
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    for path, kind in (
        ("invoice/file", "application/pdf"),
        ("letter.pdf", "application/pdf"),
        ("bundle.zip", "application/zip"),
    ):
        answer = await bakery.get(f"/transfers/{order.id}/{path}")
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    signed_in(app, "clinic")
    for path in ("", "/invoice/file", "/letter.pdf", "/bundle.zip", "/numbers", "/letter"):
        assert (await bakery.get(f"/transfers/{order.id}{path}")).status_code == 404


async def test_steps_of_a_submitted_order_lead_to_its_page(
    bakery: Browser, signed: Callable[..., Order], desk: Desk
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    page = f"/transfers/{order.id}"
    for name in ("numbers", "provider", "invoice", "letter", "submit"):
        answer = await bakery.get(f"{page}/{name}")
        assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert (await bakery.get(f"{page}/places")).status_code == 200
    answer = await bakery.submit(f"{page}/numbers", {"numbers": COMING[0]}, page=page)
    assert answer.headers["Location"] == page
    answer = await bakery.submit(f"{page}/complete", {"version": str(order.version)}, page=page)
    assert answer.status_code == 409
    assert "record the agreed day first" in answer.text
    answer = await bakery.submit(f"{page}/reject", {"reason": ""}, page=page)
    assert answer.status_code == 422
    answer = await bakery.submit(f"{page}/reject", {"reason": "wrong <account>"}, page=page)
    assert "wrong &lt;account&gt;" in (await bakery.get(page)).text
    assert "wrong &lt;account&gt;" in (await bakery.get(f"{page}/numbers")).text


async def test_an_account_without_a_plan_is_told_what_comes_first(app: FastAPI, bakery: Browser) -> None:
    signed_in(app, "shop")
    assert "First a main number" in text_of(await bakery.get("/transfers"))


async def test_pages_are_in_dutch_too(bakery: Browser, signed: Callable[..., Order], desk: Desk) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    page = text_of(await bakery.get(f"/transfers/{order.id}?lang=nl"))
    assert "Bij de aanbieder. Verwacht tussen 29 december 2026 en 4 januari 2027." in page


# --- the hook ---------------------------------------------------------------------------------------------------------


def report(order: Order, **values: object) -> bytes:
    return json.dumps({"id": "r1", "order": order.id, "event": "accepted", "day": "2026-12-30", **values}).encode()


async def post(browser: Browser, body: bytes, at: float = NOW, secret: str = SECRET) -> httpx.Response:
    timestamp = str(int(at))
    signed = signature(secret.encode(), timestamp, body)
    headers = {"Belplan-Timestamp": timestamp, "Belplan-Signature": signed}
    return await browser.post("/hooks/transfers", content=body, headers=headers)


async def test_a_carriers_program_reports_by_itself(
    app: FastAPI, bakery: Browser, signed: Callable[..., Order], desk: Desk
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    answer = await post(bakery, report(order))
    assert (answer.status_code, answer.json()) == (200, {"order": order.id, "state": "accepted", "repeated": False})
    assert (await post(bakery, report(order))).json()["repeated"] is True
    assert (await post(bakery, report(order), at=NOW - 301)).status_code == 401
    assert (await post(bakery, report(order), secret="another secret")).json()["fault"] == "unsigned"
    assert (await post(bakery, report(order, day="2026-12-31"))).json()["fault"] == "reused"
    assert (await post(bakery, report(order, id="r2", day=None))).status_code == 422
    assert (await post(bakery, b"x" * (MAX_BODY + 1))).status_code == 413
    assert (await bakery.post("/hooks/transfers", content=report(order))).status_code == 401
    assert desk.orders.get("bakery", order.id).state is State.ACCEPTED


async def test_there_is_no_hook_without_a_secret(app: FastAPI, bakery: Browser, signed: Callable[..., Order]) -> None:
    app.state.settings = app.state.settings.model_copy(update={"transfer_secret_file": None})
    assert (await post(bakery, b"{}")).status_code == 404
