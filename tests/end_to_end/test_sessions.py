"""What telephones of others make of reliable responses, early media and session timers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from office import DIALPLAN, GREETING_HZ, MAIN_NUMBER, Office, seconds_dominated, seconds_of
from raw_caller import RawCaller
from sipp import SCENARIOS, needs_sipp, sipp

pytestmark = pytest.mark.end_to_end

DESK_HZ = 850
DESK = "sip:+31201234568@{server}"
CLOSED = DIALPLAN.replace("{menu: welcome}", "{play: greeting.wav, before_answer: yes, then: {hang_up: busy}}", 1)


@pytest.mark.interop(program="pjsua2", feature="Early media of the called phone")
@pytest.mark.interop(program="pjsua2", feature="PRACK (100rel required), as caller and as called phone")
@pytest.mark.interop(program="pjsua2", feature="Session timers required, as caller and as called phone")
async def test_a_phone_is_heard_before_it_answers_by_a_caller_who_demands_all(office: Office, tmp_path: Path) -> None:
    logs = {name: tmp_path / f"{name}.log" for name in ("desk", "caller")}
    desk = await office.phone(
        "101", answer=200, answer_after=1.5, rings_with=183, tone=float(DESK_HZ), strict=True, log=str(logs["desk"])
    )
    heard = tmp_path / "caller.wav"
    caller = await office.outside(tone=1000.0, record=str(heard), strict=True, log=str(logs["caller"]))
    caller.dial(DESK.format(server=office.server))
    early = await caller.wait("media")
    answered = await caller.wait("answered")
    assert answered.at - early.at > 0.5, "the media comes first"
    await asyncio.sleep(0.6)
    caller.hang_up()
    await desk.wait("ended")
    await office.logged("call ended")
    await caller.close()
    assert seconds_of(heard, DESK_HZ) > 1.2, "more than came after the answer"
    for name, log in logs.items():
        text = log.read_text(errors="replace")
        for sign in ("RSeq:", "RAck:", "PRACK sip:", "Session-Expires: 1800;refresher="):
            assert sign in text, f"{name}: {sign}"


@needs_sipp
@pytest.mark.interop(program="SIPp", feature="Early media for a caller without an offer (answered in its PRACK)")
async def test_a_caller_without_an_offer_hears_the_phone_before_it_answers(office: Office) -> None:
    await office.phone("101", answer=200, answer_after=1.5, rings_with=183, tone=float(DESK_HZ))
    with RawCaller(("127.0.0.1", office.port), "") as listener:
        assert await sipp(office, SCENARIOS / "no_offer.xml", *called("+31201234568", listener)) == 0
        heard = listener.heard()
    rung, ended = await office.logged("ringing ended"), await office.logged("call ended")
    assert rung["outcome"] == "answered"
    assert ended["talked"] < 1.0
    assert seconds_dominated(heard / 32768, 8000, DESK_HZ) > 1.8, "more than came after the answer"


@needs_sipp
@pytest.mark.parametrize("office", [{"dialplan": CLOSED}], indirect=True)
async def test_an_announcement_costs_a_caller_without_an_offer_nothing(office: Office) -> None:
    with RawCaller(("127.0.0.1", office.port), "") as listener:
        assert await sipp(office, SCENARIOS / "no_offer.xml", *called(MAIN_NUMBER, listener)) == 0
        heard = listener.heard()
    ended = await office.logged("call ended")
    assert ended["status"] == 486
    assert not [line for line in office.log if line.get("event") == "call answered"]
    assert seconds_dominated(heard / 32768, 8000, GREETING_HZ) > 2.5


def called(number: str, listener: RawCaller) -> tuple[str, ...]:
    return ("-key", "called", number, "-key", "media", str(listener.rtp.getsockname()[1]))


async def test_what_a_stranger_says_of_others_reaches_no_phone(office: Office, tmp_path: Path) -> None:
    """Nobody outside makes our phones answer by themselves, or shows somebody else's number as proven."""
    log = tmp_path / "desk.log"
    desk = await office.phone("101", auto_answer=True, log=str(log))
    with RawCaller(("127.0.0.1", office.port), f"sip:+31201234568@127.0.0.1:{office.port}") as stranger:
        stranger.send(
            "INVITE",
            stranger.sdp(),
            "Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=0",
            "Call-Info: <http://evil.test/a.jpg>;answer-after=0",
            "Answer-Mode: Auto",
            "P-Auto-Answer: normal",
            "P-Asserted-Identity: <sip:+31900000001@evil.test>",
            "Diversion: <sip:+31900000002@evil.test>;reason=unconditional",
            "History-Info: <sip:+31900000003@evil.test>;index=1",
        )
        await desk.wait("incoming")
        await asyncio.sleep(0.3)
        assert not any(event.kind == "answered" for event in desk.events)
        stranger.send("CANCEL", cseq=1, branch=f"z9hG4bK{stranger.call_id}1INVITE")
        await desk.wait("failed", 3)
    text = log.read_text(errors="replace")
    assert "INVITE sip:" in text
    for said in ("Auto-Answer", "Answer-Mode", "answer-after", "alert-autoanswer", "evil.test", "+3190000000"):
        assert said not in text, said
