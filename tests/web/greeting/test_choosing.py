"""The greeting of a menu: read from the plan and changed there, and nothing else of it."""

from __future__ import annotations

import pytest

from engine.dialplan.greetings import fact_of
from engine.settings import Settings
from engine.store.store import Store
from tests.web.greeting.sounds import by_libsndfile, pitch
from web.editing.plan import Plan
from web.greeting import by_phone
from web.greeting.by_phone import ByPhone, Code
from web.greeting.choosing import MenuGreeting, greetings_of, with_recording, with_text
from web.greeting.spoken import speak
from web.mistakes import Mistakes

TEXT = """\
# The bakery's plan, by hand.
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  anna: {extension: 101}   # first in the morning
main_number: {menu: welcome}
menus:
  welcome:
    greeting: {say: "Welcome to the bakery"}   # until we have a recording
    keys: {1: {ring: anna}, 2: {menu: closed}}
  closed:
    greeting: [{play: a.wav}, {say: "Closed"}]
    keys: {1: {ring: anna}}
  silent:
    keys: {1: {ring: anna}}
features:
  "*77": {record_prompt: welcome, pin: "4711"}
  "*78": {record_prompt: yes}
"""


def test_what_can_be_changed_here_is_told_from_what_cannot() -> None:
    assert greetings_of(Plan(TEXT)) == [
        MenuGreeting("welcome", say="Welcome to the bakery"),
        MenuGreeting("closed", by_hand=True),
        MenuGreeting("silent"),
    ]
    assert greetings_of(Plan(TEXT.replace('{say: "Welcome to the bakery"}', "hello.wav")))[0].play == "hello.wav"
    assert greetings_of(Plan("account: {name: x}\n")) == []


def test_a_greeting_takes_the_place_of_another_and_all_else_stays() -> None:
    changed = with_recording(Plan(TEXT), "welcome", "greetings/bakery/welcome.wav").text
    assert changed != TEXT
    assert [line for line in changed.splitlines() if "greeting:" not in line] == [
        line for line in TEXT.splitlines() if "greeting:" not in line
    ]
    assert greetings_of(Plan(changed))[0] == MenuGreeting("welcome", play="greetings/bakery/welcome.wav")
    assert greetings_of(with_text(Plan(TEXT), "silent", " Good\n day: #1 "))[2].say == "Good day: #1"


@pytest.mark.parametrize(("menu", "text"), [("wellcome", "Hello"), ("welcome", "  "), ("welcome", "a" * 2001)])
def test_what_will_not_do_is_refused(menu: str, text: str) -> None:
    with pytest.raises(Mistakes):
        with_text(Plan(TEXT), menu, text)


def test_a_text_can_be_heard_before_it_is_saved() -> None:
    spoken = speak("Welcome to the bakery.", "en")
    assert spoken.seconds > 0.5
    assert pitch(spoken.data) > 0
    with pytest.raises(Mistakes, match="is no language"):
        speak("Hello", "../klingon")


def test_what_was_recorded_by_phone_is_listed_and_taken_back(settings: Settings, store: Store) -> None:
    assert by_phone.codes(Plan(TEXT)) == [Code("*77", ("welcome",), True), Code("*78", (), False)]
    folder = settings.state / "greetings" / "bakery"
    folder.mkdir(parents=True)
    (folder / "greeting.welcome.en.0f.wav").write_bytes(by_libsndfile("WAV"))
    (folder / "another.wav").write_bytes(by_libsndfile("WAV"))
    store.standing.write("bakery", fact_of("welcome", "en", "open"), "greeting.welcome.en.0f.wav")
    store.standing.write("bakery", fact_of("closed", "en", None), "gone.wav")
    store.standing.write("other", fact_of("welcome", "en", None), "another.wav")
    assert by_phone.recorded("bakery", settings, store.standing) == [
        ByPhone("closed", "en", "", "gone.wav", 0.0),
        ByPhone("welcome", "en", "open", "greeting.welcome.en.0f.wav", pytest.approx(3.0)),
    ]
    assert by_phone.find("bakery", "greeting.welcome.en.0f.wav", settings, store.standing) is not None
    for file in ("another.wav", "gone.wav", "../bakery/another.wav", "", "../../belplan.sqlite3"):
        assert by_phone.find("bakery", file, settings, store.standing) is None
    assert by_phone.forget("bakery", "welcome", store.standing) == 1
    assert [one.menu for one in by_phone.recorded("bakery", settings, store.standing)] == ["closed"]
