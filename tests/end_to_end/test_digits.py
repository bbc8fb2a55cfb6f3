"""Digits of phones that send them in odd ways, and of networks that lose them: the log tells what the menu heard."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from office import MAIN_NUMBER, Office
from raw_caller import RawCaller

from media.digits.tones import dual_tone

pytestmark = pytest.mark.end_to_end

EVENTS_AT = "a=rtpmap:{0} telephone-event/8000"


def heard_by(office: Office) -> list[tuple[str, str]]:
    return [(line["digit"], line["method"]) for line in office.log if line.get("event") == "digit heard"]


def caller_of(office: Office) -> RawCaller:
    return RawCaller(("127.0.0.1", office.port), f"sip:{MAIN_NUMBER}@127.0.0.1:{office.port}")


async def test_a_phone_without_events_is_heard_by_its_tones(office: Office) -> None:
    ovens = await office.phone("1035", answer=200)
    with caller_of(office) as caller:
        await caller.call(caller.sdp("0"))
        await caller.quiet(0.3)
        for digit in "1035":
            await caller.speak(dual_tone(digit, 0.08))
            await caller.quiet(0.08)
        await ovens.wait("incoming", 3)
        caller.hang_up()
    assert heard_by(office) == [(digit, "inband") for digit in "1035"]


async def test_tones_mean_nothing_where_the_phone_has_events(office: Office) -> None:
    with caller_of(office) as caller:
        await caller.call(caller.sdp("0 101", EVENTS_AT.format(101)))
        await caller.quiet(0.2)
        await caller.speak(dual_tone("5", 0.2))
        await caller.quiet(0.2)
        caller.hang_up()
        await office.logged("call ended")
    assert heard_by(office) == []


@pytest.mark.parametrize(
    "oddity",
    [
        {"ends": 0},
        {"updates": 1, "ends": 0},
        {"updates": 1, "ends": 1, "marker": False},
        {"twice": True},
        {"marker": False},
    ],
    ids=["ends lost", "all but the first lost", "no marker", "each packet twice", "no marker, all there"],
)
async def test_each_press_counts_once(office: Office, oddity: dict[str, int]) -> None:
    with caller_of(office) as caller:
        await caller.call(caller.sdp("0 101", EVENTS_AT.format(101)))
        await caller.quiet(0.1)
        for digit in (5, 5, 7):
            await caller.event(digit, **oddity)
            await caller.quiet(0.1)
        await office.logged("digit heard", where=lambda line: line["digit"] == "7")
        caller.hang_up()
    assert heard_by(office) == [("5", "rfc4733"), ("5", "rfc4733"), ("7", "rfc4733")]


async def test_a_second_of_nothing_within_a_press_is_still_one_press(office: Office) -> None:
    with caller_of(office) as caller:
        await caller.call(caller.sdp("0 101", EVENTS_AT.format(101)))
        await caller.quiet(0.1)
        began = caller.timestamp + 160
        await caller.event(6, updates=2, ends=0)
        await asyncio.sleep(1.0)
        for _ in range(3):
            caller.send_rtp(caller.packet(bytes((6, 0x8A)) + (9600).to_bytes(2, "big"), 101, timestamp=began))
        caller.timestamp = began + 9600
        await caller.quiet(0.2)
        caller.hang_up()
        await office.logged("call ended")
    assert heard_by(office) == [("6", "rfc4733")]


async def test_events_on_the_payload_number_that_the_phone_chose(office: Office) -> None:
    with caller_of(office) as caller:
        await caller.call(caller.sdp("8 0 110", EVENTS_AT.format(110)))
        await caller.quiet(0.1)
        await caller.event(3, payload_type=110)
        await caller.event(16, payload_type=110)  # hook flash is no digit
        await office.logged("digit heard")
        assert " 110" in caller.messages[-1].split("m=audio")[1].splitlines()[0], "the answer mirrors the number"
        caller.hang_up()
        await office.logged("call ended")
    assert heard_by(office) == [("3", "rfc4733")]


async def test_nobody_else_can_press_keys_in_a_call(office: Office) -> None:
    with caller_of(office) as caller, caller_of(office) as stranger:
        await caller.call(caller.sdp("0 101", EVENTS_AT.format(101)))
        await caller.quiet(0.3)
        stranger.media = caller.media
        stranger.ssrc = caller.ssrc
        await stranger.event(1)
        await caller.quiet(0.3)
        caller.hang_up()
        await office.logged("call ended")
    assert heard_by(office) == []


async def test_the_greeting_comes_in_time_and_whole(office: Office) -> None:
    with caller_of(office) as caller:
        await caller.call(caller.sdp("0"))
        await caller.quiet(1.5)
        sound = caller.heard()
        caller.hang_up()
    assert len(sound) > 1.3 * 8000
    spectrum = np.abs(np.fft.rfft(sound[1600:].astype(float)))
    assert abs(np.fft.rfftfreq(len(sound) - 1600, 1 / 8000)[spectrum.argmax()] - 350) < 3


@pytest.mark.parametrize("presses", ["caller", "callee"])
async def test_a_key_sent_as_info_reaches_the_other_side(office: Office, presses: str) -> None:
    desk = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(f"sip:+31201234568@{office.server}")
    await caller.wait("answered")
    await asyncio.sleep(0.5)
    one, other = (caller, desk) if presses == "caller" else (desk, caller)
    one.press("7", method="info")
    assert (await other.wait("digit")).text == "7"
