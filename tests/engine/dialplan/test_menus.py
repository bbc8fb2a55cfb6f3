"""What menus and announcements do beyond a greeting and single keys, on the simulated call."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.call.protocol import Caller
from engine.call.script import Phone, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.walk import walk
from engine.events import DigitsCollected, NodeEntered, NodeLeft

Load = Callable[..., Account]
Call = Callable[..., Simulation]

FILE = """
account: {name: The Bakery, country: NL, timezone: UTC}
numbers: {main: "+31 20 123 4567"}
people: {desk: {extension: 101}, orders: {extension: 305}}
hours: {open: {days: mon-fri, from: "08:00", to: "17:30"}}
main_number: welcome
menus:
  welcome:
    notice: {play: opening-hours.wav}
    greeting: [{during: open, play: welcome.wav}, {during: open, play: opening-hours.wav}, leave-message.wav]
    dial_extensions: yes
    first_digit: 4s
    between_digits: 1s
    keys:
      1: {menu: more}
      12: desk
      "*9": {hang_up: busy, tone: 3s}
      3: {only_for: people, voicemail: orders}
      300: {only_for: [desk, "+31 6 1234 5678", "+32*", anonymous], hang_up: chosen}
      6: {during: open, hang_up: open now}
      7: {play: opening-hours.wav, interruptible: no, then: repeat}
      8: {play: opening-hours.wav}
      0: {play: opening-hours.wav, then: hang_up}
    no_input: {tries: 4, announce: [invalid-choice.wav, [goodbye.wav, not-available.wav]]}
    wrong_input: {tries: 3, announce: not-available.wav}
  more:
    greeting: welcome.wav
    first_digit: 9s
    keys: {1: {menu: welcome}, 2: back, 22: top}
