"""The rehearsal panel's doors: each step by the API, the whole call without JavaScript, and sounds by reference."""

from __future__ import annotations

import re

import pytest

from engine.settings import Settings
from tests.web.browsing import Browser, token_in
from tests.web.greeting.conftest import MANAGER, PLAN
from tests.web.greeting.sounds import pitch


async def stepped(manager: Browser, **call: object) -> dict[str, object]:
    token = token_in((await manager.get("/rehearsal")).text)
    answer = await manager.post("/api/v1/rehearsal", json=call, headers={"X-Form-Token": token})
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


async def refused(manager: Browser, **call: object) -> dict[str, object]:
    token = token_in((await manager.get("/rehearsal")).text)
    answer = await manager.post("/api/v1/rehearsal", json=call, headers={"X-Form-Token": token})
    assert answer.status_code == 422, answer.text
    told: dict[str, object] = answer.json()
    return told


def heard(told: dict[str, object]) -> list[dict[str, object]]:
    return [moment for moment in told["timeline"] if moment["what"] == "hears"]  # type: ignore[attr-defined]


async def test_a_call_is_played_step_by_step(manager: Browser) -> None:
    told = await stepped(manager, at="2026-12-24 10:00")
    assert told["path"][0] == {"at": 0.0, "kind": "menu", "name": "welcome"}  # type: ignore[index]
    welcome = heard(told)[0]
    assert (welcome["text"], welcome["whole"]) == ("welcome.wav", 4.0)
    sound = await manager.get(str(welcome["sound"]))
    assert sound.headers["content-type"] == "audio/wav"
    assert pitch(sound.content) == pytest.approx(350, abs=2)

    so_far: dict[str, object] = {"begins_at": told["begins_at"], "keys": [{"at": 2.5, "key": "1"}]}
    told = await stepped(manager, **so_far)
    (ring,) = told["rings"]  # type: ignore[misc]
    assert (ring["person"], ring["at"], ring["until"]) == ("orders", 2.5, 22.5)
    ringback = heard(told)[1]
    assert ringback["whole"] == 86400
    assert pitch((await manager.get(str(ringback["sound"]))).content, slice(0, 8000)) == pytest.approx(425, abs=2)

    so_far["reactions"] = [{"extension": "102", "rang_at": 2.5, "does": "declines", "after": 4}]
    told = await stepped(manager, **so_far)
    assert "closed" in [step["name"] for step in told["path"]]  # type: ignore[attr-defined]
    spoken = next(moment for moment in heard(told) if moment["at"] == 6.5)
    assert spoken["text"] == '"We are closed"'
    assert pitch((await manager.get(str(spoken["sound"]))).content) > 0


async def test_a_plan_that_is_not_saved_is_played_and_what_is_wrong_with_it_told(
    manager: Browser, bakery: Settings
) -> None:
    told = await stepped(manager, plan=PLAN.replace("for: 20s", "for: 5s"), keys=[{"at": 1, "key": "1"}])
    assert told["rings"][0]["until"] == 6.0  # type: ignore[index]
    wrong = await refused(manager, plan=PLAN.replace("welcome.wav", "welcom.wav"))
    (mistake,) = wrong["mistakes"]  # type: ignore[misc]
    assert mistake["field"] == "text"
    assert re.match(r"Line \d+, column \d+: there is no recording 'welcom\.wav'", mistake["what"])
    assert (bakery.dialplans / "bakery.yaml").read_text() == PLAN
    doubtful = await stepped(manager, plan=PLAN.replace("keys: {1: {ring: anna}}", "keys: {1: {menu: closed}}"))
    assert doubtful["warnings"]


@pytest.mark.parametrize(
    "call",
    [
        {"keys": [{"at": -1, "key": "1"}]},
        {"keys": [{"at": 1e9, "key": "1"}]},
        {"keys": [{"at": 1, "key": "11"}]},
        {"keys": [{"at": 1, "key": "1"}] * 201},
        {"at": "soon"},
        {"begins_at": 1e300},
        {"phones": {"102": "sings"}},
        {"reactions": [{"extension": "102", "rang_at": 1, "does": "explodes"}]},
        {"path": "/etc/passwd"},
        {"caller": "1" * 101},
    ],
)
async def test_what_cannot_be_played_is_refused(manager: Browser, call: dict[str, object]) -> None:
    assert (await refused(manager, **call))["mistakes"]


