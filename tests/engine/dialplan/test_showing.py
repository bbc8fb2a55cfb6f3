"""What phones are told of a call (``set``), how long they ring, and who is not rung while on the phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.call.script import Phone, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.nodes.set import MAX_PREFIX, MAX_PRIORITY, RING_TONE
from engine.dialplan.path import Path
from engine.dialplan.walk import walk
from engine.events import Bridged, Ringing, RingingEnded
from engine.office.office import Office

Load = Callable[..., Account]

SHOP = """
account: {{name: The Bakery, country: NL, language: en, timezone: UTC}}
numbers: {{main: "+31 20 123 4567"}}
people:
  ann: {{extension: 101}}
  ben: {{extension: 102, ring_time: 7s, call_waiting: no}}
groups:
  both: {{members: [ann, ben], skip_busy: no}}
main_number: {main}
"""


@pytest.fixture
def call(load: Load, simulator: Simulator) -> Callable[..., Simulation]:
    def call(main: str, office: Office | None = None) -> Simulation:
        account = load(SHOP.format(main=main))
        script = Script(phones={"101": Phone(), "102": Phone()}, office=office or Office())
        return simulator.run(script, lambda call: walk(call, account, account.main))

    return call


def shown(simulation: Simulation) -> list[tuple[str, str, str]]:
    return [(event.person, event.shown, event.ring_tone) for event in simulation.events if isinstance(event, Ringing)]


def test_a_prefix_and_a_tone_go_to_every_phone_that_rings_from_then_on(call: Callable[..., Simulation]) -> None:
    simulation = call("{set: {name_prefix: 'Sales: ', ring_tone: Bellcore-dr2}, then: {ring: ann, else: both}}")
    assert shown(simulation) == [(who, "Sales: +31612345678", "Bellcore-dr2") for who in ("ann", "ann", "ben")]


def test_what_is_not_set_stays_and_an_empty_text_takes_back(call: Callable[..., Simulation]) -> None:
    simulation = call(
        """{set: {name_prefix: "A "}, then: {set: {ring_tone: ring1}, then: {ring: ann, else:
             {set: {name_prefix: ""}, then: ben}}}}"""
    )
    assert shown(simulation) == [("ann", "A +31612345678", "ring1"), ("ben", "", "ring1")]


def test_priority_is_kept_for_the_call(load: Load, simulator: Simulator) -> None:
    account = load(SHOP.format(main=f"{{set: {{priority: {MAX_PRIORITY}}}, then: ann}}"))
    path = Path(account)
    before = path.priority
    simulator.run(Script(), lambda call: account.main.run(call, path))
    assert (before, path.priority) == (0, MAX_PRIORITY)


@pytest.mark.parametrize(
    "tone", ["a\r\nb", "a b", 'a"', "a>", "a;b", "a,b", "-a", "x" * 41, "http://a>b", "ftp:a", "<a>"]
)
def test_no_ring_tone_can_end_its_header(tone: str) -> None:
    assert not RING_TONE.fullmatch(tone)


def test_a_prefix_has_its_bound(load: Load) -> None:
    account = load(SHOP.format(main=f"{{set: {{name_prefix: '{'x' * MAX_PREFIX}'}}, then: ann}}"))
    assert len(account.main.values.name_prefix) == MAX_PREFIX  # type: ignore[attr-defined]


def rings_for(simulation: Simulation) -> list[tuple[str, str, float]]:
    return [(e.person, e.outcome, round(e.seconds, 3)) for e in simulation.events if isinstance(e, RingingEnded)]


def test_a_person_has_their_own_ring_time_unless_the_ring_says_otherwise(call: Callable[..., Simulation]) -> None:
    assert rings_for(call("{ring: ben}")) == [("ben", "no_answer", 7.0)]
    assert rings_for(call("{ring: ben, for: 12s}")) == [("ben", "no_answer", 12.0)]
    assert rings_for(call("{ring: ann}")) == [("ann", "no_answer", 25.0)]


def test_without_call_waiting_a_second_caller_finds_them_busy_at_once(call: Callable[..., Simulation]) -> None:
    office = Office()
    for person in ("ann", "ben"):
        office.note(Bridged("another call", 0.0, person, ""))
    assert rings_for(call("{ring: ben, busy: ann}", office)) == [("ben", "busy", 0.0), ("ann", "no_answer", 25.0)]
    assert {who: outcome for who, outcome, _ in rings_for(call("both", office))} == {
        "ann": "no_answer",
        "ben": "busy",
    }
