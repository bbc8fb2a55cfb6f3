"""Calls that can be taken over, and the slots in which they are parked: nobody is left waiting, no slot is lost."""

from __future__ import annotations

import asyncio

import pytest

from engine.call.ring_news import RingNews
from engine.events import Bridged, CallEnded, CallParked, Ringing, RingingEnded, Side, Verdict
from engine.office.office import Office


class Taker:
    def __init__(self) -> None:
        self.let_go_of = 0

    def let_go(self) -> None:
        self.let_go_of += 1


def ended(call: str) -> CallEnded:
    return CallEnded(call, 9.0, Verdict.ABANDONED, Side.CALLER, "", 9.0)


async def test_the_call_that_rings_for_longest_is_found_by_whom_it_rings() -> None:
    office = Office()
    for call, people in (("first", ["anna", "ben"]), ("second", ["ben"])):
        office.waiting.offer(call, f"of {call}", RingNews[Taker]())
        for person in people:
            office.note(Ringing(call, 1.0, person, "", 1))
    found = [office.waiting.ringing(people) for people in (["ben"], ["anna"], ["eva"], [])]
    assert [waiting and waiting.caller for waiting in found] == ["of first", "of first", None, None]
    office.note(RingingEnded("first", 2.0, "ben", "", "declined", 1.0))
    found = [office.waiting.ringing(people) for people in (["ben"], ["anna", "ben"])]
    assert [waiting and waiting.call for waiting in found] == ["second", "first"]


async def test_what_is_no_longer_offered_cannot_be_taken() -> None:
    office, box, taker = Office(), RingNews[Taker](), Taker()
    with office.waiting.offered("call", "caller", box):
        waiting = office.waiting.of("call")
        assert waiting is not None
        assert waiting.box.take(taker)
        assert not waiting.box.take(Taker()), "somebody was sooner"
    assert office.waiting.of("call") is None
    assert office.waiting.of(None) is None
    assert taker.let_go_of == 0, "they are served"


async def test_who_took_a_call_that_breaks_off_is_let_go() -> None:
    office, taker = Office(), Taker()

    def breaks_off() -> None:
        with office.waiting.offered("call", "caller", box := RingNews[Taker]()):
            box.take(taker)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        breaks_off()
    assert taker.let_go_of == 1
    office.waiting.offer("other", "caller", box := RingNews[Taker]())
    box.take(later := Taker())
    office.note(ended("other"))
    assert later.let_go_of == 1
    assert office.waiting.of("other") is None


@pytest.mark.parametrize("event", [Bridged("call", 2.0, "anna", "101"), ended("call")])
def test_a_slot_is_free_again_once_somebody_talks_or_the_call_is_over(event: Bridged | CallEnded) -> None:
    slots = Office().slots
    slots.note(CallParked("call", 1.0, "701", "anna"))
    assert (slots.call_in("701"), slots.free_of(["701", "702"]), slots.free_of(["701"])) == ("call", "702", None)
    slots.note(event)
    slots.note(event)
    assert (slots.call_in("701"), slots.free_of(["701"])) == (None, "701")


def test_a_call_is_in_one_slot_at_most() -> None:
    slots = Office().slots
    slots.note(CallParked("call", 1.0, "701", "anna"))
    slots.note(CallParked("call", 2.0, "702", "anna"))
    assert (slots.call_in("701"), slots.call_in("702")) == (None, "call")