async def test_sounds_are_for_whom_the_timeline_was(manager: Browser, app) -> None:  # type: ignore[no-untyped-def]
    sound = str(heard(await stepped(manager))[0]["sound"])
    assert (await manager.get(sound)).status_code == 200
    for other in ("welcome.wav", "..%2f..%2fwelcome.wav", "0" * 32):
        assert (await manager.get(f"/api/v1/rehearsal/sounds/{other}")).status_code == 404
    app.state.recognise = lambda _: type(MANAGER)("bo@flowers.example", "Bo", "flowers", "owner")
    assert (await manager.get(sound)).status_code == 404
    app.state.recognise = lambda _: None
    assert (await manager.get(sound)).status_code == 401


async def test_without_javascript_the_whole_call_is_told(manager: Browser) -> None:
    told = await manager.submit(
        "/rehearsal", {"keys": "1 at 2s", "phones.102": "busy", "called": "+31 20 123 4567", "caller": "anna"}
    )
    assert told.status_code == 200
    assert "orders (102) is on the phone" in told.text
    assert told.text.count("<audio controls") >= 2
    wrong = await manager.submit("/rehearsal", {"keys": "hello", "at": "2026-12-24T10:00"})
    assert wrong.status_code == 422
    assert "are no keys" in wrong.text
    assert 'value="2026-12-24T10:00"' in wrong.text


async def test_a_change_is_tried_out_before_it_is_saved(manager: Browser) -> None:
    changed = PLAN.replace("orders: {extension: 102}", "orders: {extension: 102}\n  bo: {extension: 103}").replace(
        "{ring: orders, for: 20s", "{ring: bo, for: 20s"
    )
    page = await manager.submit("/rehearsal/unsaved", {"plan": changed}, page="/rehearsal")
    assert page.status_code == 200
    assert "It is not saved" in page.text
    assert "The phone of bo (103)" in page.text
    told = await manager.submit("/rehearsal", {"plan": changed, "keys": "1 at 2s"})
    assert "bo (103) does not answer" in told.text
    assert "bo (103)" not in (await manager.submit("/rehearsal", {"keys": "1 at 2s"})).text
    wrong = await manager.submit("/rehearsal", {"plan": changed.replace("{ring: bo", "{ring: mo")})
    assert wrong.status_code == 422
    assert "Line 9" in wrong.text or "column" in wrong.text
    broken = await manager.submit("/rehearsal/unsaved", {"plan": "account: ["}, page="/rehearsal")
    assert broken.status_code == 422
    assert "There is nothing to be tried out yet" in broken.text


@pytest.mark.parametrize(
    "plan",
    [
        "switches: 5\nhours: x\npeople: [1]\nnumbers: 3\naccount: 7\nmenus: 1\nfeatures: 2\n",
        "account: {country: XX}\npeople: {a: 1, b: {extension: [1]}}\nswitches: [[1], {a: b}]\n",
        "menus: {a: {greeting: {play: [1]}}, b: 5, c: {greeting: {}}}\nfeatures: {'*7': {record_prompt: {}}, x: 1}\n",
        "[]",
        "",
    ],
)
async def test_pages_stand_whatever_somebody_wrote_into_the_plan(manager: Browser, bakery: Settings, plan: str) -> None:
    (bakery.dialplans / "bakery.yaml").write_text(plan)
    for page in ("/rehearsal", "/greetings"):
        assert (await manager.get(page)).status_code in (200, 422)
    assert (await manager.submit("/rehearsal", {"plan": plan}, page="/rehearsal")).status_code == 422
    token = token_in((await manager.get("/rehearsal")).text)
    answer = await manager.post("/api/v1/rehearsal", json={}, headers={"X-Form-Token": token})
    assert answer.status_code == 422


async def test_the_panel_tells_in_dutch(manager: Browser) -> None:
    page = (await manager.get("/rehearsal", headers={"Accept-Language": "nl"})).text
    assert "Uitproberen" in page


async def test_an_account_whose_plan_is_broken_is_told_why(manager: Browser, bakery: Settings) -> None:
    (bakery.dialplans / "bakery.yaml").write_text("account: {name: x}\n")
    page = await manager.submit("/rehearsal", {})
    assert page.status_code == 422
    assert "&#39;numbers&#39; is missing" in page.text
    (bakery.dialplans / "bakery.yaml").write_text("account: [")
    assert "There is nothing to be tried out yet" in (await manager.get("/rehearsal")).text
