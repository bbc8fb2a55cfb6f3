"""Waiting in a queue, several callers at once: who is served when, by whom, and what everybody hears meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.call.protocol import Call, Caller, File, QueuePlan, RingTarget
from engine.call.queue_plan import ANSWERED, FULL, NOBODY, TOO_LONG
from engine.call.script import Phone, Script, Simulation
from engine.call.simulator import Simulator
from engine.call.talking import AGENT_AUDIO_SECONDS
from engine.events import (
    Bridged,
    CallEnded,
    CallEvent,
    PromptPlayed,
    QueueAnnounced,
    QueueJoined,
    QueueLeft,
    Ringing,
    RingingEnded,
    Side,
    Unbridged,
    Verdict,
)
from engine.office.office import Office

MUSIC, POSITION, ADVERT = File("music.wav"), File("position.wav"), File("advert.wav")
PEOPLE = {"ann": "101", "ben": "102", "eva": "103"}
EACH, REST, WRAP_UP = 5.0, 20.0, 10.0
QUICK = Phone(answers_after=2, talks=30)


@dataclass
class Watched(Office):
    """An office that keeps all events of its calls, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[CallEvent] = []

    def note(self, event: CallEvent) -> None:
        self.events.append(event)
        super().note(event)


@dataclass
class Came:
    """Somebody who calls: when, and what they do."""

    at: float = 0.0
    priority: int = 0
    hangs_up_at: float | None = None
    keys: Sequence[tuple[float, str]] = ()
    phones: Mapping[str, Phone] | None = None
    queue: str = "support"
    begins_at: float = field(init=False, default=0.0)


class Support:
    """A queue and its callers; the flow hangs up with what came of the wait."""

    def __init__(self, phones: Mapping[str, Phone | None], **plan: Any) -> None:
        self.office = Watched()
        self.phones = {PEOPLE[name]: phone for name, phone in phones.items() if phone is not None}
        self.agents = [RingTarget(name, PEOPLE[name], seconds=EACH) for name in phones]
        facts = {"rest": REST, "wrap_up": WRAP_UP, "patience": 300.0, "music": (MUSIC,), "keys": frozenset("9")}
        self.plan = facts | plan
        self.outcomes: dict[str, str] = {}

    def flow(self, came: Came) -> Callable[[Call], Awaitable[object]]:
        async def wait(call: Call) -> None:
            self.outcomes[came_id(came)] = await call.queue(
                QueuePlan(came.queue, lambda: self.agents, list, priority=came.priority, **self.plan)
            )

        return wait

    def serve(self, *everybody: Came) -> list[Simulation]:
        """All these calls, each its own flow; what became of them in their order."""
        calls = []
        for number, came in enumerate(everybody):
            script = Script(
                caller=Caller(f"+3161234{number:04}"),
                called=str(number),
                begins_at=1e9 + came.at,
                keys=came.keys,
                phones=self.phones,
                hangs_up_at=came.hangs_up_at,
                office=self.office,
            )
            calls.append((came.at, script))
        by_number = {str(number): came for number, came in enumerate(everybody)}
        with Simulator(lambda sound: 3.0) as simulator:

            async def flow(call: Call) -> None:
                await self.flow(by_number[call.called])(call)

            went = simulator.run_together(calls, flow)
        assert all(simulation.left_open == () for simulation in went)
        return went

    def outcome(self, came: Came) -> str | None:
        return self.outcomes.get(came_id(came))


def came_id(came: Came) -> str:
    return str(id(came))


def at(simulation: Simulation, kind: type[CallEvent]) -> list[float]:
    """When events of a kind happened, in seconds after the call was offered."""
    return [round(event.at - simulation.events[0].at, 3) for event in simulation.events if isinstance(event, kind)]


def left(simulation: Simulation) -> list[str]:
    return [event.why for event in simulation.events if isinstance(event, QueueLeft)]


def rung(simulation: Simulation) -> list[tuple[float, str]]:
    start = simulation.events[0].at
    return [(round(event.at - start, 3), event.person) for event in simulation.events if isinstance(event, Ringing)]


