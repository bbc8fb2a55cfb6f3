"""SIP as other programs speak it, well and badly: hand-written messages and SIPp against the running system."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from office import MAIN_NUMBER, PASSWORD, Office
from raw_caller import RawCaller
from sipp import LOADS, needs_sipp, sipp

from tests.rtp_ports import rtp_range

pytestmark = pytest.mark.end_to_end


def caller_of(office: Office, target: str = MAIN_NUMBER) -> RawCaller:
    return RawCaller(("127.0.0.1", office.port), f"sip:{target}@127.0.0.1:{office.port}")


async def test_late_offer_in_the_answer_and_answer_in_the_ack(office: Office) -> None:
    with caller_of(office) as caller:
        caller.send("INVITE")
        assert await caller.final("INVITE") == 200
        assert "m=audio" in caller.messages[-1], "the offer is ours"
        caller.send("ACK", caller.sdp("0"))
        await caller.quiet(0.8)
        assert len(caller.heard()) > 0.5 * 8000, "the greeting is heard"
        caller.hang_up()
        assert await caller.final("BYE") == 200


async def test_a_repeated_invite_is_one_call_and_a_200_comes_until_the_ack(office: Office) -> None:
    with caller_of(office) as caller:
        invite = caller.send("INVITE", caller.sdp())
        caller.repeat(invite)
        assert await caller.final("INVITE") == 200
        caller.repeat(invite)
        again = [await caller.receive(3) for _ in range(3)]
        assert {re.match(r"SIP/2.0 (\d+)", text)[1] for text in again} == {"200"}  # type: ignore[index]
        caller.send("ACK")
        await asyncio.sleep(0.3)
        caller.hang_up()
        await office.logged("call ended")
    assert len([line for line in office.log if line.get("event") == "call offered"]) == 1


async def test_cancel_while_it_rings(office: Office) -> None:
    desk = await office.phone("101")
    with caller_of(office, "+31201234568") as caller:
        caller.send("INVITE", caller.sdp(), branch="z9hG4bKcancelled")
        await desk.wait("incoming")
        caller.send("CANCEL", cseq=1, branch="z9hG4bKcancelled")
        assert await caller.final("CANCEL") == 200
        assert await caller.final("INVITE") == 487
        caller.send("ACK", cseq=1, branch="z9hG4bKcancelled")
    await desk.wait("failed", 2)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((("INVITE", "v=0\r\nm=video 9 RTP/AVP 96\r\n"), ()), 488),
        ((("INVITE", ""), ("Require: teleportation",)), 420),
        ((("BYE", ""), ()), 481),
        ((("INFO", ""), ()), 481),
        ((("PUBLISH", ""), ()), 405),
        ((("OPTIONS", ""), ()), 200),
    ],
    ids=["no audio", "unknown extension", "BYE to no call", "INFO to no call", "unknown method", "OPTIONS"],
)
async def test_refusals_bear_the_right_status(office: Office, words: tuple, status: int) -> None:
    (method, body), headers = words
    with caller_of(office) as caller:
        caller.send(method, body, *headers)
        assert await caller.final(method) == status
        if status == 420:
            assert "Unsupported: teleportation" in caller.messages[-1]
        if status == 405:
            assert re.search(r"^Allow: .*INVITE", caller.messages[-1], re.MULTILINE)


async def test_no_such_number(office: Office) -> None:
    with caller_of(office, "+31209999999") as caller:
        caller.send("INVITE", caller.sdp())
        assert await caller.final("INVITE") in (404, 407)


async def test_rubbish_is_answered_or_ignored_and_calls_go_on(office: Office) -> None:
    with caller_of(office) as caller:
        await caller.call()
        for rubbish in (
            b"\0" * 50,
            b"INVITE sip:x SIP/2.0\r\n\r\n",
            b"\xff" * 1400,
            b"GET / HTTP/1.1\r\n\r\n",
            b"\r\n\r\n",
        ):
            caller.sip.sendto(rubbish, caller.server)
        caller.send("INFO", "Signal=2\r\nDuration=100\r\n", kind="application/dtmf-relay")
        assert await caller.final("INFO") == 200
        caller.hang_up()
        assert await caller.final("BYE") == 200
    digit = await office.logged("digit heard")
    assert (digit["digit"], digit["method"]) == ("2", "info")


@pytest.mark.parametrize("how", [{"direction": "sendonly"}, {"direction": "inactive"}, {"address": "0.0.0.0"}])
async def test_a_caller_on_hold_is_not_ended_and_comes_back(
    office: Office, how: dict[str, str], tmp_path: Path
) -> None:
    desk = await office.phone("101", answer=200, tone=850.0, record=str(tmp_path / "desk.wav"))
    with caller_of(office, "+31201234568") as caller:
        await caller.call()
        await caller.quiet(0.3)
        caller.send("INVITE", caller.sdp(**how))
        assert await caller.final("INVITE") == 200
        assert re.search("^a=(recvonly|inactive)", caller.messages[-1], re.MULTILINE)
        caller.send("ACK")
        await office.logged("held", where=lambda line: line["on"])
        await asyncio.sleep(0.1)  # the media worker is told at the same moment, and a packet may be on its way
        caller.heard()
        await asyncio.sleep(0.4)
        assert len(caller.heard()) == 0, "nothing is sent to whoever holds"
        caller.send("INVITE", caller.sdp())
        assert await caller.final("INVITE") == 200
        caller.send("ACK")
        await office.logged("held", where=lambda line: not line["on"])
        await caller.quiet(0.5)
        assert len(caller.heard()) > 0.3 * 8000
        caller.hang_up()
        await desk.wait("ended")


async def test_update_and_options_within_a_call(office: Office) -> None:
    with caller_of(office) as caller:
        await caller.call()
        caller.send("OPTIONS")
        assert await caller.final("OPTIONS") == 200
        caller.send("UPDATE", caller.sdp())
        assert await caller.final("UPDATE") == 200
        assert "m=audio" in caller.messages[-1]
        caller.hang_up()
        assert await caller.final("BYE") == 200


@needs_sipp
@pytest.mark.parametrize("office", [{"settings": {"BELPLAN_DIGEST": "md5"}}], indirect=True)
@pytest.mark.interop(program="SIPp", feature="Registration with digest")
async def test_sipp_registers_with_digest(office: Office, tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text(f"SEQUENTIAL\n101;[authentication username=101 password={PASSWORD}]\n")
    assert await sipp(office, LOADS / "register.xml", "-inf", str(users), "-m", "5") == 0
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("SEQUENTIAL\n101;[authentication username=101 password=wrong-password]\n")
    assert await sipp(office, LOADS / "register.xml", "-inf", str(wrong)) == 1


@needs_sipp
@pytest.mark.parametrize("transport", ["u1", "t1"])
@pytest.mark.interop(program="SIPp", feature="Twenty calls at once over UDP and TCP")
async def test_twenty_calls_of_sipp_at_once(office: Office, tmp_path: Path, transport: str) -> None:
    ports = tmp_path / "ports.csv"
    low, _ = rtp_range(40)
    ports.write_text("SEQUENTIAL\n" + "".join(f"{low + 2 * number};\n" for number in range(20)))
    assert (
        await sipp(
            office, LOADS / "caller.xml", "-inf", str(ports), "-m", "20", "-r", "20", "-d", "700", "-t", transport
        )
        == 0
    )
    seen = 0
    for _ in range(20):
        ended = await office.logged("call ended", after=seen)
        seen = office.log.index(ended) + 1
        assert ended["by"] == "caller"
