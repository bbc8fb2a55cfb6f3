"""Lamps, messages waiting, presence and texts with programs of others: what they show, and how soon."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from baresip_contacts import BaresipContacts, needs_baresip
from linphone import Linphone, needs_linphone
from office import PASSWORD, Office, free_port

from bench.lamp_keys import Keys

pytestmark = pytest.mark.end_to_end

LAMP_SECONDS = 0.25
"""A lamp is lit so long after the phone rings, on a machine that does other things; docs/lamps.md has the figures."""
DIALPLAN = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101, name: Anna}
  orders: {extension: 102}
  ovens: {extension: 1035}
switches: [night]
parking: {slots: 701-702}
main_number: {voicemail: orders, greeting: {play: hours.wav}}
"""
OFFICE = {"dialplan": DIALPLAN}
MD5 = {"dialplan": DIALPLAN, "settings": {"BELPLAN_DIGEST": "md5"}}
"""SIPp and sipsak give up at an algorithm they do not know."""
TEXT = """\
MESSAGE sip:101@bakery.test SIP/2.0
From: <sip:102@bakery.test>;tag=sak
To: <sip:101@bakery.test>
Call-ID: sak@127.0.0.1
CSeq: 1 MESSAGE
Max-Forwards: 70
Content-Type: text/plain
Content-Length: 11

from sipsak
"""
ANSWER = """<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>"""


@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Presence of colleagues (SUBSCRIBE, PIDF)")
@pytest.mark.interop(program="pjsua2", feature="Messages waiting, on and off, subscribed and unasked")
@pytest.mark.interop(program="pjsua2", feature="Texts (MESSAGE), kept for a phone that is away, over kill -9")
async def test_what_pjsua2_is_told_without_a_call(office: Office) -> None:
    desk = await office.phone("101")
    assert (await _said(desk, "1035", "one")).status == 202
    assert (await _said(desk, "1035", "two")).status == 202
    await office.kill()
    await office.start()
    ovens = await office.phone("1035")
    first = await ovens.wait("text")
    second = await ovens.wait("text", after=ovens.events.index(first) + 1)
    assert [first.text, second.text] == [f'"Anna" <sip:101@bakery.test> {text}' for text in ("one", "two")]
    orders = await office.phone("102", mwi=True)
    also = await office.phone("102")
    assert "Messages-Waiting: no" in (await orders.wait("waiting")).text
    ovens.watch("102")
    await _shows(ovens, "open Online")
    assert (await _said(ovens, "102", "Größe 12?")).status == 200
    assert (await orders.wait("text")).text.endswith("Größe 12?")
    assert (await also.wait("text")).text.endswith("Größe 12?"), "all phones of a person"
    caller = await office.outside(tone=620.0)
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(3.0)
    seen = len(orders.events)
    caller.hang_up()
    told = await orders.wait("waiting", after=seen)
    assert "Messages-Waiting: yes" in told.text
    assert "Voice-Message: 1/0" in told.text
    seen = len(orders.events)
    orders.dial("*97")
    await _shows(ovens, "On the phone")
    await office.logged("mailbox opened")
    await asyncio.sleep(2.0)
    orders.press("3")
    told = await orders.wait("waiting", after=seen)
    assert "Messages-Waiting: no" in told.text, "on when a message is left, off when it is deleted"
    orders.hang_up()
    await _shows(ovens, "open Online", after=2)


def _on_and_off(scenario: str) -> str:
    """The same for a lamp that only knows on and off."""
    early = '<recv request="NOTIFY"><action><ereg regexp="state>early"'
    before, _, after = scenario.partition(early)
    return before + early.replace("early", "confirmed") + after.partition('regexp="state>confirmed"')[2]


async def _said(phone, to: str, text: str):
    seen = len(phone.events)
    phone.say(to, text)
    return await phone.wait("text sent", after=seen)


async def _shows(phone, what: str, after: int = 0) -> None:
    """Wait until the phone shows a contact so."""
    seen = after
    while what not in (event := await phone.wait("contact", after=seen)).text:
        seen = phone.events.index(event) + 1


