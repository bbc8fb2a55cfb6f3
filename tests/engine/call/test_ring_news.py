"""What reaches a ringing while it goes on: further targets, somebody who takes the call; live and simulated alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from engine.call.forking import ANSWERED_ELSEWHERE, Party, ring_targets
from engine.call.line import Line
from engine.call.ring_news import RingNews
from engine.call.ring_plan import RingPlan, RingTarget, Target
from engine.call.script import Phone, Script
from engine.call.simulated import SimulatedCall
from engine.call.simulated_ringing import SimulatedParty, SimulatedRinging
from engine.call.simulator import Simulator
from engine.call.virtual_time import VirtualTimeLoop
from engine.events import RingingEnded
from sip.rim.calls import OutgoingCall
from tests.engine.call.rung_phones import ANSWER, FIRST, TOGETHER, AnyLine, Phones, Ringing, on_a_made_up_clock

Told = list[tuple[float, str, str]]
PICKED = RingTarget("third", "103")


def live(news_at: float, bring: Callable[[RingNews[Any], Any], object]) -> tuple[str, Told, list[Any]]:
    """FIRST's phone rings and nobody answers, TOGETHER's would after 4 s; ``bring`` news at that second."""

    async def run(loop: VirtualTimeLoop) -> tuple[str, Told, list[Any]]:
        phones = Phones({FIRST: [(90, ANSWER)], TOGETHER: [(4, ANSWER)]})
        news = RingNews[Party]()
        taker = Party(PICKED, cast(OutgoingCall, Ringing(0, ANSWER)), cast(Line, AnyLine()))
        loop.call_later(news_at, bring, news, taker)
        result = await ring_targets(RingPlan((FIRST,), 60), phones, news)
        assert not news.take(taker), "it is over"
        return (
            result if isinstance(result, str) else result.target.person,
            phones.told,
            [call.let_go for call in phones.rung[FIRST]],
        )

    return on_a_made_up_clock(run)


def simulated(news_at: float, bring: Callable[[RingNews[Any], Any], object]) -> tuple[str, Told]:
    async def flow(call: SimulatedCall) -> None:
        news = RingNews[SimulatedParty]()
        call.loop.call_later(news_at, bring, news, SimulatedParty(Phone(), PICKED))
        ringing = SimulatedRinging(call, RingPlan((FIRST,), 60), news)
        outcome = await ringing.run(call.step)
        assert not news.take(SimulatedParty(Phone(), PICKED)), "it is over"
        results.append(outcome if ringing.answered is None else ringing.answered[1].person)

    results: list[str] = []
    with Simulator() as simulator:
        script = Script(phones={"101": Phone(), "102": Phone(answers_after=4)})
        simulation = simulator.run(script, flow)
    ended = [(round(e.at, 3), e.person, e.outcome) for e in simulation.events if isinstance(e, RingingEnded)]
    return results[0], ended


def without_rings(told: Told) -> Told:
    return [each for each in told if each[2] != "rings"]


def test_a_target_that_joins_rings_at_once_and_may_win() -> None:
    def join(news: RingNews[Any], _: Any) -> None:
        news.add(TOGETHER)
        news.add(TOGETHER)

    winner, told, let_go = live(3, join)
    assert winner == "second"
    assert told[1:] == [(3, "second", "rings"), (7, "first", "elsewhere"), (7, "second", "answered")]
    assert let_go == [[(ANSWERED_ELSEWHERE,)]]
    assert simulated(3, join) == (winner, without_rings(told))


def test_who_takes_the_call_wins_and_the_phones_stop() -> None:
    def take(news: RingNews[Any], taker: Any) -> None:
        assert news.take(taker)
        assert not news.take(taker), "once"

    winner, told, let_go = live(3, take)
    assert (winner, let_go) == ("third", [[(ANSWERED_ELSEWHERE,)]])
    assert simulated(3, take) == (winner, without_rings(told))


def test_a_target_that_joins_later_counts_from_then_on() -> None:
    late = RingTarget("second", "102", after=2)

    async def run(loop: VirtualTimeLoop) -> Told:
        phones, news = Phones({FIRST: [(90, ANSWER)], late: [(1, ANSWER)]}), RingNews[Party]()
        loop.call_later(3, news.add, late)
        assert not isinstance(await ring_targets(RingPlan((FIRST,), 60), phones, news), str)
        return phones.told

    assert on_a_made_up_clock(run)[1] == (5, "second", "rings")


@pytest.mark.parametrize("read", [True, False])
async def test_news_is_told_once_and_again_with_the_next(read: bool) -> None:
    news = RingNews[Target]()
    first = news.changed()
    news.add(FIRST)
    assert first.done()
    if read:
        assert news.next_target() is FIRST
        assert news.next_target() is None
    assert news.unread is not read
    assert news.changed().done() is not read
    await asyncio.sleep(0)
