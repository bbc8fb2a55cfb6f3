"""Several phones at once, on a made-up clock: who wins, what the others are told, and what is said of failures."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any, cast

import pytest

from engine.call.forking import (
    ANSWERED_ELSEWHERE,
    BUSY_STATUSES,
    DECLINED_STATUSES,
    UNREACHABLE_STATUSES,
    Branch,
    Refusals,
    place_calls,
    ring_targets,
)
from engine.call.line import Line
from engine.call.ring_plan import RingPlan, RingTarget, Target
from engine.call.surroundings import Place, Surroundings
from engine.call.virtual_time import VirtualTimeLoop
from sip.flow import Flow
from sip.message.values import NameAddr, Uri
from sip.registrar import Binding
from sip.rim.calls import Answered, Failed
from sip.rim.ways import Hop
from tests.engine.call.rung_phones import (
    ANSWER,
    BUSY,
    DECLINE,
    FIRST,
    ORDERS,
    SECOND,
    TOGETHER,
    Phones,
    Ringing,
    on_a_made_up_clock,
)


def rung(
    *phones: tuple[float, Answered | Failed], seconds: float = 20.0, cancel_at: float | None = None
) -> tuple[int | str, float, list[list[tuple[tuple[str, str], ...]]]]:
    """Ring one person's phones that behave so: the winner or the outcome, when, and how each was let go."""

    async def run(loop: VirtualTimeLoop) -> tuple[int | str, float, list[Any]]:
        ringer = Phones({ORDERS: phones})
        task = loop.create_task(ring_targets(RingPlan.one(ORDERS, seconds), ringer))
        if cancel_at is not None:
            loop.call_later(cancel_at, task.cancel)
        await asyncio.wait({task})
        calls = ringer.rung[ORDERS]
        result = "cancelled" if task.cancelled() else task.result()
        winner = result if isinstance(result, str) else calls.index(cast(Ringing, result.call))
        return winner, round(loop.time(), 3), [call.let_go for call in calls]

    return on_a_made_up_clock(run)


def test_the_first_answer_wins_and_the_others_learn_why() -> None:
    winner, at, let_go = rung((9, ANSWER), (3, ANSWER), (50, ANSWER))
    assert (winner, at) == (1, 3)
    assert let_go == [[(ANSWERED_ELSEWHERE,)], [], [(ANSWERED_ELSEWHERE,)]]


def test_of_two_answers_at_once_one_wins_and_the_other_is_let_go() -> None:
    winner, _, let_go = rung((3, ANSWER), (3, ANSWER))
    assert winner in (0, 1)
    assert sorted(map(len, let_go)) == [0, 1]


@pytest.mark.parametrize("order", list(permutations([Failed(603, ""), ANSWER, Failed(486, "")])))
def test_an_answer_wins_over_a_decline_of_the_same_moment(order: tuple[Answered | Failed, ...]) -> None:
    winner, _, let_go = rung(*((3, outcome) for outcome in order))
    assert winner == order.index(ANSWER)
    assert let_go == [[], [], []], "and is not let go with it"


def test_nobody_answers_in_time() -> None:
    outcome, at, let_go = rung((30, ANSWER), (40, ANSWER))
    assert (outcome, at, let_go) == ("no_answer", 20, [[()], [()]])


def test_a_decline_stops_all_phones() -> None:
    outcome, at, let_go = rung((10, ANSWER), (2, Failed(603, "Decline")))
    assert (outcome, at, let_go) == ("declined", 2, [[()], []])


def test_busy_waits_for_the_others() -> None:
    assert rung((1, Failed(486, "")), (5, ANSWER))[:2] == (1, 5)
    assert rung((1, Failed(486, "")), (5, Failed(486, "")))[:2] == ("busy", 5)


@pytest.mark.parametrize("bad", [b"unusable", b""])
def test_a_phone_we_cannot_talk_with_is_let_go_and_the_others_ring_on(bad: bytes) -> None:
    winner, at, (odd, good) = rung((1, Answered(bad)), (4, ANSWER))
    assert (winner, at, good) == (1, 4, [])
    assert "488" in odd[0][0][1]
    assert rung((1, Answered(None)))[0] == "no_answer"


def test_when_the_caller_gives_up_no_phone_rings_on() -> None:
    outcome, at, let_go = rung((9, ANSWER), (8, ANSWER), (1, Failed(486, "")), cancel_at=2.0)
    assert (outcome, at, let_go) == ("cancelled", 2.0, [[()], [()], []])


# --- several targets --------------------------------------------------------------------------------------------------

Story = list[tuple[float, str, str]]


