"""The simulated call by itself: its clock, its caller's ears, its phones, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from engine.call.protocol import (
    Busy,
    Declined,
    DigitPlan,
    Digits,
    File,
    Key,
    KeyPlan,
    NoAnswer,
    NoInput,
    NotRegistered,
    Recording,
    RingPlan,
    RingTarget,
    Silence,
    Talked,
    Tone,
)
from engine.call.script import Phone, Script
from engine.call.simulated import SimulatedCall
from engine.call.simulated_leg import ENDLESS
from engine.call.simulator import Simulator
from engine.call.virtual_time import NothingLeftToHappen, VirtualTimeLoop
from engine.events import (
    CallAnswered,
    CallEnded,
    CallOffered,
    DigitHeard,
    DigitsCollected,
    PromptPlayed,
    Side,
    Unbridged,
    Verdict,
)

WELCOME = File("/sounds/welcome.wav")
PLAN = KeyPlan(keys=frozenset("12"))
ORDERS = RingTarget("orders", "102")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def test_a_year_of_waiting_takes_no_time() -> None:
    loop = VirtualTimeLoop()
    loop.run_until_complete(asyncio.sleep(0.1))
    loop.run_until_complete(asyncio.sleep(365 * 86400))
    assert loop.time() == pytest.approx(365 * 86400 + 0.1)
    loop.close()


def test_waiting_for_what_cannot_happen_is_an_error_and_no_hang() -> None:
    loop = VirtualTimeLoop()
    with pytest.raises(NothingLeftToHappen):
        loop.run_until_complete(loop.create_future())
    loop.close()


def test_a_prompt_is_heard_in_full_and_typed_ahead_keys_are_kept(simulator: Simulator) -> None:
    async def flow(call: SimulatedCall) -> None:
        await call.play([WELCOME, Silence(2.0), Tone("beep")])
        assert await call.collect([WELCOME], PLAN) == Key("2")

    simulation = simulator.run(Script(keys=[(1.0, "2")]), flow)
    assert [(sound.at, sound.what) for sound in simulation.heard] == [
        (0.0, "welcome.wav"),
        (3.0, "silence"),
        (5.0, "beep"),
    ]
    told = [type(event) for event in simulation.events[:5]]
    assert told == [CallOffered, CallAnswered, PromptPlayed, DigitHeard, DigitsCollected]
    assert simulation.events[3].at == pytest.approx(simulation.events[0].at + 1.0), "told late, and when it was pressed"


def test_digits_that_are_secret_are_told_to_nobody_and_those_around_them_are(simulator: Simulator) -> None:
    async def flow(call: SimulatedCall) -> None:
        await call.play([WELCOME])
        assert await call.collect([WELCOME], PLAN) == Key("2")
        assert await call.collect_digits([WELCOME], DigitPlan(4, secret=True)) == Digits("4711")
        assert call.pressed == "2????"
        assert await call.collect([WELCOME], PLAN) == Key("2")
        await call.play([WELCOME])

    ahead = [(0.5, "2"), (1.0, "4"), (1.3, "7"), (3.5, "1"), (3.8, "1")]
    simulation = simulator.run(Script(keys=[*ahead, (5.0, "2"), (6.0, "9")]), flow)
    collected = [event.digits for event in simulation.events if isinstance(event, DigitsCollected)]
    assert collected == ["2", "????", "2"]
    told = [event.digit for event in simulation.events if isinstance(event, DigitHeard)]
    assert told == [*"2????2", "?"], "what nothing asked for may be the beginning of a PIN"


def test_a_key_cuts_the_prompt_and_patience_begins_after_it(simulator: Simulator) -> None:
    async def flow(call: SimulatedCall) -> None:
        assert await call.collect([WELCOME], PLAN) == Key("1")
        assert await call.collect([WELCOME], PLAN) == NoInput()

    simulation = simulator.run(Script(keys=[(1.5, "1")]), flow)
    played = [(event.seconds, event.finished) for event in simulation.events if isinstance(event, PromptPlayed)]
    assert played == [(1.5, False), (3.0, True)]
    assert simulation.ended.seconds == pytest.approx(1.5 + 3.0 + PLAN.first_digit)


@pytest.mark.parametrize(
    ("phone", "outcome", "seconds"),
    [
        (Phone(answers_after=4, talks=6), Talked("orders", 6.0), 10.0),
        (Phone(answers_after=30), NoAnswer(), 20.0),
        (Phone(busy=True), Busy(), 0.0),
        (Phone(declines_after=3), Declined(), 3.0),
        (Phone(), NoAnswer(), 20.0),
        (None, NotRegistered(), 0.0),
    ],
)
def test_phones_do_as_their_script_says(
    simulator: Simulator, phone: Phone | None, outcome: object, seconds: float
) -> None:
    outcomes: list[object] = []

    async def flow(call: SimulatedCall) -> None:
        outcomes.append(await call.ring(RingPlan.one(ORDERS, 20.0)))

    simulation = simulator.run(Script(phones={"102": phone} if phone else {}), flow)
    assert outcomes == [outcome]
    assert simulation.ended.seconds == pytest.approx(seconds)


def test_an_answered_caller_hears_it_ring(simulator: Simulator) -> None:
    async def flow(call: SimulatedCall) -> None:
        await call.ring(RingPlan.one(ORDERS, 5.0))
        await call.answer()
        await call.ring(RingPlan.one(ORDERS, 5.0))

    simulation = simulator.run(Script(phones={"102": Phone()}), flow)
    assert [(sound.what, sound.at, sound.seconds) for sound in simulation.heard] == [("ringback", 5.0, 5.0)]


def test_a_hang_up_cancels_the_flow_and_closes_everything(simulator: Simulator) -> None:
    async def flow(call: SimulatedCall) -> None:
        await call.ring(RingPlan.one(ORDERS, 20.0))
        raise AssertionError("the flow goes on after the hang-up")

    simulation = simulator.run(Script(phones={"102": Phone(answers_after=1)}, hangs_up_at=11), flow)
    (unbridged,) = [event for event in simulation.events if isinstance(event, Unbridged)]
    assert (unbridged.by, unbridged.seconds) == (Side.CALLER, 10.0)
    assert (simulation.ended.by, simulation.ended.verdict) == (Side.CALLER, Verdict.TALKED)
    assert simulation.left_open == ()


@pytest.mark.parametrize(
    ("script", "why", "seconds"),
    [
        (Script(speaks=7.0), "silence", 10.0),
        (Script(speaks=99.0), "limit", 30.0),
        (Script(speaks=99.0, keys=[(5.0, "1"), (8.0, "#")]), "key", 8.0),
        (Script(speaks=99.0, hangs_up_at=9.0), "closed", 9.0),
    ],
)
def test_a_recording_is_kept_however_it_ends(simulator: Simulator, script: Script, why: str, seconds: float) -> None:
    kept: list[Recording] = []

    async def flow(call: SimulatedCall) -> None:
        await call.record(30.0, 3.0, "#", kept.append)

    simulator.run(script, flow)
    (recording,) = kept
    assert (recording.why, recording.seconds) == (why, pytest.approx(seconds))


def test_a_call_that_is_never_answered_is_refused(simulator: Simulator) -> None:
    async def nothing(call: SimulatedCall) -> None:
        return

    async def busy(call: SimulatedCall) -> None:
        await call.hang_up("busy", 486)

    assert simulator.run(Script(), nothing).ended.status == 480
    assert simulator.run(Script(), busy).ended.status == 486


def test_a_caller_who_never_hangs_up_does_so_after_a_day(simulator: Simulator) -> None:
    async def flow(call: SimulatedCall) -> None:
        while True:
            await call.play([WELCOME])

    assert simulator.run(Script(), flow).ended.seconds == pytest.approx(ENDLESS)


def test_what_a_flow_raises_is_raised(simulator: Simulator) -> None:
    async def flow(call: SimulatedCall) -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        simulator.run(Script(), flow)


def test_calls_on_one_clock_begin_each_at_their_own_time(simulator: Simulator) -> None:
    async def flow(call: SimulatedCall) -> None:
        await call.play([WELCOME])

    for begins_at in (1000.0, 5.0):
        events = simulator.run(Script(begins_at=begins_at), flow).events
        assert (events[0].at, events[-1].at) == (begins_at, pytest.approx(begins_at + 3.0))
        assert isinstance(events[-1], CallEnded)
