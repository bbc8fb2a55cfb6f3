"""Test calls: how many ring at a time. What they sound like is heard in tests/end_to_end/test_control.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.control import trial
from engine.control.messages import RefusalReason
from engine.control.trial import MAX_AT_ONCE, NoTestCall, TestCalls
from tests.watched_house import House, opened, settings_in


def calls_of(house: House) -> TestCalls:
    return TestCalls(house.engine.around, lambda: house.engine.router.numbering)


async def test_no_more_test_calls_than_so_many_ring_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = asyncio.Event()

    async def rings(*_: object) -> str:
        await ring.wait()
        return "no_answer"

    monkeypatch.setattr(trial, "_ring", rings)
    monkeypatch.setattr(trial, "MAX_AT_ONCE", 2)
    assert MAX_AT_ONCE > 2
    async with opened(settings_in(tmp_path)) as house:
        calls = calls_of(house)
        under_way = [asyncio.create_task(calls.make("bakery", each, lambda _: None)) for each in ("101", "102")]
        await asyncio.sleep(0)
        with pytest.raises(NoTestCall) as again:
            await calls.make("bakery", "101", lambda _: None)
        assert again.value.reason is RefusalReason.RINGS_ALREADY
        with pytest.raises(NoTestCall) as more:
            await calls.make("bakery", "103", lambda _: None)
        assert more.value.reason is RefusalReason.TOO_MANY_RING
        ring.set()
        assert await asyncio.gather(*under_way) == ["no_answer", "no_answer"]
        assert await calls.make("bakery", "103", lambda _: None) == "no_answer", "and then there is room again"


async def test_a_phone_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path)) as house:
        phone = await house.phone("101")
        phone.close()
        house.phones.clear()
        told: list[int] = []
        outcome = asyncio.create_task(calls_of(house).make("bakery", "101", told.append))
        async with asyncio.timeout(10):
            while not told:  # noqa: ASYNC110 (nothing tells of it)
                await asyncio.sleep(0.01)
        assert told == [1]
        outcome.cancel()
        await asyncio.gather(outcome, return_exceptions=True)
        async with asyncio.timeout(10):
            while house.engine.plane.legs:  # noqa: ASYNC110 (it is told to the media worker, which says when)
                await asyncio.sleep(0.01)
