"""However a live call ends, it is told once, and nothing of it stays open: legs, sessions, phones, tasks."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.call import forking
from engine.call.live import LiveCall
from engine.call.protocol import (
    Busy,
    Key,
    KeyPlan,
    NoAnswer,
    Recording,
    RingOutcome,
    RingPlan,
    RingTarget,
    Silence,
    Talked,
    Tone,
)
from engine.call.script import Phone
from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallOffered,
    DigitHeard,
    Held,
    Ringing,
    RingingEnded,
    Side,
    Unbridged,
    Verdict,
)
from media.commands import File
from media.plane import MediaPlane
from sip.rim.calls import Answered, Failed
from tests.engine.call.exchange import Exchange, Handset, Ringer, exchange, port_of, sdp
from tests.rtp_ports import rtp_range

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = RingTarget("orders", "102")
NOTHING = sdp(payload="18")
"""Only G.729, which we do not speak."""


async def listen(call: LiveCall) -> None:
    await call.play([Silence(30.0)])


async def ring(call: LiveCall) -> None:
    await call.ring(RingPlan.one(ORDERS, 20.0))


async def answered_ring(call: LiveCall) -> None:
    await call.answer()
    await call.ring(RingPlan.one(ORDERS, 20.0))


async def record(call: LiveCall) -> None:
    await call.record(20.0)


async def outcome_of(call: object) -> Answered | Failed:
    return await asyncio.wait_for(call.outcome, 5)  # type: ignore[attr-defined]


# --- the caller hangs up ----------------------------------------------------------------------------------------------


async def test_the_caller_gives_up_before_anything_happened(office: Exchange) -> None:
    caller = await office.call(lambda call: asyncio.sleep(30))
    await asyncio.sleep(0.05)
    caller.hang_up()
    assert (await outcome_of(caller)) == Failed(487, "Request Terminated")
    ended = await office.ended()
    assert (ended.verdict, ended.by, ended.status) == (Verdict.ABANDONED, Side.CALLER, None)


@pytest.mark.parametrize("flow", [ring, answered_ring])
async def test_the_caller_gives_up_while_it_rings(office: Exchange, flow: object) -> None:
    office.phones({"102": [Ringer(Phone()), Ringer(Phone())]})
    caller = await office.call(flow)  # type: ignore[arg-type]
    await office.happened(Ringing)
    await until_rung(office)
    caller.hang_up()
    ended = await office.ended()
    assert (ended.verdict, ended.by) == (Verdict.ABANDONED, Side.CALLER)
    outcome = await office.happened(RingingEnded)
    assert isinstance(outcome, RingingEnded)
    assert outcome.outcome == "given_up"
    assert [ringer.ended for ringer in office.everyone] == [["remote"], ["remote"]], "no phone rings on"


@pytest.mark.parametrize("flow", [listen, record])
async def test_the_caller_hangs_up_in_an_announcement_or_recording(office: Exchange, flow: object) -> None:
    caller = await office.call(flow)  # type: ignore[arg-type]
    await office.happened(CallAnswered)
    await asyncio.sleep(0.05)
    caller.hang_up()
    ended = await office.ended()
    assert (ended.verdict, ended.by, ended.reason) == (Verdict.ABANDONED, Side.CALLER, "hung up")


async def test_the_caller_hangs_up_while_talking(office: Exchange) -> None:
    office.phones({"102": Phone(answers_after=0.0, talks=30)})
    caller = await office.call(ring)
    await office.happened(Bridged)
    caller.hang_up()
    ended = await office.ended()
    unbridged = await office.happened(Unbridged)
    assert isinstance(unbridged, Unbridged)
    assert (ended.verdict, ended.by, ended.answered_by, unbridged.by) == (
        Verdict.TALKED,
        Side.CALLER,
        "orders",
        Side.CALLER,
    )


async def until_rung(office: Exchange) -> None:
    async with asyncio.timeout(5):
        while not all(ringer.calls for ringer in office.everyone):  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)


# --- the callee -------------------------------------------------------------------------------------------------------


async def test_the_callee_hangs_up(office: Exchange) -> None:
    office.phones({"102": Phone(answers_after=0.05, talks=0.2)})
    caller = await office.call(ring)
    ended = await office.ended()
    assert (ended.verdict, ended.by, ended.answered_by) == (Verdict.TALKED, Side.CALLEE, "orders")
    assert 0.1 < ended.talked < 1.0
    assert (await asyncio.wait_for(caller.ended, 5)).by == "remote"


async def test_the_callee_hangs_up_before_the_caller_is_bridged(office: Exchange) -> None:
    office.phones({"102": Phone(answers_after=0.0, talks=0.0)})
    await office.call(ring)
    ended = await office.ended()
    assert ended.by is Side.CALLEE


@pytest.mark.parametrize("first", ["caller", "callee"])
async def test_hold_is_heard_by_the_other_and_undone(office: Exchange, first: str) -> None:
    office.hold_music = (Tone("busy"),)
    office.phones({"102": Phone(answers_after=0.0, talks=30)})
    caller = await office.call(ring)
    await office.happened(Bridged)
    (callee,) = office.ringers["102"][0].calls
    for direction, version in (("sendonly", 2), ("sendrecv", 3)):
        if first == "caller":
            await caller.reoffer(sdp(direction=direction, version=version))
        else:
            await callee.reoffer(sdp(direction=direction, version=version))
    caller.hang_up()
    await office.ended()
    side = Side.CALLER if first == "caller" else Side.CALLEE
    assert [(event.side, event.on) for event in office.events if isinstance(event, Held)] == [
        (side, True),
        (side, False),
    ]


async def test_several_phones_ring_and_the_first_answer_wins(office: Exchange) -> None:
    slow, quick, other = Ringer(Phone()), Ringer(Phone(answers_after=0.2, talks=0.2)), Ringer(Phone())
    office.phones({"102": [slow, quick, other]})
    await office.call(ring)
    ended = await office.ended()
    assert ended.answered_by == "orders"
    assert (slow.ended, other.ended) == (["remote"], ["remote"])
    assert quick.ended == ["local"]


async def test_two_phones_that_answer_at_once_are_one_conversation(office: Exchange) -> None:
    first, second = (Ringer(Phone(answers_after=0.1, talks=0.5)) for _ in range(2))
    office.phones({"102": [first, second]})
    await office.call(ring)
    await office.ended()
    assert sorted(first.ended + second.ended) == ["local", "remote"], "one talks on and hangs up, one is let go"
    assert [type(event) for event in office.events].count(Bridged) == 1


@pytest.mark.parametrize("answer", [NOTHING, b"v=0\r\nthis is no SDP", sdp(port=0)])
async def test_a_phone_whose_answer_cannot_be_used_is_let_go_and_the_others_ring_on(
    office: Exchange, answer: bytes
) -> None:
    odd, good = Ringer(Phone(answers_after=0.0, talks=5), answer), Ringer(Phone(answers_after=0.3, talks=0.1))
    office.phones({"102": [odd, good]})
    await office.call(ring)
    ended = await office.ended()
    assert (ended.verdict, ended.answered_by) == (Verdict.TALKED, "orders")
    assert odd.ended == ["remote"]
    assert good.ended == ["local"]


async def test_decline_stops_all_phones(office: Exchange) -> None:
    office.phones({"102": [Ringer(Phone(declines_after=0.05)), Ringer(Phone()), Ringer(Phone(answers_after=2.0))]})
    outcomes: list[RingOutcome] = []

    async def flow(call: LiveCall) -> None:
        outcomes.append(await call.ring(RingPlan.one(ORDERS, 20.0)))

    await office.call(flow)
    ended = await office.ended()
    assert [type(outcome).__name__ for outcome in outcomes] == ["Declined"]
    assert ended.seconds < 1.0
    assert (ended.verdict, ended.status) == (Verdict.REFUSED, 480)


async def test_all_busy_is_busy_and_one_busy_is_not(office: Exchange) -> None:
    outcomes: list[RingOutcome] = []

    async def flow(call: LiveCall) -> None:
        outcomes.append(await call.ring(RingPlan.one(ORDERS, 0.5)))

    office.phones({"102": [Ringer(Phone(busy=True)), Ringer(Phone(busy=True))]})
    await office.call(flow)
    await office.ended()
    assert outcomes == [Busy()]


async def test_more_phones_than_may_ring_at_once(office: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.call.ringing.MAX_PHONES", 2)
    office.phones({"102": [Ringer(Phone()) for _ in range(4)]})
    await office.call(lambda call: call.ring(RingPlan.one(ORDERS, 0.2)))
    await office.ended()
    assert [len(ringer.calls) for ringer in office.everyone] == [1, 1, 0, 0]
    assert forking.MAX_PHONES >= 5


async def test_more_phones_of_several_people_than_one_call_may_ring(
    office: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.call.ringing.MAX_RINGING", 3)
    office.phones({extension: [Ringer(Phone()) for _ in range(2)] for extension in ("101", "102", "103")})
    targets = tuple(RingTarget(f"person {extension}", extension) for extension in ("101", "102", "103"))
    await office.call(lambda call: call.ring(RingPlan(targets, 0.2)))
    await office.ended()
    assert [len(ringer.calls) for ringer in office.everyone] == [1, 1, 1, 0, 0, 0]
    assert forking.MAX_RINGING >= forking.MAX_PHONES
    outcomes = [event.outcome for event in office.events if isinstance(event, RingingEnded)]
    assert sorted(outcomes) == ["failed", "no_answer", "no_answer"]
    assert [event.phones for event in office.events if isinstance(event, Ringing)] == [2, 1], "the third has no room"


async def test_nobody_is_rung_for_a_caller_who_cannot_talk(office: Exchange) -> None:
    office.phones({"102": Phone(answers_after=0.0, talks=30)})
    caller = await office.call(ring, NOTHING)
    assert (await outcome_of(caller)) == Failed(488, "Not Acceptable Here")
    ended = await office.ended()
    assert ended.status == 488
    assert office.ringers["102"][0].calls == []
    assert not [event for event in office.events if isinstance(event, Bridged | Unbridged)]


# --- offers that come late or cannot be used --------------------------------------------------------------------------


async def test_an_offer_we_cannot_use_is_refused_with_488(office: Exchange) -> None:
    caller = await office.call(listen, NOTHING)
    assert (await outcome_of(caller)) == Failed(488, "Not Acceptable Here")
    ended = await office.ended()
    assert (ended.verdict, ended.by, ended.status) == (Verdict.REFUSED, Side.SYSTEM, 488)


async def test_a_caller_without_an_offer_gets_ours(office: Exchange) -> None:
    async def flow(call: LiveCall) -> None:
        assert await call.collect([], KeyPlan(frozenset("5"))) == Key("5")

    caller = await office.call(flow, late=True)
    outcome = await outcome_of(caller)
    assert isinstance(outcome, Answered)
    handset = Handset()
    caller.acknowledge(sdp(port=handset.port))
    port = port_of(outcome.sdp or b"")
    for _ in range(20):
        handset.speak(port)
        await asyncio.sleep(0.02)
        if any(isinstance(event, CallAnswered) for event in office.events):
            break
    await asyncio.sleep(0.1)
    handset.speak(port)
    handset.press(port, "5")
    heard = await office.happened(DigitHeard)
    ended = await office.ended()
    handset.close()
    assert isinstance(heard, DigitHeard)
    assert (heard.digit, heard.method) == ("5", "rfc4733")
    assert ended.by is Side.SYSTEM


async def test_a_late_answer_that_cannot_be_used_ends_the_call(office: Exchange) -> None:
    caller = await office.call(listen, late=True)
    assert isinstance(await outcome_of(caller), Answered)
    caller.acknowledge(NOTHING)
    ended = await office.ended()
    assert ended.by is Side.SYSTEM
    assert (await asyncio.wait_for(caller.ended, 5)).by == "remote"


# --- our own fault ----------------------------------------------------------------------------------------------------


async def test_a_flow_that_breaks_before_the_answer_is_500(office: Exchange, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(call: LiveCall) -> None:
        raise RuntimeError("a mistake of ours")

    caller = await office.call(broken)
    outcome = await outcome_of(caller)
    ended = await office.ended()
    assert isinstance(outcome, Failed)
    assert outcome.status == 500
    assert (ended.verdict, ended.status, ended.reason) == (Verdict.FAILED, 500, "internal error")
    assert "a mistake of ours" in caplog.text


@pytest.mark.parametrize("phase", ["answered", "talking"])
async def test_a_flow_that_breaks_after_the_answer_says_goodbye(office: Exchange, phase: str) -> None:
    office.phones({"102": Phone(answers_after=0.0, talks=0.1)})

    async def broken(call: LiveCall) -> None:
        await call.answer()
        if phase == "talking":
            await call.ring(RingPlan.one(ORDERS, 5.0))
        raise RuntimeError("a mistake of ours")

    caller = await office.call(broken)
    ended = await office.ended()
    assert (ended.verdict, ended.status) == (Verdict.FAILED, None)
    assert (await asyncio.wait_for(caller.ended, 5)).by == "remote"


async def test_an_outside_cancellation_is_told_and_passed_on(office: Exchange) -> None:
    caller = await office.call(listen)
    await office.happened(CallAnswered)
    (task,) = office.tasks
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ended = await office.ended()
    assert (ended.by, ended.reason) == (Side.SYSTEM, "shutdown")
    assert (await asyncio.wait_for(caller.ended, 5)).by == "remote"


@pytest.mark.parametrize("flow", [listen, ring, lambda call: asyncio.sleep(30)])
async def test_the_engine_stops(office: Exchange, flow: object) -> None:
    office.phones({"102": Phone()})
    await office.call(flow)  # type: ignore[arg-type]
    await asyncio.sleep(0.1)
    (call,) = office.live
    call.end(Side.SYSTEM, "the phone system was stopped")
    call.end(Side.SYSTEM, "said twice")
    ended = await office.ended()
    assert (ended.by, ended.reason) == (Side.SYSTEM, "the phone system was stopped")


async def test_a_flow_may_clean_up_after_the_caller_has_gone(office: Exchange) -> None:
    cleaned: list[str] = []

    async def tidy(call: LiveCall) -> None:
        try:
            await call.play([Silence(30.0)])
        finally:
            await asyncio.sleep(0.05)
            cleaned.append("done")

    caller = await office.call(tidy)
    await office.happened(CallAnswered)
    caller.hang_up()
    await office.ended()
    assert cleaned == ["done"]


async def test_twenty_calls_at_once_end_each_for_itself(office: Exchange) -> None:
    office.phones({"102": Phone(answers_after=0.05, talks=0.3)})
    office.flow = ring
    callers = [office.dial() for _ in range(20)]
    for caller in callers[::2]:
        asyncio.get_running_loop().call_later(0.1, caller.hang_up)
    async with asyncio.timeout(10):
        while sum(isinstance(event, CallEnded) for event in office.events) < 20:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await office.nothing_left()
    endings = [event for event in office.events if isinstance(event, CallEnded)]
    assert len({event.call for event in endings}) == 20
    assert len([event for event in office.events if isinstance(event, CallOffered)]) == 20
    assert not [session for session in office.agent.core.sessions if session.state.name == "CONFIRMED"]


# --- media lost -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def fragile(tmp_path: Path) -> AsyncIterator[Exchange]:
    """An exchange with a media plane of its own, of two pairs of ports."""
    plane = MediaPlane(ports=rtp_range(4), port_rest=30.0)
    await plane.start()
    async with exchange(plane, tmp_path) as made:
        yield made
    await plane.close()


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("flow", [listen, ring, record])
async def test_a_killed_media_worker_ends_its_calls(fragile: Exchange, flow: object) -> None:
    fragile.phones({"102": Phone(answers_after=0.0, talks=30)})
    caller = await fragile.call(flow)  # type: ignore[arg-type]
    await fragile.happened(Bridged if flow is ring else CallAnswered)
    (pid,) = fragile.plane.pids
    os.kill(pid, signal.SIGKILL)
    ended = await fragile.ended()
    assert (ended.verdict, ended.by, ended.reason) == (Verdict.FAILED, Side.SYSTEM, "the media worker was lost")
    assert (await asyncio.wait_for(caller.ended, 5)).by == "remote"
    assert [ringer.ended for ringer in fragile.everyone if ringer.calls] in ([], [["remote"]])


@pytest.mark.asyncio(loop_scope="function")
async def test_without_ports_a_call_is_refused_with_503(fragile: Exchange) -> None:
    await fragile.call(lambda call: call.ring(RingPlan.one(RingTarget("nobody", "1"), 1.0)))
    await fragile.ended()
    held = [await fragile.plane.open_leg("127.0.0.1") for _ in range(2)]
    seen = len(fragile.events)
    caller = await fragile.call(listen)
    outcome = await outcome_of(caller)
    assert isinstance(outcome, Failed)
    assert outcome.status == 503
    for leg in held:
        await leg.close()
    ended = await fragile.happened(CallEnded, after=seen)
    assert isinstance(ended, CallEnded)
    assert (ended.verdict, ended.status) == (Verdict.FAILED, 503)


@pytest.mark.asyncio(loop_scope="function")
async def test_without_ports_for_the_phones_the_call_goes_its_other_way(fragile: Exchange) -> None:
    held = await fragile.plane.open_leg("127.0.0.1")
    fragile.phones({"102": Phone(answers_after=0.0)})
    outcomes: list[RingOutcome] = []

    async def flow(call: LiveCall) -> None:
        outcomes.append(await call.ring(RingPlan.one(ORDERS, 1.0)))

    await fragile.call(flow)
    await fragile.happened(CallEnded)
    await held.close()
    await fragile.nothing_left()
    assert outcomes == [NoAnswer()]
    assert [event.outcome for event in fragile.events if isinstance(event, RingingEnded)] == ["failed"]


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("silent", ["both", "callee"])
async def test_a_side_that_falls_silent_ends_the_call(fragile: Exchange, silent: str) -> None:
    object.__setattr__(fragile.around, "media_timeout", 0.6)
    fragile.phones({"102": Phone(answers_after=0.0, talks=30)})
    handset, outcomes = Handset(), []

    async def flow(call: LiveCall) -> None:
        outcomes.append(await call.ring(RingPlan.one(ORDERS, 5.0)))

    caller = await fragile.call(flow, sdp(port=handset.port))
    answer = await outcome_of(caller)
    assert isinstance(answer, Answered)
    if silent == "callee":
        for _ in range(200):
            handset.speak(port_of(answer.sdp or b""), 1)
            await asyncio.sleep(0.02)
            if any(isinstance(event, CallEnded) for event in fragile.events):
                break
    ended = await fragile.ended()
    handset.close()
    assert (ended.by, ended.reason, ended.verdict) == (Side.SYSTEM, "no audio from the phone", Verdict.TALKED)
    assert not any(isinstance(outcome, Talked) for outcome in outcomes), "the flow does not go on without audio"


# --- what goes wrong with files ---------------------------------------------------------------------------------------


async def test_a_prompt_that_is_gone_is_told(office: Exchange, caplog: pytest.LogCaptureFixture) -> None:
    await office.call(lambda call: call.play([File("/nowhere/welcome.wav")]))
    await office.ended()
    (told,) = [record for record in caplog.records if "could not be played" in record.getMessage()]
    assert "/nowhere/welcome.wav does not exist" in told.getMessage()
    assert told.__dict__["call"] == office.live[0].id


async def test_where_no_message_can_be_kept_the_call_goes_on(
    office: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    (office.folder / "simulated").write_text("a file in the folder's place")
    recordings: list[Recording] = []

    async def flow(call: LiveCall) -> None:
        recordings.append(await call.record(5.0))

    await office.call(flow)
    assert (await office.ended()).reason != "internal error"
    assert [(each.seconds, each.why, each.spoken) for each in recordings] == [(0.0, "failed", 0.0)]
    assert "could not be recorded" in caplog.text


async def test_the_file_of_a_recording_is_told_before_anything_is_recorded(office: Exchange) -> None:
    told: list[tuple[str, bool]] = []

    async def flow(call: LiveCall) -> None:
        recording = await call.record(0.2, begun=lambda path: told.append((path, os.path.exists(path))))
        assert told == [(recording.path, False)]

    await office.call(flow)
    assert (await office.ended()).reason != "internal error"
    assert len(told) == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_a_recording_nobody_keeps_is_removed(office: Exchange, kept: bool) -> None:
    async def flow(call: LiveCall) -> None:
        await call.record(0.2, keep=lambda recording: kept)

    await office.call(flow)
    await office.ended()
    assert len(list(office.folder.rglob("*.wav"))) == kept


# --- ids, hold --------------------------------------------------------------------------------------------------------


async def test_two_calls_of_one_call_id_have_each_their_own(office: Exchange) -> None:
    for _ in range(2):
        caller = await office.call(listen)
        await outcome_of(caller)
        caller.hang_up()
        await office.nothing_left()
    first, second = office.live
    assert first.id.startswith(f"{first.incoming.id};")
    assert first.id != second.id


async def test_a_callee_who_answers_on_hold_is_told(office: Exchange) -> None:
    ringer = Ringer(Phone(answers_after=0.0, talks=0.4), answer=sdp(direction="sendonly"))
    office.phones({"102": [ringer]})
    await office.call(ring)
    held = await office.happened(Held)
    assert isinstance(held, Held)
    assert (held.side, held.on) == (Side.CALLEE, True)
    await office.ended()


@pytest.mark.asyncio(loop_scope="function")
async def test_a_call_that_both_hold_and_forget_ends(fragile: Exchange) -> None:
    object.__setattr__(fragile.around, "hold_timeout", 0.6)
    fragile.phones({"102": [Ringer(Phone(answers_after=0.0, talks=30), answer=sdp(direction="inactive"))]})
    await fragile.call(ring, sdp(direction="inactive"))
    ended = await fragile.ended()
    assert (ended.by, ended.reason) == (Side.SYSTEM, "no audio from the phone")


async def test_calls_that_go_round_in_circles_end(office: Exchange) -> None:
    ringer = Ringer(Phone(answers_after=0.0, talks=0.2))
    office.phones({"102": [ringer]})
    caller = await office.call(ring)
    await office.ended()
    (rung,) = ringer.calls
    assert rung.request.max_forwards == caller.request.max_forwards - 1
