"""Transfers for programs: by token, each with its scope; what is wrong told by field; nothing ends in a 5xx."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from engine.settings import Settings
from engine.store.store import Store
from tests.web.browsing import BASE, Browser
from tests.web.transfers import papers
from tests.web.transfers.conftest import COMING, MANAGER, NOW, PERSON, PROVIDER
from web.accounts import tokens
from web.app import make_app
from web.transfers.desk import Desk
from web.transfers.order import Order

HERE = "/api/v1/transfers"


@pytest.fixture
def app(settings: Settings, store: Store) -> FastAPI:
    made = make_app(settings, store)
    made.state.clock = lambda: NOW
    return made


def with_token(store: Store, app: FastAPI, *scopes: str, account: str = "bakery") -> Browser:
    made = tokens.make(store, account, MANAGER, "a program", list(scopes), NOW)
    return Browser(app, headers={"Authorization": f"Bearer {made.secret}"})


@pytest.fixture
async def api(store: Store, app: FastAPI) -> AsyncIterator[Browser]:
    async with with_token(store, app, "transfers") as browser:
        yield browser


def good(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_an_order_from_draft_to_complete(api: Browser, desk: Desk) -> None:
    order = good(await api.post(HERE), 201)
    here = f"{HERE}/{order['id']}"
    assert order["missing"].keys() == {"numbers", "provider", "invoice", "letter"}
    order = good(await api.put(f"{here}/numbers", json={"numbers": list(COMING)}))
    assert order["numbers"] == list(COMING)
    order = good(await api.put(f"{here}/provider", json=PROVIDER))
    fields = {"dated": "2026-12-01", "person": PERSON}
    order = good(await api.put(f"{here}/invoice", data=fields, files={"file": ("x", papers.picture("JPEG"))}))
    assert (order["invoice_dated"], order["invoice_person"]) == ("2026-12-01", PERSON)
    letter = good(await api.get(f"{here}/letter", params={"language": "nl"}))
    assert letter["digest"] == hashlib.sha256(letter["text"].encode()).hexdigest()
    signed = {"name": PERSON, "consent": True, "digest": letter["digest"], "language": "nl"}
    order = good(await api.post(f"{here}/signature", json=signed))
    assert (order["signed_by"], order["missing"]) == (PERSON, {})
    order = good(await api.put(f"{here}/places", json={"main": COMING[0], "people": {COMING[1]: "desk"}}))
    assert (order["main"], order["people"]) == (COMING[0], {COMING[1]: "desk"})
    order = good(await api.post(f"{here}/submit", params={"version": order["version"]}))
    assert (order["state"], order["expected_from"], order["expected_to"]) == ("submitted", "2026-12-29", "2027-01-04")
    for name, kind in (("invoice", "image/jpeg"), ("letter.pdf", "application/pdf"), ("bundle.zip", "application/zip")):
        answer = await api.get(f"{here}/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["Content-Disposition"].startswith("attachment")
    order = good(await api.post(f"{here}/answer", json={"answer": "rejected", "reason": "wrong street"}))
    assert (order["state"], order["reason"]) == ("rejected", "wrong street")
    good(await api.post(f"{here}/submit"))
    order = good(await api.post(f"{here}/answer", json={"answer": "accepted", "day": "2026-12-30"}))
    assert order["agreed"] == "2026-12-30"
    order = good(await api.post(f"{here}/complete"))
    assert order["state"] == "complete"
    assert desk.office("bakery").main == COMING[0]
    assert [each["what"] for each in good(await api.get(here))["news"]][-3:] == ["accept", "complete", "live"]
    assert [each["id"] for each in good(await api.get(HERE))] == [order["id"]]


async def test_what_is_wrong_is_told_by_field(api: Browser) -> None:
    here = f"{HERE}/{good(await api.post(HERE), 201)['id']}"
    for answer, fields in (
        (await api.put(f"{here}/numbers", json={"numbers": ["0800 1234"]}), ["numbers"]),
        (await api.put(f"{here}/provider", json={**PROVIDER, "city": ""}), ["city"]),
        (await api.put(f"{here}/invoice", data={"dated": "x", "person": "y"}), ["person", "dated", "file"]),
        (await api.get(f"{here}/letter"), ["numbers", "provider", "invoice"]),
        (await api.post(f"{here}/submit"), ["numbers", "provider", "invoice", "letter"]),
        (await api.put(f"{here}/places", json={"main": "+31201110009"}), ["main"]),
    ):
        assert answer.status_code == 422
        assert [mistake["field"] for mistake in answer.json()["mistakes"]] == fields


async def test_what_comes_too_late_or_out_of_turn_is_409(api: Browser, signed: Callable[..., Order]) -> None:
    here = f"{HERE}/{signed().id}"
    answer = await api.put(f"{here}/provider", json=PROVIDER, params={"version": 1})
    assert answer.status_code == 409
    answer = await api.post(f"{here}/complete", headers={"Accept-Language": "nl"})
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("De opdracht is niet ingediend")
    answer = await api.post(f"{here}/signature", json={"name": PERSON, "consent": True, "digest": "0" * 64})
    assert answer.status_code == 409


async def test_tokens_do_what_their_scope_says_for_their_account_only(
    store: Store, app: FastAPI, signed: Callable[..., Order], desk: Desk
) -> None:
    order = desk.submit(signed(), MANAGER, NOW)
    here = f"{HERE}/{order.id}"
    async with with_token(store, app, "read") as reader:
        assert (await reader.get(here)).status_code == 200
        assert (await reader.get(f"{here}/bundle.zip")).status_code == 200
        assert (await reader.post(f"{here}/cancel")).status_code == 403
        assert (await reader.post(HERE)).status_code == 403
    async with with_token(store, app, "transfers", account="clinic") as other:
        assert good(await other.get(HERE)) == []
        for name in ("", "/letter", "/invoice", "/letter.pdf", "/bundle.zip"):
            assert (await other.get(f"{here}{name}")).status_code == 404
        for name in ("submit", "complete", "cancel"):
            assert (await other.post(f"{here}/{name}")).status_code == 404
    async with Browser(app) as nobody:
        assert (await nobody.get(here)).status_code == 401


async def test_an_upload_is_bounded_before_it_is_read(api: Browser, drawn_up: Callable[..., Order]) -> None:
    here = f"{HERE}/{drawn_up().id}/invoice"
    fields = {"dated": "2026-12-01", "person": PERSON}
    answer = await api.put(here, data=fields, files={"file": ("x.pdf", b"%PDF-" + bytes(12_000_000))})
    assert answer.status_code == 413
    answer = await api.put(here, data=fields, files={"file": ("x.pdf", b"%PDF-" + bytes(10_000_001))})
    assert answer.status_code == 422
    assert "larger than 10 MB" in answer.json()["error"] + str(answer.json()["mistakes"])


async def test_openapi_describes_it(api: Browser) -> None:
    paths = good(await api.get(f"{BASE}/api/v1/openapi.json"))["paths"]
    assert {path for path in paths if path.startswith(HERE)} == {
        f"{HERE}{rest}"
        for rest in (
            *("", "/{id}", "/{id}/numbers", "/{id}/provider", "/{id}/invoice", "/{id}/letter", "/{id}/signature"),
            *("/{id}/letter.pdf", "/{id}/places", "/{id}/submit", "/{id}/answer", "/{id}/complete", "/{id}/cancel"),
            "/{id}/bundle.zip",
        )
    }
