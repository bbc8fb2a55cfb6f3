"""SIPp demands reliable responses, changes early sessions, and has us refresh; and it answers as several phones."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from sip.dialog import session_timer
from sip.dialog.session_timer import Terms
from sip.message.values import Uri
from sip.rim.calls import Answered, IncomingCall, OutgoingCall
from sip.testing.parts import ANSWER
from sip.transaction.timers import Timers
from tests.sip.rim.network import soon, until, user_agent
from tests.sip.rim.test_sipp import from_here, listens, pytestmark, sipp, target
from tests.sipp_messages import acknowledged, answers, pause, request, response, says, scenario, sdp

__all__ = ["pytestmark"]

CALLER = scenario(
    request(
        "INVITE", 1, "Require: 100rel", "Supported: timer", "Session-Expires: 4;refresher=uas", "Allow: INVITE, UPDATE",
        body=sdp(1), to="",
    ),
    answers(100, optional="true"),
    '<recv response="183" rrs="true"><action><ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" assign_to="1"/>'
    "</action></recv>\n",
    request("PRACK", 2, "RAck: [$1] 1 INVITE"),
    answers(200),
    request("UPDATE", 3, body=sdp(2)),
    answers(200),
    answers(200, rrs="true"),
    acknowledged(1),
    '<recv request="UPDATE"/>\n',
    response("200 OK", "Session-Expires: 4;refresher=uac"),
    '<recv request="UPDATE"/>\n',
    response("200 OK", "Session-Expires: 4;refresher=uac"),
    request("BYE", 4),
    answers(200),
)  # fmt: skip


def fork(status: str, tag: str, *, body: str = "") -> str:
    """A response of one of several phones to the INVITE, whatever has come since."""
    said = response(status, body=body).replace("[last_Via:]", "Via:[$1]").replace("[last_CSeq:]", "CSeq: 1 INVITE")
    return said.replace("[last_To:]", f"To: <sip:service@[local_ip]:[local_port]>;tag={tag}")


FORKS = scenario(
    '<recv request="INVITE"><action><ereg regexp=".*" search_in="hdr" header="Via:" assign_to="1"/></action></recv>\n',
    fork("180 Ringing", "one"),
    fork("183 Session Progress", "two", body=sdp(1)),
    fork("199 Early Dialog Terminated", "one"),
    '<pause milliseconds="200"/>\n',
    fork("200 OK", "two", body=sdp(1)),
    '<recv request="ACK"/>\n',
    fork("200 OK", "three", body=sdp(1)),
    '<recv request="ACK"/>\n',
    '<recv request="BYE"/>\n',
    response("200 OK"),
    '<recv request="BYE"/>\n',
    response("200 OK"),
)


GOOD_FOR = 3
"""Seconds, of sessions that one side has to refresh: whoever does so after half of them, the other hangs up after two
thirds. A running Belplan agrees to no less than 90 (RFC 4028 section 4)."""
TIMER = f"Session-Expires: {GOOD_FOR}"


def called_and(answer: str, *then: str) -> str:
    """A phone that answers a call so."""
    invite = says('request="INVITE"', f"{TIMER}\\r", "Supported: [^\\r]*timer", rrs="true").replace(
        "</action>", '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="3"/></action>'
    )
    asked = response("200 OK", "Require: timer", answer, "Allow: INVITE, ACK, BYE, UPDATE", tag="sipp", body=sdp())
    return scenario(invite, asked, '<recv request="ACK"/>\n', *then)


def refresh(cseq: int, *headers: str, called: bool) -> str:
    """An UPDATE that says nothing but that the session goes on."""
    asked = request("UPDATE", cseq, "Supported: timer", *headers)
    if not called:
        return asked
    lines = {"From: ": "From: <sip:service@[local_ip]:[local_port]>;tag=sipp", "To: ": "To:[$3]"}
    return "\n".join(next((new for old, new in lines.items() if row.startswith(old)), row) for row in asked.split("\n"))


ENDED = '<recv request="BYE"/>\n' + response("200 OK")
REFRESHED_BY_US = called_and(
    f"{TIMER};refresher=uac",
    *(2 * (says('request="UPDATE"', f"{TIMER};refresher=uac"), response("200 OK", f"{TIMER};refresher=uac"))),
    '<recv request="BYE"/>\n',
    response("200 OK"),
)
REFRESHED_BY_WHO_IS_CALLED = called_and(
    f"{TIMER};refresher=uas",
    pause(1.0),
    refresh(1, f"{TIMER};refresher=uac", called=True),
    says('response="200"', f"{TIMER};refresher=uac"),
    ENDED,
)
REFRESHED_BY_WHO_CALLS = scenario(
    request("INVITE", 1, "Supported: timer", f"{TIMER};refresher=uac", body=sdp(), to=""),
    answers(100, optional="true"),
    says('response="200"', f"{TIMER};refresher=uac", "Require: timer", rrs="true"),
    acknowledged(1),
    pause(1.0),
    refresh(2, f"{TIMER};refresher=uac", called=False),
    says('response="200"', f"{TIMER};refresher=uac"),
    ENDED,
)


@pytest.mark.interop(program="SIPp", feature="PRACK, UPDATE before the answer, refreshes by us")
async def test_sipp_demands_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_timer, "LEAST_SECONDS", 2)
    (tmp_path / "caller.xml").write_text(CALLER)
    async with user_agent(timers=Timers()) as side:
        terms = side.agent.core.config.terms = side.agent.core.calls.terms = Terms(4, 2)
        offers: list[bytes | None] = []
        tasks: set[asyncio.Task[None]] = set()

        async def answer(call: IncomingCall) -> None:
            call.ringing(183, ANSWER)
            await until(lambda: bool(offers))
            await call.answer(ANSWER)

        def take(call: IncomingCall) -> None:
            call.on_offer = lambda offer: offers.append(offer) or ANSWER  # type: ignore[func-returns-value]
            side.calls.put_nowait(call)
            tasks.add(asyncio.ensure_future(answer(call)))

        side.agent.on_call = take
        where = from_here("127.0.0.1", "udp")
        script = ("-sf", "caller.xml", target(side, "udp"), *where, "-m", "1")
        async with sipp(tmp_path, *script) as caller:
            assert await asyncio.wait_for(caller.wait(), 15) == 0
        assert (await soon(side.calls.get_nowait().ended)).by == "remote"
        assert len(offers) == 1
        assert terms.interval == 4
        assert side.dropped == []


@pytest.mark.interop(program="SIPp", feature="One call answered by two phones of a fork; 199")
async def test_sipp_answers_as_several_phones(tmp_path: Path) -> None:
    (tmp_path / "forks.xml").write_text(FORKS)
    async with user_agent(timers=Timers()) as side:
        where = from_here("127.0.0.1", "udp")
        async with sipp(tmp_path, "-sf", "forks.xml", *where, "-m", "1") as phones:
            port = int(where[3])
            await until(lambda: listens("127.0.0.1", port, "udp"))
            call = side.call(Uri.parse(f"sip:service@127.0.0.1:{port}"))
            heard: list[tuple[int, int]] = []
            call.on_progress = lambda status, _: heard.append((status, call.phones))
            assert isinstance(await soon(call.outcome), Answered)
            assert heard == [(180, 1), (183, 2), (199, 1)]
            await asyncio.sleep(0.2)
            call.hang_up()
            assert await asyncio.wait_for(phones.wait(), 5) == 0
        assert side.dropped == []


@pytest.mark.interop(
    program="SIPp", feature="Session timers: refreshed by us and by SIPp, as UAC and UAS, and ended if not"
)
async def test_a_session_lasts_as_long_as_somebody_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_timer, "LEAST_SECONDS", 2)
    async with user_agent(timers=Timers()) as side, contextlib.AsyncExitStack() as stack:
        side.agent.core.config.terms = side.agent.core.calls.terms = Terms(GOOD_FOR, 2)

        async def called_by_us(name: str, script: str) -> tuple[OutgoingCall, asyncio.subprocess.Process]:
            (tmp_path / f"{name}.xml").write_text(script)
            where = from_here("127.0.0.1", "udp")
            peer = await stack.enter_async_context(sipp(tmp_path, "-sf", f"{name}.xml", *where, "-m", "1"))
            await until(lambda: listens("127.0.0.1", int(where[3]), "udp"))
            call = side.call(Uri.parse(f"sip:service@127.0.0.1:{where[3]}"))
            assert isinstance(await soon(call.outcome), Answered)
            return call, peer

        begun = asyncio.get_running_loop().time()
        kept, ours = await called_by_us("ours", REFRESHED_BY_US)
        given_up, theirs = await called_by_us("theirs", REFRESHED_BY_WHO_IS_CALLED)
        (tmp_path / "caller.xml").write_text(REFRESHED_BY_WHO_CALLS)
        words = ("-sf", "caller.xml", target(side, "udp"), *from_here("127.0.0.1", "udp"), "-m", "1")
        caller = await stack.enter_async_context(sipp(tmp_path, *words))
        taken = await side.next_call()
        await taken.answer(ANSWER)
        assert [(await soon(call.ended)).by for call in (given_up, taken)] == ["timeout", "timeout"]
        assert asyncio.get_running_loop().time() - begun > 1.0 + GOOD_FOR / 2, "it was refreshed"
        await asyncio.sleep(begun + GOOD_FOR + 0.3 - asyncio.get_running_loop().time())
        assert not kept.ended.done()
        kept.hang_up()
        assert [await soon(peer.wait()) for peer in (ours, theirs, caller)] == [0, 0, 0]
        assert side.dropped == []
