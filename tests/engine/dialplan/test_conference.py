"""The conference node: who is let in by which PIN, and what a caller hears on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.call.script import Attendee, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.spoken import spoken_number
from engine.dialplan.walk import walk
from engine.events import ConferenceJoined, DigitHeard, DigitsCollected, NodeLeft, Verdict
from media.commands import File, Sound

Load = Callable[..., Account]
Rehearse = Callable[..., Simulation]

TEXT = """
account: {{name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}}
numbers: {{main: "+31 20 123 4567"}}
conferences:
  board: {room}
main_number: {{conference: board}}
"""
PROMPTS = "pin moderator-pin pin-again wrong-pin full locked unlocked first one others members waiting muted unmuted"


@pytest.fixture
def rehearse(load: Load, simulator: Simulator) -> Rehearse:
    """Take a call to a room described in YAML; prompts are named, whether the installation has them or not."""

    def rehearse(room: str, script: Script) -> Simulation:
        account = load(TEXT.format(room=room))
        names = [f"conference-{name}" for name in PROMPTS.split()] + [f"digit-{n}" for n in range(10)]
        names += ["goodbye", "hold-music", "number-12"]
        account = replace(account, prompts={"en": {name: File(f"/{name}.wav") for name in names}})
        return simulator.run(script, lambda call: walk(call, account, account.main))

    return rehearse


def heard(simulation: Simulation) -> list[str]:
    return [one.what.removesuffix(".wav").removeprefix("conference-") for one in simulation.heard]


def typed(keys: str, at: float = 1.0, gap: float = 0.3) -> list[tuple[float, str]]:
    return [(at + gap * number, key) for number, key in enumerate(keys)]


def left_by(simulation: Simulation) -> str:
    return next(event.exit for event in simulation.events if isinstance(event, NodeLeft))


def joined(simulation: Simulation) -> list[tuple[int, bool]]:
    return [(e.members, e.moderator) for e in simulation.events if isinstance(e, ConferenceJoined)]


def test_an_open_room_needs_no_key(rehearse: Rehearse) -> None:
    simulation = rehearse("{}", Script(hangs_up_at=60))
    assert heard(simulation) == ["first"]
    assert joined(simulation) == [(1, False)]
    assert simulation.ended.verdict is Verdict.SERVED


@pytest.mark.parametrize(
    ("others", "said"),
    [(1, ["one"]), (4, ["others", "digit-4"]), (12, ["others", "number-12"]), (25, ["others", "digit-2", "digit-5"])],
)
def test_a_caller_hears_how_many_are_there(rehearse: Rehearse, others: int, said: list[str]) -> None:
    simulation = rehearse("{}", Script(hangs_up_at=60, attendees=[Attendee("board")] * others))
    assert heard(simulation) == said
    assert joined(simulation) == [(others + 1, False)]


def test_pins_tell_members_from_moderators(rehearse: Rehearse) -> None:
    room = "{pin: 4711, moderator_pin: 471100}"
    for keys, moderator in (("4711#", False), ("4711", False), ("471100#", True), ("9999#4711#", False)):
        simulation = rehearse(room, Script(keys=typed(keys), hangs_up_at=60))
        assert joined(simulation) == [(1, moderator)], keys


def test_a_moderator_pin_alone_is_asked_for_and_not_needed(rehearse: Rehearse) -> None:
    room = "{moderator_pin: 4711}"
    for keys, moderator in (("", False), ("#", False), ("4711#", True), ("1234##", False)):
        simulation = rehearse(room, Script(keys=typed(keys, gap=0.5), hangs_up_at=90))
        assert joined(simulation) == [(1, moderator)], keys
        assert heard(simulation)[0] == "moderator-pin"


def test_three_wrong_pins_are_the_end(rehearse: Rehearse) -> None:
    simulation = rehearse("{pin: 4711}", Script(keys=[*typed("471#"), *typed("47110#", 8), *typed("*#", 16)]))
    assert left_by(simulation) == "wrong_pin"
    assert heard(simulation) == ["pin", "pin-again", "pin", "pin-again", "pin", "wrong-pin"]
    assert joined(simulation) == []
    assert simulation.ended.seconds < 30


def test_a_pin_stands_in_no_event(rehearse: Rehearse) -> None:
    """It would be in the log and in the call's record for ever; keys in the room are no secret."""
    simulation = rehearse("{pin: 4711}", Script(keys=[*typed("4711#"), *typed("*6", 20)], hangs_up_at=60))
    keys = [event.digit for event in simulation.events if isinstance(event, DigitHeard)]
    assert keys == ["?"] * 5 + ["*", "6"]
    assert {event.digits for event in simulation.events if isinstance(event, DigitsCollected)} == {"????"}


