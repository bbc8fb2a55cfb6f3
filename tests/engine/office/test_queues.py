"""The state of queues: who stands where, who is told, how long it takes, and which agents are free."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import Bridged, Ringing, RingingEnded, Side, Unbridged
from engine.office.agents import AgentState, Offer
from engine.office.office import Office
from engine.office.queues import NEWEST_COUNTS, Place, Queues


class Line:
    """Queues whose callers keep what they are told."""

    def __init__(self) -> None:
        self.office = Office()
        self.queues: Queues = self.office.queues
        self.told: list[str] = []

    def join(self, call: str, now: float = 0.0, queue: str = "support", **more: int) -> Place:
        return self.queues.join(queue, call, lambda: self.told.append(call), now, **more)

    def heard_of(self) -> list[str]:
        told, self.told[:] = list(self.told), []
        return told


def test_who_comes_first_is_first_and_a_higher_priority_goes_before() -> None:
    line = Line()
    first, second = line.join("first"), line.join("second")
    urgent = line.join("urgent", priority=2)
    assert [line.queues.position(place) for place in (urgent, first, second)] == [1, 2, 3]
    assert line.heard_of() == ["first", "first", "urgent"], "the first one is told that somebody goes before"
    line.queues.leave(urgent, 1.0)
    assert line.queues.is_first(first)
    assert line.heard_of() == ["first"]
    line.queues.leave(second, 1.0)
    assert line.heard_of() == [], "nothing has changed for the first one"


def test_who_comes_back_stands_where_they_stood() -> None:
    line = Line()
    first, second = line.join("first"), line.join("second")
    line.queues.leave(first, 1.0, served=True)
    again = line.join("first", 5.0, number=first.number)
    assert [line.queues.position(place) for place in (again, second)] == [1, 2]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_the_line_is_always_in_order(steps: list[tuple[int, bool]]) -> None:
    line, standing = Line(), list[Place]()
    for number, (priority, goes) in enumerate(steps):
        standing.append(line.join(str(number), priority=priority))
        if goes:
            line.queues.leave(standing.pop(number % len(standing)), 0.0)
        expected = sorted(standing, key=lambda place: (-place.priority, place.number))
        assert [line.queues.position(place) for place in expected] == list(range(1, len(expected) + 1))
    assert line.queues.waiting("support") == len(standing)


def test_the_wait_is_the_position_times_what_it_takes_to_be_served() -> None:
    line = Line()
    first, second, third = line.join("1"), line.join("2"), line.join("3", 10.0)
    assert line.queues.wait(third, 10.0) is None, "nobody has been served yet"
    line.queues.leave(first, 40.0, served=True)
    assert line.queues.wait(third, 40.0) == 2 * 40.0
    line.queues.leave(second, 60.0, served=True)
    average = 40.0 + NEWEST_COUNTS * (20.0 - 40.0)
    assert line.queues.wait(third, 60.0) == average
    assert line.queues.wait(third, 200.0) == 140.0, "it is slower than usual"
    assert line.queues.longest_wait("support", 200.0) == 190.0
    line.queues.leave(third, 300.0)
    assert line.queues.wait(line.join("4", 300.0), 300.0) == average, "who gave up was not served"


def test_the_firsts_of_all_queues_are_told_in_order_that_an_agent_may_be_free() -> None:
    line = Line()
    for call, queue, priority, precedence in [("a", "x", 0, 0), ("b", "y", 1, 0), ("c", "z", 0, 5), ("d", "x", 0, 0)]:
        line.join(call, queue=queue, priority=priority, precedence=precedence)
    line.heard_of()
    line.office.note(Unbridged("other", 1.0, "ann", 3.0, Side.CALLEE))
    assert line.heard_of() == ["c", "b", "a"]
    line.queues.tell_all()
    assert line.heard_of() == ["c", "b", "a", "d"]


def test_calls_of_an_account_where_nobody_waits_wake_nobody() -> None:
    line = Line()
    line.queues.leave(line.join("gone"), 1.0)
    line.heard_of()
    line.office.note(Unbridged("other", 1.0, "ann", 3.0, Side.CALLEE))
    assert line.heard_of() == []


def test_what_agents_do() -> None:
    line = Line()
    agents, office = line.queues.agents, line.office
    line.join("1")
    ended: list[tuple[str, str]] = []
    assert agents.state("ann", 0.0) is AgentState.FREE
    agents.offer("ann", Offer("1", lambda person, outcome: ended.append((person, outcome))))
    assert agents.state("ann", 0.0) is AgentState.RUNG
    office.note(Ringing("1", 0.0, "ann", "101", 1))
    office.note(RingingEnded("2", 0.0, "ann", "101", "busy", 1.0))
    assert ended == [], "that was another call"
    office.note(RingingEnded("1", 0.0, "ann", "101", "answered", 1.0))
    assert ended == [("ann", "answered")]
    office.note(Bridged("1", 0.0, "ann", "101"))
    assert agents.state("ann", 0.0) is AgentState.TALKING
    office.note(Unbridged("1", 0.0, "ann", 1.0, Side.CALLEE))
    agents.wrap_up("ann", 20.0)
    agents.release("ann")
    assert [agents.state("ann", now) for now in (10.0, 20.0)] == [AgentState.WRAPPING_UP, AgentState.FREE]
    agents.rest("ben", 30.0)
    assert agents.state("ben", 10.0) is AgentState.RESTING
    assert [agents.next_free_at(["ann", "ben", "eva"], now) for now in (10.0, 20.0)] == [20.0, 30.0]
    assert agents.next_free_at(["ann", "ben"], 30.0) == float("inf")


def test_an_agent_may_be_back_before_the_time() -> None:
    agents = Line().queues.agents
    agents.wrap_up("ann", 20.0)
    agents.rest("ann", 30.0)
    agents.back("ann")
    assert agents.free("ann", 0.0)


@pytest.mark.parametrize("person", ["ann", "ben"])
def test_who_is_rung_by_somebody_else_is_not_free(person: str) -> None:
    line = Line()
    line.office.note(Ringing("other", 0.0, person, "101", 1))
    assert line.queues.agents.state(person, 0.0) is AgentState.RUNG
