"""A call that is over is gone: no reference cycle keeps it in memory until somebody looks for garbage."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from engine.call.live import LiveCall
from engine.call.protocol import KeyPlan, QueuePlan, RingPlan, RingTarget, Silence
from engine.call.script import Phone
from tests.engine.call.exchange import Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def menu_and_ring(call: LiveCall) -> None:
    await call.collect((Silence(0.05),), KeyPlan(frozenset("1"), first_digit=0.05))
    await call.ring(RingPlan.one(RingTarget("orders", "102"), 5.0))


async def menu_and_queue(call: LiveCall) -> None:
    await call.collect((Silence(0.05),), KeyPlan(frozenset("1"), first_digit=0.05))
    agents = (RingTarget("desk", "101", seconds=0.2), RingTarget("orders", "102", seconds=5.0))
    say = lambda position, wait: (Silence(0.05),)  # noqa: E731
    await call.queue(QueuePlan("support", lambda: agents, list, say=say, every=0.05, music=(Silence(),)))


async def one_call(office: Exchange, flow: Callable[[LiveCall], Awaitable[None]]) -> None:
    """From dial to hang-up, and everything of it that the exchange remembers forgotten."""
    office.phones({"101": Phone(), "102": Phone(answers_after=0.05, talks=0.1)})
    caller = await office.call(flow)
    await office.ended()
    await caller.ended
    for kept in (office.events, office.tasks, office.live):
        kept.clear()
    office.ringers.clear()


def ours(found: list[object]) -> list[str]:
    kinds = [f"{type(each).__module__}.{type(each).__qualname__}" for each in found]
    return sorted({kind for kind in kinds if kind.split(".")[0] in ("engine", "sip", "media")})


@pytest.mark.parametrize("flow", [menu_and_ring, menu_and_queue])
async def test_a_call_leaves_no_cycles_behind(office: Exchange, flow: Callable[[LiveCall], Awaitable[None]]) -> None:
    await one_call(office, flow)
    await asyncio.sleep(0.2)
    gc.collect()
    gc.disable()
    try:
        await one_call(office, flow)
        await asyncio.sleep(0.2)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found = ours(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert found == []
