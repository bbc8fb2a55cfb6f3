"""Each slice that keeps something in the store, on PostgreSQL: from a number to a menu, a greeting and a transfer."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from engine.settings import Settings
from engine.store.console.accounts import StoredAccount
from engine.store.store import Store
from tests.postgresql import DATABASES
from tests.web.browsing import Browser
from tests.web.greeting.sounds import by_libsndfile
from tests.web.transfers import papers
from tests.web.transfers.conftest import PERSON, PROVIDER
from web.accounts import tokens
from web.transfers import drafting
from web.transfers.inspection import inspect

pytestmark = pytest.mark.parametrize("database", DATABASES[1:], indirect=True)

OWNER = "an@bakery.example"
ANY = {"If-Match": "*"}


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    (tmp_path / "dialplans").mkdir()
    return Settings(state=tmp_path / "state", dialplans=tmp_path / "dialplans", database=database)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    settings.state.mkdir(mode=0o700)
    with Store(settings) as store:
        yield store


@pytest.fixture
async def program(app: FastAPI, store: Store) -> AsyncIterator[Browser]:
    """A program with a token for everything of an account that begins."""
    now = time.time()
    account = StoredAccount("bakery", "The Bakery", "NL", "Europe/Amsterdam", "en", 3, OWNER, "An Owner", now)
    store.console.accounts.begin(account)
    made = tokens.make(store, "bakery", OWNER, "program", tokens.SCOPES, now)
    async with Browser(app, headers={"Authorization": f"Bearer {made.secret}"}) as program:
        yield program


def good(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def test_from_a_number_to_a_transfer(
    program: Browser, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "looked_through", inspect)
    file = settings.dialplans / "bakery.yaml"

    good(await program.post("/api/v1/numbers", json={"numbers": ["020 123 4567", "020 123 4568"]}))
    assert (await program.post("/api/v1/numbers", json={"numbers": ["020 123 4567"]})).status_code == 422
    good(await program.put("/api/v1/main-number/number", json={"number": "020 123 4567"}))
    people = [
        {"email": "bo@bakery.example", "number": "transfer", "coming": "070 123 4567", "temporary": "any"},
        {"name": "Hall"},
    ]
    good(await program.post("/api/v1/people", json={"people": people}))
    assert good(await program.get("/api/v1/licences")) == {"owned": 3, "used": 1}
    assert good(await program.post("/api/v1/invitations", json={"people": ["bo"]})) == {"sent": 1}
    good(await program.post("/api/v1/people/bo/password"))
    facts = {"email": "bo@bakery.example", "name": "Bo", "extension": "812", "number": "+31701234567"}
    changed = await program.put("/api/v1/people/bo", json={**facts, "temporary": "+31201234568"}, headers=ANY)
    assert (good(changed)["number"], good(changed)["coming"]) == ("+31201234568", "+31701234567")

    menu = {"greeting": {"say": "Hello."}, "keys": {"1": {"leads": "ring", "to": "bo"}}}
    good(await program.put("/api/v1/menus/welcome", json=menu, headers=ANY))
    before = file.read_text()
    lines = {"lines": [{"leads": "menu", "to": "welcome"}]}
    version = good(await program.put("/api/v1/main-number", json=lines, headers=ANY))["version"]
    good(await program.post(f"/api/v1/plan/versions/{version - 1}/undo"))
    assert file.read_text() == before
    assert len(good(await program.get("/api/v1/plan/versions"))) == version + 1

    kept = good(await program.post("/api/v1/greetings?made_for=welcome", content=by_libsndfile("FLAC")))
    good(await program.put("/api/v1/greetings/of/welcome", json={"use": kept["name"]}))
    assert kept["name"] in file.read_text()

    here = f"/api/v1/transfers/{good(await program.post('/api/v1/transfers'))['id']}"
    good(await program.put(f"{here}/numbers", json={"numbers": ["070 123 4567", "070 123 4568"]}))
    good(await program.put(f"{here}/provider", json=PROVIDER))
    invoice = {"dated": time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400)), "person": PERSON}
    good(await program.put(f"{here}/invoice", data=invoice, files={"file": ("x", papers.picture("PNG"))}))
    digest = good(await program.get(f"{here}/letter"))["digest"]
    good(await program.post(f"{here}/signature", json={"name": PERSON, "consent": True, "digest": digest}))
    good(await program.put(f"{here}/places", json={"people": {"+31701234567": "bo", "+31701234568": "hall"}}))
    good(await program.post(f"{here}/submit"))
    good(await program.post(f"{here}/answer", json={"answer": "accepted", "day": time.strftime("%Y-%m-%d")}))
    assert good(await program.post(f"{here}/complete"))["state"] == "complete"
    numbers = {each["key"]: each["number"] for each in good(await program.get("/api/v1/people"))}
    assert (numbers["bo"], numbers["hall"]) == ("+31701234567", "+31701234568")
    assert store.console.audit.last("bakery", 50)


async def test_of_two_who_change_an_account_at_once_neither_undoes_the_other(program: Browser, store: Store) -> None:
    good(await program.patch("/api/v1/account", json={"licences": 5}))
    assert store.console.accounts.change("bakery", {"licences": 9}, {"licences": 5})
    assert not store.console.accounts.change("bakery", {"licences": 7}, {"licences": 5})
    assert good(await program.get("/api/v1/account"))["licences"] == 9
