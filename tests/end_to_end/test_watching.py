"""Lamps, messages waiting, presence and texts with real phones: what they show, and how soon."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from office import Office

pytestmark = pytest.mark.end_to_end

DIALPLAN = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101, name: Anna}
  orders: {extension: 102, voicemail: {pin: "4711"}}
  ovens: {extension: 1035}
switches: [night]
parking: {slots: 701-702}
main_number: {voicemail: orders}
"""
OFFICE = {"dialplan": DIALPLAN}


@pytest.mark.parametrize("office", [OFFICE], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Presence of colleagues (SUBSCRIBE, PIDF)")
@pytest.mark.interop(program="pjsua2", feature="Messages waiting by subscription, on and off")
@pytest.mark.interop(program="pjsua2", feature="Texts (MESSAGE), stored while a phone is away")
async def test_what_a_phone_is_told_without_a_call(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101", log=str(tmp_path / "desk.log"))
    orders = await office.phone("102", mwi=True, tone=440.0, log=str(tmp_path / "orders.log"))
    told = await orders.wait("waiting")
    assert "Messages-Waiting: no" in told.text
    desk.watch("102")
    seen = await desk.wait("contact")
    print(desk.events, orders.events)
    desk.say("102", "Größe 12, please")
    print(await desk.wait("text sent"))
    print(await orders.wait("text"))
    desk.say("1035", "one")
    print(await desk.wait("text sent", after=len(desk.events)))
    desk.say("1035", "two")
    await asyncio.sleep(1)
    print(desk.events)
    ovens = await office.phone("1035")
    await asyncio.sleep(1)
    print(ovens.events)
    caller = await office.outside(tone=440.0)
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(7)
    caller.hang_up()
    await asyncio.sleep(1)
    print(orders.events)
    orders.dial("101")
    await desk.wait("incoming")
    await asyncio.sleep(1)
    print([e for e in desk.events if e.kind == "contact"])
    print(office.story())
    assert 0
