"""The API of accounts: a token opens what its scopes say, of its own account, until it is revoked."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from engine.store.console.accounts import StoredAccount, StoredManager
from engine.store.store import Store
from tests.web.accounts.conftest import BAKERY, NOW, OWNER
from tests.web.browsing import Browser
from web.accounts import sessions, tokens
from web.accounts.tokens import DAY, DAYS, MAX_DAYS, MAX_TOKENS, SCOPES
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
    made = await call(app, "PATCH", "/managers/BO@bakery.example", naming, json={"role": "owner"})
    assert (made.status_code, made.json()["role"]) == (200, "owner")
    assert (await call(app, "PATCH", f"/managers/{OWNER}", naming, json={"role": "manager"})).status_code == 200
    # whoever made the token is no owner any more, and so it is good for no owner's doings
    refused = await call(app, "PATCH", "/managers/bo@bakery.example", naming, json={"role": "manager"})
    assert (refused.status_code, "owner" in refused.json()["mistakes"][0]["what"]) == (422, True)
    assert store.console.accounts.set_role(bakery, OWNER, "owner")
    last = await call(app, "PATCH", "/managers/bo@bakery.example", naming, json={"role": "manager"})
    assert last.json()["role"] == "manager"
    assert (await call(app, "PATCH", "/managers/x@bakery.example", naming, json={"role": "owner"})).status_code == 404
    assert (await call(app, "DELETE", "/managers/BO@bakery.example", naming)).status_code == 204
    assert (await call(app, "DELETE", "/managers/bo@bakery.example", naming)).status_code == 404


async def test_who_is_signed_in_where_is_told_to_themselves_and_to_owners(
    app: FastAPI, store: Store, bakery: str
) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"
    sessions.begin(store, OWNER, bakery, NOW, source="192.0.2.7", agent=agent)
    (shown,) = (await call(app, "GET", f"/managers/{OWNER}/sessions", token(store, "managers"))).json()
    assert (shown["browser"], shown["source"], shown["since"]) == ("Firefox, Windows", "192.0.2.7", NOW)
    assert (await call(app, "GET", f"/managers/{OWNER}/sessions", token(store, "people"))).status_code == 403
    store.console.accounts.add_manager(StoredManager(bakery, "bo@bakery.example", "Bo", "manager", NOW), 9)
    bos = {"Authorization": f"Bearer {tokens.make(store, bakery, 'bo@bakery.example', 'x', ['managers'], NOW).secret}"}
    assert (await call(app, "DELETE", f"/managers/{OWNER}/sessions", bos)).status_code == 422
    sessions.begin(store, "bo@bakery.example", bakery, NOW)
    assert len((await call(app, "GET", "/managers/Bo@bakery.example/sessions", bos)).json()) == 1
    ended = await call(app, "DELETE", f"/managers/{OWNER}/sessions", token(store, "managers"))
    assert ended.json() == {"signed_out": 1}
    assert not sessions.live(store, OWNER, NOW)
    assert len(sessions.live(store, "bo@bakery.example", NOW)) == 1
    assert (await call(app, "DELETE", "/managers/x@y.example/sessions", token(store, "managers"))).status_code == 404


async def test_a_token_expires(app: FastAPI, store: Store, bakery: str) -> None:
    app.state.clock = lambda: NOW
    naming = token(store, "managers", "read")
    for days, ends in ((30, 30), (None, DAYS), (MAX_DAYS, DAYS)):
        made = await call(app, "POST", "/tokens", naming, json={"name": "x", "scopes": ["read"], "days": days})
        assert made.json()["expires_at"] == NOW + ends * DAY, "none outlives its maker"
    for wrong_days in (0, -1, MAX_DAYS + 1):
        wrong = await call(app, "POST", "/tokens", naming, json={"name": "", "scopes": ["read"], "days": wrong_days})
        assert {each["field"] for each in wrong.json()["mistakes"]} == {"name", "days"}
    for_ever = tokens.make(store, bakery, OWNER, "door", ["read"], NOW, days="")
    app.state.clock = lambda: NOW + DAYS * DAY - 1
    assert (await call(app, "GET", "", naming)).status_code == 200
    app.state.clock = lambda: NOW + DAYS * DAY
    refused = await call(app, "GET", "", naming)
    assert (refused.status_code, "invalid_token" in refused.headers["WWW-Authenticate"]) == (401, True)
    listed = await call(app, "GET", "/tokens", {"Authorization": f"Bearer {for_ever.secret}"})
    assert {each["name"]: each["expires_at"] for each in listed.json()}["door"] is None
    assert len(listed.json()) == 5


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
