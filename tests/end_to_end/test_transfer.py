"""Transfers with real phones, each with a tone of its own: who hears whom at each stage, and who gets the call back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from office import HOLD_MUSIC_HZ, MAIN_NUMBER, RINGBACK_NL_HZ, Office, elapsed, seconds_of

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
TWO_WORKERS = {"dialplan": DIALPLAN, "settings": {"BELPLAN_MEDIA_WORKERS": "2"}}


@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Blind transfer (REFER)")
async def test_a_called_phone_transfers_blind_and_gets_back_whom_nobody_takes(office: Office, tmp_path: Path) -> None:
    def recorded(name: str) -> str:
        return str(tmp_path / f"{name}.wav")

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
    assert [event.status for event in orders.events if event.kind == "transfer"][-1] == 486
    await asyncio.sleep(0.8)

    seen, heard = len(office.log), len(orders.events)
    orders.transfer("101")
    transferred = await office.logged("call transferred", after=seen)
    assert (transferred["by"], transferred["who"], transferred["to"]) == ("orders", "+31701112233", "101")
    await desk.wait("incoming")
    await asyncio.sleep(0.8)
    desk.answer()
    await desk.wait("answered")
    assert (await orders.wait("ended", after=heard)).kind == "ended"
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
