"""Queues of a dialplan over simulated calls: who serves them, what callers hear, and where they go otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.call.protocol import Caller
from engine.call.script import Ahead, Phone, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.nodes.queue import LONG_WAIT_MINUTES, REASONS
from engine.dialplan.walk import walk
from engine.drawing.graph import graph_of
from engine.events import Bridged, NodeEntered, NodeLeft, QueueJoined, QueueLeft, Verdict
from engine.office.agents import AgentState
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
hours:
  open: {{days: mon-fri, from: "08:00", to: "17:30"}}
groups:
  desk: {{members: [{{person: ben, weight: 3}}, eva], strategy: in_order}}
queues:
  support: {queue}
main_number: {main}
"""
WAYS = """{queue: support, full: {voicemail: ann}, too_long: {play: welcome.wav, then: hang_up},
  nobody: {voicemail: zoe}}"""
PHONES = {"101": Phone(), "102": Phone(), "103": Phone(), "104": Phone()}
TALKS = Phone(answers_after=2, talks=10)
ANN = Caller("101", person="ann")


class Support:
    """A queue, called again and again."""

    def __init__(self, load: Load, simulator: Simulator, queue: str, main: str = WAYS) -> None:
        self.account = load(OFFICE.format(queue=queue, main=main))
        self.simulator = simulator
        self.office = Office()

    def call(self, phones: dict[str, Phone | None] | None = None, entry: Any = None, **more: Any) -> Simulation:
        registered = {extension: phone for extension, phone in (PHONES | (phones or {})).items() if phone}
        script = Script(phones=registered, office=self.office, **({"begins_at": 1e9} | more))
        simulation = self.simulator.run(script, lambda call: walk(call, self.account, entry or self.account.main))
        assert simulation.left_open == ()
        return simulation

    def dial(self, code: str, caller: Caller = ANN) -> Simulation:
        return self.call(entry=self.account.features.find(code), caller=caller)


@pytest.fixture
def support(load: Load, simulator: Simulator) -> Callable[..., Support]:
    return lambda queue, main=WAYS: Support(load, simulator, queue, main)


Make = Callable[..., Support]


def heard(simulation: Simulation) -> list[str]:
    names = [sound.what.removesuffix(".wav") for sound in simulation.heard]
    return [name for before, name in zip([None, *names], names, strict=False) if name != before]


def left_by(simulation: Simulation) -> list[str]:
    return [event.exit for event in simulation.events if isinstance(event, NodeLeft) and event.kind == "queue"]


# --- the agents -------------------------------------------------------------------------------------------------------


def test_in_order_each_agent_has_their_time(support: Make) -> None:
    queue = support(
        "{agents: [ann, {person: ben, for: 8s}, 103], strategy: in_order, each: 12s, rest: 1m, patience: 40s}"
    )
    simulation = queue.call()
    assert rung(simulation) == [(0, "ann"), (12, "ben"), (20, "eva")]
    assert left_by(simulation) == ["too_long"]


def test_round_robin_goes_on_with_the_next_one(support: Make) -> None:
    queue = support("{agents: [ann, ben, eva], strategy: round_robin}")
    answering = {"101": TALKS, "102": TALKS, "103": TALKS}
    assert [queue.call(answering).ended.answered_by for _ in range(4)] == ["ann", "ben", "eva", "ann"]


def test_the_longest_idle_and_weights_count(support: Make) -> None:
    answering = {"101": TALKS, "102": TALKS, "103": TALKS}
    queue = support("{agents: [ann, ben], strategy: longest_idle}")
    queue.office.note(Bridged("another", 1e9, "ann", "101"))
    assert order(queue.call(answering)) == ["ben"]
    queue = support("{agents: [{person: ann, weight: 2}, ben], strategy: weighted}")
    assert [queue.call(answering).ended.answered_by for _ in range(3)] == ["ann", "ben", "ann"]


def test_a_group_serves_with_its_members_who_are_signed_in(support: Make) -> None:
    queue = support("{agents: [ann, desk], strategy: in_order, each: 10s, patience: 30s}")
    queue.office = Office(Remembered({"group/desk/signed/ben": "out"}))
    assert order(queue.call()) == ["ann", "eva"]
    assert order(support("{agents: desk, patience: 30s}").call()) == ["ben", "eva"]