# --- being served -----------------------------------------------------------------------------------------------------


def test_a_free_agent_is_rung_at_once_and_the_music_stops_when_they_answer() -> None:
    support = Support({"ann": QUICK})
    (went,) = support.serve(Came())
    assert rung(went) == [(0, "ann")]
    assert (at(went, Bridged), left(went), went.ended.verdict) == ([2.0], ["served"], Verdict.TALKED)
    assert [(one.at, one.what, one.seconds) for one in went.heard] == [(0, "music.wav", 2.0)]


def test_the_next_one_is_served_when_the_agent_has_wrapped_up() -> None:
    support = Support({"ann": QUICK})
    _, second, third = support.serve(Came(), Came(at=1), Came(at=2))
    assert [rung(one)[0][0] for one in (second, third)] == [2 + 30 + WRAP_UP - 1, 2 * (2 + 30 + WRAP_UP) - 2]
    assert [event.position for event in third.events if isinstance(event, QueueJoined)] == [2]


def test_agents_are_rung_one_after_the_other_for_the_first_one_alone() -> None:
    support = Support({"ann": Phone(), "ben": Phone(), "eva": QUICK})
    first, second = support.serve(Came(), Came(at=1))
    assert rung(first) == [(0, "ann"), (EACH, "ben"), (2 * EACH, "eva")]
    assert rung(second)[:2] == [(REST + EACH - 1, "ann"), (REST + 2 * EACH - 1, "ben")]
    eva = next(moment for moment, person in rung(second) if person == "eva")
    assert eva >= 2 * EACH + 2 + 30 + WRAP_UP - 1, "she has to finish first"


def test_all_ring_together_and_who_becomes_free_joins_in() -> None:
    support = Support(
        {"ann": Phone(answers_after=1, talks=3), "ben": Phone(), "eva": Phone()}, together=True, wrap_up=1.0
    )
    first, second = support.serve(Came(), Came(at=1.5))
    assert rung(first) == [(0, "ann"), (0, "ben"), (0, "eva")]
    assert rung(second)[:3] == [(0, "ben"), (0, "eva"), (1 + 3 + 1 - 1.5, "ann")]
    assert at(second, Bridged) == [1 + 3 + 1 + 1 - 1.5]


def test_who_becomes_free_as_the_last_phone_stops_ringing_is_rung_and_does_not_rest() -> None:
    support = Support({"ann": Phone(declines_after=3), "ben": Phone(answers_after=4, talks=5)}, together=True)
    support.office.note(Bridged("another", 0.0, "ben", "102"))
    original = support.flow

    def flow(came: Came) -> Callable[[Call], Awaitable[object]]:
        async def talk(_: Call) -> None:
            await asyncio.sleep(3)
            support.office.note(Unbridged("another", 0.0, "ben", 3.0, Side.CALLER))

        return talk if came.queue == "another" else original(came)

    support.flow = flow  # type: ignore[method-assign]
    went, _ = support.serve(Came(), Came(queue="another"))
    assert rung(went) == [(0, "ann"), (3, "ben")]


def test_a_higher_priority_is_served_first_and_takes_over_what_rings() -> None:
    support = Support({"ann": Phone(answers_after=4, talks=10)})
    usual, urgent = support.serve(Came(), Came(at=2, priority=5))
    assert rung(urgent) == [(0, "ann")]
    assert rung(usual) == [(0, "ann"), (2 + 4 + 10 + WRAP_UP, "ann")]
    assert [event.outcome for event in usual.events if isinstance(event, RingingEnded)] == ["given_up", "answered"]
    assert at(urgent, Bridged) == [4.0]


def test_of_two_queues_with_one_agent_the_one_that_goes_before_is_served_first() -> None:
    support = Support({"ann": QUICK}, patience=200.0)
    plans = {"support": 0, "emergency": 3}
    everybody = [Came(), Came(at=1), Came(at=2, queue="emergency")]
    original = support.flow

    def flow(came: Came) -> Callable[[Call], Awaitable[object]]:
        support.plan["precedence"] = plans[came.queue]
        return original(came)

    support.flow = flow  # type: ignore[method-assign]
    _, second, emergency = support.serve(*everybody)
    assert emergency.events[0].at + at(emergency, Bridged)[0] < second.events[0].at + at(second, Bridged)[0]


