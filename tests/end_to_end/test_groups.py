"""Hunt groups with real phones: who rings, what the phones are told, who is passed over."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest
from office import AT_ONCE, HOLD_MUSIC_HZ, Office, elapsed, seconds_of

pytestmark = pytest.mark.end_to_end

BARESIP = [sys.executable, "-m", "engine.softphone.baresip"]
SECOND_PHONE = BARESIP if shutil.which("baresip") else None
GROUP = """\
account: {{name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}}
numbers: {{main: "+31 20 123 4567", others: ["+31 20 123 4568"]}}
people:
  front-desk: {{extension: 101, number: "+31 20 123 4568"}}
  orders: {{extension: 102}}
  ovens: {{extension: 1035}}
groups:
  sales: {{members: [front-desk, orders], {how}}}
main_number: {main}
menus:
  codes:
    greeting: {{play: greeting.wav}}
    keys:
      1: {{sign_in_or_out: sales, then: hang_up}}
      2: {{group: sales, else: {{hang_up: nobody}}}}
"""
SHOWN = '{set: {name_prefix: "Sales: ", ring_tone: Bellcore-dr2}, then: sales}'


def dialplan(how: str, main: str = "{group: sales, else: {hang_up: nobody}}") -> dict[str, str]:
    return {"dialplan": GROUP.format(how=how, main=main)}


@pytest.mark.parametrize("office", [dialplan("strategy: all", SHOWN)], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Call completed elsewhere (Reason)")
@pytest.mark.interop(program="pjsua2", feature="Ring tones by Alert-Info")
async def test_all_ring_the_second_answers_and_the_first_learns_so(office: Office, tmp_path: Path) -> None:
    desk = await office.phone("101", log=str(tmp_path / "desk.log"))
    orders = await office.phone("102", command=SECOND_PHONE, answer=200, answer_after=1.0)
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    await orders.wait("answered")
    await desk.wait("failed")
    told = (tmp_path / "desk.log").read_text(errors="replace")
    assert 'Reason: SIP;cause=200;text="Call completed elsewhere"' in told, "in the CANCEL (RFC 3326)"
    assert "\nAlert-Info: <http://127.0.0.1/Bellcore-dr2>;info=Bellcore-dr2" in told
    assert '\nFrom: "Sales: +31701112233" <sip:+31701112233@bakery.test>' in told
    ended = {line["person"]: line["outcome"] for line in office.log if line.get("event") == "ringing ended"}
    assert ended == {"front-desk": "elsewhere", "orders": "answered"}


@pytest.mark.parametrize("office", [dialplan("strategy: in_order, each: 20s, music: {play: hold.wav}")], indirect=True)
async def test_in_order_a_decline_moves_on_at_once_and_the_music_goes_on(office: Office, tmp_path: Path) -> None:
    await office.phone("101", answer=603, answer_after=1.0)
    orders = await office.phone("102", answer=200, answer_after=1.5)
    caller = await office.outside(record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await orders.wait("answered", 8)
    declined = await office.logged("ringing ended")
    second = await office.logged("ringing", where=lambda line: line["person"] == "orders")
    caller.hang_up()
    await orders.wait("ended")
    await office.close()
    assert (declined["person"], declined["outcome"]) == ("front-desk", "declined")
    assert elapsed(declined, second) < AT_ONCE
    assert seconds_of(tmp_path / "caller.wav", HOLD_MUSIC_HZ) > 1.8, "from the first phone's ringing to the answer"


@pytest.mark.parametrize("office", [dialplan("strategy: in_order, each: 20s")], indirect=True)
async def test_a_member_on_the_phone_is_passed_over(office: Office) -> None:
    desk, orders = await office.phone("101", answer=200), await office.phone("102", answer=200)
    first, second = await office.outside("+31701110001"), await office.outside("+31701110002")
    first.dial(f"sip:+31201234568@{office.server}")
    await desk.wait("answered")
    second.dial(office.main_number())
    await orders.wait("answered")
    assert len([event for event in desk.events if event.kind == "incoming"]) == 1
    first.hang_up()
    await desk.wait("ended")
    third = await office.outside("+31701110003")
    seen = len(desk.events)
    third.dial(office.main_number())
    await desk.wait("answered", after=seen)


@pytest.mark.parametrize("office", [dialplan("strategy: all", "{menu: codes}")], indirect=True)
async def test_a_member_signs_out_by_phone_and_is_out_after_a_restart(office: Office) -> None:
    desk = await office.phone("101")
    desk.dial("+31201234567")
    await desk.wait("answered")
    desk.press("1")
    await desk.wait("ended", 8)
    await office.stop()
    await office.start()
    orders = await office.phone("102", answer=200)
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    seen = len(office.log)
    caller.press("2")
    await orders.wait("answered")
    await asyncio.sleep(0.2)
    assert {line["person"] for line in office.log[seen:] if line.get("event") == "ringing"} == {"orders"}
