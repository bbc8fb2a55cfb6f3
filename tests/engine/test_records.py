"""One call record of each call's events."""

from __future__ import annotations

from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallOffered,
    DigitHeard,
    NodeEntered,
    RingingEnded,
    Side,
    Unbridged,
    Verdict,
)
from engine.records import MAX_KEYS, MAX_PATH, MAX_RINGS, TRANSFERRED, CallRecorder
from engine.rehearsal.replay import can_be_replayed
from engine.store.records import CallRecord
from engine.transfer_events import CallTransferred


class Kept:
    """What the listener put, newest last."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []

    def put(self, item: CallRecord, /) -> None:
        self.records.append(item)


def test_a_transfer_is_a_step_of_the_path() -> None:
    hears, kept = listener()
    hears(CallOffered("c", 100.0, "bakery", "+31701112233", "+31201234567"))
    hears(NodeEntered("c", 100.5, "ring", "orders"))
    hears(CallTransferred("c", 104.0, "orders", "+31701112233", "103", "blind"))
    hears(NodeEntered("c", 104.1, "ring", "ovens"))
    for _ in range(MAX_PATH):
        hears(CallTransferred("c", 105.0, "ovens", "+31701112233", "102", "blind"))
    hears(CallEnded("c", 111.0, Verdict.TALKED, Side.CALLEE, "hung up", 11.0))
    path = kept.records[-1].path
    assert path[:3] == ("ring:orders", f"{TRANSFERRED}orders to 103", "ring:ovens")
    assert len(path) == MAX_PATH
    assert not can_be_replayed(kept.records[-1])


def listener() -> tuple[CallRecorder, Kept]:
    kept = Kept()
    return CallRecorder(kept), kept


def test_a_call_through_the_menu_to_a_person() -> None:
    hears, kept = listener()
    hears(CallOffered("c", 100.0, "bakery", "+31701112233", "+31201234567"))
    assert kept.records == [CallRecord("c", "bakery", "+31701112233", "+31201234567", 100.0)]
    hears(CallAnswered("c", 100.5))
    hears(NodeEntered("c", 100.5, "menu", "welcome"))
    hears(DigitHeard("c", 102.25, "1", "rfc4733"))
    hears(NodeEntered("c", 102.3, "ring", "orders"))
    hears(RingingEnded("c", 105.0, "orders", "102", "answered", 2.7))
    hears(Bridged("c", 105.0, "orders", "102"))
    under_way = kept.records[-1]
    assert (under_way.answered_by, under_way.verdict) == ("orders", None)
    hears(Unbridged("c", 111.0, "orders", 6.0, Side.CALLEE))
    hears(CallEnded("c", 111.0, Verdict.TALKED, Side.CALLEE, "hung up", 11.0, talked=6.0, answered_by="orders"))
    assert kept.records[-1] == CallRecord(
        id="c",
        account="bakery",
        caller="+31701112233",
        called="+31201234567",
        started_at=100.0,
        answered_at=100.5,
        path=("menu:welcome", "ring:orders"),
        keys=((2.25, "1"),),
        answered_by="orders",
        seconds=11.0,
        talked=6.0,
        verdict="talked",
        ended_by="callee",
        reason="hung up",
        rings=(("orders", "answered", 2.7),),
    )
    assert len(kept.records) == 3


def test_a_refused_call_keeps_its_status() -> None:
    hears, kept = listener()
    hears(CallOffered("c", 1.0, "bakery", "101", "999", person="orders"))
    hears(CallEnded("c", 1.1, Verdict.REFUSED, Side.SYSTEM, "no such number", 0.1, status=404))
    record = kept.records[-1]
    assert (record.person, record.verdict, record.status, record.answered_by) == ("orders", "refused", 404, None)


def test_calls_do_not_mix_and_ended_ones_are_forgotten() -> None:
    hears, kept = listener()
    for call in ("a", "b"):
        hears(CallOffered(call, 1.0, "bakery", call, "1"))
    hears(NodeEntered("a", 2.0, "menu", "welcome"))
    for call in ("a", "b"):
        hears(CallEnded(call, 3.0, Verdict.ABANDONED, Side.CALLER, "hung up", 2.0))
    assert [record.path for record in kept.records[-2:]] == [("menu:welcome",), ()]
    hears(NodeEntered("a", 4.0, "menu", "late"))
    hears(CallEnded("a", 5.0, Verdict.FAILED, Side.SYSTEM, "twice", 4.0))
    assert len(kept.records) == 4


def test_a_caller_who_goes_round_in_circles_fills_no_memory() -> None:
    hears, kept = listener()
    hears(CallOffered("c", 1.0, "bakery", "x", "1"))
    for turn in range(2 * max(MAX_KEYS, MAX_PATH, MAX_RINGS)):
        hears(RingingEnded("c", 1.0 + turn, "orders", "102", "busy", 0.0))
        hears(DigitHeard("c", 1.0 + turn, "9", "info"))
        hears(NodeEntered("c", 1.0 + turn, "menu", "welcome"))
    hears(CallEnded("c", 2.0, Verdict.ABANDONED, Side.CALLER, "hung up", 1.0))
    last = kept.records[-1]
    assert (len(last.keys), len(last.path), len(last.rings)) == (MAX_KEYS, MAX_PATH, MAX_RINGS)