def test_a_pin_typed_ahead_lets_in_and_stands_in_no_event(load: Load, simulator: Simulator) -> None:
    """Callers who know the way type during an announcement, and in a menu on the way, all that is to come."""
    text = """
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
conferences:
  board: {pin: 4711}
main_number: {say: "Welcome.", then: {menu: welcome}}
menus:
  welcome: {greeting: {say: "Press 5."}, keys: {5: {say: "The board.", then: {conference: board}}}}
"""
    account = load(text)
    simulation = simulator.run(
        Script(keys=typed("54711#", gap=0.2), hangs_up_at=60), lambda call: walk(call, account, account.main)
    )
    assert joined(simulation) == [(1, False)]
    assert [event.digit for event in simulation.events if isinstance(event, DigitHeard)] == ["5", *"?????"]


def test_full_and_locked_rooms_say_so(rehearse: Rehearse) -> None:
    full = rehearse("{limit: 2}", Script(attendees=[Attendee("board")] * 2))
    assert (left_by(full), heard(full), full.ended.reason) == ("full", ["full"], "the dialplan ended the call")
    locked = rehearse("{}", Script(attendees=[Attendee("board", moderator=True, locks=True)]))
    assert (left_by(locked), heard(locked)) == ("locked", ["locked"])


def test_a_room_that_fills_up_while_its_caller_is_told_who_is_there(rehearse: Rehearse) -> None:
    simulation = rehearse("{limit: 2}", Script(attendees=[Attendee("board"), Attendee("board", comes=1.0)]))
    assert left_by(simulation) == "full"
    assert heard(simulation) == ["one", "full"]


def test_music_until_the_moderator_comes_and_goodbye_when_they_end_it(rehearse: Rehearse) -> None:
    room = "{pin: 4711, moderator_pin: 90210, wait_for_moderator: yes}"
    chair = Attendee("board", comes=20.0, moderator=True, ends_at=40.0)
    simulation = rehearse(room, Script(keys=typed("4711#"), attendees=[chair]))
    (*before, goodbye) = heard(simulation)
    assert before[:6] == ["pin", "first", "waiting", "hold-music", "waiting", "hold-music"]
    assert goodbye == "goodbye"
    music = simulation.heard[-2]
    assert music.at + music.seconds == pytest.approx(20.0)
    assert left_by(simulation) == "ended"
    assert simulation.ended.seconds == pytest.approx(43.0, abs=0.5)


def test_tones_of_those_who_come_and_go_are_heard(rehearse: Rehearse) -> None:
    script = Script(attendees=[Attendee("board", comes=10.0, goes=20.0)], hangs_up_at=30.0)
    simulation = rehearse("{}", script)
    assert [(one.what, one.at) for one in simulation.heard[1:]] == [("joined", 10.0), ("left", 20.0)]


def test_nothing_is_left_in_the_office(rehearse: Rehearse) -> None:
    script = Script(attendees=[Attendee("board", comes=10.0)], hangs_up_at=30.0)
    rehearse("{}", script)
    assert script.office.rooms.count("board") == 0


def test_a_room_without_a_pin_is_a_doubt(load: Load) -> None:
    (doubt,) = [finding for finding in check(load(TEXT.format(room="{limit: 4}"))) if "PIN" in finding.what]
    assert (doubt.line, doubt.column) == (6, 27)
    assert doubt.effect == "whoever calls and comes here hears all that is said"
    assert [finding for finding in check(load(TEXT.format(room="{pin: 4711}"))) if "PIN" in finding.what] == []


def test_numbers_are_said_by_what_there_is() -> None:
    def having(*names: str) -> Callable[[str], tuple[Sound, ...]]:
        return lambda name: (File(name),) if name in names else ()

    def said(number: int, *names: str) -> list[str]:
        return [sound.path for sound in spoken_number(number, having(*names)) if isinstance(sound, File)]

    assert said(21, "number-21", "number-20", "digit-1") == ["number-21"]
    assert said(21, "digit-1", "digit-2") == ["digit-2", "digit-1"]
    assert said(0, "digit-0") == ["digit-0"]
    assert said(100, "digit-0", "digit-1", "number-10") == ["digit-1", "digit-0", "digit-0"]
