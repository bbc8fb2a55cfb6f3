"""Phones of every kind talk to each other: baresip, pjsua2, UDP, TCP, IPv4, IPv6, mu-law, A-law, and on hold."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest
from linphone import Linphone, needs_linphone, registering
from office import HOLD_MUSIC_HZ, PASSWORD, Office, free_port, seconds_of

from sip.rim.framing import PING, PONG
from tests.sip.rim.network import until

pytestmark = pytest.mark.end_to_end

DESK = "sip:+31201234568@{server}"
BARESIP = [sys.executable, "-m", "engine.softphone.baresip"]
needs_baresip = pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is not installed")


async def talk(office: Office, caller, callee, seconds: float = 1.5) -> None:  # type: ignore[no-untyped-def]
    """Wait until both are connected, let them talk, and hang up."""
    await caller.wait("answered")
    await callee.wait("answered")
    await asyncio.sleep(seconds)
    caller.hang_up()
    await callee.wait("ended")
    await office.close()


def hear_each_other(folder: Path) -> None:
    assert seconds_of(folder / "caller.wav", 850.0) > 0.9, "the caller hears the desk"
    assert seconds_of(folder / "desk.wav", 1000.0) > 0.9, "the desk hears the caller"


@pytest.mark.parametrize(
    ("caller_settings", "phone_settings"),
    [
        ({"transport": "tcp"}, {"transport": "tcp"}),
        ({"transport": "udp"}, {"transport": "tcp"}),
        ({"codecs": ("PCMU",)}, {"codecs": ("PCMA",)}),
        ({"codecs": ("PCMA",)}, {"codecs": ("PCMU",)}),
    ],
    ids=["tcp", "udp to tcp", "mu-law to A-law", "A-law to mu-law"],
)
@pytest.mark.interop(program="pjsua2", feature="Registration and call over UDP and TCP")
async def test_both_hear_each_other(
    office: Office, tmp_path: Path, caller_settings: dict[str, object], phone_settings: dict[str, object]
) -> None:
    desk = await office.phone("101", answer=200, tone=850.0, record=str(tmp_path / "desk.wav"), **phone_settings)
    caller = await office.outside(tone=1000.0, record=str(tmp_path / "caller.wav"), **caller_settings)
    caller.dial(DESK.format(server=office.server))
    await talk(office, caller, desk)
    hear_each_other(tmp_path)


@needs_baresip
@pytest.mark.parametrize("office", [{"ipv6": True}], indirect=True)
@pytest.mark.parametrize("caller_on", ["::1", "127.0.0.1"])
@pytest.mark.interop(program="baresip", feature="IPv6, and calls between IPv4 and IPv6")
async def test_ipv6_and_mixed_calls(office: Office, tmp_path: Path, caller_on: str) -> None:
    six = f"[::1]:{office.port}"
    desk = await office.phone(
        "101", server=six, local_address="::1", answer=200, tone=850.0, record=str(tmp_path / "desk.wav")
    )
    server = six if caller_on == "::1" else office.server
    caller = await office.outside(
        server=server, local_address=caller_on, tone=1000.0, record=str(tmp_path / "caller.wav")
    )
    caller.dial(DESK.format(server=server))
    await talk(office, caller, desk)
    hear_each_other(tmp_path)


@needs_baresip
@pytest.mark.interop(program="baresip", feature="Registration and call")
@pytest.mark.interop(program="baresip", feature="Hold and resume")
async def test_baresip_is_a_phone_and_holds(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101", command=BARESIP, answer=200, tone=850.0, record=str(tmp_path / "desk.wav"))
    caller = await office.outside(tone=1000.0, record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    caller.press("0")
    await desk.wait("answered")
    await asyncio.sleep(0.8)
    desk.hold()
    await office.logged("held", where=lambda line: line["on"])
    await asyncio.sleep(0.9)
    desk.resume()
    await office.logged("held", where=lambda line: not line["on"])
    await asyncio.sleep(0.8)
    desk.hang_up()
    await caller.wait("ended")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", HOLD_MUSIC_HZ) > 0.5, "music while held"
    assert seconds_of(tmp_path / "caller.wav", 850.0) > 0.9, "the caller hears the desk"
    assert seconds_of(tmp_path / "desk.wav", 1000.0) > 0.4, (
        "the desk hears the caller; baresip records anew after a hold"
    )


class Relay:
    """A TCP port whose connections go on to another, and what went over them, both ways, in pieces as it came."""

    def __init__(self, to: int) -> None:
        self._to = to
        self.up: list[bytes] = []
        self.down: list[bytes] = []
        self.connections = 0

    async def start(self) -> asyncio.Server:
        return await asyncio.start_server(self._take, "127.0.0.1", 0)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there, towards = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_on(reader, towards, self.up))
                group.create_task(self._pass_on(there, writer, self.down))
        finally:
            writer.close()
            towards.close()

    @staticmethod
    async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: list[bytes]) -> None:
        while data := await reader.read(65536):
            kept.append(data)
            writer.write(data)
        writer.close()


def place_of(server: asyncio.Server) -> str:
    return f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@needs_baresip
@needs_linphone
@pytest.mark.interop(
    program="baresip", feature="Outbound (RFC 5626) over TCP without an edge: called over its connection"
)
@pytest.mark.interop(program="linphone", feature="Keep-alive by CRLF over TCP, answered")
async def test_phones_keep_their_own_ways_open_and_are_called_over_them(office: Office, tmp_path: Path) -> None:
    ways = [Relay(office.port), Relay(office.port)]
    async with await ways[0].start() as one, await ways[1].start() as other:
        linphone = Linphone(tmp_path / "linphone", port=free_port(), rtp_port=free_port())
        server = f"<sip:{place_of(other)};transport=tcp>"
        await linphone.start(registering("102", server, PASSWORD, keepalive_period=500))
        try:
            desk = await office.phone(
                "101", command=BARESIP, server=place_of(one), transport="tcp", outbound=True, answer=200
            )
            caller = await office.outside()
            caller.dial(DESK.format(server=office.server))
            await desk.wait("answered")
            caller.hang_up()
            await desk.wait("ended")
            await until(lambda: PING in ways[1].up and PONG in ways[1].down)
            await desk.close()
        finally:
            await linphone.close()
    assert [way.connections for way in ways] == [1, 1], "they were content with what they got"
    said, heard = b"".join(ways[0].up), b"".join(ways[0].down)
    assert b";reg-id=1" in said
    assert b"\r\nRequire: outbound\r\n" in heard
    assert b"\r\nFlow-Timer: 100\r\n" in heard
    assert b"INVITE sip:" in heard


@needs_baresip
@pytest.mark.interop(program="baresip", feature="Keys (telephone-event)")
async def test_baresip_calls_the_menu_and_presses_a_key(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    caller = await office.outside(command=BARESIP)
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(0.5)
    caller.press("0")
    await desk.wait("answered")
    digit = await office.logged("digit heard")
    assert (digit["digit"], digit["method"]) == ("0", "rfc4733")


@pytest.mark.interop(program="pjsua2", feature="Hold and resume")
async def test_hold_is_heard_as_music_and_resume_brings_the_talk_back(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101", answer=200, tone=850.0, record=str(tmp_path / "desk.wav"))
    caller = await office.outside(tone=1000.0, record=str(tmp_path / "caller.wav"))
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    await asyncio.sleep(1.0)
    desk.hold()
    held = await office.logged("held", where=lambda line: line["on"])
    assert held["side"] == "callee"
    await asyncio.sleep(1.5)
    desk.resume()
    await office.logged("held", where=lambda line: not line["on"])
    await asyncio.sleep(1.0)
    caller.hang_up()
    await desk.wait("ended")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", HOLD_MUSIC_HZ) > 1.0, "music while held"
    assert 1.4 < seconds_of(tmp_path / "caller.wav", 850.0) < 2.6, "the desk before and after, not meanwhile"
    assert seconds_of(tmp_path / "desk.wav", 1000.0) > 1.4


async def test_a_phone_without_power_does_not_keep_the_other_waiting(office: Office) -> None:
    await office.stop()
    office.env["BELPLAN_MEDIA_TIMEOUT"] = "2s"
    await office.start()
    desk = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    await asyncio.sleep(0.5)
    await desk.kill()
    await caller.wait("ended", 6)
    ended = await office.logged("call ended")
    assert ended["verdict"] == "talked"
