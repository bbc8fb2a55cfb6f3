"""Calls through dialplans, on the simulated call: what callers hear, where they get to, how it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.call.script import Phone, Script, Simulation
from engine.call.simulated_leg import FILE_SECONDS, usual_seconds
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.nodes.voicemail import SHORTEST_MESSAGE
from engine.dialplan.walk import MAX_STEPS, walk
from engine.events import (
    CallAnswered,
    DigitsCollected,
    NodeEntered,
    NodeLeft,
    PromptPlayed,
    RingingEnded,
    Side,
    Verdict,
    VoicemailLeft,
)
from media.commands import Tone

Load = Callable[..., Account]

BEEP_OVER = 2 * FILE_SECONDS + usual_seconds(Tone("beep"))
"""Seconds after which a caller who is led to voicemail is recorded."""

BAKERY = """
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101, number: "+31 20 123 4568"}
  orders: {extension: 102}
  kitchen: {extension: 205}
hours:
  open: {days: mon-fri, from: "08:00", to: "17:30", except: holidays}
main_number:
- {during: open, menu: welcome}
- {voicemail: front-desk}
menus:
  welcome:
    greeting: {play: welcome.wav}
    short_greeting: {play: opening-hours.wav}
    dial_extensions: true
    keys:
      1: {ring: orders, for: 20s, else: {voicemail: orders}}
      2: {play: opening-hours.wav, then: repeat}
      3: {menu: more}
      4: {ring: kitchen, busy: {hang_up: busy}, declined: {play: welcome.wav, then: back}, no_answer: top}
      0: front-desk
      "*": repeat
    no_input: {tries: 3, then: front-desk}
  more:
    greeting: {play: welcome.wav}
    keys: {1: {menu: deep}, 9: back}
  deep:
    greeting: {play: welcome.wav}
    keys: {7: back, 8: top, 9: repeat, 5: {menu: welcome}}
    no_input: {tries: 1}
    wrong_input: {tries: 2}