def test_the_caller_is_not_rung_and_who_is_on_the_phone_neither(support: Make) -> None:
    queue = support("{agents: [ann, ben, eva], each: 10s, patience: 15s}")
    queue.office.note(Bridged("another", 1e9, "ben", "102"))
    assert order(queue.call(caller=ANN)) == ["eva"]


def test_agents_sign_out_and_in_by_the_default_code(support: Make) -> None:
    queue = support("{agents: [ann, desk], patience: 10s}")
    assert heard(queue.dial("*221")) == ["signed-out"]
    assert order(queue.call()) == ["ben", "eva"]
    assert heard(queue.dial("*221")) == ["signed-in"]
    assert heard(queue.dial("*221", Caller("102", person="ben"))) == ["signed-out"]
    assert list(queue.office.standing.names("")) == ["group/desk/signed/ben", "queue/support/signed/ann"]
    assert heard(queue.dial("*221", Caller("104", person="zoe"))) == ["not-allowed"]
    assert order(queue.call()) == ["ann", "eva"]


def test_an_agent_ends_the_wrap_up_time_by_the_default_code(support: Make) -> None:
    queue = support("{agents: [ann], wrap_up: 10m, patience: 20s}")
    answering = {"101": TALKS}
    assert left_by(queue.call(answering)) == ["answered"]
    assert left_by(queue.call(answering)) == ["too_long"]
    assert heard(queue.dial("*23")) == ["agent-ready"]
    assert left_by(queue.call(answering)) == ["answered"]


def test_the_state_of_a_queue_tells_who_waits_and_what_agents_do(support: Make) -> None:
    queue = support("{agents: [ann, ben, eva], wrap_up: 20s}")
    queue.office = Office(Remembered({"queue/support/signed/eva": "out"}))
    queue.call({"101": TALKS})
    queue.office.queues.join("support", "1", lambda: None, 3.0)
    queue.office.note(Bridged("another", 1e9, "ben", "102"))
    state = queue.account.queues["support"].state("support", queue.account, queue.office, 13.0)
    assert (state.waiting, state.longest_wait) == (1, 10.0)
    assert state.agents == {"ann": AgentState.WRAPPING_UP, "ben": AgentState.TALKING}


# --- where callers go -------------------------------------------------------------------------------------------------


def test_each_way_out_leads_where_the_file_says(support: Make) -> None:
    queue = support("{agents: [ann], each: 5s, patience: 20s, most: 2, keys: {1: {voicemail: eva}}}")
    served = queue.call({"101": TALKS})
    assert (left_by(served), served.ended.verdict) == (["answered"], Verdict.TALKED)
    too_long = queue.call()
    assert (left_by(too_long), heard(too_long)[-1]) == (["too_long"], "welcome")
    full = queue.call(ahead=[Ahead("support", 2)])
    assert left_by(full) == ["full"]
    assert not any(isinstance(event, QueueJoined) for event in full.events)
    nobody = queue.call({"101": None})
    assert [event.name for event in nobody.events if isinstance(event, NodeEntered)][:2] == ["support", "zoe"]
    key = queue.call(keys=[(3.0, "2"), (4.0, "1")])
    assert left_by(key) == ["1"]
    assert [event.name for event in key.events if isinstance(event, NodeEntered)][:2] == ["support", "eva"]


@pytest.mark.parametrize(("reason", "more"), [
    ("full", {"ahead": [Ahead("support", 20)]}), ("nobody", {"phones": {"101": None}}), ("too_long", {}),
])  # fmt: skip
def test_without_a_way_on_callers_hear_that_nobody_is_there(support: Make, reason: str, more: dict[str, Any]) -> None:
    queue = support("{agents: [ann], patience: 30s}", "support")
    simulation = queue.call(**more)
    waited = reason == "too_long"
    assert (left_by(simulation), simulation.ended.reason) == ([reason], "the dialplan ended the call")
    assert heard(simulation)[-1:] == (["nobody-available"] if waited else [])
    assert simulation.ended.verdict is (Verdict.UNANSWERED if waited else Verdict.REFUSED)
    assert REASONS[reason]


