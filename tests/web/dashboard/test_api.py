"""The dashboard's API: tokens, scopes, and that it tells what the pages show."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from engine.events import CallOffered, NodeEntered
from engine.store.records import CallRecord
from tests.watched_house import House
from tests.web.browsing import Browser
from web.accounts import tokens


@pytest.fixture
async def program(app: FastAPI) -> AsyncIterator[Browser]:
    """A program with a token that may look."""
    async with Browser(app, headers=_token(app, "read")) as program:
        yield program


def _token(app: FastAPI, scope: str, account: str = "bakery") -> dict[str, str]:
    made = tokens.make(app.state.store, account, "anna@bakery.example", "lamp", [scope], time.time())
    return {"Authorization": f"Bearer {made.secret}"}


async def test_what_goes_on_now(house: House, program: Browser, app: FastAPI) -> None:
    await house.phone("101")
    house.emit(lambda c, t: CallOffered(c, t, "bakery", "102", "101", "bob"))
    house.emit(lambda c, t: NodeEntered(c, t, "ring", "anna"))
    told = (await program.get("/api/v1/live")).json()
    assert told["running"] is True
    assert [(each["key"], each["state"], len(each["phones"])) for each in told["people"]] == [
        ("anna", "ready", 1),
        ("bob", "talking", 0),
        ("carl", "none", 0),
    ]
    (call,) = told["calls"]
    assert (call["caller"], call["person"], call["state"], call["path"]) == ("102", "bob", "node", ["ring:anna"])
    other = await program.get("/api/v1/live", headers=_token(app, "read", "other"))
    assert other.json()["calls"] == []


async def test_calls_of_the_past_come_in_pages(house: House, program: Browser) -> None:
    now = time.time()
    for number in range(5):
        house.engine.store.records.put(CallRecord(f"c{number}", "bakery", "a", "b", now - number, verdict="served"))
    house.engine.store.records.put(CallRecord("x", "other", "a", "b", now, verdict="served"))
    house.engine.store.ledger.checkpoint()
    seen: list[str] = []
    before = ""
    while before is not None:
        page = (await program.get("/api/v1/calls", params={"limit": 2, "before": before})).json()
        seen += [call["id"] for call in page["calls"]]
        before = page["next"]
    assert seen == ["c0", "c1", "c2", "c3", "c4"]
    assert (await program.get("/api/v1/calls?outcome=talked")).json() == {"calls": [], "next": None}
    for query in ("limit=0", "limit=501", "outcome=fun", "day=x", "before=x", "before=nan y", f"text={'x' * 61}"):
        assert (await program.get(f"/api/v1/calls?{query}")).status_code == 422, query


async def test_what_is_left_to_do_is_told_in_the_programs_language(house: House, program: Browser) -> None:
    steps = (await program.get("/api/v1/setup", headers={"Accept-Language": "nl"})).json()
    assert steps[0] == {"title": "Kies het hoofdnummer", "page": "/numbers", "done": True}


async def test_a_test_call_needs_its_scope(house: House, program: Browser, app: FastAPI) -> None:
    asked = {"extension": "101"}
    assert (await program.post("/api/v1/test-calls", json=asked)).status_code == 403
    allowed = _token(app, "calls")
    answer = await program.post("/api/v1/test-calls", json=asked, headers=allowed)
    assert answer.status_code == 202
    assert answer.json()["said"] == "101 has no phone that could ring. Connect one first."
    for wrong in ("199", "1" * 21, "", "１０１"):
        answer = await program.post("/api/v1/test-calls", json={"extension": wrong}, headers=allowed)
        assert answer.status_code == 422, wrong


async def test_without_a_token_nothing_is_told(house: House, app: FastAPI) -> None:
    app.state.recognise = lambda _: None
    async with Browser(app) as stranger:
        for path in ("live", "calls", "setup"):
            assert (await stranger.get(f"/api/v1/{path}")).status_code == 401
            wrong = await stranger.get(f"/api/v1/{path}", headers={"Authorization": "Bearer belplan_x"})
            assert wrong.status_code == 401
