"""A live call takes over another: both end however either side goes, and in whichever moment."""

from __future__ import annotations

import asyncio

import pytest

from engine.call.in_call import InCall, ToPark
from engine.call.live import LiveCall
from engine.call.protocol import Caller, Parked, ParkPlan, RingPlan, RingTarget, Silence, Talked, Tone
from engine.call.script import OUTSIDER, Phone
from engine.events import (
    Bridged,
    CallEnded,
    CallEvent,
    CallParked,
    CallPickedUp,
    PickUpEnded,
    Ringing,
    RingingEnded,
    Side,
)
from tests.engine.call.exchange import PARK_CODE, Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = RingTarget("orders", "102")
EVA = Caller("103", "Eva", "eva")


async def rings(call: LiveCall) -> None:
    outcome = await call.ring(RingPlan.one(ORDERS, 9))
    assert isinstance(outcome, Talked)


async def takes(call: LiveCall) -> None:
    await call.answer()
    waiting = call.office.waiting.ringing({"orders"})
    assert waiting is not None
    assert await call.take_over(waiting)


def of(office: Exchange, kind: type[CallEvent]) -> list[CallEvent]:
    return [event for event in office.events if isinstance(event, kind)]


async def settled(office: Exchange) -> tuple[CallEnded, CallEnded]:
    """How both calls ended, the caller's and the one that took it over."""
    async with asyncio.timeout(5):
        while len(of(office, CallEnded)) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await office.nothing_left()
    first, second = office.live
    ends = {end.call: end for end in of(office, CallEnded) if isinstance(end, CallEnded)}
    assert office.around.offices.of("simulated").waiting.of(first.id) is None
    return ends[first.id], ends[second.id]


@pytest.mark.parametrize("who", ["the caller", "who took it"])
async def test_they_talk_until_one_of_them_hangs_up(office: Exchange, who: str) -> None:
    office.phones({"102": Phone()})
    caller = await office.call(rings)
    await office.happened(Ringing)
    office.caller = EVA
    taker = await office.call(takes)
    await office.happened(Bridged)
    (caller if who == "the caller" else taker).hang_up()
    callers, takers = await settled(office)
    (ringing,) = of(office, RingingEnded)
    assert isinstance(ringing, RingingEnded)
    assert ringing.outcome == "elsewhere"
    (picked,), (over,) = of(office, CallPickedUp), of(office, PickUpEnded)
    assert isinstance(picked, CallPickedUp)
    assert isinstance(over, PickUpEnded)
    assert picked.caller == OUTSIDER.number
    by = Side.CALLER if who == "the caller" else Side.CALLEE
    assert (callers.answered_by, callers.by, callers.verdict.value) == ("eva", by, "talked")
    assert (takers.answered_by, takers.verdict.value) == (OUTSIDER.number, "talked")
    assert over.by is takers.by is (Side.CALLEE if who == "the caller" else Side.CALLER)


@pytest.mark.parametrize("who", ["the caller", "who took it", "both"])
async def test_hanging_up_in_the_moment_in_which_it_is_taken(office: Exchange, who: str) -> None:
    async def takes_and_goes(call: LiveCall) -> None:
        await call.answer()
        first, _ = office.live
        waiting = call.office.waiting.ringing({"orders"})
        assert waiting is not None
        loop = asyncio.get_running_loop()
        for leaving in {"the caller": [first], "who took it": [call], "both": [first, call]}[who]:
            loop.call_soon(leaving.end, Side.CALLER, "hung up")
        assert await call.take_over(waiting)

    office.phones({"102": Phone()})
    await office.call(rings)
    await office.happened(Ringing)
    office.caller = EVA
    await office.call(takes_and_goes)
    callers, takers = await settled(office)
    assert takers.verdict.value == "talked"
    assert callers.reason == "hung up"


async def test_only_one_takes_it(office: Exchange) -> None:
    async def takes_late(call: LiveCall) -> None:
        await call.answer()
        waiting = call.office.waiting.ringing({"orders"})
        assert waiting is not None
        assert waiting.box.take(Gone())
        assert not await call.take_over(waiting)
        office.live[0].end(Side.CALLER, "hung up")

    office.phones({"102": Phone()})
    await office.call(rings)
    await office.happened(Ringing)
    await office.call(takes_late)
    await settled(office)
    assert of(office, CallPickedUp) == []


class Gone:
    """Somebody who takes a call."""

    def let_go(self) -> None: ...


async def test_a_slot_is_picked_up_while_its_number_is_still_said(office: Exchange) -> None:
    async def is_parked(call: LiveCall) -> None:
        to_park = ToPark(("701",), (Tone("ringback", "NL"),), (), lambda slot: (Silence(60.0),))
        in_call = InCall({PARK_CODE: to_park})
        outcome = await call.ring(RingPlan((ORDERS,), 9, in_call=in_call))
        assert outcome == Parked("701", "orders")
        assert isinstance(await call.park(ParkPlan(60, 1)), Talked)

    async def dials_the_slot(call: LiveCall) -> None:
        await call.answer()
        waiting = call.office.waiting.of(call.office.slots.call_in("701"))
        assert waiting is not None
        assert await call.take_over(waiting, "701")

    office.phones({"102": Phone(answers_after=0.05, talks=60, parks_after=0.1)})
    caller = await office.call(is_parked)
    await office.happened(CallParked)
    seen = len(office.events)
    office.caller = EVA
    await office.call(dials_the_slot)
    bridged = await office.happened(Bridged, after=seen)
    assert isinstance(bridged, Bridged)
    assert bridged.person == "eva"
    assert office.around.offices.of("simulated").slots.free_of(["701"]) == "701"
    caller.hang_up()
    callers, takers = await settled(office)
    assert (callers.answered_by, takers.by) == ("orders", Side.CALLEE)
