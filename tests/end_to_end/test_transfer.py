"""Transfers with real phones, each with a tone of its own: who hears whom at each stage, and who gets the call back."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from linphone import Linphone, needs_linphone, registering
from office import (
    HOLD_MUSIC_HZ,
    MAIN_NUMBER,
    PASSWORD,
    RINGBACK_NL_HZ,
    Office,
    elapsed,
    free_port,
    seconds_of,
    write_tone,
)
from sipp import SCENARIOS, needs_sipp, sipp

from engine.softphone.phone import Softphone
from sip.credentials import Credentials
from sip.message.replaces import Replaces
from sip.message.values import NameAddr, Uri
from tests.engine.call.exchange import sdp, user_agent

pytestmark = pytest.mark.end_to_end

CALLER_HZ, ORDERS_HZ, DESK_HZ, OVENS_HZ = 2250.0, 2700.0, 1750.0, 900.0

DIALPLAN = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test,
          hold_music: {play: hold.wav}}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101, ring_time: 5s}
  orders: {extension: 102, ring_time: 5s}
  ovens: {extension: 1035, ring_time: 5s}
main_number: {ring: orders}
"""
OFFICE = {"dialplan": DIALPLAN}
BRIEF = {"dialplan": DIALPLAN.replace("1035, ring_time: 5s", "1035, ring_time: 1s")}
MD5 = {"dialplan": DIALPLAN, "settings": {"BELPLAN_DIGEST": "md5"}}
"""What SIPp up to 3.6 understands."""
TWO_WORKERS = {"dialplan": DIALPLAN, "settings": {"BELPLAN_MEDIA_WORKERS": "2"}}


BARESIP = [sys.executable, "-m", "engine.softphone.baresip"]
needs_baresip = pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is not installed")


async def told(phone: Softphone, status: int) -> None:
    """Until a phone is told this of its transfer."""
    seen = 0
    while (event := await phone.wait("transfer", after=seen)).status != status:
        seen = phone.events.index(event) + 1


@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Blind transfer (REFER)")
async def test_a_called_phone_transfers_blind_and_gets_back_whom_nobody_takes(
    office: Office, tmp_path: Path, recorded: Callable[[str], str]
) -> None:
    orders = await office.phone("102", answer=200, tone=ORDERS_HZ, record=recorded("orders"))
    desk = await office.phone("101", tone=DESK_HZ, record=recorded("desk"), log=str(tmp_path / "desk.log"))
    await office.phone("1035", answer=486)
    caller = await office.outside(tone=CALLER_HZ, record=recorded("caller"))
    caller.dial(f"sip:{MAIN_NUMBER}@{office.server}")
    await orders.wait("answered")
    await asyncio.sleep(0.8)

    orders.transfer("1035")
    gone = await office.logged("transfer returned")
    assert (gone["by"], gone["to"]) == ("orders", "1035")
    await office.logged("bridged", after=office.log.index(gone))
    await told(orders, 486)
    await asyncio.sleep(0.8)

    seen, heard = len(office.log), len(orders.events)
    orders.transfer("101")
    transferred = await office.logged("call transferred", after=seen)
    assert (transferred["by"], transferred["who"], transferred["to"]) == ("orders", "+31701112233", "101")
    await desk.wait("incoming")
    await asyncio.sleep(0.8)
    desk.answer()
    await desk.wait("answered")
    await orders.wait("ended", after=heard)
    assert [event.status for event in orders.events[heard:] if event.kind == "transfer"][-2:] == [180, 200]
    await asyncio.sleep(0.8)
    caller.hang_up()
    await desk.wait("ended")
    over = await office.logged("call ended")
    assert (over["verdict"], over["answered_by"]) == ("talked", "orders")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", ORDERS_HZ) > 1.2, "before, and after it was given back"
    assert seconds_of(tmp_path / "caller.wav", RINGBACK_NL_HZ) > 0.5
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.6
    assert seconds_of(tmp_path / "desk.wav", CALLER_HZ) > 0.6
    assert "Referred-By: <sip:102@bakery.test>" in (tmp_path / "desk.log").read_text(errors="replace")


