"""Hunt groups over many simulated calls: who rings, in which order, and where the caller goes when nobody comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from engine.call.protocol import Caller
from engine.call.script import Phone, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.walk import walk
from engine.events import Bridged, CallAnswered, NodeEntered, NodeLeft, Ringing, RingingEnded
from engine.office.office import Office
from engine.office.standing import Remembered
from tests.engine.rung import order, rung

Load = Callable[..., Account]

OFFICE = """
account: {{name: The Bakery, country: NL, language: en, timezone: UTC}}
numbers: {{main: "+31 20 123 4567"}}
people:
  ann: {{extension: 101}}
  ben: {{extension: 102}}
  eva: {{extension: 103}}
  zoe: {{extension: 104}}
groups:
  sales: {group}
main_number: {main}
menus:
  codes:
    greeting: welcome.wav
    keys:
      1: {{sign_in: sales, then: hang_up}}
      2: {{sign_out: sales, then: hang_up}}
      3: {{sign_in_or_out: sales, then: hang_up, refused: repeat}}
"""
OVERFLOW = """{group: sales, busy: {hang_up: busy}, no_answer: {play: welcome.wav, then: hang_up},
  declined: {hang_up: declined}, not_registered: {voicemail: ann}}"""
EVERYBODY = {"101": Phone(), "102": Phone(), "103": Phone(), "104": Phone()}
AT_ONCE = Phone(answers_after=2, talks=10)


class Desk:
    """A group, called again and again; what one call leaves behind the next one finds."""

    def __init__(self, load: Load, simulator: Simulator, group: str, main: str = OVERFLOW) -> None:
        self.account = load(OFFICE.format(group=group, main=main))
        self.simulator = simulator
        self.office = Office()
        self.clock = 1_000_000.0

    def call(self, phones: dict[str, Phone | None] | None = None, **more: object) -> Simulation:
        """One call; ``phones`` differ from everybody's, who let it ring."""
        registered = {extension: phone for extension, phone in (EVERYBODY | (phones or {})).items() if phone}
        script = Script(phones=registered, office=self.office, begins_at=self.clock, **more)  # type: ignore[arg-type]
        simulation = self.simulator.run(script, lambda call: walk(call, self.account, self.account.main))
        assert simulation.left_open == ()
        self.clock = simulation.ended.at + 1
        return simulation

    def talks(self, person: str) -> None:
        """Somebody is on the phone with somebody else."""
        self.office.note(Bridged(f"with {person}", self.clock, person, ""))

    def rings(self, person: str) -> None:
        """Somebody's phones ring for somebody else."""
        self.office.note(Ringing(f"for {person}", self.clock, person, "", 1))


@pytest.fixture
def desk(load: Load, simulator: Simulator) -> Callable[..., Desk]:
    return lambda group, main=OVERFLOW: Desk(load, simulator, group, main)


Make = Callable[..., Desk]


def outcomes(simulation: Simulation) -> dict[str, str]:
    return {event.person: event.outcome for event in simulation.events if isinstance(event, RingingEnded)}


def left_by(simulation: Simulation) -> str:
    return next(event.exit for event in simulation.events if isinstance(event, NodeLeft))


# --- the strategies ---------------------------------------------------------------------------------------------------


def test_all_ring_at_once_and_the_first_to_answer_talks(desk: Make) -> None:
    sales = desk("{members: [ann, ben, eva]}")
    simulation = sales.call({"102": AT_ONCE})
    assert rung(simulation) == [(0, "ann"), (0, "ben"), (0, "eva")]
    assert outcomes(simulation) == {"ann": "elsewhere", "ben": "answered", "eva": "elsewhere"}
    assert (left_by(simulation), simulation.ended.answered_by) == ("answered", "ben")


def test_in_order_each_has_their_time(desk: Make) -> None:
    sales = desk("{members: [ann, {person: ben, for: 8s}, eva], strategy: in_order, each: 12s}")
    simulation = sales.call()
    assert rung(simulation) == [(0, "ann"), (12, "ben"), (20, "eva")]
    assert (left_by(simulation), simulation.ended.at) == ("no_answer", 1_000_000.0 + 32 + 3)
    assert order(sales.call()) == ["ann", "ben", "eva"], "and the next call begins where this one did"


def test_round_robin_begins_with_the_next_member_in_each_call(desk: Make) -> None:
    sales = desk("{members: [ann, ben, eva], strategy: round_robin}")
    orders = [order(sales.call()) for _ in range(4)]
    assert orders == [["ann", "ben", "eva"], ["ben", "eva", "ann"], ["eva", "ann", "ben"], ["ann", "ben", "eva"]]


