"""Seconds of conversations with the outside: taken before they are used, warned of before they end, given back."""

from __future__ import annotations

import pytest

from engine.call.metering import STEP_SECONDS, WARNED_BEFORE, Meter
from engine.office.outside import Bill, Bounds, OutsideCalls, Purse
from engine.office.standing import Remembered

DAY = "2026-11-26"


def purse(facts: Remembered, limit: float | None = None, name: str = "p", warns_at: float | None = None) -> Purse:
    return Purse(facts, name, DAY, limit, warns_at)


def run(meter: Meter, seconds: float) -> list[tuple[float, str]]:
    """What it tells, and when, while somebody talks for so long."""
    told, now = [], 0.0
    meter.begin(0.0)
    while (wait := meter.wait(now)) is not None and now + wait < seconds:
        now += wait
        notices = meter.step(now)
        told += [(now, notice) for notice in notices]
        if "over" in notices:
            break
    meter.end(min(now, seconds) if told and told[-1][1] == "over" else seconds)
    return told


@pytest.mark.parametrize("limit", [180.0, 150.0, 61.0])
def test_a_tone_a_minute_before_the_end(limit: float) -> None:
    facts = Remembered()
    assert run(Meter((purse(facts, limit),)), 1000.0) == [
        (pytest.approx(limit - WARNED_BEFORE), "warn"),
        (pytest.approx(limit), "over"),
    ]
    assert purse(facts, limit).left == 0.0


def test_who_has_less_than_a_minute_is_warned_at_once() -> None:
    assert run(Meter((purse(Remembered(), 20.0),)), 1000.0) == [(0.0, "warn"), (pytest.approx(20.0), "over")]


def test_the_smallest_purse_counts_and_all_are_charged_alike() -> None:
    facts = Remembered()
    small, large = purse(facts, 90.0, "small"), purse(facts, 900.0, "large")
    assert run(Meter((large, small)), 1000.0)[-1] == (pytest.approx(90.0), "over")
    assert (small.used, large.used) == (90.0, 90.0)


def test_what_is_not_used_is_given_back_and_a_kill_counts_a_minute_too_much_at_most() -> None:
    facts = Remembered()
    assert run(Meter((purse(facts),)), 75.5) == []
    assert purse(facts).used == pytest.approx(75.5)
    killed = Meter((purse(facts, name="killed"),))
    killed.begin(0.0)
    assert purse(facts, name="killed").used == STEP_SECONDS


def test_two_conversations_share_what_there_is() -> None:
    facts = Remembered()
    one, other = Meter((purse(facts, 100.0),)), Meter((purse(facts, 100.0),))
    one.begin(0.0)
    other.begin(0.0)
    assert purse(facts, 100.0).left == 0.0
    assert other.step(40.0)[-1] == "over"
    assert "over" not in one.step(40.0)


def test_a_ceiling_is_told_once_and_ends_nothing() -> None:
    facts = Remembered()
    assert run(Meter((purse(facts, warns_at=100.0),)), 400.0) == [(60.0, "ceiling")]
    assert run(Meter((purse(facts, warns_at=100.0),)), 100.0) == []


def test_no_purse_no_clock() -> None:
    meter = Meter(())
    meter.begin(0.0)
    assert meter.wait(1e9) is None
    meter.end(1e9)


def test_another_day_begins_anew_and_nonsense_counts_as_nothing() -> None:
    facts = Remembered({"outside-seconds/p": f"{DAY} 50.000", "outside-seconds/q": "what", "outside-seconds/r": DAY})
    assert Purse(facts, "p", DAY, 60.0).left == 10.0
    assert Purse(facts, "p", "2026-11-27", 60.0).left == 60.0
    assert [Purse(facts, name, DAY, 60.0).left for name in ("q", "r")] == [60.0, 60.0]


def test_calls_at_a_time_of_a_person_and_of_all() -> None:
    calls = OutsideCalls(Remembered())
    anna = Bill(person="anna", day=DAY, of_person=Bounds(calls=1), of_account=Bounds(calls=2))
    ben = Bill(person="ben", day=DAY, of_account=Bounds(calls=2))
    over = calls.begin(anna)
    assert over is not None
    assert (calls.begin(anna), calls.refusal(anna)) == (None, "calls")
    assert calls.begin(ben) is not None
    assert calls.refusal(ben) == "calls"
    help_ = Bill(person="ben", day=DAY, of_account=Bounds(calls=2), emergency=True)
    assert calls.begin(help_) is not None
    assert calls.purses(help_) == ()
    over()
    assert calls.refusal(anna) == "calls", "the emergency call has the place"


def test_no_minutes_no_call() -> None:
    facts = Remembered({"outside-seconds/person/anna": f"{DAY} 60"})
    calls = OutsideCalls(facts)
    bill = Bill(person="anna", day=DAY, of_person=Bounds(seconds=60.0))
    assert (calls.refusal(bill), calls.begin(bill)) == ("minutes", None)
    assert calls.refusal(Bill(person="ben", day=DAY)) == ""
