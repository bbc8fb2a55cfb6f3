"""Several phones at once, on a made-up clock: who wins, what the others are told, and what is said of failures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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
    ring_phones,
)
from engine.call.line import Line
from engine.call.virtual_time import VirtualTimeLoop
from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.message.values import NameAddr, Uri
from sip.registrar import Binding
from sip.rim.calls import Answered, Failed, OutgoingCall
from sip.rim.user_agent import UserAgent
from sip.sdp.answer import NotAcceptable, Refusal


class Ringing:
    """A call of ours whose outcome comes after so many seconds; it notes how it was let go."""

    def __init__(self, after: float, outcome: Answered | Failed) -> None:
        loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[Answered | Failed] = loop.create_future()
        self.let_go: list[tuple[tuple[str, str], ...]] = []
        loop.call_later(after, self._come_to, outcome)

    def _come_to(self, outcome: Answered | Failed) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def hang_up(self, *, headers: Sequence[tuple[str, str]] = ()) -> None:
        if not isinstance(self.outcome.result() if self.outcome.done() else None, Failed):
            self.let_go.append(tuple(headers))


class AnyLine:
    """Takes every answer but those that say how they are bad."""

    def take_answer(self, answer: bytes) -> None:
        if answer == b"unusable":
            raise NotAcceptable(Refusal.NO_COMMON_CODEC)
        if answer == b"":
            raise ProtocolError(400, DropReason.BAD_SDP, "nothing")


ANSWER = Answered(b"v=0")


def rung(
    *phones: tuple[float, Answered | Failed], seconds: float = 20.0, cancel_at: float | None = None
) -> tuple[int | str, float, list[list[tuple[tuple[str, str], ...]]]]:
    """Ring phones that behave so: the winner or the outcome, when, and how each was let go."""
    loop = VirtualTimeLoop()

    async def run() -> tuple[int | str, float, list[Any]]:
        calls = [Ringing(after, outcome) for after, outcome in phones]
        branches = [Branch(cast(Binding, None), cast(OutgoingCall, c), cast(Line, AnyLine())) for c in calls]
        task = loop.create_task(ring_phones(branches, seconds))
        if cancel_at is not None:
            loop.call_later(cancel_at, task.cancel)
        await asyncio.wait({task})
        if task.cancelled():
            return "cancelled", loop.time(), [call.let_go for call in calls]
        result = task.result()
        winner = result if isinstance(result, str) else branches.index(result)
        return winner, round(loop.time(), 3), [call.let_go for call in calls]

    try:
        return loop.run_until_complete(run())
    finally:
        loop.close()


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


def test_no_phones_at_all() -> None:
    assert rung()[:2] == ("no_answer", 0)


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

    def phone(user: str, local: str) -> Binding:
        contact = Uri.parse(f"sip:{user}@10.0.0.9")
        path = (NameAddr.parse("<sip:edge.test;lr>"),)
        return Binding("102@x", contact, Flow("udp", (local, 5060), ("198.51.100.1", 4000)), 9e9, "c", 1, path=path)

    agent, lines = Agent(), {"192.0.2.1": Offering(b"v4"), "2001:db8::1": Offering(b"v6")}
    phones = [phone("a", "192.0.2.1"), phone("b", "2001:db8::1"), phone("c", "192.0.2.1"), phone("d", "192.0.2.99")]
    me = NameAddr.parse("<sip:me@x>")
    branches = place_calls(cast(UserAgent, agent), phones, cast(dict[str, Line], lines), me, max_forwards=69)
    assert [(str(uri), how["offer"], how["flow"]) for uri, how in agent.calls] == [
        (f"sip:{user}@10.0.0.9", offer, each.flow)
        for user, offer, each in zip("abc", (b"v4", b"v6", b"v4"), phones, strict=False)
    ]
    told = (phones[0].path, me, 69)
    assert all((how["routes"], how["from_"], how["max_forwards"]) == told for _, how in agent.calls)
    assert [branch.phone for branch in branches] == phones[:3], "there is no line where the last one registered"
    assert [line.made for line in lines.values()] == [1, 1]