def test_round_robin_gives_everybody_the_same_share_of_many_calls(desk: Make) -> None:
    sales = desk("{members: [ann, ben, eva], strategy: round_robin}")
    answered = Counter(sales.call(dict.fromkeys(EVERYBODY, AT_ONCE)).ended.answered_by for _ in range(60))
    assert answered == {"ann": 20, "ben": 20, "eva": 20}


def test_the_longest_idle_rings_first(desk: Make) -> None:
    sales = desk("{members: [ann, ben, eva], strategy: longest_idle}")
    everybody = dict.fromkeys(EVERYBODY, AT_ONCE)
    assert [sales.call(everybody).ended.answered_by for _ in range(3)] == ["ann", "ben", "eva"]
    sales.call(everybody, caller=Caller("101", person="ann"))
    assert sales.call(everybody).ended.answered_by == "eva", "ann has just called ben herself"
    assert order(sales.call()) == ["ann", "ben", "eva"]


def test_weights_are_kept_to_over_many_calls(desk: Make) -> None:
    sales = desk("{members: [{person: ann, weight: 3}, ben, {person: eva, weight: 2}], strategy: weighted}")
    answered = Counter(sales.call(dict.fromkeys(EVERYBODY, AT_ONCE)).ended.answered_by for _ in range(60))
    assert answered == {"ann": 30, "ben": 10, "eva": 20}
    assert sorted(order(sales.call())) == ["ann", "ben", "eva"], "the others ring after the first"


# --- who is passed over -----------------------------------------------------------------------------------------------


def test_a_decline_moves_on_at_once(desk: Make) -> None:
    sales = desk("{members: [ann, ben, eva], strategy: in_order, each: 20s}")
    simulation = sales.call({"101": Phone(declines_after=3), "102": None, "103": AT_ONCE})
    assert rung(simulation) == [(0, "ann"), (3, "eva")]
    assert outcomes(simulation) == {"ann": "declined", "ben": "not_registered", "eva": "answered"}


@pytest.mark.parametrize("strategy", ["all", "in_order", "round_robin", "longest_idle", "weighted"])
def test_members_on_the_phone_are_passed_over(desk: Make, strategy: str) -> None:
    sales = desk(f"{{members: [ann, ben, eva], strategy: {strategy}}}")
    sales.talks("ann")
    simulation = sales.call()
    assert order(simulation) == ["ben", "eva"]
    assert outcomes(simulation)["ann"] == "busy"
    assert left_by(simulation) == "no_answer"


def test_who_is_on_the_phone_takes_no_turn(desk: Make) -> None:
    sales = desk("{members: [ann, ben, eva], strategy: round_robin}")
    sales.talks("ann")
    assert [order(sales.call())[0] for _ in range(4)] == ["ben", "eva", "ben", "eva"]


def test_members_on_the_phone_are_rung_where_the_group_says_so(desk: Make) -> None:
    sales = desk("{members: [ann, ben], skip_busy: no}")
    sales.talks("ann")
    assert order(sales.call()) == ["ann", "ben"]


def test_who_is_being_rung_for_another_caller_comes_last(desk: Make) -> None:
    sales = desk("{members: [ann, ben, eva], strategy: in_order}")
    sales.rings("ann")
    assert order(sales.call()) == ["ben", "eva", "ann"]


def test_nobody_calls_themselves(desk: Make) -> None:
    sales = desk("{members: [ann, ben], skip_busy: no}")
    assert order(sales.call(caller=Caller("101", person="ann"))) == ["ben"]


# --- where the caller goes --------------------------------------------------------------------------------------------


def test_each_way_in_which_nobody_comes_has_its_way_on(desk: Make) -> None:
    sales = desk("{members: [ann, ben], strategy: in_order, each: 5s}")
    busy, declines = Phone(busy=True), Phone(declines_after=1)
    assert left_by(sales.call()) == "no_answer"
    assert left_by(sales.call({"101": busy})) == "no_answer"
    assert left_by(sales.call({"101": busy, "102": busy})) == "busy"
    assert left_by(sales.call({"101": busy, "102": None})) == "busy"
    assert left_by(sales.call({"101": declines, "102": declines})) == "declined"
    assert left_by(sales.call({"101": None, "102": None})) == "not_registered"
    sales.talks("ann")
    assert left_by(sales.call({"102": busy})) == "busy"
    sales.talks("ben")
    simulation = sales.call()
    assert (left_by(simulation), order(simulation), simulation.ended.status) == ("busy", [], 486)


