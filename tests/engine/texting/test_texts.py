"""Texts between people of a running engine, over the wire."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from engine.office.texts import MAX_FROM_ONE, MAX_WAITING, Text, WaitingTexts
from engine.settings import Settings
from engine.store.store import Store
from engine.texting import desk
from sip.message.envelope import Request
from sip.outside.message import MAX_TEXT
from tests.watched_house import House, opened


def said(texts: list[Request]) -> list[str]:
    return [text.body.decode() for text in texts]


async def test_a_text_goes_to_all_phones_of_its_reader(house: House) -> None:
    anna, bob, also = [await house.phone(extension) for extension in ("101", "102", "102")]
    with capture_logs() as log:
        assert await anna.say("102", "Größe 12?") == 200
    await bob.until(lambda: bob.texts)
    await also.until(lambda: also.texts)
    (text,) = bob.texts
    assert (text.body.decode(), str(text.from_.uri), text.from_.display) == (
        "Größe 12?",
        "sip:101@bakery.test",
        "Anna de Vries",
    )
    assert text.header("Content-Type") == "text/plain;charset=UTF-8"
    assert len(also.texts) == 1
    (line,) = [each for each in log if each["event"] == "text"]
    assert (line["sender"], line["to"], line["outcome"]) == ("anna", ["bob"], "delivered")
    assert "12?" not in str(log), "what people write is nobody's business"
    assert await anna.say("bob", "by name") == 200
    assert await anna.say("102", "x" * MAX_TEXT) == 200
    assert await anna.say("102", "x" * (MAX_TEXT + 1)) == 413


async def test_who_is_away_gets_them_in_order_at_the_next_registration(house: House) -> None:
    anna = await house.phone("101")
    for number in range(3):
        assert await anna.say("102", f"text {number}") == 202
    bob = await house.phone("102")
    await bob.until(lambda: len(bob.texts) == 3)
    assert said(bob.texts) == ["text 0", "text 1", "text 2"]
    assert parsedate_to_datetime(bob.texts[0].header("Date") or "").year >= 2024
    await bob.register()
    assert await anna.say("102", "now") == 200
    assert len(bob.texts) == 4, "none comes twice"


async def test_what_a_phone_refuses_waits_for_its_next_registration(house: House) -> None:
    anna, bob = await house.phone("101"), await house.phone("102")
    bob.answers = 480
    assert await anna.say("102", "one") == 202
    assert await anna.say("102", "two") == 202
    assert said(bob.texts) == ["one", "one"], "the second waits behind the first, which was tried once more"
    bob.answers = 200
    await bob.register()
    await bob.until(lambda: len(bob.texts) == 4)
    assert said(bob.texts)[2:] == ["one", "two"]


async def test_a_silent_phone_keeps_nobody_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "ANSWER_SECONDS", 0.3)
    anna, bob = await house.phone("101"), await house.phone("102")
    bob.answers = 0
    assert await anna.say("102", "are you there") == 202
    bob.answers = 200
    seen = len(bob.texts)
    await bob.until(lambda: len(bob.texts) > seen)
    await asyncio.sleep(0.05)
    assert not house.engine.watch_room.texts._waiting.of("102@bakery.test"), "it took a repetition"


async def test_a_group_is_everybody_in_it(house: House) -> None:
    anna, carl = await house.phone("101"), await house.phone("103")
    assert await carl.say("sales", "cake") == 200
    await anna.until(lambda: anna.texts)
    bob = await house.phone("102")
    await bob.until(lambda: bob.texts)
    assert said(anna.texts) == said(bob.texts) == ["cake"]
    assert await anna.say("sales", "thanks") == 200
    await bob.until(lambda: len(bob.texts) == 2)
    assert len(anna.texts) == 1, "not to oneself"


async def test_whom_no_text_is_for(house: House) -> None:
    anna = await house.phone("101")
    statuses = {
        number: await anna.say(number, "hello") for number in ("welcome", "helpdesk", "701", "*281", "800", "999")
    }
    assert statuses == {"welcome": 405, "helpdesk": 405, "701": 405, "*281": 405, "800": 405, "999": 404}
    assert await anna.say("101", "hello", domain="other.test") == 404
    assert await anna.say("102", "<b>hello</b>", "text/html") == 415
    assert await anna.say("102", "hello", "text/plain;charset=iso-8859-1") == 415
    assert await anna.say("102", " ") == 415


async def test_strangers_send_nothing(house: House) -> None:
    stranger = await house.phone("102", domain="other.test", registers=False)
    stranger.domain = "bakery.test"
    assert await stranger.say("101", "spam") == 401
    assert not house.engine.watch_room.texts._waiting.of("101@bakery.test")


async def test_a_full_place_takes_no_more(house: House) -> None:
    anna = await house.phone("101")
    waiting = house.engine.watch_room.texts._waiting
    for number in range(MAX_FROM_ONE):
        waiting.put(Text(f"{number}", "102@bakery.test", "101@bakery.test", "Anna", "x", 1.0))
    assert await anna.say("102", "one more") == 480
    carl = await house.phone("103")
    assert await carl.say("102", "mine") == 202
    for number in range(MAX_FROM_ONE + 1, MAX_WAITING):
        waiting.put(Text(f"{number}", "102@bakery.test", "104@bakery.test", "Dirk", "x", 1.0))
    assert await carl.say("102", "mine again") == 480
    house.engine.watch_room.tidy(house.settings.keep_texts + 2.0)
    assert said_waiting(waiting) == ["mine"], "what is older than keep_texts is gone"


def said_waiting(waiting: WaitingTexts) -> list[str]:
    return [text.text for text in waiting.of("102@bakery.test")]


async def test_texts_outlive_a_restart(settings: Settings) -> None:
    async with opened(settings) as house:
        anna = await house.phone("101")
        assert await anna.say("102", "one") == 202
        assert await anna.say("102", "two") == 202
    async with opened(settings) as house:
        bob = await house.phone("102")
        await bob.until(lambda: len(bob.texts) == 2)
        assert said(bob.texts) == ["one", "two"]
        assert await bob.say("102", "that was all") == 200, "and so it has read that those were taken"
    with Store(settings) as store:
        assert list(store.texts.load()) == []


def test_rows_are_kept_until_they_are_removed(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    texts = [Text.of("102@x", "101@x", "Anna", f"{number}", 5.0 + number) for number in range(3)]
    with Store(settings, serving=True) as store:
        for text in reversed(texts):
            store.texts.put(text)
        store.texts.remove(texts[1])
    with Store(settings) as store:
        assert list(store.texts.load()) == [texts[0], texts[2]]