def test_a_key_with_a_condition_is_there_for_some(support: Make) -> None:
    queue = support("{agents: [ann], patience: 30s, keys: {1: {during: open, voicemail: eva}}}")
    monday, sunday = 1795435200.0, 1795435200.0 - 86400
    assert left_by(queue.call(keys=[(3.0, "1")], begins_at=monday)) == ["1"]
    assert left_by(queue.call(keys=[(3.0, "1")], begins_at=sunday)) == ["too_long"]


def test_a_priority_that_was_set_goes_before(support: Make) -> None:
    main = "{set: {priority: 3}, then: support}"
    queue = support("{agents: [ann]}", main)
    simulation = queue.call({"101": TALKS}, ahead=[Ahead("support", 3)])
    assert [event.position for event in simulation.events if isinstance(event, QueueJoined)] == [1]
    assert simulation.ended.answered_by == "ann"


def test_callers_before_are_served_and_the_agents_are_for_the_first(support: Make) -> None:
    queue = support("{agents: [ann]}")
    simulation = queue.call({"101": TALKS}, ahead=[Ahead("support", 2, every=30.0)])
    assert rung(simulation) == [(60, "ann")]
    assert [event.waited for event in simulation.events if isinstance(event, QueueLeft)] == [62]


# --- what callers hear ------------------------------------------------------------------------------------------------


def test_position_and_wait_are_told(support: Make) -> None:
    queue = support(
        "{agents: [ann], music: {play: opening-hours.wav}, announce: {every: 30s}, messages: [{play: welcome.wav}]}"
    )
    simulation = queue.call({"101": TALKS}, ahead=[Ahead("support", 4, every=31.0)])
    assert heard(simulation)[:4] == ["queue-position", "digit-5", "queue-wait", "digit-3"], "5 times 31 s"
    assert heard(simulation)[4:] == [
        *("opening-hours", "queue-position", "digit-4", "queue-wait", "digit-3", "welcome"),
        *("opening-hours", "queue-position", "digit-3", "queue-wait", "digit-2", "welcome"),
        *("opening-hours",),
    ]


def test_the_next_in_line_and_long_waits_have_words_of_their_own(support: Make) -> None:
    queue = support("{agents: [ann], announce: {every: 10m}}")
    slow = Ahead("support", 1, every=60.0 * LONG_WAIT_MINUTES)
    assert heard(queue.call(ahead=[slow], hangs_up_at=20))[:3] == ["queue-position", "digit-2", "queue-wait-long"]
    queue.office = Office()
    queue.office.note(Bridged("another", 1e9, "ann", "101"))
    assert heard(queue.call(hangs_up_at=5)) == ["queue-next"]
    queue.office.queues.note_serving("support", 20.0)
    assert heard(queue.call(hangs_up_at=9)) == ["queue-next", "queue-wait-minute"]


# --- check and drawing ------------------------------------------------------------------------------------------------


def doubts(account: Account) -> list[str]:
    return [finding.what for finding in check(account)]


def test_what_is_doubtful_in_a_queue_is_told(support: Make) -> None:
    queue = support("{agents: [ann, {person: ben, weight: 2}], patience: 5s, signed_in: no, nobody: wait}")
    assert [what for what in doubts(queue.account) if "'support'" in what or "weight" in what] == [
        "queue 'support' has no music, and there is no hold music",
        "the weight of 'ben' counts for nothing",
        "callers of queue 'support' wait 5 s at most, and each agent rings 15 s",
        "queue 'support' has no agents until somebody signs in, and its callers wait for them",
    ]
    assert "no caller ever comes to queue 'support'" in doubts(support("{agents: [ann]}", "{ring: ann}").account)


def test_a_queue_is_drawn_with_its_agents_and_keys(support: Make) -> None:
    queue = support("{agents: [ann, desk], keys: {1: {voicemail: eva}}}")
    (box,) = [box for box in graph_of(queue.account).boxes if box.title == "support"]
    assert box.notes == ("ann", "desk", "all, 20 callers, 600 s")
    assert [row.exits[0] for row in box.rows if row.shown] == ["1", "full", "too_long", "nobody"]
