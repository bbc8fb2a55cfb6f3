"""Recording a menu's greeting by phone: who may, what becomes of it, and who hears it from the next call on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from engine.call.protocol import Caller
from engine.call.script import OUTSIDER, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.difference import differences
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.pin_entry import PIN_TRIES
from engine.dialplan.recording import DRAFTS
from engine.dialplan.walk import walk
from engine.events import DigitHeard, NodeLeft, PromptRecorded
from engine.narrate import narrate
from engine.office.guesses import MOST_WRONG, WITHIN_SECONDS
from engine.office.office import Office
from engine.office.shelf import Imagined
from engine.office.standing import Remembered

Load = Callable[..., Account]

TEXT = """
account: {name: The Bakery, country: NL, language: en, languages: [en, nl], timezone: UTC}
numbers: {main: "+31 20 123 4567"}
people: {desk: {extension: 101}}
hours: {open: {mon-fri: "09:00-17:00"}}
main_number: {menu: welcome}
menus:
  welcome:
    greeting: welcome.wav
    keys: {1: {menu: sales}, 2: {language: nl, then: {menu: welcome}}, 3: {language: nl, then: {menu: spoken}}}
  sales:
    greeting: [{during: open, play: opening-hours.wav}, {say: "We are closed."}]
    short_greeting: welcome.wav
    keys: {1: repeat}
  spoken: {greeting: {say: {en: "Hello.", nl: "Hallo."}}, keys: {1: repeat}}
features:
  "*77": {record_prompt: welcome, pin: "4711"}
  "*78": {record_prompt: yes}
  "*79": {language: nl, then: {record_prompt: [welcome, spoken]}}