"""

MONDAY_TEN = 1795424400.0  # 2026-11-23 10:00 in Amsterdam
CHRISTMAS_TEN = 1798189200.0  # 2026-12-25, a Friday
ANSWERS = Phone(answers_after=4, talks=30)


@pytest.fixture
def bakery(load: Load) -> Account:
    return load(BAKERY)


@pytest.fixture
def call(bakery: Account, simulator: Simulator) -> Callable[..., Simulation]:
    def call(keys: str = "", *, every: float = 4.0, **more: object) -> Simulation:
        """Keys are pressed each ``every`` seconds, the first after one; a dot is none."""
        presses = [(1.0 + every * index, key) for index, key in enumerate(keys) if key != "."]
        script = Script(keys=presses, **({"begins_at": MONDAY_TEN} | more))  # type: ignore[arg-type]
        return simulator.run(script, lambda call: walk(call, bakery, bakery.main))

    return call


Call = Callable[..., Simulation]


def places(simulation: Simulation) -> list[str]:
    return [f"{event.kind} {event.name}" for event in simulation.events if isinstance(event, NodeEntered)]


def left_by(simulation: Simulation) -> list[str]:
    return [event.exit for event in simulation.events if isinstance(event, NodeLeft)]


def heard(simulation: Simulation) -> list[str]:
    return [sound.what for sound in simulation.heard]


def test_press_one_and_talk(call: Call) -> None:
    simulation = call("1", phones={"102": ANSWERS})
    assert places(simulation) == ["hours open", "menu welcome", "ring orders"]
    assert left_by(simulation) == ["open", "1", "answered"]
    assert heard(simulation) == ["welcome.wav", "ringback"]
    assert simulation.heard[0].seconds == 1.0
    assert simulation.ended.verdict is Verdict.TALKED
    assert (simulation.ended.talked, simulation.ended.answered_by) == (30.0, "orders")


def test_a_key_that_begins_an_extension_waits_another_acts_at_once(call: Call) -> None:
    waited = call("1", phones={"102": ANSWERS})
    at_once = call("0", phones={"101": ANSWERS})
    assert [sound.at for sound in waited.heard if sound.what == "ringback"] == [3.0]
    assert [sound.at for sound in at_once.heard if sound.what == "ringback"] == [1.0]


def test_an_extension_dialled_in_the_menu(call: Call) -> None:
    simulation = call("205", every=0.3, phones={"205": ANSWERS})
    assert left_by(simulation) == ["open", "extension", "answered"]
    assert simulation.ended.answered_by == "kitchen"


def test_digits_that_are_no_extension_are_wrong_together_and_the_menu_goes_on(call: Call) -> None:
    simulation = call("209", every=0.3, phones={"101": ANSWERS}, hangs_up_at=10)
    collected = [event for event in simulation.events if isinstance(event, DigitsCollected)]
    assert [(event.digits, event.meaning) for event in collected] == [("209", "wrong_input")]
    assert heard(simulation)[:3] == ["welcome.wav", "invalid-choice.wav", "opening-hours.wav"]


def test_the_rest_of_a_wrong_number_is_not_taken_for_choices(call: Call) -> None:
    simulation = call("9990", every=0.3, phones={"101": ANSWERS}, hangs_up_at=6)
    assert [event.digits for event in simulation.events if isinstance(event, DigitsCollected)] == ["9"]


def test_the_hash_after_an_extension_does_not_disturb_what_follows(call: Call) -> None:
    simulation = call("102#", every=0.3, hangs_up_at=8)
    assert left_by(simulation)[:3] == ["open", "extension", "not_registered"]
    assert [event.meaning for event in simulation.events if isinstance(event, DigitsCollected)] == ["extension"]
    assert heard(simulation)[-1] == "opening-hours.wav"


def test_nobody_pressing_anything_is_rung_through_after_three_greetings(call: Call) -> None:
    simulation = call(phones={"101": ANSWERS})
    assert heard(simulation) == ["welcome.wav", "opening-hours.wav", "opening-hours.wav", "ringback"]
    assert left_by(simulation) == ["open", "no_input", "answered"]


def test_who_pressed_nothing_is_not_sent_round_in_circles(call: Call) -> None:
    simulation = call()
    assert places(simulation)[-2:] == ["ring front-desk", "hang_up not available"]
    assert heard(simulation)[-1] == "not-available.wav"
    assert simulation.ended.by is Side.SYSTEM


def test_who_chose_a_person_that_is_not_there_is_back_in_the_menu(call: Call) -> None:
    simulation = call("0", hangs_up_at=20)
    assert places(simulation)[:4] == ["hours open", "menu welcome", "ring front-desk", "menu welcome"]
    assert heard(simulation)[:3] == ["welcome.wav", "not-available.wav", "opening-hours.wav"]


def test_outside_the_hours_and_on_holidays_there_is_voicemail(call: Call) -> None:
    for begins_at in (MONDAY_TEN - 3 * 3600, CHRISTMAS_TEN):
        simulation = call(begins_at=begins_at)
        assert left_by(simulation)[:2] == ["otherwise", "recorded"]
        assert heard(simulation) == ["not-available.wav", "leave-message.wav", "beep", "goodbye.wav"]


@pytest.mark.parametrize(
    ("phone", "outcome", "then"),
    [
        (Phone(busy=True), "busy", "hang_up busy"),
        (Phone(declines_after=2), "declined", "play welcome.wav"),
        (Phone(), "no_answer", "menu welcome"),
        (None, "not_registered", "menu welcome"),
    ],
)
def test_each_way_of_not_being_reached_has_its_own_way_on(
    call: Call, phone: Phone | None, outcome: str, then: str
) -> None:
    simulation = call("4", phones={"205": phone} if phone else {}, hangs_up_at=50)
    assert places(simulation)[2:4] == ["ring kitchen", then]
    assert left_by(simulation)[2] == outcome


def test_else_is_for_all_ways_not_named(call: Call) -> None:
    for phone in (Phone(busy=True), Phone(declines_after=2), Phone()):
        assert places(call("1", phones={"102": phone}))[3] == "voicemail orders"


def test_a_phone_rings_as_long_as_the_dialplan_says(call: Call) -> None:
    simulation = call("1", phones={"102": Phone()})
    (ended,) = [event for event in simulation.events if isinstance(event, RingingEnded)]
    assert (ended.outcome, ended.seconds) == ("no_answer", 20.0)


def test_back_repeat_and_top(call: Call) -> None:
    menus = [place for place in places(call("3197958", hangs_up_at=28)) if place.startswith("menu")]
    assert menus == ["menu welcome", "menu more", "menu deep", "menu deep", "menu more", "menu welcome"]
    menus = [place for place in places(call("318", hangs_up_at=12)) if place.startswith("menu")]
    assert menus == ["menu welcome", "menu more", "menu deep", "menu welcome"]


def test_going_to_a_menu_above_goes_back_to_it(call: Call) -> None:
    simulation = call("3153", hangs_up_at=16)
    assert places(simulation)[1:] == ["menu welcome", "menu more", "menu deep", "menu welcome", "menu more"]


def test_giving_up_without_a_way_on_says_goodbye(call: Call) -> None:
    simulation = call("31")
    assert (left_by(simulation)[-2:], heard(simulation)[-1]) == (["no_input", "ended"], "goodbye.wav")
    simulation = call("3144")
    assert (left_by(simulation)[-2:], heard(simulation)[-1]) == (["wrong_input", "ended"], "goodbye.wav")


def test_a_message_is_kept_when_the_caller_hangs_up(call: Call) -> None:
    simulation = call(begins_at=CHRISTMAS_TEN, hangs_up_at=20.0, speaks=60.0)
    (left,) = [event for event in simulation.events if isinstance(event, VoicemailLeft)]
    assert (left.mailbox, left.caller) == ("front-desk", "+31612345678")
    assert left.seconds == pytest.approx(20.0 - BEEP_OVER)
    assert simulation.ended.verdict is Verdict.SERVED


def test_hanging_up_at_the_beep_leaves_no_message(call: Call) -> None:
    simulation = call(begins_at=CHRISTMAS_TEN, hangs_up_at=BEEP_OVER + SHORTEST_MESSAGE / 2)
    assert not [event for event in simulation.events if isinstance(event, VoicemailLeft)]


def test_an_unanswered_caller_is_told_why(bakery: Account, simulator: Simulator) -> None:
    for phone, status in ((Phone(busy=True), 486), (Phone(declines_after=1), 603), (Phone(), 480), (None, 480)):
        script = Script(phones={"101": phone} if phone else {})
        entry = bakery.ring_person("front-desk")
        simulation = simulator.run(script, lambda call, entry=entry: walk(call, bakery, entry))
        assert simulation.ended.status == status
        assert not [event for event in simulation.events if isinstance(event, CallAnswered | PromptPlayed)]


def test_a_dialplan_that_goes_round_without_its_caller_ends(load: Load, simulator: Simulator) -> None:
    account = load(
        BAKERY.replace(
            "no_input: {tries: 3, then: front-desk}", "no_input: {tries: 1, then: {play: welcome.wav, then: repeat}}"
        )
    )
    simulation = simulator.run(Script(begins_at=MONDAY_TEN), lambda call: walk(call, account, account.main))
    assert len(places(simulation)) == MAX_STEPS
    assert simulation.ended.by is Side.SYSTEM