def told(
    seconds: float, calls: Mapping[Target, Sequence[tuple[float, Answered | Failed]] | str]
) -> tuple[str, Story, dict[str, list[tuple[str, str]]]]:
    """Ring these targets: who won or the outcome, what was told and when, and with what each phone was let go."""

    async def run(loop: VirtualTimeLoop) -> tuple[str, Story, dict[str, list[tuple[str, str]]]]:
        ringer = Phones(calls)
        result = await ring_targets(RingPlan(tuple(calls), seconds), ringer)
        let_go = {t.person: [h for call in rung for hs in call.let_go for h in hs] for t, rung in ringer.rung.items()}
        return result if isinstance(result, str) else result.target.person, ringer.told, let_go

    return on_a_made_up_clock(run)


def test_who_answers_first_of_several_people_wins_and_the_others_phones_learn_why() -> None:
    winner, story, let_go = told(30, {FIRST: [(90, ANSWER), (90, ANSWER)], TOGETHER: [(90, ANSWER), (4, ANSWER)]})
    assert winner == "second"
    assert story == [
        (0, "first", "rings"),
        (0, "second", "rings"),
        (4, "first", "elsewhere"),
        (4, "second", "answered"),
    ]
    assert let_go == {"first": [ANSWERED_ELSEWHERE] * 2, "second": [ANSWERED_ELSEWHERE]}


def test_the_next_rings_when_the_time_of_the_first_is_up() -> None:
    winner, story, let_go = told(30, {FIRST: [(50, ANSWER)], SECOND: [(3, ANSWER)]})
    assert (winner, let_go["first"]) == ("second", [])
    assert story == [
        (0, "first", "rings"),
        (10, "first", "no_answer"),
        (10, "second", "rings"),
        (13, "second", "answered"),
    ]


@pytest.mark.parametrize(
    ("refusal", "told_as"), [(BUSY, "busy"), (DECLINE, "declined"), (Failed(404, ""), "not_registered")]
)
def test_the_next_rings_at_once_when_the_first_does_not_come(refusal: Failed, told_as: str) -> None:
    winner, story, _ = told(30, {FIRST: [(2, refusal)], SECOND: [(3, ANSWER)]})
    assert winner == "second"
    assert story[1:] == [(2, "first", told_as), (2, "second", "rings"), (5, "second", "answered")]


def test_whose_turn_has_moved_up_still_rings_for_their_whole_time() -> None:
    third = RingTarget("third", "103", after=20, seconds=10)
    outcome, story, _ = told(60, {FIRST: "not_registered", SECOND: [(99, ANSWER)], third: [(99, ANSWER)]})
    assert outcome == "no_answer"
    assert story == [
        (0, "first", "not_registered"),
        (0, "second", "rings"),
        (10, "second", "no_answer"),
        (10, "third", "rings"),
        (20, "third", "no_answer"),
    ]


def test_a_decline_ends_only_that_persons_ringing() -> None:
    winner, story, let_go = told(30, {FIRST: [(2, DECLINE), (90, ANSWER)], TOGETHER: [(6, ANSWER)]})
    assert (winner, story[2:]) == ("second", [(2, "first", "declined"), (6, "second", "answered")])
    assert let_go == {"first": [], "second": []}, "told to nobody that somebody answered, as nobody had"


def test_the_whole_ringing_ends_when_its_time_is_up() -> None:
    outcome, story, _ = told(15, {FIRST: [(90, ANSWER)], SECOND: [(7, ANSWER)]})
    assert (outcome, story[-1]) == ("no_answer", (15, "second", "no_answer"))
    outcome, story, _ = told(10, {FIRST: [(90, ANSWER)], SECOND: [(7, ANSWER)]})
    assert (outcome, story[-1]) == ("no_answer", (10, "first", "no_answer")), "nobody begins at the very end"


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ([(1, BUSY)], [(1, BUSY)], "busy"),
        ([(1, BUSY)], "not_registered", "busy"),
        ([(1, BUSY)], [(1, DECLINE)], "declined"),
        ([(1, BUSY)], [(99, ANSWER)], "no_answer"),
        ([(1, DECLINE)], [(99, ANSWER)], "no_answer"),
        ([(1, DECLINE)], "not_registered", "declined"),
        ("not_registered", "not_registered", "not_registered"),
        ("busy", "failed", "busy"),
        ("failed", "not_registered", "failed"),
    ],
)
def test_what_all_come_to_is_the_most_telling_of_them(first: Any, second: Any, outcome: str) -> None:
    assert told(20, {FIRST: first, TOGETHER: second})[0] == outcome
    assert told(20, {FIRST: second, TOGETHER: first})[0] == outcome


def test_nobody_to_ring_at_all() -> None:
    assert told(20, {}) == ("not_registered", [], {})