"""
COLLEAGUE = Caller("101", person="desk")
MONDAY_NOON = 1795435200.0  # 2026-11-23 12:00 UTC
SUNDAY_NOON = MONDAY_NOON - 86400.0
SPEAK_AND_KEEP = "#,1"


class Bakery:
    """Calls to one account whose office goes on from call to call."""

    def __init__(self, account: Account, simulator: Simulator) -> None:
        self.account = account
        self.office = Office(Remembered())
        self._simulator = simulator

    def call(
        self, called: str, keys: str = "", caller: Caller = COLLEAGUE, at: float = MONDAY_NOON, **script: float
    ) -> Simulation:
        """A call with keys 0.3 s apart; a comma waits for 12 s."""
        entry = self.account.features.find(called) or self.account.main
        went = Script(caller, called, at, list(moments(keys)), office=self.office, hangs_up_at=120.0)
        given = {name: getattr(went, name) for name in Script.__dataclass_fields__} | script
        return self._simulator.run(Script(**given), lambda call: walk(call, self.account, entry))

    def hears(self, keys: str = "", at: float = MONDAY_NOON) -> list[str]:
        """What a caller from outside hears in a quarter of a minute."""
        return heard(self.call("main", keys, OUTSIDER, at, hangs_up_at=15.0))


def moments(keys: str) -> Sequence[tuple[float, str]]:
    at, pressed = 0.2, []
    for key in keys:
        at += 12.0 if key == "," else 0.3
        if key != ",":
            pressed.append((at, key))
    return pressed


def heard(simulation: Simulation) -> list[str]:
    return [one.what.removesuffix(".wav") for one in simulation.heard]


def recorded(simulation: Simulation) -> list[PromptRecorded]:
    return [event for event in simulation.events if isinstance(event, PromptRecorded)]


def exits(simulation: Simulation) -> list[str]:
    return [event.exit for event in simulation.events if isinstance(event, NodeLeft) and event.kind == "record_prompt"]


@pytest.fixture
def bakery(load: Load, simulator: Simulator) -> Bakery:
    return Bakery(load(TEXT), simulator)


def test_what_is_kept_is_heard_from_the_next_call_on_and_can_be_taken_back(bakery: Bakery) -> None:
    assert bakery.hears()[0] == "welcome"
    went = bakery.call("*77", "4711#,#,1")
    (event,) = recorded(went)
    assert (event.prompt, event.language, event.during) == ("welcome", "en", "")
    assert 5 < event.seconds < 12
    assert narrate(event) == f"recorded the greeting of welcome (en), {event.seconds:.1f} s"
    assert exits(went) == ["recorded"]
    assert "beep" in heard(went)
    assert any(what.startswith("draft-") for what in heard(went)), "it is played back"
    assert bakery.hears()[0] == "greeting.welcome.en"

    again = bakery.call("*77", "4711#3")
    (event,) = recorded(again)
    assert (event.file, event.seconds) == ("", 0.0)
    assert narrate(event) == "the greeting of welcome (en) is again what the dialplan says"
    assert bakery.hears()[0] == "welcome"


@pytest.mark.parametrize(
    ("keys", "drafts"),
    [("*", 0), (",#*", 1), (",#2#,#*", 2), (",#2,#1", 2), (",#,,,,", 1)],
    ids=["leaves at once", "leaves after listening", "twice and leaves", "twice and keeps", "chooses nothing"],
)
def test_only_what_is_kept_changes_anything(bakery: Bakery, keys: str, drafts: int) -> None:
    went = bakery.call("*77", f"4711#{keys}")
    kept = keys.endswith("1")
    assert len({what for what in heard(went) if what.startswith("draft-")}) == drafts
    assert exits(went) == ["recorded" if kept else "unchanged"]
    assert (bakery.hears()[0] == "greeting.welcome.en") is kept


def test_a_draft_that_is_not_kept_is_dropped_also_when_the_caller_hangs_up(load: Load, simulator: Simulator) -> None:
    class Watched(Imagined):
        def __init__(self) -> None:
            super().__init__()
            self.there: set[str] = set()

        def draft(self) -> str:
            path = super().draft()
            self.there.add(path)
            return path

        def drop(self, draft: str) -> None:
            self.there.remove(draft)

    bakery, shelf = Bakery(load(TEXT), simulator), Watched()
    bakery.office.shelf = shelf
    for hangs_up_at in range(1, 40):
        bakery.call("*77", "4711#,#,2,#,", hangs_up_at=float(hangs_up_at))
        assert shelf.there == set()
    for _ in range(2):
        bakery.call("*77", "4711#" + ",#,2" * (DRAFTS + 2))
        assert shelf.there == set()


def test_silence_is_no_recording(bakery: Bakery) -> None:
    went = bakery.call("*77", "4711#", speaks=0.0)
    assert exits(went) in ([], ["unchanged"])
    assert recorded(went) == []


def test_nobody_from_outside_records_whatever_they_know(bakery: Bakery) -> None:
    for code in ("*77", "*78"):
        went = bakery.call(code, "4711#,#,1", OUTSIDER)
        assert exits(went) == ["refused"]
        assert heard(went) == ["not-allowed"]
        assert recorded(went) == []


def test_a_wrong_pin_is_refused_and_throttled_across_calls(bakery: Bakery) -> None:
    went = bakery.call("*77", "1#22#47111#4711#,#,1")
    assert exits(went) == ["refused"]
    assert {event.digit for event in went.events if isinstance(event, DigitHeard)} == {"?"}
    for _ in range(MOST_WRONG // PIN_TRIES):
        assert exits(bakery.call("*77", "1#1#1#")) == ["refused"]
    assert exits(bakery.call("*77", "4711#,#,1")) == ["refused"], "the right one, too late"
    later = bakery.call("*77", "4711#,#,1", at=MONDAY_NOON + WITHIN_SECONDS + 60)
    assert exits(later) == ["recorded"]


def test_several_menus_are_offered_or_chosen_by_a_digit_after_the_code(bakery: Bakery) -> None:
    for code, keys in (("*78", "3,#,1"), ("*783", ",#,1")):
        (event,) = recorded(bakery.call(code, keys))
        assert event.prompt == "spoken"
    assert exits(bakery.call("*789", "")) == ["unchanged"]
    assert exits(bakery.call("*78", "*")) == ["unchanged"]
    assert exits(bakery.call("*78", "99999")) == ["unchanged"]
    offers = heard(bakery.call("*78", "", hangs_up_at=40.0))
    assert [what for what in offers if what.startswith("digit-")][:3] == ["digit-1", "digit-2", "digit-3"]


def test_it_takes_the_place_of_what_is_heard_at_that_hour_alone(bakery: Bakery) -> None:
    (event,) = recorded(bakery.call("*782", ",#,1", at=SUNDAY_NOON))
    assert event.during == ""
    assert "greeting.sales.en" in bakery.hears("1", SUNDAY_NOON)
    assert "opening-hours" in bakery.hears("1")
    (event,) = recorded(bakery.call("*782", ",#,1"))
    assert event.during == "open"
    assert narrate(event).startswith("recorded the greeting of sales (en, during open)")
    assert "greeting.sales.en.open" in bakery.hears("1")


def test_a_short_greeting_stays_as_it_is(bakery: Bakery) -> None:
    bakery.call("*782", ",#,1")
    went = bakery.call("main", "11", OUTSIDER, hangs_up_at=30.0)
    assert "greeting.sales.en.open" not in heard(went)[-2:]


def test_each_language_has_its_own_and_one_does_where_the_file_says_the_same(bakery: Bakery) -> None:
    bakery.call("*781", ",#,1")
    assert bakery.hears("2")[-1] == "greeting.welcome.en"
    (event,) = recorded(bakery.call("*79", "1,#,1"))
    assert event.language == "nl"
    assert bakery.hears("2")[-1] == "greeting.welcome.nl"
    assert bakery.hears()[0] == "greeting.welcome.en"
    bakery.call("*783", ",#,1")
    assert "greeting.spoken.en" not in bakery.hears("3"), "the file has that in Dutch"


def test_what_is_gone_from_the_disk_is_heard_as_the_file_says(bakery: Bakery) -> None:
    class Empty(Imagined):
        def find(self, file: str) -> str | None:
            return None

    bakery.call("*77", "4711#,#,1")
    bakery.office.shelf = Empty()
    assert bakery.hears()[0] == "welcome"


def test_a_disk_that_is_full_is_told_and_changes_nothing(bakery: Bakery) -> None:
    class Full(Imagined):
        def keep(self, draft: str, name: str) -> str:
            raise OSError(28, "No space left on device")

    bakery.office.shelf = Full()
    went = bakery.call("*77", "4711#,#,1")
    assert exits(went) == ["unchanged"]
    assert bakery.hears()[0] == "welcome"


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("wellcome", "'wellcome'"),
        ("[]", "this list of menus is empty or too long"),
        ("[welcome, wellcome]", "'wellcome'"),
        ("welcome, pin: 12", "this is no PIN"),
    ],
)
def test_what_names_no_menu_is_an_error(load: Load, what: str, told: str) -> None:
    text = TEXT.replace('"*78": {record_prompt: yes}', f'"*78": {{record_prompt: {what}}}')
    with pytest.raises(DialplanErrors) as caught:
        load(text)
    assert told in str(caught.value)


def test_a_greeting_that_is_missing_stays_an_error(load: Load) -> None:
    with pytest.raises(DialplanErrors):
        load(TEXT.replace("    greeting: welcome.wav\n", ""))


def test_nobody_has_the_code_who_was_not_given_it(load: Load) -> None:
    assert load(TEXT[: TEXT.index("features")]).features.code_of("record_prompt", "") == ""
    assert [finding for finding in check(load(TEXT)) if "*77" in finding.what or finding.line == 0] == []


def test_a_reload_tells_what_changed(load: Load) -> None:
    before, after = load(TEXT), load(TEXT.replace('record_prompt: welcome, pin: "4711"', "record_prompt: welcome"))
    assert differences([before], [after]) == ["star codes: key *77: pin is no longer the same"]