def test_a_key_at_the_moment_an_agent_answers_ends_nothing_while_others_go_before() -> None:
    """Their agent answers, and they have left the line, while they let those go before who do."""
    support = Support({"ann": Phone(answers_after=2, talks=30), "eva": Phone()})
    ann, eva = support.agents

    def flow(came: Came) -> Callable[[Call], Awaitable[object]]:
        agents, precedence = ([eva], 3) if came.queue == "emergency" else ([ann], 0)

        async def wait(call: Call) -> None:
            plan = QueuePlan(came.queue, lambda: agents, list, precedence=precedence, **support.plan)
            support.outcomes[came_id(came)] = await call.queue(plan)

        return wait

    support.flow = flow  # type: ignore[method-assign]
    talker = Came(keys=[(2.0, "5")])
    _, talked = support.serve(Came(queue="emergency", hangs_up_at=50), talker)
    assert support.outcome(talker) == ANSWERED
    assert (left(talked), at(talked, Bridged), talked.ended.verdict) == (["served"], [2.0], Verdict.TALKED)


# --- agents' phones that fail -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "after"), [(Phone(declines_after=1), 1.0), (Phone(busy=True), 0.0), (Phone(fails=True), 0.0)]
)
def test_a_phone_that_does_not_take_the_call_rests_and_the_next_one_rings(phone: Phone, after: float) -> None:
    support = Support({"ann": phone, "ben": Phone(answers_after=60)})
    (went,) = support.serve(Came(hangs_up_at=50))
    assert rung(went) == [
        *[(0, "ann"), (after, "ben")],
        *[(after + REST, "ann"), (after + EACH + REST, "ben")],
        *([(2 * (after + REST), "ann")] if 2 * (after + REST) < 50 else []),
    ]
    assert went.ended.verdict is Verdict.ABANDONED


def test_a_phone_without_sound_gives_the_caller_back_to_the_head_of_the_line() -> None:
    support = Support({"ann": Phone(answers_after=1, silent=True), "ben": Phone(answers_after=1, talks=5)})
    (first,) = support.serve(Came())
    assert [event.person for event in first.events if isinstance(event, Bridged)] == ["ann", "ben"]
    assert at(first, QueueJoined) == [0, 1 + AGENT_AUDIO_SECONDS]
    assert left(first) == ["served", "served"]
    talked = [event for event in first.events if isinstance(event, Unbridged)]
    assert (talked[0].seconds, talked[0].by) == (AGENT_AUDIO_SECONDS, Side.SYSTEM)
    assert (first.ended.answered_by, first.ended.by) == ("ben", Side.CALLEE)


def test_the_caller_who_comes_back_goes_before_those_who_came_later() -> None:
    support = Support(
        {"ann": Phone(answers_after=1, silent=True), "ben": Phone(answers_after=15, talks=20)}, rest=100.0
    )
    support.agents = [support.agents[0], RingTarget("ben", "102", seconds=30.0)]
    first, second = support.serve(Came(), Came(at=2))
    assert rung(second)[0] == (0, "ben")
    assert rung(first) == [(0, "ann"), (1 + AGENT_AUDIO_SECONDS, "ben")]
    assert at(first, Bridged) == [1.0, 1 + AGENT_AUDIO_SECONDS + 15]
    assert second.events[0].at + at(second, Bridged)[0] > first.ended.at


def test_who_hangs_up_after_the_agents_phone_failed_was_not_served() -> None:
    support = Support({"ann": Phone(answers_after=1, silent=True)})
    (went,) = support.serve(Came(hangs_up_at=15))
    assert (left(went), went.ended.verdict) == (["served", "gone"], Verdict.ABANDONED)


# --- leaving ----------------------------------------------------------------------------------------------------------


