"""Parking, picking up and paging with real phones, each with a tone of its own: who hears whom, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from office import HOLD_MUSIC_HZ, PASSWORD, Office, elapsed, free_port, seconds_of
from sipp import LOADS, needs_sipp, sipp

from tests.sip.rim.network import until
from tests.sip.rim.test_sipp import listens
from tests.sipp_messages import response, says, scenario, sdp

pytestmark = pytest.mark.end_to_end

CALLER_HZ, ORDERS_HZ, DESK_HZ = 2250.0, 2700.0, 1750.0

DIALPLAN = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101}
  orders: {extension: 102}
  ovens: {extension: 1035}
groups:
  sales: {members: [front-desk, orders]}
  everybody: {members: [front-desk, orders, ovens]}
parking: {slots: 701-702, time: 2s, ring_back: 5s, music: {play: hold.wav}}
main_number: {ring: orders}
"""
OFFICE = {"dialplan": DIALPLAN}
TWO_WORKERS = {"dialplan": DIALPLAN, "settings": {"BELPLAN_MEDIA_WORKERS": "2"}}
"""The legs of a caller and of who picks up are in different ones then."""


@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Park and pick up by star codes")
async def test_a_call_is_parked_picked_up_by_a_colleague_parked_again_and_comes_back(
    office: Office, tmp_path: Path, recorded: Callable[[str], str]
) -> None:
    orders = await office.phone("102", answer=200, tone=ORDERS_HZ, record=recorded("orders"))
    desk = await office.phone("101", tone=DESK_HZ, record=recorded("desk"), log=str(tmp_path / "desk.log"))
    caller = await office.outside(tone=CALLER_HZ, record=recorded("caller"))
    caller.dial(office.main_number())
    await orders.wait("answered")
    await asyncio.sleep(1.0)
    orders.press("*70", ms=80)
    parked = await office.logged("call parked")
    assert (parked["slot"], parked["by"]) == ("701", "orders")
    await orders.wait("ended", 8)
    desk.dial("701")
    picked = await office.logged("call picked up")
    assert (picked["slot"], picked["caller"]) == ("701", "+31701112233")
    await asyncio.sleep(1.2)
    seen = len(office.log)
    desk.press("*70", method="info")
    again = await office.logged("call parked", after=seen)
    assert (again["slot"], again["by"]) == ("701", "front-desk"), "the slot was free again"
    await desk.wait("ended", 8)
    back = await desk.wait("incoming", 6)
    rung = await office.logged("ringing", after=seen)
    assert (rung["person"], rung["shown"]) == ("front-desk", "Parked 701: +31701112233")
    desk.answer(call=back.call)
    await asyncio.sleep(1.0)
    caller.hang_up()
    await desk.wait("ended", call=back.call)
    over = await office.logged("call ended", where=lambda line: line["answered_by"] == "orders")
    assert over["verdict"] == "talked"
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", ORDERS_HZ) > 0.6
    assert seconds_of(tmp_path / "caller.wav", HOLD_MUSIC_HZ) > 3.0, "both times in the slot"
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 1.4, "picked up, and rung back"
    assert seconds_of(tmp_path / "desk.wav", CALLER_HZ) > 1.4
    assert seconds_of(tmp_path / "orders.wav", CALLER_HZ) < 2.5, "then they heard the slot"
    assert "Parked 701: +31701112233" in (tmp_path / "desk.log").read_text(errors="replace")


@pytest.mark.parametrize("office", [TWO_WORKERS], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Calls picked up from a colleague's phone, which learns it")
async def test_a_colleague_in_the_group_picks_up_what_rings(office: Office, tmp_path: Path) -> None:
    orders = await office.phone("102", log=str(tmp_path / "orders.log"))
    desk = await office.phone("101", tone=DESK_HZ, record=str(tmp_path / "desk.wav"))
    ovens = await office.phone("1035")
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await orders.wait("incoming")
    desk.dial("*8")
    await orders.wait("failed")
    picked = await office.logged("call picked up")
    await caller.wait("answered")
    stopped = await office.logged("ringing ended")
    assert stopped["outcome"] == "elsewhere"
    assert elapsed(picked, stopped) < 0.3
    await asyncio.sleep(1.0)
    desk.hang_up()
    await caller.wait("ended")
    over = await office.logged("call ended", where=lambda line: line["answered_by"] == "front-desk")
    assert (over["verdict"], over["by"]) == ("talked", "callee")
    ovens.dial("*8102")
    await ovens.wait("ended", 8)
    await office.close()
    told = (tmp_path / "orders.log").read_text(errors="replace")
    assert 'Reason: SIP;cause=200;text="Call completed elsewhere"' in told
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.6
    assert seconds_of(tmp_path / "desk.wav", CALLER_HZ) > 0.6


PAGED = scenario(
    says(
        'request="INVITE"',
        "Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=0",
        "Call-Info: <http://127.0.0.1>;answer-after=0",
        "Answer-Mode: Auto",
    ),
    response("200 OK", tag="paged", body=sdp()),
    '<recv request="ACK"/>\n',
    '<recv request="BYE"/>\n',
    response("200 OK"),
)


async def paged_by_sipp(office: Office, folder: Path, extension: str) -> asyncio.Task[int]:
    """Another phone of somebody, by SIPp: it registers, and takes one page if that asks for it in each way there is."""
    port = free_port()
    where = ("-p", str(port))
    secret = f"[authentication username={extension} password={PASSWORD}]"
    (folder / "users.csv").write_text(f"SEQUENTIAL\n{extension};{secret}\n")
    assert await sipp(office, LOADS / "register.xml", "-inf", "users.csv", *where) == 0
    (folder / "paged.xml").write_text(PAGED)
    running = asyncio.create_task(sipp(office, folder / "paged.xml", *where))
    await until(lambda: listens("127.0.0.1", port, "udp"))
    return running


@needs_sipp
@pytest.mark.parametrize("office", [OFFICE | {"settings": {"BELPLAN_DIGEST": "md5"}}], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Pages, heard by phones that answer at once")
@pytest.mark.interop(program="SIPp", feature="Pages ask to be answered by Alert-Info, Call-Info and Answer-Mode")
async def test_a_page_is_heard_by_phones_that_answer_by_themselves_and_hears_none(
    office: Office, tmp_path: Path
) -> None:
    orders = await office.phone("102", auto_answer=True, tone=ORDERS_HZ, record=str(tmp_path / "orders.wav"))
    desk = await office.phone("101", auto_answer=True, tone=DESK_HZ, record=str(tmp_path / "desk.wav"))
    ovens = await office.phone("1035", tone=CALLER_HZ, record=str(tmp_path / "ovens.wav"))
    third = await paged_by_sipp(office, tmp_path, "102")
    ovens.dial("*722")
    paged = await office.logged("paged")
    assert (paged["people"], paged["phones"]) == (["front-desk", "orders"], 3)
    await asyncio.sleep(1.5)
    ovens.press("#")
    for phone in (orders, desk, ovens):
        await phone.wait("ended")
    assert await third == 0
    assert (await office.logged("page ended"))["why"] == "key"
    await office.close()
    for name in ("orders", "desk"):
        assert seconds_of(tmp_path / f"{name}.wav", CALLER_HZ) > 1.0, name
    assert seconds_of(tmp_path / "ovens.wav", ORDERS_HZ) + seconds_of(tmp_path / "ovens.wav", DESK_HZ) < 0.1
