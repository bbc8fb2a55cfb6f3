"""Ringing a person: each outcome, several phones, and what happens when either side gives up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from office import AT_ONCE, Office

pytestmark = pytest.mark.end_to_end

DESK = "sip:+31201234568@{server}"
RINGS_ORDERS = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101}
  orders: {extension: 102}
  ovens: {extension: 1035}
main_number: {ring: orders, for: 3s, busy: {ring: front-desk}, else: {hang_up: nobody}}
"""


@pytest.mark.interop(program="pjsua2", feature="Call completed elsewhere (Reason)")
async def test_two_phones_ring_and_the_other_learns_who_answered(office: Office, tmp_path: Path) -> None:
    first = await office.phone("101", answer=200, answer_after=1.0)
    second = await office.phone("101", log=str(tmp_path / "second.log"))
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    await second.wait("failed")
    assert first.events[-1].kind in ("answered", "media")
    received = (tmp_path / "second.log").read_text(errors="replace")
    assert 'Reason: SIP;cause=200;text="Call completed elsewhere"' in received, "in the CANCEL (RFC 3326)"


async def test_before_the_answer_the_caller_hears_their_own_networks_ringing(office: Office) -> None:
    desk = await office.phone("101")
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    ringing = await caller.wait("ringing")
    await desk.wait("incoming")
    assert ringing.status == 180
    desk.answer()
    await caller.wait("answered")


async def test_the_caller_hangs_up_while_it_rings(office: Office) -> None:
    desk = await office.phone("101")
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    await desk.wait("incoming")
    caller.hang_up()
    await desk.wait("failed", 2)
    ended = await office.logged("call ended")
    assert (ended["verdict"], ended["by"]) == ("abandoned", "caller")


async def test_the_caller_hangs_up_while_talking(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    await asyncio.sleep(0.5)
    caller.hang_up()
    await desk.wait("ended", 2)
    ended = await office.logged("call ended")
    assert (ended["verdict"], ended["by"], ended["answered_by"]) == ("talked", "caller", "front-desk")
    assert 0.3 < ended["talked"] < 2.0


@pytest.mark.parametrize("office", [{"dialplan": RINGS_ORDERS}], indirect=True)
async def test_busy_goes_its_own_way(office: Office) -> None:
    orders = await office.phone("102", answer=486)
    desk = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(office.main_number())
    await desk.wait("answered")
    await caller.wait("answered")
    outcome = await office.logged("ringing ended")
    assert orders.events
    assert (outcome["person"], outcome["outcome"]) == ("orders", "busy")


@pytest.mark.parametrize("office", [{"dialplan": RINGS_ORDERS}], indirect=True)
@pytest.mark.parametrize(("answer", "outcome"), [(603, "declined"), (0, "no_answer"), (None, "not_registered")])
async def test_each_other_outcome_has_a_way_on(office: Office, answer: int | None, outcome: str) -> None:
    if answer is not None:
        await office.phone("102", answer=answer)
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("failed", 10)
    line = await office.logged("ringing ended")
    assert line["outcome"] == outcome
    if outcome == "no_answer":
        assert 2.9 < line["seconds"] < 3 + AT_ONCE


async def test_a_phone_that_moved_is_called_where_it_is_now(office: Office) -> None:
    old = await office.phone("101")
    await old.kill()
    new = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    assert new.events[-1].kind in ("answered", "media")


async def test_extension_to_extension(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    orders = await office.phone("102")
    orders.dial("101")
    incoming = await desk.wait("incoming")
    await orders.wait("answered")
    offered = await office.logged("call offered")
    assert "102" in incoming.text
    assert offered["person"] == "orders"


async def test_a_stranger_reaches_no_extension_and_no_outside_line(office: Office) -> None:
    await office.phone("101", answer=200)
    stranger = await office.outside()
    for target in (f"sip:101@{office.server}", f"sip:+4930123456@{office.server}", "sip:101@bakery.test"):
        seen = len(stranger.events)
        stranger.tell("dial", uri=target if "test" not in target else f"sip:101@{office.server}")
        refused = await stranger.wait("failed", after=seen)
        assert refused.status in (401, 403, 404, 407)
    assert not [line for line in office.log if line.get("event") == "ringing"]


async def test_two_calls_at_once_do_not_mix(office: Office) -> None:
    desk, orders = await office.phone("101", answer=200), await office.phone("102", answer=200)
    first, second = await office.outside("+31701110001"), await office.outside("+31701110002")
    first.dial(DESK.format(server=office.server))
    second.dial(office.main_number())
    await second.wait("answered")
    second.press("1")
    await orders.wait("answered")
    await desk.wait("answered")
    assert "0001" in (await desk.wait("incoming")).text
    assert "0002" in (await orders.wait("incoming")).text
    first.hang_up()
    await desk.wait("ended")
    assert "ended" not in [event.kind for event in orders.events]
