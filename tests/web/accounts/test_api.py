"""The API of accounts: a token opens what its scopes say, of its own account, until it is revoked."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from engine.store.console.accounts import StoredAccount
from engine.store.store import Store
from tests.web.accounts.conftest import BAKERY, NOW, OWNER
from tests.web.browsing import Browser
from web.accounts import tokens
from web.accounts.tokens import MAX_TOKENS, SCOPES
from web.mail import Post
from web.mistakes import Mistakes

CLINIC = StoredAccount("clinic", "Clinic", "BE", "Europe/Brussels", "fr", 1, "bo@clinic.example", "Bo", NOW)


@pytest.fixture
def database() -> None:
    return None


def token(store: Store, *scopes: str, account: str = BAKERY.key) -> dict[str, str]:
    made = tokens.make(store, account, OWNER, "Address book", scopes, NOW)
    return {"Authorization": f"Bearer {made.secret}"}


async def call(app: FastAPI, method: str, path: str, headers: dict[str, str], **more: Any) -> httpx.Response:
    async with Browser(app) as program:
        return await program.request(method, f"/api/v1/account{path}", headers=headers, **more)


async def test_a_token_sees_its_own_account_only(app: FastAPI, store: Store, bakery: str) -> None:
    assert store.console.accounts.begin(CLINIC)
    ours = await call(app, "GET", "", token(store, "read"))
    assert ours.json() == {
        "key": "bakery",
        "name": "The Bakery",
        "country": "NL",
        "timezone": "Europe/Amsterdam",
        "language": "nl",
        "licences": 3,
        "has_plan": False,
    }
    theirs = await call(app, "GET", "/managers", token(store, "read", account="clinic"))
    assert [each["email"] for each in theirs.json()] == ["bo@clinic.example"]


async def test_without_a_good_token_nothing_is_told(app: FastAPI, store: Store, bakery: str) -> None:
    good = token(store, "read")["Authorization"]
    for header in ("", "Bearer", "Bearer x", good[:-1], good + "x", f"Bearer belplan_{'x' * 10_000}", "Basic YTpi"):
        refused = await call(app, "GET", "", {"Authorization": header} if header else {})
        assert refused.status_code == 401, header
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert refused.json()["error"]
    assert (await call(app, "GET", "", {"Authorization": good.replace("Bearer", "bearer")})).status_code == 200


async def test_a_token_is_good_for_its_scopes(app: FastAPI, store: Store, bakery: str) -> None:
    reader = token(store, "read", "people")
    for method, path, body in (
        ("PATCH", "", {"licences": 9}),
        ("POST", "/managers", {"email": "x@y.example"}),
        ("DELETE", f"/managers/{OWNER}", None),
        ("POST", "/tokens", {"name": "x", "scopes": ["read"]}),
        ("DELETE", "/tokens/abc", None),
    ):
        assert (await call(app, method, path, reader, json=body)).status_code == 403, (method, path)
    changed = await call(app, "PATCH", "", token(store, "account"), json={"licences": 9, "name": "Bread"})
    assert (changed.json()["licences"], changed.json()["name"], changed.json()["country"]) == (9, "Bread", "NL")
    wrong = await call(app, "PATCH", "", token(store, "account"), json={"licences": -1, "timezone": "Mars"})
    assert {each["field"] for each in wrong.json()["mistakes"]} == {"licences", "timezone"}


async def test_managers_by_program(app: FastAPI, store: Store, post: Post, bakery: str) -> None:
    naming = token(store, "managers")
    added = await call(app, "POST", "/managers", naming, json={"email": "Bo@Bakery.Example", "name": "Bo"})
    assert (added.status_code, added.json()["email"], added.json()["role"]) == (201, "bo@bakery.example", "manager")
    assert [mail["To"] for mail in post.waiting()] == ["Bo <bo@bakery.example>"]
    assert (await call(app, "DELETE", f"/managers/{OWNER}", naming)).status_code == 422
    assert (await call(app, "DELETE", "/managers/BO@bakery.example", naming)).status_code == 204
    assert (await call(app, "DELETE", "/managers/bo@bakery.example", naming)).status_code == 404


async def test_no_token_makes_a_stronger_one(app: FastAPI, store: Store, bakery: str) -> None:
    naming = token(store, "managers", "people")
    stronger = await call(app, "POST", "/tokens", naming, json={"name": "x", "scopes": ["plan"]})
    assert stronger.status_code == 403
    made = await call(app, "POST", "/tokens", naming, json={"name": "x", "scopes": ["people"]})
    assert made.status_code == 201
    new = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert (await call(app, "GET", "", new)).status_code == 200
    assert (await call(app, "DELETE", f"/tokens/{made.json()['id']}", naming)).status_code == 204
    assert (await call(app, "GET", "", new)).status_code == 401
    assert (await call(app, "DELETE", f"/tokens/{made.json()['id']}", naming)).status_code == 404
    log = (await call(app, "GET", "/audit", naming)).json()
    assert [each["what"] for each in log[:2]] == [
        f"revoked the token {made.json()['id']}",
        f"made the token {made.json()['id']} for x: people",
    ]
    assert log[0]["who"].startswith("Address book (")
    older = (await call(app, "GET", f"/audit?before={log[1]['id']}&limit=1", naming)).json()
    assert len(older) == 1
    assert older[0]["id"] < log[1]["id"]


async def test_tokens_are_listed_without_their_secrets_and_bounded(app: FastAPI, store: Store, bakery: str) -> None:
    reader = token(store, "read")
    for _ in range(MAX_TOKENS - 1):
        tokens.make(store, bakery, OWNER, "x", list(SCOPES), NOW)
    listed = await call(app, "GET", "/tokens", reader)
    assert len(listed.json()) == MAX_TOKENS
    assert "belplan_" not in listed.text
    assert [each["name"] for each in listed.json() if each["used_at"] is not None] == ["Address book"]
    with pytest.raises(Mistakes, match="50 tokens"):
        tokens.make(store, bakery, OWNER, "x", ["read"], NOW)


async def test_a_session_of_a_page_may_ask_too_but_not_from_elsewhere(app: FastAPI, bakery: str, post: Post) -> None:
    from tests.web.accounts.test_pages import sign_in

    async with Browser(app) as browser:
        assert (await browser.get("/api/v1/account")).status_code == 401
        await sign_in(browser, post)
        assert (await browser.get("/api/v1/account")).json()["key"] == bakery
        forged = await browser.patch(
            "/api/v1/account", json={"licences": 9}, headers={"Origin": "https://evil.example"}
        )
        assert forged.status_code == 403
        form_token = await browser.token("/account")
        changed = await browser.patch("/api/v1/account", json={"licences": 9}, headers={"X-Form-Token": form_token})
        assert changed.json()["licences"] == 9
