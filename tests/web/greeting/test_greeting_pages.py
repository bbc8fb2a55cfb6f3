"""The page of greetings and its API: what is sent is what callers hear, and nothing else gets in."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from fastapi import FastAPI

from engine.dialplan.load import load_account
from engine.settings import Settings
from engine.store.store import Store
from tests.web.browsing import Browser
from tests.web.greeting.sounds import HERTZ, by_libsndfile, pitch
from tests.web.html import assert_sound
from web.accounts import tokens
from web.accounts.audit import entries
from web.editing.plans import Plans
from web.greeting.choosing import greetings_of
from web.greeting.decoding import MAX_BYTES

PROMPTS = Path(__file__).parents[3] / "prompts"


def greeting_of(settings: Settings, store: Store, menu: str = "welcome") -> tuple[str, str]:
    plan = Plans(settings, store).read("bakery")
    (one,) = [one for one in greetings_of(plan) if one.menu == menu]
    return one.play, one.say


def kept(settings: Settings) -> list[Path]:
    return sorted((settings.dialplans / "sounds" / "greetings" / "bakery").glob("*.wav"))


async def test_a_file_is_sent_heard_and_chosen(manager: Browser, bakery: Settings, store: Store) -> None:
    sent = await manager.submit(
        "/greetings/upload", {"menu": "welcome"}, page="/greetings", files={"file": ("x.exe", by_libsndfile("MP3"))}
    )
    assert sent.status_code == 303
    (file,) = kept(bakery)
    assert sent.headers["location"] == f"/greetings?made={file.name}#made"
    page = (await manager.get(f"/greetings?made={file.name}")).text
    assert "The new recording, as callers will hear it" in page
    heard = await manager.get(f"/greetings/sounds/{file.name}")
    assert heard.headers["content-type"] == "audio/wav"
    assert pitch(heard.content) == pytest.approx(HERTZ, abs=2)

    before = bakery.dialplans.joinpath("bakery.yaml").read_text()
    chosen = await manager.submit("/greetings/use", {"menu": "welcome", "name": file.name}, page="/greetings")
    assert chosen.headers["location"] == "/greetings?saved=2#changed"
    shown = re.sub(r"<[^>]+>", "", (await manager.get("/greetings?saved=2")).text)
    assert "Callers of welcome hear the new greeting." in shown
    assert "removed    greeting: {play: welcome.wav}" in shown
    assert f"added    greeting: {{play: greetings/bakery/{file.name}}}" in shown
    undo = await manager.submit("/plan/versions/1/undo", page="/greetings?saved=2")
    assert "greeting: {play: welcome.wav}" in undo.text
    assert greeting_of(bakery, store) == (f"greetings/bakery/{file.name}", "")
    after = bakery.dialplans.joinpath("bakery.yaml").read_text()
    assert len(after.splitlines()) == len(before.splitlines())
    assert "# first in the morning" in after
    assert [str(entry.what) for entry in entries(store, "bakery")] == [
        "chose another greeting for welcome",
        f"kept the greeting {file.name}",
    ]
    assert Plans(bakery, store).versions("bakery")[0].author == "an@bakery.example"

    refused = await manager.submit("/greetings/remove", {"name": file.name}, page="/greetings")
    assert refused.status_code == 422
    assert "Callers hear this greeting" in refused.text
    assert kept(bakery) == [file]


async def test_what_is_no_sound_is_told_beside_the_form(manager: Browser, bakery: Settings) -> None:
    refused = await manager.submit(
        "/greetings/upload", {"menu": "welcome"}, page="/greetings", files={"file": ("a.wav", b"%PDF-1.7 <script>")}
    )
    assert refused.status_code == 422
    assert "This is a PDF document" in refused.text
    assert refused.text.index("Send a file</h3>") < refused.text.index("This is a PDF document")
    assert kept(bakery) == []
    nothing = await manager.submit("/greetings/upload", {"menu": "welcome"}, page="/greetings")
    assert "Choose a file, or record something." in nothing.text


async def test_more_than_is_ever_needed_does_not_get_in(manager: Browser, bakery: Settings) -> None:
    huge = await manager.submit(
        "/greetings/upload", page="/greetings", files={"file": ("a.wav", b"RIFF" + bytes(MAX_BYTES + 200_000))}
    )
    assert huge.status_code == 413


async def test_a_text_is_heard_before_it_is_chosen(manager: Browser, bakery: Settings, store: Store) -> None:
    words = 'Welcome to "An & Co" <b>'
    listened = await manager.submit(
        "/greetings/text", {"menu": "welcome", "text": words, "hear": "yes"}, page="/greetings"
    )
    assert listened.status_code == 200
    assert "/greetings/spoken?text=Welcome%20to%20%22An%20%26%20Co%22%20%3Cb%3E" in listened.text
    assert "Welcome to &#34;An &amp; Co&#34; &lt;b&gt;</textarea>" in listened.text
    spoken = await manager.get("/greetings/spoken", params={"text": words})
    assert pitch(spoken.content) > 0
    assert greeting_of(bakery, store) == ("welcome.wav", ""), "nothing has changed yet"

    chosen = await manager.submit("/greetings/text", {"menu": "welcome", "text": words}, page="/greetings")
    assert chosen.status_code == 303
    assert greeting_of(bakery, store) == ("", words)
    empty = await manager.submit("/greetings/text", {"menu": "welcome", "text": " "}, page="/greetings")
    assert empty.status_code == 422
    assert "Type what callers are to hear." in empty.text


async def test_recording_by_phone_is_switched_on_by_a_form(manager: Browser, bakery: Settings, store: Store) -> None:
    off = await manager.submit("/greetings/by-phone/off", {"code": "*77"}, page="/greetings")
    assert off.headers["location"] == "/greetings?saved=2#changed"
    assert "features" not in Plans(bakery, store).read("bakery").text
    page = (await manager.get("/greetings")).text
    assert "*77 is switched off." in page
    assert "Whoever has a phone of this account and knows the PIN may do so." in page
    for pin, why in (("4", "Choose 4 to 12 digits."), ("1234", "Anybody would try this one first")):
        refused = await manager.submit("/greetings/by-phone", {"pin": pin}, page="/greetings")
        assert refused.status_code == 422
        assert why in refused.text
        assert_sound("/greetings", refused.text)
        assert f'value="{pin}"' in refused.text
    on = await manager.submit("/greetings/by-phone", {"pin": "4711", "menu": "closed"}, page="/greetings")
    assert on.status_code == 303
    page = (await manager.get(on.headers["location"])).text
    assert "Dial *77 on your own phone to record the greeting of closed." in page
    assert_sound("/greetings", page)
    account = load_account(bakery.dialplans / "bakery.yaml", sounds_cache=bakery.sounds_cache, prompts_dir=PROMPTS)
    assert (account.features["*77"].name, account.features["*77"].kind) == ("closed", "record_prompt")
    assert [str(entry.what) for entry in entries(store, "bakery")] == [
        "greetings can be recorded by phone with *77",
        "greetings cannot be recorded by phone with *77 any more",
    ]


async def test_what_was_recorded_by_phone_is_shown_and_gives_way(
    manager: Browser, bakery: Settings, store: Store
) -> None:
    folder = bakery.state / "greetings" / "bakery"
    folder.mkdir(parents=True)
    (folder / "greeting.welcome.en.0f.wav").write_bytes(by_libsndfile("WAV"))
    store.standing.write("bakery", "greeting/welcome/en", "greeting.welcome.en.0f.wav")
    page = (await manager.get("/greetings")).text
    assert "A recording made by phone is heard instead" in page
    assert (
        "Dial *77 on your own phone to record the greeting of welcome. You are asked for a PIN first."
        in page.replace("\n", " ")
    )
    assert "4711" not in page
    assert pitch((await manager.get("/greetings/sounds/greeting.welcome.en.0f.wav")).content) == pytest.approx(
        HERTZ, abs=2
    )
    await manager.submit("/greetings/text", {"menu": "welcome", "text": "Hello"}, page="/greetings")
    assert "no more what was recorded by phone" in (await manager.get("/greetings")).text
    assert list(store.standing.of("bakery").names("greeting/")) == []

    store.standing.write("bakery", "greeting/welcome/en", "greeting.welcome.en.0f.wav")
    await manager.submit("/greetings/by-phone/forget", {"menu": "welcome"}, page="/greetings")
    assert list(store.standing.of("bakery").names("greeting/")) == []


@pytest.mark.parametrize(
    "name", ["..%2f..%2f..%2fbakery.yaml", "%2fetc%2fpasswd", "welcome.wav", "a.20270101-000000.00000000.wav", "%00"]
)
async def test_no_path_is_served(manager: Browser, name: str) -> None:
    assert (await manager.get(f"/greetings/sounds/{name}")).status_code in (400, 404)
    assert (await manager.get(f"/api/v1/greetings/{name}/sound")).status_code in (400, 404)


async def test_strangers_are_led_to_where_they_can_sign_in(browser: Browser, bakery: Settings) -> None:
    for path in ("/greetings", "/greetings/spoken?text=x", "/rehearsal"):
        assert (await browser.get(path)).headers["location"].startswith("/sign-in")
    assert (await browser.get("/api/v1/greetings")).status_code == 401
    assert (await browser.post("/greetings/upload", files={"file": b""})).status_code == 403


async def test_an_account_without_a_plan_is_told_what_comes_first(manager: Browser, bakery: Settings) -> None:
    (bakery.dialplans / "bakery.yaml").unlink()
    assert "There is no main number yet" in (await manager.get("/greetings")).text
    (bakery.dialplans / "bakery.yaml").write_text("account: [")
    assert (await manager.get("/greetings")).status_code == 422


async def test_programs_do_the_same_with_a_token(app: FastAPI, bakery: Settings, store: Store) -> None:
    made = tokens.make(store, "bakery", "an@bakery.example", "website", ["plan"], time.time())
    async with Browser(app, headers={"Authorization": f"Bearer {made.secret}"}) as program:
        sent = await program.post("/api/v1/greetings?made_for=welcome", content=by_libsndfile("FLAC"))
        assert sent.status_code == 201, sent.text
        name = sent.json()["name"]
        assert (sent.json()["made_for"], sent.json()["seconds"], sent.json()["used"]) == ("welcome", 3.0, False)
        assert pitch((await program.get(f"/api/v1/greetings/{name}/sound")).content) == pytest.approx(HERTZ, abs=2)
        changed = await program.put("/api/v1/greetings/of/welcome", json={"use": name})
        assert changed.json()["changes"], changed.text
        listed = (await program.get("/api/v1/greetings")).json()
        assert [one["used"] for one in listed["kept"]] == [True]
        assert listed["menus"][0] == {
            "menu": "welcome",
            "play": f"greetings/bakery/{name}",
            "say": "",
            "by_hand": False,
        }
        assert (await program.delete(f"/api/v1/greetings/{name}")).status_code == 422
        assert (await program.put("/api/v1/greetings/of/welcome", json={"say": "Hello"})).status_code == 200
        assert (await program.delete(f"/api/v1/greetings/{name}")).status_code == 204
        assert (await program.delete(f"/api/v1/greetings/{name}")).status_code == 404
        assert (await program.delete("/api/v1/greetings/of/welcome/by-phone")).status_code == 204
        assert (await program.delete("/api/v1/greetings/by-phone/*77")).status_code == 204
        assert (await program.delete("/api/v1/greetings/by-phone/*77")).status_code == 404
        made_code = await program.post("/api/v1/greetings/by-phone", json={"pin": "0815"})
        assert (made_code.status_code, made_code.json()) == (201, {"code": "*77", "menus": [], "asks_pin": True})
        assert (await program.post("/api/v1/greetings/by-phone", json={"pin": "0000"})).status_code == 422
        for wrong in ({}, {"use": name, "say": "x"}, {"use": "../x"}, {"say": ""}):
            assert (await program.put("/api/v1/greetings/of/welcome", json=wrong)).status_code == 422
        refused = await program.post("/api/v1/greetings", content=b"PK\x03\x04 and more of it")
        assert refused.json()["mistakes"][0]["field"] == "file"
        assert (await program.post("/api/v1/greetings/spoken", json={"text": "Hello"})).headers[
            "content-type"
        ] == "audio/wav"
    reader = tokens.make(store, "bakery", "an@bakery.example", "screen", ["read"], time.time())
    async with Browser(app, headers={"Authorization": f"Bearer {reader.secret}"}) as program:
        assert (await program.get("/api/v1/greetings")).status_code == 200
        assert (await program.post("/api/v1/greetings", content=b"x")).status_code == 403
