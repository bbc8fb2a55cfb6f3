"""Feeds: each viewer gets what has changed since what they have, and nothing twice."""

from __future__ import annotations

import dataclasses
import json

from web.dashboard.feed import Feed, Maker
from web.dashboard.people import PersonNow, PhoneState
from web.dashboard.view import View


def read(event: bytes) -> dict[str, str]:
    name, data, *rest = event.decode().split("\n")
    assert name == "event: pieces"
    assert rest == ["", ""]
    pieces: dict[str, str] = json.loads(data.removeprefix("data: "))
    return pieces


def test_only_what_has_changed_is_sent() -> None:
    feed = Feed("en")
    assert feed.put({"a": "1", "b": "1"})
    assert read(feed.since(0)) == {"a": "1", "b": "1"}
    assert not feed.put({"a": "1", "b": "1"})
    assert feed.version == 1
    assert feed.put({"a": "2", "b": "1"})
    assert feed.put({"a": "2", "b": "3"})
    assert read(feed.since(0)) == {"a": "2", "b": "3"}
    assert read(feed.since(1)) == {"a": "2", "b": "3"}
    assert read(feed.since(2)) == {"b": "3"}


def test_what_is_sent_to_many_is_written_once() -> None:
    feed = Feed("en")
    feed.put({"a": "1"})
    assert feed.since(0) is feed.since(0)


def test_an_event_is_one_line_whatever_is_in_it() -> None:
    feed = Feed("en")
    feed.put({"a": "one\ntwo\r\n\n\u2028event: evil"})
    event = feed.since(0).decode()
    assert event.count("\n") == 3
    assert read(feed.since(0))["a"] == "one\ntwo\r\n\n\u2028event: evil"


def test_pieces_are_in_the_viewers_language_and_escaped() -> None:
    person = PersonNow("x", "<b>X</b>", "101", "", PhoneState.READY, ('"><script>',))
    view = View("bakery", people=(person,), running=True)
    english, dutch = (Maker(language).changed(view) for language in ("en", "nl"))
    assert "Ready" in english["state-101"]
    assert "Bereikbaar" in dutch["state-101"]
    assert "<script>" not in english["state-101"]
    assert set(english) == {
        "live-running",
        "live-figures",
        "live-calls",
        "live-last",
        "live-warnings",
        "state-101",
    }
    assert english["live-running"].strip() == ""
    assert "does not run" in Maker("en").changed(View("bakery"))["live-running"]


def test_only_what_may_have_changed_is_made() -> None:
    anna, bob = (PersonNow(key, key, f"10{key[0]}", "", PhoneState.READY) for key in ("1anna", "2bob"))
    maker, view = Maker("en"), View("bakery", people=(anna, bob), running=True)
    assert len(maker.changed(view)) == 7
    assert maker.changed(view) == {}
    rung = dataclasses.replace(bob, state=PhoneState.RINGING)
    changed = maker.changed(dataclasses.replace(view, people=(anna, rung), all_calls=1))
    assert set(changed) == {"state-102", "live-figures", "live-calls"}