def test_a_key_leaves_at_once_also_while_agents_ring() -> None:
    support = Support({"ann": Phone()})
    came = Came(keys=[(2.0, "1"), (3.0, "9")])
    (went,) = support.serve(came)
    assert (support.outcome(came), left(went), at(went, QueueLeft)) == ("9", ["key"], [3.0])
    assert [event.outcome for event in went.events if isinstance(event, RingingEnded)] == ["given_up"]
    assert went.ended.at == went.events[0].at + 3.0


def test_patience_ends_and_the_next_one_is_the_first() -> None:
    support = Support({"ann": Phone(answers_after=1, talks=100)}, patience=30.0)
    callers = [Came(), Came(at=1), Came(at=5)]
    _, second, third = support.serve(*callers)
    assert [support.outcome(came) for came in callers] == [ANSWERED, TOO_LONG, TOO_LONG]
    assert (at(second, QueueLeft), at(third, QueueLeft)) == ([30.0], [30.0])
    assert second.ended.verdict is Verdict.UNANSWERED


def test_no_more_than_may_wait_come_in_and_nobody_else_is_answered_for_it() -> None:
    support = Support({"ann": Phone(answers_after=1, talks=20)}, most=1)
    callers = [Came(), Came(at=5), Came(at=6)]
    *_, third = support.serve(*callers)
    assert [support.outcome(came) for came in callers] == [ANSWERED, ANSWERED, FULL]
    assert third.ended.verdict is Verdict.REFUSED


def test_nobody_with_a_phone_means_nobody() -> None:
    support = Support({"ann": None})
    came = Came()
    (went,) = support.serve(came)
    assert (support.outcome(came), went.ended.verdict) == (NOBODY, Verdict.REFUSED)
    support = Support({"ann": None}, needs_agents=False, patience=20.0)
    came = Came()
    (went,) = support.serve(came)
    assert (support.outcome(came), rung(went)) == (TOO_LONG, [])


def test_all_leave_when_the_last_agent_signs_out() -> None:
    support = Support({"ann": Phone(answers_after=1, talks=100)})
    callers = [Came(), Came(at=1), Came(at=2)]
    original = support.flow

    def flow(came: Came) -> Callable[[Call], Awaitable[object]]:
        async def signs_out(call: Call) -> None:
            support.agents = []
            support.office.queues.tell_all()

        return original(came) if came in callers else signs_out

    support.flow = flow  # type: ignore[method-assign]
    _, second, third, _ = support.serve(*callers, Came(at=10))
    assert (at(second, QueueLeft), left(second), at(third, QueueLeft)) == ([9.0], ["nobody"], [8.0])


# --- what callers hear ------------------------------------------------------------------------------------------------


def test_position_and_messages_interrupt_the_music_which_goes_on_where_it_was() -> None:
    says: list[tuple[int, float | None]] = []

    def say(position: int, wait: float | None) -> tuple[File, ...]:
        says.append((position, wait))
        return (POSITION,)

    support = Support({"ann": Phone(answers_after=2, talks=18)}, say=say, messages=((ADVERT,),), every=10.0)
    _, second, third = support.serve(Came(), Came(at=1), Came(at=3))
    assert says[:2] == [(2, None), (2, 4.0)], "nobody had been served before the first, who stood there 2 s"
    names = [(one.at, one.what, one.seconds) for one in second.heard]
    assert names[:6] == [
        (0, "position.wav", 3.0),
        *[(3, "music.wav", 3.0), (6, "music.wav", 3.0), (9, "music.wav", 3.0), (12, "music.wav", 1.0)],
        (13, "position.wav", 3.0),
    ]
    assert names[6:8] == [(16, "advert.wav", 3.0), (19, "music.wav", 2.0)], "the rest of what was interrupted"
    assert any(isinstance(event, PromptPlayed) and event.finished for event in second.events)
    positions = [event.position for event in third.events if isinstance(event, QueueAnnounced)]
    assert positions == sorted(positions, reverse=True)


# --- any callers, any agents ------------------------------------------------------------------------------------------