"""

MONDAY_NOON = 1795435200.0  # 2026-11-23 12:00 UTC
SUNDAY_NOON = MONDAY_NOON - 86400.0
NOTICE = 3.0  # seconds that any recording lasts


@pytest.fixture
def call(load: Load, simulator: Simulator) -> Call:
    account = load(FILE)

    def call(*keys: tuple[float, str], **more: object) -> Simulation:
        script = Script(keys=keys, **({"begins_at": MONDAY_NOON} | more))  # type: ignore[arg-type]
        return simulator.run(script, lambda call: walk(call, account, account.main))

    return call


def heard(simulation: Simulation) -> list[tuple[float, str]]:
    return [(round(sound.at, 2), sound.what.removesuffix(".wav")) for sound in simulation.heard]


def left_by(simulation: Simulation) -> list[str]:
    return [event.exit for event in simulation.events if isinstance(event, NodeLeft)]


def collected(simulation: Simulation) -> list[tuple[str, str]]:
    return [(event.digits, event.meaning) for event in simulation.events if isinstance(event, DigitsCollected)]


def test_a_notice_is_heard_in_full_and_keys_pressed_during_it_count_after_it(call: Call) -> None:
    simulation = call((1.0, "7"), hangs_up_at=5.0)
    assert heard(simulation) == [(0.0, "opening-hours"), (NOTICE, "opening-hours")]
    assert left_by(simulation)[0] == "7", "and the greeting is not heard"


def test_an_extension_typed_into_a_notice_is_taken_whole(call: Call) -> None:
    simulation = call((1.0, "3"), (1.3, "0"), (1.6, "5"), phones={"305": Phone(answers_after=1, talks=1)})
    assert (collected(simulation), left_by(simulation)) == ([("305", "extension")], ["extension", "answered"])


def test_a_notice_is_heard_once_in_a_call_unless_told_otherwise(call: Call, load: Load, simulator: Simulator) -> None:
    keys = ((4.0, "1"), (7.0, "1"))
    assert heard(call(*keys, hangs_up_at=9.0)) == [
        (0.0, "opening-hours"),
        (3.0, "welcome"),
        (5.0, "welcome"),
        (7.0, "welcome"),
    ]
    again = load(FILE.replace("    greeting: [", "    repeat_notice: yes\n    greeting: ["))
    script = Script(keys=keys, hangs_up_at=11.0, begins_at=MONDAY_NOON)
    simulation = simulator.run(script, lambda call: walk(call, again, again.main))
    assert heard(simulation)[3:] == [(7.0, "opening-hours"), (10.0, "welcome")]


def test_the_greeting_goes_by_the_hour(call: Call) -> None:
    assert heard(call(hangs_up_at=5))[1:] == [(NOTICE, "welcome")]
    assert heard(call(hangs_up_at=5, begins_at=SUNDAY_NOON))[1:] == [(NOTICE, "leave-message")]


@pytest.mark.parametrize(
    ("keys", "meaning", "exit_name"),
    [
        ("12", ("12", "key"), "12"),
        ("1", ("1", "key"), "1"),
        ("*9", ("*9", "key"), "*9"),
        ("14", ("14", "wrong_input"), "hung up"),
    ],
)
def test_sequences_stand_beside_keys_and_extensions(call: Call, keys: str, meaning: object, exit_name: str) -> None:
    presses = [(4.0 + 0.2 * index, key) for index, key in enumerate(keys)]
    simulation = call(*presses, hangs_up_at=6.0)
    assert (collected(simulation)[0], left_by(simulation)[0]) == (meaning, exit_name)


def test_each_menu_has_its_own_patience(call: Call) -> None:
    simulation = call((4.0, "1"))
    moments = [
        (event.at - MONDAY_NOON, event.meaning) for event in simulation.events if isinstance(event, DigitsCollected)
    ]
    assert moments[:2] == [(pytest.approx(5.0), "key"), (pytest.approx(5.0 + 3.0 + 9.0), "no_input")]


def test_each_try_has_its_own_announcement(call: Call) -> None:
    silent = [what for _, what in heard(call())]
    assert silent == [
        *("opening-hours", "welcome"),
        *("invalid-choice", "welcome"),
        *("goodbye", "not-available", "welcome"),
        *("goodbye", "not-available", "welcome"),
        "goodbye",
    ]
    wrong = [what for _, what in heard(call((4.0, "9"), (11.0, "9"), (18.0, "9")))]
    assert wrong == ["opening-hours", "welcome", "not-available", "welcome", "not-available", "welcome", "goodbye"]


@pytest.mark.parametrize(
    ("caller", "three", "three_hundred"),
    [
        (Caller("101", "", "desk"), "3", "300"),
        (Caller("305", "", "orders"), "3", None),
        (Caller("+31612345678"), None, "300"),
        (Caller("0612345678"), None, "300"),
        (Caller("+3225551234"), None, "300"),
        (Caller("anonymous"), None, "300"),
        (Caller("+31612345679"), None, None),
        (Caller("101@elsewhere.test"), None, "300"),
    ],
)
def test_a_key_may_be_for_some_callers_only(
    call: Call, caller: Caller, three: str | None, three_hundred: str | None
) -> None:
    once = call((4.0, "3"), caller=caller, hangs_up_at=5.5)
    assert left_by(once)[0] == (three or "hung up")
    whole = call((4.0, "3"), (4.1, "0"), (4.2, "0"), caller=caller, hangs_up_at=5.5)
    assert left_by(whole)[0] == (three_hundred or "hung up")


def test_a_key_may_be_there_in_some_hours_only(call: Call) -> None:
    assert left_by(call((4.0, "6")))[0] == "6"
    assert collected(call((4.0, "6"), begins_at=SUNDAY_NOON))[0] == ("6", "wrong_input")


def test_a_key_cuts_an_announcement_short_where_a_menu_follows(call: Call) -> None:
    simulation = call((4.0, "8"), (5.0, "6"))
    assert heard(simulation)[-1] == (4.0, "opening-hours")
    assert simulation.heard[-1].seconds == pytest.approx(1.0)
    assert left_by(simulation) == ["8", "played", "6", "ended"], "and counts in the menu"


def test_an_announcement_that_is_not_interruptible_is_heard_to_its_end(call: Call) -> None:
    simulation = call((4.0, "7"), (5.0, "6"))
    assert (simulation.heard[-1].what, simulation.heard[-1].seconds) == ("opening-hours.wav", 3.0)
    assert left_by(simulation) == ["7", "played", "6", "ended"], "and the key counts afterwards"


def test_an_announcement_before_the_end_of_the_call_is_heard_whatever_is_pressed(call: Call) -> None:
    simulation = call((4.0, "0"), (5.0, "6"))
    assert (simulation.heard[-1].what, simulation.heard[-1].seconds) == ("opening-hours.wav", 3.0)


def test_the_hash_that_ends_a_sequence_is_no_key_for_what_follows(load: Load, simulator: Simulator) -> None:
    account = load(FILE.replace("12: desk", "12: {play: goodbye.wav}"))
    script = Script(keys=[(4.0, "1"), (4.1, "2"), (4.4, "#")], hangs_up_at=8.5, begins_at=MONDAY_NOON)
    simulation = simulator.run(script, lambda call: walk(call, account, account.main))
    assert (7.4, "welcome") in heard(simulation), "the announcement begins again and is heard to its end"


def test_a_call_that_is_hung_up_with_a_cause_after_the_answer_hears_its_tone(call: Call) -> None:
    simulation = call((4.0, "*"), (4.1, "9"))
    assert (simulation.heard[-1].what, simulation.heard[-1].seconds) == ("busy", 3.0)


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("hang_up", 480),
        ("{hang_up: busy}", 486),
        ("{hang_up: closed for the summer, cause: congestion, tone: 5s}", 503),
        ("{hang_up: rejected}", 403),
        ("{hang_up: , cause: number changed}", 410),
        ("{hang_up: we moved, cause: not found}", 404),
    ],
)
def test_an_unanswered_caller_is_told_the_cause(load: Load, simulator: Simulator, written: str, status: int) -> None:
    account = load(FILE.replace("main_number: welcome", f"main_number: {written}"))
    simulation = simulator.run(Script(), lambda call: walk(call, account, account.main))
    assert (simulation.ended.status, simulation.heard) == (status, ()), "a tone is for those who were answered"
    assert sum(isinstance(event, NodeEntered) for event in simulation.events) == 1


def test_check_tells_what_keys_stand_in_each_others_way(load: Load) -> None:
    account = load(
        FILE.replace("      6: {during", "      101: desk\n      6: {during").replace("tries: 4", "tries: 2")
    )
    said = [f"{finding.what}: {finding.effect}" for finding in check(account)]
    for expected in (
        "key 1 of menu 'welcome' also begins key 101: who presses 1 waits 1 s before anything happens",
        "key 101 of menu 'welcome' is also the extension of desk: nobody can dial desk in this menu",
        "there are 2 announcements for 2 tries: the last one is never heard",
    ):
        assert any(one.startswith(expected) for one in said), said
    assert not any("never come" in one or "used nowhere" in one for one in said), "hours of greetings and keys count"
