"""Numbers and people by the API: the same rules, told as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from engine.store.console.accounts import StoredAccount
from engine.store.store import Store
from tests.web.browsing import Browser
from tests.web.people.conftest import BAKERY, NOW, Desk
from web.accounts import tokens

SHOP = StoredAccount("shop", "The Shop", "NL", "Europe/Amsterdam", "en", 3, "an@shop.example", "An Owner", NOW)


@pytest.fixture
async def program(app: FastAPI, desk: Desk, store: Store) -> AsyncIterator[Browser]:
    """A program with a token for the bakery, good for everything."""
    app.state.clock = lambda: NOW
    async with Browser(app, headers=bearer(store, "bakery", *tokens.SCOPES)) as program:
        yield program


def bearer(store: Store, account: str, *scopes: str) -> dict[str, str]:
    made = tokens.make(store, account, "an@bakery.example", "program", scopes, NOW)
    return {"Authorization": f"Bearer {made.secret}"}


async def test_from_numbers_to_people_who_are_invited(program: Browser, desk: Desk, app: FastAPI) -> None:
    added = await program.post("/api/v1/numbers", json={"numbers": ["020 123 4570", "+31 20 123 4571"]})
    assert (added.status_code, added.json()) == (201, {"added": 2})
    wanted = {"people": [{"email": "anna@bakery.example", "number": "any"}, {"email": "bo@bakery.example"}]}
    joined = await program.post("/api/v1/people", json=wanted)
    assert joined.status_code == 201
    assert [(each["key"], each["extension"], each["state"]) for each in joined.json()] == [
        ("anna", "103", "not invited"),
        ("bo", "104", "not invited"),
    ]
    sent = await program.post("/api/v1/invitations", json={"people": ["anna", "bo"]})
    assert sent.json() == {"sent": 2}
    assert len(app.state.post.waiting()) == 2
    everybody = {each["key"]: each["state"] for each in (await program.get("/api/v1/people")).json()}
    assert everybody == {"desk": "not invited", "orders": "not invited", "anna": "invited", "bo": "invited"}
    uses = {each["number"]: (each["use"], each["person"]) for each in (await program.get("/api/v1/numbers")).json()}
    assert uses["+31201234570"] == ("person", "anna")
    assert (await program.get("/api/v1/licences")).json() == {"owned": 0, "used": 2}
    assert (await program.get("/api/v1/extensions")).json() == {"length": 3, "next": "105"}


async def test_the_settings_of_somebody_without_an_address(program: Browser, desk: Desk) -> None:
    await program.post("/api/v1/people", json={"people": [{"name": "Hall"}]})
    shown = (await program.post("/api/v1/people/hall/settings")).json()
    assert shown["settings"]["user name"] == "103"
    path = "/phone/" + shown["file"].rpartition("/phone/")[2]
    assert shown["settings"]["password"] in (await program.get(path)).text
    again = (await program.post("/api/v1/people/hall/settings")).json()
    assert again["settings"] == shown["settings"], "a phone that is set up stays so"
    assert (await program.post("/api/v1/people/desk/settings")).status_code == 422, "who has an address is invited"
    assert (await program.post("/api/v1/people/nobody/settings")).status_code == 404


async def test_changing_and_removing(program: Browser, desk: Desk) -> None:
    facts = {"email": "orders@bakery.example", "name": "Orders", "number": "+31201234569", "extension": "102"}
    page = "/api/v1/people/orders"
    assert "If-Match" in (await program.put(page, json=facts)).json()["mistakes"][0]["what"]
    before = {"If-Match": (await program.get(page)).headers["ETag"]}
    changed = await program.put(page, json=facts, headers=before)
    assert changed.json()["name"] == "Orders"
    assert (await program.put(page, json=facts | {"name": "Cakes"}, headers=before)).status_code == 409
    after = {"If-Match": changed.headers["ETag"]}
    assert (await program.put(page, json=facts | {"name": "Cakes"}, headers=after)).json()["name"] == "Cakes"
    listed = {each["key"]: each["digest"] for each in (await program.get("/api/v1/people")).json()}
    assert (await program.put(page, json=facts, headers={"If-Match": listed["orders"]})).status_code == 200
    refused = await program.delete("/api/v1/people/orders")
    assert refused.status_code == 422
    assert "key 1 of the menu welcome" in refused.json()["mistakes"][0]["what"]
    assert (await program.delete("/api/v1/people/orders?instead=nobody")).status_code == 422
    assert (await program.post("/api/v1/people", json={"people": [{"email": "x@y.example"}]})).status_code == 201
    assert (await program.post("/api/v1/people/x/password")).status_code == 204
    assert (await program.delete("/api/v1/people/x/invitation")).status_code == 422
    assert (await program.delete("/api/v1/people/x")).status_code == 204
    assert (await program.get("/api/v1/people/x")).status_code == 404
    assert (await program.put("/api/v1/main-number/number", json={"number": "+31201234569"})).status_code == 422
    assert (await program.delete("/api/v1/numbers/+31201234569")).status_code == 422
    assert (await program.put("/api/v1/extensions", json={"length": 4})).status_code == 204


async def test_mistakes_have_the_fields_of_what_was_sent(program: Browser, desk: Desk) -> None:
    rows = {"people": [{"email": "good@bakery.example"}, {"email": "bad", "extension": "101"}]}
    refused = await program.post("/api/v1/people", json=rows)
    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["mistakes"]] == ["people.1.extension", "people.1.email"]
    refused = await program.post("/api/v1/numbers", json={"numbers": ["020 123 4570", "0800 1234", "020 1234570"]})
    assert [each["field"] for each in refused.json()["mistakes"]] == ["numbers.1", "numbers.2"]
    assert desk.plans.read("bakery").text == BAKERY


async def test_a_token_does_what_it_is_for_and_for_its_account_only(
    program: Browser, app: FastAPI, store: Store
) -> None:
    store.console.accounts.begin(SHOP)
    async with Browser(app, headers=bearer(store, "bakery", "read")) as reader:
        assert (await reader.get("/api/v1/people")).status_code == 200
        assert (await reader.post("/api/v1/numbers", json={"numbers": ["020 123 4570"]})).status_code == 403
    async with Browser(app, headers=bearer(store, "shop", *tokens.SCOPES)) as other:
        assert (await other.get("/api/v1/people")).status_code == 422  # no main number yet
        assert (await other.get("/api/v1/numbers")).json() == []
        taken = await other.post("/api/v1/numbers", json={"numbers": ["020 123 4569"]})
        assert "belongs to another account" in taken.json()["mistakes"][0]["what"]
        assert (await other.post("/api/v1/numbers", json={"numbers": ["020 123 4580"]})).status_code == 201
        begun = await other.put("/api/v1/main-number/number", json={"number": "020 123 4580"})
        assert begun.status_code == 204, begun.text
        assert [each["extension"] for each in (await other.get("/api/v1/people")).json()] == ["801"]
    async with Browser(app) as nobody:
        assert (await nobody.get("/api/v1/people")).status_code == 401