def test_a_caller_who_gives_up_while_a_target_begins_leaves_nothing_ringing() -> None:
    class Slow(Phones):
        async def begin(self, target: Target) -> list[Branch] | str:
            if target is TOGETHER:
                await asyncio.sleep(5)
            return await super().begin(target)

    async def run(loop: VirtualTimeLoop) -> tuple[Story, list[Any]]:
        ringer = Slow({FIRST: [(90, ANSWER)], TOGETHER: [(90, ANSWER)]})
        task = loop.create_task(ring_targets(RingPlan((FIRST, TOGETHER), 30), ringer))
        loop.call_later(2, task.cancel)
        await asyncio.wait({task})
        assert task.cancelled()
        return ringer.told, [call.let_go for call in ringer.rung[FIRST]]

    story, let_go = on_a_made_up_clock(run)
    assert story == [(0, "first", "rings"), (2, "first", "given_up"), (2, "second", "given_up")]
    assert let_go == [[()]]


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ([486], "busy"),
        ([600], "busy"),
        ([486, 480, 404], "busy"),
        ([408], "no_answer"),
        ([480], "no_answer"),
        ([487], "no_answer"),
        ([488], "no_answer"),
        ([503], "not_registered"),
        ([404, 410], "not_registered"),
        ([503, 408], "no_answer"),
        ([603, 486], "declined"),
        ([500], "no_answer"),
        ([], "no_answer"),
    ],
)
def test_the_most_telling_refusal_is_the_outcome(statuses: list[int], outcome: str) -> None:
    assert Refusals(statuses).outcome() == outcome
    assert not BUSY_STATUSES & DECLINED_STATUSES
    assert not UNREACHABLE_STATUSES & (BUSY_STATUSES | DECLINED_STATUSES)


def test_phones_are_called_where_they_registered_with_the_offer_of_that_address() -> None:
    class Agent:
        def __init__(self) -> None:
            self.calls: list[tuple[Uri, dict[str, Any]]] = []

        def call(self, uri: Uri, **how: Any) -> Ringing:
            self.calls.append((uri, how))
            return cast(Ringing, None)

    class Offering:
        def __init__(self, name: bytes) -> None:
            self.name, self.made = name, 0

        def make_offer(self) -> bytes:
            self.made += 1
            return self.name

        def second_offer(self) -> bytes | None:
            return b"plain " + self.name if b"4" in self.name else None

    def phone(user: str, local: str) -> Binding:
        contact = Uri.parse(f"sip:{user}@10.0.0.9")
        path = (NameAddr.parse("<sip:edge.test;lr>"),)
        return Binding("102@x", contact, Flow("udp", (local, 5060), ("198.51.100.1", 4000)), 9e9, "c", 1, path=path)

    class Around:
        agent = Agent()

        def place(self, flow: Flow, _encryption: str = "") -> Place:
            return Place(flow.local[0], flow.local[0])

    around = Around()
    lines = {Place(own, own): Offering(name) for own, name in (("192.0.2.1", b"v4"), ("2001:db8::1", b"v6"))}
    agent = around.agent
    phones = [phone("a", "192.0.2.1"), phone("b", "2001:db8::1"), phone("c", "192.0.2.1"), phone("d", "192.0.2.99")]
    me = NameAddr.parse("<sip:me@x>")
    second = replace(phones[0], contact=Uri.parse("sip:a2@10.0.0.9"), flow=replace(phones[0].flow, remote=("x", 1)))
    elsewhere = replace(phones[1], contact=Uri.parse("sip:a3@10.0.0.9"))
    devices = [(phones[0], second, elsewhere), *((each,) for each in phones[1:])]
    branches = place_calls(
        cast(Surroundings, around), ORDERS, devices, cast(dict[Place, Line], lines), me, max_forwards=69
    )
    assert [list(how["others"]) for _, how in agent.calls] == [[Hop(second.contact, second.flow, second.path)], [], []]
    assert [(str(uri), how["offer"], how["flow"]) for uri, how in agent.calls] == [
        (f"sip:{user}@10.0.0.9", offer, each.flow)
        for user, offer, each in zip("abc", (b"v4", b"v6", b"v4"), phones, strict=False)
    ]
    assert [how["otherwise"] for _, how in agent.calls] == [b"plain v4", None, b"plain v4"]
    told = (phones[0].path, me, 69)
    assert all((how["routes"], how["from_"], how["max_forwards"]) == told for _, how in agent.calls)
    assert [branch.target for branch in branches] == [ORDERS] * 3, "there is no line where the last one registered"
    assert [line.made for line in lines.values()] == [1, 1]
