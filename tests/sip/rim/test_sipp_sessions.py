"""SIPp demands reliable responses, changes early sessions, and has us refresh; and it answers as several phones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sip.dialog import session_timer
from sip.dialog.session_timer import Terms
from sip.message.values import Uri
from sip.rim.calls import Answered, IncomingCall
from sip.testing.parts import ANSWER
from sip.transaction.timers import Timers
from tests.sip.rim.network import soon, until, user_agent
from tests.sip.rim.test_sipp import from_here, listens, pytestmark, sipp, target

__all__ = ["pytestmark"]

SDP = """
v=0
o=sipp 1 {version} IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 40000 RTP/AVP 0
"""


def request(method: str, cseq: int, *headers: str, body: str = "", to: str = "[peer_tag_param]") -> str:
    lines = [
        f"{method} [next_url] SIP/2.0" if to else f"{method} sip:desk@[remote_ip]:[remote_port] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]sipp[call_number]",
        f"To: desk <sip:desk@[remote_ip]:[remote_port]>{to}",
        "Call-ID: [call_id]",
        f"CSeq: {cseq} {method}",
        "Contact: sip:sipp@[local_ip]:[local_port]",
        "Max-Forwards: 70",
        *headers,
        *(["Content-Type: application/sdp"] if body else []),
        "Content-Length: [len]",
    ]
    return '<send retrans="500"><![CDATA[\n' + "\n".join(lines) + "\n" + body + "\n]]></send>\n"


def response(status: str, *headers: str, tag: str = "", body: str = "") -> str:
    lines = [
        f"SIP/2.0 {status}",
        "[last_Via:]",
        "[last_From:]",
        f"[last_To:]{f';tag={tag}' if tag else ''}",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        "Contact: <sip:[local_ip]:[local_port];transport=[transport]>",
        *headers,
        *(["Content-Type: application/sdp"] if body else []),
        "Content-Length: [len]",
    ]
    return "<send><![CDATA[\n" + "\n".join(lines) + "\n" + body + "\n]]></send>\n"


def scenario(*steps: str) -> str:
    return '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="x">\n' + "".join(steps) + "</scenario>\n"


def answers(status: int, **more: str) -> str:
    said = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<recv response="{status}"{said}/>\n'


CALLER = scenario(
    request(
        "INVITE", 1, "Require: 100rel", "Supported: timer", "Session-Expires: 4;refresher=uas", "Allow: INVITE, UPDATE",
        body=SDP.format(version=1), to="",
    ),
    answers(100, optional="true"),
    '<recv response="183" rrs="true"><action><ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" assign_to="1"/>'
    "</action></recv>\n",
    request("PRACK", 2, "RAck: [$1] 1 INVITE"),
    answers(200),
    request("UPDATE", 3, body=SDP.format(version=2)),
    answers(200),
    answers(200, rrs="true"),
    request("ACK", 1).replace(' retrans="500"', ""),
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
    fork("183 Session Progress", "two", body=SDP.format(version=1)),
    fork("199 Early Dialog Terminated", "one"),
    '<pause milliseconds="200"/>\n',
    fork("200 OK", "two", body=SDP.format(version=1)),
    '<recv request="ACK"/>\n',
    fork("200 OK", "three", body=SDP.format(version=1)),
    '<recv request="ACK"/>\n',
    '<recv request="BYE"/>\n',
    response("200 OK"),
    '<recv request="BYE"/>\n',
    response("200 OK"),
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
