"""The plan, the main number and menus for programs with a token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from engine.store.console.accounts import StoredAccount
from engine.store.store import Store
from tests.web.browsing import Browser
from tests.web.main_number.test_pages import remove, text_of
from web.accounts.tokens import make

NOW = 1_795_000_000.0


def token_for(store: Store, *scopes: str) -> dict[str, str]:
    made = make(store, "bakery", "an@bakery.example", "program", list(scopes), NOW)
    return {"Authorization": f"Bearer {made.secret}"}


@pytest.fixture
async def program(app: FastAPI, store: Store) -> AsyncIterator[Browser]:
    owner = StoredAccount("bakery", "The Bakery", "NL", "Europe/Amsterdam", "nl", 3, "an@bakery.example", "An", NOW)
    store.console.accounts.begin(owner)
    async with Browser(app, headers=token_for(store, "plan")) as browser:
        yield browser


async def test_the_text_is_changed_by_who_has_seen_it(program: Browser, file: Path) -> None:
    plan = await program.get("/api/v1/plan")
    etag = plan.headers["ETag"]
    assert etag == f'"{plan.json()["digest"]}"'
    assert plan.json()["text"] == text_of(file)
    text = plan.json()["text"].replace("The Bakery,", "A Bakery,")
    checked = (await program.post("/api/v1/plan/check", json={"text": text})).json()
    assert checked["usable"]
    assert checked["changes"] == ["account: name is now A Bakery (was The Bakery)"]
    assert (await program.put("/api/v1/plan", json={"text": text})).status_code == 422
    saved = await program.put("/api/v1/plan", json={"text": text}, headers={"If-Match": etag})
    assert saved.json()["version"] == 2
    assert saved.json()["engine"] == "not running"
    assert text_of(file) == text
    stale = await program.put("/api/v1/plan", json={"text": text + "#\n"}, headers={"If-Match": etag})
    assert stale.status_code == 409
    assert "has changed the plan meanwhile" in stale.json()["error"]
    forced = await program.put("/api/v1/plan", json={"text": text + "#\n"}, headers={"If-Match": "*"})
    assert forced.json()["version"] == 3


async def test_what_is_wrong_comes_with_line_and_column(program: Browser, file: Path) -> None:
    text = text_of(file).replace("menu: welcome", "menu: welcme")
    checked = (await program.post("/api/v1/plan/check", json={"text": text})).json()
    assert not checked["usable"]
    assert [(each["line"], each["column"], each["severity"]) for each in checked["findings"]] == [(18, 26, "error")]
    refused = await program.put("/api/v1/plan", json={"text": text}, headers={"If-Match": "*"})
    assert refused.status_code == 422
    assert refused.json()["mistakes"][0]["what"].startswith("Line 18, column 26: no menu is called 'welcme'")


async def test_versions_are_listed_and_brought_back(program: Browser, file: Path) -> None:
    before = text_of(file)
    await program.put("/api/v1/plan", json={"text": before + "# x\n"}, headers={"If-Match": "*"})
    listed = (await program.get("/api/v1/plan/versions")).json()
    assert [each["number"] for each in listed] == [2, 1]
    assert listed[0]["author"].startswith("program (")
    assert (await program.get("/api/v1/plan/versions/1")).json()["text"] == before
    undone = await program.post("/api/v1/plan/versions/1/undo")
    assert undone.json()["version"] == 3
    assert text_of(file) == before
    assert (await program.get("/api/v1/plan/versions/99")).status_code == 422


async def test_the_main_number_goes_back_and_forth_as_it_is(program: Browser, file: Path) -> None:
    before = text_of(file)
    main = (await program.get("/api/v1/main-number")).json()
    assert [(line["during"], line["leads"], line["to"]) for line in main["lines"]] == [
        ("open", "menu", "welcome"),
        ("", "voicemail", "front-desk"),
    ]
    orders = {"way": "Key 1", "to": "Orders (102) rings, else a message for Orders (102)", "after": []}
    assert main["tree"][0]["after"][0] == orders
    same = await program.put("/api/v1/main-number", json=main, headers={"If-Match": main["digest"]})
    assert same.json()["version"] == 0
    assert text_of(file) == before
    main["lines"][0] = {"leads": "ring", "to": "orders", "during": "open"}
    await program.put("/api/v1/main-number", json=main, headers={"If-Match": main["digest"]})
    assert "  - {during: open, ring: orders}\n" in text_of(file)
    wrong = {"lines": [{"leads": "ring", "to": "nobody"}]}
    refused = await program.put("/api/v1/main-number", json=wrong, headers={"If-Match": "*"})
    assert refused.json()["mistakes"] == [{"field": "lines.0.to", "what": "nobody is not in the plan (any more)."}]


async def test_hours_are_made_for_a_line_to_name(program: Browser, file: Path) -> None:
    wish = {"days": "mon-fri", "begins": "08:30", "ends": "17:00", "except_holidays": True}
    made = await program.post("/api/v1/hours", json=wish, headers={"If-Match": "*"})
    assert (made.status_code, made.json()["name"], made.json()["version"]) == (201, "open-2", 2)
    assert "open-2:" in text_of(file)
    lines = [{"leads": "menu", "to": "welcome", "during": "open-2"}, {"leads": "hang_up"}]
    led = await program.put("/api/v1/main-number", json={"lines": lines}, headers={"If-Match": made.json()["digest"]})
    assert led.status_code == 200
    wrong = await program.post("/api/v1/hours", json={**wish, "ends": "25:00"}, headers={"If-Match": "*"})
    assert [each["field"] for each in wrong.json()["mistakes"]] == ["ends"]
    assert (await program.post("/api/v1/hours", json=wish)).status_code == 422


async def test_menus_are_made_changed_and_removed(program: Browser, file: Path) -> None:
    menus = (await program.get("/api/v1/menus")).json()
    assert list(menus) == ["welcome"]
    any_version = {"If-Match": "*"}
    same = await program.put("/api/v1/menus/welcome", json=menus["welcome"], headers=any_version)
    assert same.json()["version"] == 0
    new = {"greeting": {"say": "Night."}, "keys": {"1": {"leads": "menu", "to": "welcome"}}}
    assert (await program.put("/api/v1/menus/night", json=new, headers=any_version)).status_code == 200
    assert (await program.get("/api/v1/menus/night")).json()["keys"]["1"]["to"] == "welcome"
    used = await program.delete("/api/v1/menus/welcome", headers=any_version)
    assert used.status_code == 422
    assert "welcome is still used: key 1 of the menu night" in used.text
    assert (await program.delete("/api/v1/menus/night", headers=any_version)).status_code == 200
    assert (await program.delete("/api/v1/menus/night", headers=any_version)).status_code == 404
    assert "night" not in text_of(file)


async def test_an_account_without_a_plan_has_none_of_this(program: Browser, file: Path) -> None:
    remove(file)
    for path in ("plan", "plan/versions", "main-number", "menus"):
        assert (await program.get(f"/api/v1/{path}")).status_code == 404


async def test_a_token_that_may_only_look_changes_nothing(app: FastAPI, program: Browser, store: Store) -> None:
    assert (await program.get("/api/v1/plan")).status_code == 200
    async with Browser(app, headers=token_for(store, "people")) as looking:
        assert (await looking.get("/api/v1/plan")).status_code == 200
        for ask in (
            looking.put("/api/v1/plan", json={"text": "x"}),
            looking.put("/api/v1/main-number", json={"lines": []}),
            looking.delete("/api/v1/menus/welcome"),
            looking.post("/api/v1/plan/versions/1/undo"),
        ):
            assert (await ask).status_code == 403
    async with Browser(app) as stranger:
        assert (await stranger.get("/api/v1/plan")).status_code == 401