@pytest.mark.parametrize("office", [BRIEF], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Blind and attended transfer by star codes, and back if nobody answers")
async def test_a_phone_without_a_key_transfers_by_code(
    office: Office, tmp_path: Path, recorded: Callable[[str], str]
) -> None:
    orders = await office.phone("102", answer=200, tone=ORDERS_HZ, record=recorded("orders"))
    desk = await office.phone("101", answer=200, tone=DESK_HZ, record=recorded("desk"))
    ovens = await office.phone("1035")
    caller = await office.outside(tone=CALLER_HZ, record=recorded("caller"))
    caller.dial(f"sip:{MAIN_NUMBER}@{office.server}")
    await orders.wait("answered")
    await asyncio.sleep(0.5)
    seen = len(orders.events)
    orders.press("*731035#", ms=80)
    await ovens.wait("incoming")
    await orders.wait("ended", after=seen)
    returned = await office.logged("transfer returned")
    assert (returned["by"], returned["to"]) == ("orders", "1035")
    back = await orders.wait("answered", after=seen)
    await asyncio.sleep(0.6)

    orders.press("*74101#", ms=80, call=back.call)
    await desk.wait("answered")
    await asyncio.sleep(0.7)
    seen = len(office.log)
    orders.hang_up(call=back.call)
    transferred = await office.logged("call transferred", after=seen)
    assert (transferred["by"], transferred["to"]) == ("orders", "101")
    await asyncio.sleep(0.7)
    caller.hang_up()
    await desk.wait("ended")
    await office.close()
    heard = {name: tmp_path / f"{name}.wav" for name in ("caller", "orders", "desk")}
    assert seconds_of(heard["caller"], ORDERS_HZ) > 0.7, "before, and when the call has come back"
    assert seconds_of(heard["caller"], RINGBACK_NL_HZ) > 0.3, "while the ovens ring"
    assert seconds_of(heard["caller"], HOLD_MUSIC_HZ) > 0.4, "while orders ask the desk"
    assert seconds_of(heard["desk"], ORDERS_HZ) > 0.4
    assert seconds_of(heard["orders"], DESK_HZ) > 0.4
    assert seconds_of(heard["caller"], DESK_HZ) > 0.4
    assert seconds_of(heard["desk"], CALLER_HZ) > 0.4


@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Blind transfer by the phone that called, which hangs up at once")
async def test_a_calling_phone_transfers_and_hangs_up_at_once(office: Office, tmp_path: Path) -> None:
    orders = await office.phone("102", answer=200, tone=ORDERS_HZ, record=str(tmp_path / "orders.wav"))
    desk = await office.phone("101", tone=DESK_HZ, record=str(tmp_path / "desk.wav"), log=str(tmp_path / "desk.log"))
    ovens = await office.phone("1035", tone=OVENS_HZ)
    desk.dial("102")
    await desk.wait("answered")
    await asyncio.sleep(0.5)
    desk.transfer("1035")
    await office.logged("call transferred")
    desk.hang_up()
    await desk.wait("ended")
    rung = await office.logged("ringing", where=lambda line: line["person"] == "ovens")
    ended = await office.logged("call ended")
    assert (ended["by"], ended["call"] == rung["call"]) == ("caller", False), "whom they called goes on without them"
    await ovens.wait("incoming")
    await asyncio.sleep(0.5)
    ovens.answer(486)
    returned = await office.logged("transfer returned")
    assert (returned["by"], returned["to"]) == ("front-desk", "1035")
    back = await desk.wait("incoming")
    desk.answer(call=back.call)
    await asyncio.sleep(0.8)
    orders.hang_up()
    await desk.wait("ended", call=back.call)
    await office.close()
    assert "Back: orders" in (tmp_path / "desk.log").read_text(errors="replace")
    assert seconds_of(tmp_path / "desk.wav", ORDERS_HZ) > 0.9
    assert seconds_of(tmp_path / "orders.wav", DESK_HZ) > 0.9
    assert seconds_of(tmp_path / "orders.wav", RINGBACK_NL_HZ) > 0.1


@pytest.mark.parametrize("office", [TWO_WORKERS], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Attended transfer (REFER with Replaces)")
async def test_a_phone_asks_a_colleague_and_joins_them_with_its_caller(office: Office, tmp_path: Path) -> None:
    orders = await office.phone("102", answer=200, tone=ORDERS_HZ, record=str(tmp_path / "orders.wav"))
    desk = await office.phone("101", answer=200, tone=DESK_HZ, record=str(tmp_path / "desk.wav"))
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
    caller.dial(f"sip:{MAIN_NUMBER}@{office.server}")
    first = await orders.wait("answered")
    await asyncio.sleep(0.6)
    orders.hold(call=first.call)
    await office.logged("held")
    orders.dial("101")
    second = await orders.wait("calling")
    await orders.wait("answered", call=second.call)
    await asyncio.sleep(0.8)
    orders.join(first.call, second.call)
    transferred = await office.logged("call transferred")
    assert (transferred["how"], transferred["to"]) == ("attended", "front-desk")
    joined = await office.logged("bridged", after=office.log.index(transferred))
    assert joined["person"] == "front-desk"
    assert elapsed(transferred, joined) < 0.3
    await orders.wait("ended", call=first.call)
    await orders.wait("ended", call=second.call)
    assert [event.status for event in orders.events if event.kind == "transfer"][-1] == 200
    await asyncio.sleep(1.0)
    desk.hang_up()
    await caller.wait("ended")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", HOLD_MUSIC_HZ) > 0.6
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.8
    assert seconds_of(tmp_path / "desk.wav", ORDERS_HZ) > 0.6
    assert seconds_of(tmp_path / "desk.wav", CALLER_HZ) > 0.8


@needs_baresip
@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="baresip", feature="Blind transfer (REFER)")
async def test_baresip_transfers_blind(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101", answer=200, tone=DESK_HZ)
    orders = await office.phone("102", command=BARESIP, answer=200, tone=ORDERS_HZ)
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
    caller.dial(f"sip:{MAIN_NUMBER}@{office.server}")
    await orders.wait("answered")
    await asyncio.sleep(0.8)
    orders.transfer("101")
    await desk.wait("answered")
    await orders.wait("ended")
    await asyncio.sleep(0.8)
    caller.hang_up()
    await desk.wait("ended")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", ORDERS_HZ) > 0.4
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.5


@asynccontextmanager
async def linphone_of_orders(office: Office, folder: Path) -> AsyncIterator[Linphone]:
    """It answers by itself, and speaks a tone."""
    write_tone(folder / "linphone.wav", ORDERS_HZ, 20.0)
    linphone = Linphone(folder / "linphone", port=free_port(), rtp_port=free_port())
    await linphone.start(registering("102", f"<sip:{office.server};transport=udp>", PASSWORD), "-a")
    try:
        linphone.tell("soundcard use files")
        linphone.tell(f"play {folder / 'linphone.wav'}")
        await linphone.registered()
        yield linphone
    finally:
        await linphone.close()


@needs_linphone
@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="linphone", feature="Blind transfer (REFER)")
async def test_linphone_transfers_blind(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101", answer=200, tone=DESK_HZ)
    async with linphone_of_orders(office, tmp_path) as linphone:
        caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
        caller.dial(f"sip:{MAIN_NUMBER}@{office.server}")
        await caller.wait("answered")
        await asyncio.sleep(0.8)
        linphone.tell("transfer sip:101@bakery.test")
        await desk.wait("answered")
        await linphone.says("Call .* ended", 5)
        await asyncio.sleep(0.8)
        caller.hang_up()
        await desk.wait("ended")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", ORDERS_HZ) > 0.4
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.5


@needs_linphone
@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="linphone", feature="Attended transfer (REFER with Replaces)")
async def test_linphone_asks_first_and_transfers(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101", answer=200, tone=DESK_HZ, record=str(tmp_path / "desk.wav"))
    async with linphone_of_orders(office, tmp_path) as linphone:
        caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
        caller.dial(f"sip:{MAIN_NUMBER}@{office.server}")
        await caller.wait("answered")
        await linphone.says("Call 1 .* connected")
        await asyncio.sleep(0.8)
        linphone.tell("pause 1")
        await linphone.says("Call 1 .* is now paused")
        linphone.tell("call sip:101@bakery.test")
        await linphone.says("Call 2 .* connected")
        await asyncio.sleep(0.8)
        linphone.tell("transfer 2 --to-call 1")
        await linphone.says("Call 2 .* ended", 5)
        await linphone.says("Call 1 .* ended", 5)
        await asyncio.sleep(0.8)
        caller.hang_up()
        await desk.wait("ended")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", ORDERS_HZ) > 0.4
    assert seconds_of(tmp_path / "desk.wav", ORDERS_HZ) > 0.4, "the desk was asked"
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.5
    assert seconds_of(tmp_path / "desk.wav", CALLER_HZ) > 0.5


@needs_sipp
@pytest.mark.parametrize("office", [MD5], indirect=True)
@pytest.mark.interop(program="SIPp", feature="Replaces in an INVITE")
async def test_strangers_and_colleagues_get_nothing_by_refer_and_replaces_and_ones_own_phone_does(
    office: Office,
) -> None:
    await office.phone("101", answer=200)
    await office.phone("102", answer=200)
    agent, _ = await user_agent()
    try:
        me, desk = (Uri("sip", number, None, "bakery.test") for number in ("1035", "101"))
        target = Uri("sip", "101", None, "127.0.0.1", office.port)
        ovens = agent.call(
            target,
            from_=NameAddr("", me),
            to=NameAddr("", desk),
            offer=sdp(),
            credentials=Credentials("1035", PASSWORD),
        )
        await office.logged("bridged")
        dialog = ovens.session.dialog
        assert dialog is not None
        replaces = str(Replaces(dialog.call_id, dialog.remote.tag or "", dialog.local.tag or ""))
        escaped = replaces.replace("@", "%40").replace(";", "%3B").replace("=", "%3D")
        seen = len(office.log)
        assert await sipp(office, SCENARIOS / "refers.xml", "-key", "escaped", escaped) == 0
        steps = ("call transferred", "ringing", "bridged")
        happened = [(line["event"], line["person"]) for line in office.log[seen:] if line.get("event") in steps]
        assert happened == [("ringing", "orders"), ("bridged", "orders")], "the main number, and nobody else"
        phone = ("-auth_uri", "101@bakery.test", "-key", "replaces", replaces, "-ap", PASSWORD, "-key", "who")
        assert await sipp(office, SCENARIOS / "replaces.xml", *phone, "101", "-au", "101") == 0
        await office.logged("a call with Replaces is refused with 481")
        assert not ovens.ended.done()
        running = asyncio.create_task(sipp(office, SCENARIOS / "replaces.xml", *phone, "1035", "-au", "1035"))
        assert (await asyncio.wait_for(asyncio.shield(ovens.ended), 5)).by == "remote"
        again = await office.logged("bridged", after=len(office.log) - 5)
        assert again["person"] == "front-desk"
        office.phones[0].hang_up()
        assert await running == 0
    finally:
        await agent.close()