@pytest.mark.skipif(not (shutil.which("sipp") and shutil.which("sipsak")), reason="SIPp or sipsak is not installed")
@pytest.mark.parametrize("office", [MD5], indirect=True)
@pytest.mark.interop(program="SIPp", feature="Lamps of a phone, a parking slot and a switch (SUBSCRIBE, dialog-info)")
@pytest.mark.interop(program="sipsak", feature="Texts (MESSAGE)")
async def test_lamps_of_a_call_a_slot_and_a_switch(office: Office, tmp_path: Path) -> None:
    scenario = (Path(__file__).parent / "sipp" / "lamp.xml").read_text()
    (tmp_path / "lamp.xml").write_text(scenario.replace("ANSWER", ANSWER).replace("PASSWORD", PASSWORD))
    (tmp_path / "onoff.xml").write_text(_on_and_off((tmp_path / "lamp.xml").read_text()))

    async def watches(number: str, name: str) -> asyncio.subprocess.Process:
        words = ("-sf", name, "-i", "127.0.0.1", "-p", str(free_port()), "-m", "1", "-nostdin", "-timeout", "20")
        return await asyncio.create_subprocess_exec(
            *("sipp", *words, "-s", number, "-auth_uri", f"{number}@bakery.test", office.server),
            cwd=tmp_path,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    sipp = await watches("102", "lamp.xml")
    others = [await watches(number, "onoff.xml") for number in ("701", "*281")]
    desk = await office.phone("101")
    orders = await office.phone("102")
    async with AsyncExitStack() as stack:
        keys = await Keys.open(office.server, "bakery.test")
        stack.callback(keys.close)
        lamp, night, slot = [keys.watch("101", PASSWORD, number) for number in ("102", "*281", "701")]
        await keys.until(lambda: lamp.told and night.told and slot.told)
        desk.dial("102")
        rings = await orders.wait("incoming")
        await keys.until(lambda: lamp.state == "early")
        late = lamp.told[-1][0] - rings.at
        print(f"the lamp is lit {late * 1000:.0f} ms after the phone rings")
        assert late < LAMP_SECONDS
        orders.answer()
        await keys.until(lambda: lamp.state == "confirmed")
        orders.press("*70", ms=80)
        await keys.until(lambda: slot.state == "confirmed" and lamp.state == "terminated")
        assert await asyncio.wait_for(sipp.wait(), 10) == 0, "SIPp has seen each of these states"
        desk.hang_up()
        await keys.until(lambda: slot.state == "terminated")
        desk.dial("*281")
        await keys.until(lambda: night.state == "confirmed")
        await office.command("switch", "night", "off")
        await keys.until(lambda: night.state == "terminated")
        for other in others:
            assert await asyncio.wait_for(other.wait(), 10) == 0, "SIPp has seen the slot and the switch go on and off"
        told = {key: len(key.told) for key in (lamp, night, slot)}
        await office.kill()
        began = time.monotonic()
        await office.start()
        await keys.until(lambda: all(len(key.told) > count for key, count in told.items()))
        print(f"all lamps are right {time.monotonic() - began:.1f} s after a kill -9, the start included")
    (tmp_path / "text.sip").write_text(TEXT)
    sipsak = await asyncio.create_subprocess_exec(
        *("sipsak", "-f", str(tmp_path / "text.sip"), "-u", "102", "-a", PASSWORD, "-H", "127.0.0.1"),
        *("-s", f"sip:101@{office.server}"),
    )
    assert await sipsak.wait() == 0
    assert (await desk.wait("text")).text.endswith("from sipsak")


@needs_baresip
@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="baresip", feature="Presence of a contact, messages waiting, texts; PUBLISH refused")
async def test_baresip_watches_and_writes(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101")
    baresip = BaresipContacts(tmp_path / "baresip", "102", office.server, "sip:101@bakery.test")
    try:
        await baresip.start()
        await baresip.says("MWI for sip:102@bakery.test.*Messages-Waiting: no")
        await baresip.says("Event: presence.*<basic>open</basic>")
        assert (await _said(desk, "102", "hello baresip")).status == 200
        await baresip.says("MESSAGE sip:102.*hello baresip.*SIP/2.0 200 OK")
        baresip.say("hello desk")
        assert (await desk.wait("text")).text.endswith("hello desk")
        await baresip.says("405 Method Not Allowed")
        assert 1 <= baresip.said.count("\nPUBLISH ") <= 2, "one for each state of its own: a 405 and it tries no more"
    finally:
        await baresip.close()


@needs_linphone
@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="linphone", feature="Presence of a contact and texts")
async def test_linphone_watches_and_writes(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101")
    linphone = Linphone(tmp_path / "linphone", port=free_port(), rtp_port=free_port())
    await linphone.start(
        {
            "proxy_0": {
                "reg_proxy": f"<sip:{office.server}>",
                "reg_route": f"<sip:{office.server};lr>",
                "reg_identity": "sip:102@bakery.test",
                "reg_sendregister": 1,
            },
            "sip": {"default_proxy": 0},
            "auth_info_0": {"username": "102", "passwd": PASSWORD, "realm": "bakery.test", "domain": "bakery.test"},
            "friend_0": {"url": "Anna <sip:101@bakery.test>", "pol": "accept", "subscribe": 1},
        }
    )
    try:
        await linphone.registered()
        assert (await _said(desk, "102", "hello linphone")).status == 200
        await linphone.says("Message received from sip:101@bakery.test: hello linphone")
        linphone.tell('chat sip:101@bakery.test "hello desk"')
        assert "hello desk" in (await desk.wait("text")).text
    finally:
        await linphone.close()
    log = (tmp_path / "linphone" / "log").read_text(errors="replace")
    assert 'notified that ["Anna" <sip:101@bakery.test>] has presence [open]' in log
