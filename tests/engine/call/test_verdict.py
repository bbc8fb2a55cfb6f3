"""How a call ended, by what happened in it."""

from __future__ import annotations

import pytest

from engine.call.verdict import Story
from engine.events import (
    Bridged,
    CallAnswered,
    CallEvent,
    ConferenceJoined,
    DigitHeard,
    NodeEntered,
    NodeLeft,
    PromptPlayed,
    Ringing,
    RingingEnded,
    Side,
    Unbridged,
    Verdict,
    VoicemailLeft,
)

C, T = "call", 0.0
ANSWERED = CallAnswered(C, T)
PLAYED = PromptPlayed(C, T, ("welcome.wav",), 3.0, True)
RINGING = Ringing(C, T, "orders", "102", 1)
BRIDGED = Bridged(C, T, "orders", "102")
LEFT = NodeLeft(C, T, "ring", "orders", "answered")
MESSAGE = VoicemailLeft(C, T, "orders", "/m.wav", 4.0, "+31")


def rang(outcome: str) -> CallEvent:
    return RingingEnded(C, T, "orders", "102", outcome, 5.0)


def unbridged(by: Side, seconds: float = 10.0) -> CallEvent:
    return Unbridged(C, T, "orders", seconds, by)


def story(*events: CallEvent) -> Story:
    told = Story()
    for event in events:
        told.note(event)
    return told


@pytest.mark.parametrize(
    ("events", "by", "verdict"),
    [
        ([], Side.CALLER, Verdict.ABANDONED),
        ([], Side.SYSTEM, Verdict.REFUSED),
        ([ANSWERED, PLAYED], Side.SYSTEM, Verdict.SERVED),
        ([ANSWERED, PLAYED], Side.CALLER, Verdict.ABANDONED),
        ([ANSWERED, ConferenceJoined(C, T, "board", 1, False)], Side.CALLER, Verdict.SERVED),
        ([RINGING, rang("given_up")], Side.CALLER, Verdict.ABANDONED),
        ([RINGING, rang("no_answer")], Side.SYSTEM, Verdict.UNANSWERED),
        ([RINGING, rang("busy")], Side.SYSTEM, Verdict.REFUSED),
        ([RINGING, rang("declined")], Side.SYSTEM, Verdict.REFUSED),
        ([RINGING, rang("no_answer"), RINGING, rang("busy")], Side.SYSTEM, Verdict.UNANSWERED),
        ([RINGING, rang("declined"), RINGING, rang("busy")], Side.SYSTEM, Verdict.REFUSED),
        ([rang("not_registered")], Side.SYSTEM, Verdict.REFUSED),
        ([ANSWERED, RINGING, rang("busy")], Side.SYSTEM, Verdict.UNANSWERED),
        ([ANSWERED, rang("not_registered")], Side.SYSTEM, Verdict.UNANSWERED),
        ([ANSWERED, RINGING, rang("no_answer"), MESSAGE], Side.CALLER, Verdict.SERVED),
        ([RINGING, rang("answered"), ANSWERED, BRIDGED, unbridged(Side.CALLEE)], Side.CALLEE, Verdict.TALKED),
        ([RINGING, rang("answered"), ANSWERED, BRIDGED, unbridged(Side.CALLER)], Side.CALLER, Verdict.TALKED),
    ],
)
def test_verdicts(events: list[CallEvent], by: Side, verdict: Verdict) -> None:
    assert story(*events).verdict(by) is verdict


@pytest.mark.parametrize(
    ("events", "by"),
    [
        ([BRIDGED, unbridged(Side.CALLEE)], Side.CALLEE),
        ([BRIDGED, unbridged(Side.CALLEE), LEFT], Side.CALLEE),
        ([BRIDGED, unbridged(Side.CALLER)], Side.SYSTEM),
        ([BRIDGED, unbridged(Side.SYSTEM)], Side.SYSTEM),
        ([BRIDGED, unbridged(Side.CALLEE), LEFT, NodeEntered(C, T, "play", "bye")], Side.SYSTEM),
        ([BRIDGED, unbridged(Side.CALLEE), PLAYED], Side.SYSTEM),
        ([BRIDGED, unbridged(Side.CALLEE), DigitHeard(C, T, "1", "info")], Side.SYSTEM),
        ([], Side.SYSTEM),
    ],
)
def test_whose_doing_it_is_that_a_flow_ends(events: list[CallEvent], by: Side) -> None:
    assert story(*events).ending()[0] is by


def test_the_last_event_sums_up() -> None:
    told = story(ANSWERED, BRIDGED, unbridged(Side.CALLEE, 10.0), BRIDGED, unbridged(Side.CALLER, 5.0))
    ended = told.ended(C, 130.0, started=100.0, by=Side.CALLER, reason="hung up", status=None, failed=False)
    assert (ended.seconds, ended.talked, ended.answered_by) == (30.0, 15.0, "orders")
    assert (ended.verdict, ended.by, ended.reason) == (Verdict.TALKED, Side.CALLER, "hung up")


def test_our_own_fault_is_said_whatever_happened_before() -> None:
    told = story(ANSWERED, BRIDGED, unbridged(Side.SYSTEM))
    ended = told.ended(C, 1.0, started=2.0, by=Side.SYSTEM, reason="x", status=500, failed=True)
    assert (ended.verdict, ended.status) == (Verdict.FAILED, 500)
    assert ended.seconds == 0.0, "a clock that was set back"