SECONDS = st.integers(0, 60).map(float)
PHONES = st.one_of(
    st.builds(
        Phone, answers_after=st.integers(0, 7).map(float), talks=st.integers(0, 40).map(float), silent=st.booleans()
    ),
    st.builds(Phone, declines_after=st.integers(0, 7).map(float)),
    st.sampled_from([Phone(), Phone(busy=True), Phone(fails=True), None]),
)
CALLERS = st.lists(
    st.builds(
        Came,
        at=SECONDS,
        priority=st.integers(0, 2),
        hangs_up_at=st.one_of(st.none(), SECONDS),
        keys=st.lists(st.tuples(SECONDS, st.sampled_from("129")), max_size=1),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=400, deadline=None)
@given(
    callers=CALLERS,
    phones=st.fixed_dictionaries(dict.fromkeys(PEOPLE, PHONES)),
    together=st.booleans(),
    pauses=st.tuples(st.integers(1, 30).map(float), st.integers(0, 20).map(float)),
    most=st.integers(1, 7),
)
def test_whatever_callers_and_phones_do_all_are_served_in_order_and_end_in_one_way(
    callers: list[Came],
    phones: dict[str, Phone | None],
    together: bool,
    pauses: tuple[float, float],
    most: int,
) -> None:
    rest, wrap_up = pauses
    support = Support(phones, together=together, rest=rest, wrap_up=wrap_up, most=most, patience=90.0)
    went = support.serve(*callers)
    assert_in_order(support.office.events, {one.events[0].call: came for one, came in zip(went, callers, strict=True)})
    assert_agents_have_their_pauses(support.office.events, rest, wrap_up)
    for one, came in zip(went, callers, strict=True):
        hung_up = one.ended.by is Side.CALLER
        assert hung_up or support.outcome(came) is not None
        joined, gone = at(one, QueueJoined), [event for event in one.events if isinstance(event, QueueLeft)]
        assert len(joined) == len(gone)
        assert [event.why for event in gone[:-1]] == ["served"] * len(gone[:-1]), "back after a phone without sound"
        assert sum(isinstance(event, CallEnded) for event in one.events) == 1
    assert support.office.queues.waiting("support") == 0
    assert not any(support.office.queues.agents.offered(one.events[0].call) for one in went)


def assert_in_order(events: Sequence[CallEvent], callers: Mapping[str, Came]) -> None:
    """Nobody is connected, and for nobody it rings, while somebody stands in line who goes before them."""
    came: dict[str, int] = {}
    in_line: set[str] = set()
    for event in events:
        if isinstance(event, QueueJoined):
            came.setdefault(event.call, len(came))
            in_line.add(event.call)
        elif isinstance(event, QueueLeft):
            in_line.discard(event.call)
            if event.why != "served":
                continue
        if isinstance(event, Ringing) or (isinstance(event, QueueLeft) and event.why == "served"):
            mine = -callers[event.call].priority, came[event.call]
            before = [one for one in in_line if (-callers[one].priority, came[one]) < mine]
            assert not before, f"{event} while {before} wait"


def assert_agents_have_their_pauses(events: Sequence[CallEvent], rest: float, wrap_up: float) -> None:
    """No agent is rung twice at once, nor while they talk, nor before they have rested or wrapped up."""
    rung: dict[str, str] = {}
    talking: dict[str, str] = {}
    free_at: dict[str, float] = {}
    for event in events:
        match event:
            case Ringing(call=call, person=person, at=now):
                assert person not in rung
                assert person not in talking
                assert now >= free_at.get(person, 0.0) - 1e-3
                rung[person] = call
            case RingingEnded(call=call, person=person, outcome=outcome, at=now):
                assert rung.pop(person) == call
                if outcome in ("no_answer", "declined", "busy"):
                    free_at[person] = now + rest
            case Bridged(call=call, person=person):
                talking[person] = call
            case Unbridged(person=person, by=by, at=now):
                del talking[person]
                free_at[person] = now + (rest if by is Side.SYSTEM else wrap_up)
            case _:
                pass
