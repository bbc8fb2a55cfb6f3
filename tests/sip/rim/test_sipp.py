"""The user agent against SIPp, which is not ours: calls both ways over UDP and TCP, IPv4 and IPv6."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip.message.values import Uri
from sip.rim.calls import Answered, IncomingCall
from sip.transaction.timers import Timers
from tests.sip.rim.network import ANSWER, HOSTS, Side, soon, until, user_agent

pytestmark = pytest.mark.skipif(shutil.which("sipp") is None, reason="SIPp is not installed (apt package sip-tester)")

CALLS = 20
REGISTER = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="register">
<send retrans="500"><![CDATA[
REGISTER sip:bakery.example SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:u[call_number]@bakery.example>;tag=[call_number]
To: <sip:u[call_number]@bakery.example>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:u[call_number]@[local_ip]:[local_port]>
Expires: 3600
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
"""


def free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def sipp(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """SIPp with its output out of the way; ended when the block is left."""
    process = await asyncio.create_subprocess_exec(
        "sipp",
        *arguments,
        "-nostdin",
        "-timeout",
        "20",
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def from_here(host: str, transport: str) -> tuple[str, ...]:
    return ("-i", host, "-p", str(free_port(host)), "-t", f"{transport[0]}1")


def target(side: Side, transport: str) -> str:
    address = side.at(transport)
    return f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.interop(program="SIPp", feature="Calls to us, UDP and TCP, IPv4 and IPv6")
async def test_sipp_calls(tmp_path: Path, transport: str, host: str) -> None:
    async with user_agent(host, timers=Timers()) as side:
        answering: set[asyncio.Task[bytes | None]] = set()

        def answer(call: IncomingCall) -> None:
            call.ringing()
            answering.add(asyncio.ensure_future(call.answer(ANSWER)))
            side.calls.put_nowait(call)

        side.agent.on_call = answer
        where = from_here(host, transport)
        async with sipp(tmp_path, "-sn", "uac", target(side, transport), *where, "-m", str(CALLS), "-r", "100") as uac:
            assert await soon(uac.wait()) == 0
        for _ in range(CALLS):
            call = side.calls.get_nowait()
            assert (await soon(call.ended)).by == "remote"
            assert call.flow.transport == transport
        assert side.dropped == []


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.interop(program="SIPp", feature="Calls from us, UDP and TCP, IPv4 and IPv6")
async def test_sipp_is_called(tmp_path: Path, transport: str, host: str) -> None:
    async with user_agent(host, timers=Timers()) as side:
        where = from_here(host, transport)
        async with sipp(tmp_path, "-sn", "uas", *where, "-m", "1") as uas:
            port = int(where[3])
            await until(lambda: listens(host, port, transport))
            literal = f"[{host}]" if ":" in host else host
            call = side.call(Uri.parse(f"sip:service@{literal}:{port};transport={transport}"))
            progress: list[int] = []
            call.on_progress = lambda status, _: progress.append(status)
            outcome = await soon(call.outcome)
            assert isinstance(outcome, Answered)
            assert b"m=audio" in (outcome.sdp or b"")
            assert progress == [180]
            call.hang_up()
            await until(lambda: not side.agent.core.busy)
            assert uas.returncode is None
        assert side.dropped == []


def listens(host: str, port: int, transport: str) -> bool:
    """Whether somebody has taken the port."""
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return True
        return False


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.interop(program="SIPp", feature="Registration")
async def test_sipp_registers(tmp_path: Path, transport: str) -> None:
    (tmp_path / "register.xml").write_text(REGISTER)
    async with user_agent(timers=Timers()) as side:
        where = from_here("127.0.0.1", transport)
        script = ("-sf", "register.xml", target(side, transport), *where, "-m", str(CALLS), "-r", "200")
        async with sipp(tmp_path, *script) as phones:
            assert await soon(phones.wait()) == 0
        assert len(side.agent.core.registrar) == CALLS
        assert side.dropped == []