def test_the_group_stops_when_its_time_is_up(desk: Make) -> None:
    sales = desk("{members: [ann, ben, eva], strategy: in_order, each: 10s, for: 15s}")
    simulation = sales.call()
    assert (rung(simulation), left_by(simulation)) == ([(0, "ann"), (10, "ben")], "no_answer")
    doubts = [finding.what for finding in check(sales.account)]
    assert "group 'sales' stops ringing before it is the turn of 'eva'" in doubts


def test_a_caller_without_a_way_on_hears_that_nobody_is_there(desk: Make) -> None:
    sales = desk("{members: [ann]}", "{play: welcome.wav, then: sales}")
    simulation = sales.call()
    assert [sound.what for sound in simulation.heard] == ["welcome.wav", "ringback", "nobody-available.wav"]
    assert simulation.ended.at == 1_000_000.0 + 3 + 25 + 3


def test_music_in_place_of_ringing_answers_the_caller_and_goes_round(desk: Make) -> None:
    sales = desk("{members: [ann, ben], strategy: in_order, each: 5s, music: [{play: opening-hours.wav}]}")
    simulation = sales.call()
    assert any(isinstance(event, CallAnswered) for event in simulation.events)
    music = [(sound.at, sound.seconds) for sound in simulation.heard if sound.what == "opening-hours.wav"]
    assert music == [(0, 3), (3, 3), (6, 3), (9, 1)]


def test_a_weight_that_counts_for_nothing_is_doubted(desk: Make) -> None:
    sales = desk("{members: [{person: ann, weight: 2}, ben]}")
    assert "the weight of 'ann' counts for nothing" in [finding.what for finding in check(sales.account)]


# --- signing in and out -----------------------------------------------------------------------------------------------

ANN, ZOE = Caller("101", person="ann"), Caller("104", person="zoe")


def press(sales: Desk, key: str, caller: Caller = ANN) -> list[str]:
    """Dial a code; what was heard after the greeting."""
    account, entry = sales.account, sales.account.menus["codes"]
    script = Script(caller=caller, keys=[(1.0, key)], office=sales.office, hangs_up_at=6.0)
    simulation = sales.simulator.run(script, lambda call: walk(call, account, entry))
    return [sound.what.removesuffix(".wav") for sound in simulation.heard[1:2]]


def test_members_sign_out_and_in_by_phone(desk: Make) -> None:
    sales = desk("{members: [ann, ben]}")
    assert press(sales, "2") == ["signed-out"]
    assert order(sales.call()) == ["ben"]
    assert press(sales, "1") == ["signed-in"]
    assert order(sales.call()) == ["ann", "ben"]
    assert [press(sales, "3"), press(sales, "3")] == [["signed-out"], ["signed-in"]]


def test_who_has_signed_out_still_has_after_a_restart(desk: Make) -> None:
    sales = desk("{members: [ann, ben]}")
    press(sales, "2")
    sales.office = Office(sales.office.standing)
    assert order(sales.call()) == ["ben"]


def test_a_group_may_begin_with_nobody_signed_in(desk: Make) -> None:
    sales = desk("{members: [ann, ben], signed_in: no}")
    simulation = sales.call()
    assert (order(simulation), left_by(simulation)) == ([], "not_registered")
    assert [event.name for event in simulation.events if isinstance(event, NodeEntered)][:2] == ["sales", "ann"]
    press(sales, "1")
    assert order(sales.call()) == ["ann"]


@pytest.mark.parametrize("caller", [ZOE, Caller("+31612345678")])
def test_strangers_to_the_group_cannot_sign_in(desk: Make, caller: Caller) -> None:
    sales = desk("{members: [ann, ben], signed_in: no}")
    assert press(sales, "1", caller) == ["not-allowed"]
    assert order(sales.call()) == []
    assert list(sales.office.standing.names("")) == []


def test_a_group_may_forbid_signing_out(desk: Make) -> None:
    sales = desk("{members: [ann, ben], may_sign_out: no}")
    sales.office = Office(Remembered({"group/sales/signed/ann": "out"}))
    assert order(sales.call()) == ["ann", "ben"], "who signed out while that was allowed is in again"
    assert [press(sales, "2"), press(sales, "3")] == [["not-allowed"], ["not-allowed"]]
    assert order(sales.call()) == ["ann", "ben"]
