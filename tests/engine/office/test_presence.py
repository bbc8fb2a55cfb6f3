"""Who is on the phone, told by the events of calls."""

from __future__ import annotations

from engine.events import Bridged, CallEnded, CallOffered, Ringing, RingingEnded, Side, Unbridged, Verdict
from engine.office.presence import Presence


def ended(call: str, at: float) -> CallEnded:
    return CallEnded(call, at, Verdict.TALKED, Side.CALLER, "hung up", 1.0)


def test_who_calls_is_busy_until_their_call_ends() -> None:
    presence = Presence()
    presence.note(CallOffered("c1", 1.0, "bakery", "101", "102", person="front-desk"))
    assert presence.busy("front-desk")
    assert not presence.busy("orders")
    presence.note(ended("c1", 9.0))
    assert not presence.busy("front-desk")
    assert presence.free_since("front-desk") == 9.0


def test_who_answers_is_busy_until_the_talk_ends() -> None:
    presence = Presence()
    presence.note(CallOffered("c1", 1.0, "bakery", "+31701112233", "+31201234567"))
    presence.note(Ringing("c1", 2.0, "orders", "102", 1))
    assert presence.rung("orders")
    assert not presence.busy("orders")
    presence.note(RingingEnded("c1", 3.0, "orders", "102", "answered", 1.0))
    presence.note(Bridged("c1", 3.0, "orders", "102"))
    assert presence.busy("orders")
    assert not presence.rung("orders")
    presence.note(Unbridged("c1", 8.0, "orders", 5.0, Side.CALLEE))
    assert not presence.busy("orders")
    assert presence.free_since("orders") == 8.0


def test_numbers_outside_are_nobodys_presence() -> None:
    presence, number = Presence(), "+31612345678"
    for event in (
        Ringing("c1", 2.0, number, number, 1),
        RingingEnded("c1", 3.0, number, number, "answered", 1.0),
        Bridged("c1", 3.0, number, number),
        Unbridged("c1", 8.0, number, 5.0, Side.CALLEE),
        ended("c1", 9.0),
    ):
        presence.note(event)
        assert not presence.busy(number)
        assert not presence.rung(number)
    assert presence.free_since(number) == 0.0


def test_who_has_two_calls_is_free_after_the_last() -> None:
    presence = Presence()
    for call in ("c1", "c2"):
        presence.note(Bridged(call, 1.0, "orders", "102"))
    presence.note(ended("c1", 2.0))
    assert presence.busy("orders")
    presence.note(ended("c2", 3.0))
    assert not presence.busy("orders")
    assert presence.free_since("orders") == 3.0
    assert presence.free_since("front-desk") == 0.0
