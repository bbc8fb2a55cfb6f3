"""A caller and the menu: every way a phone sends keys, every way out of the menu."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from office import AT_ONCE, GREETING_HZ, HOURS_HZ, RINGBACK_NL_HZ, Office, elapsed, seconds_of

pytestmark = pytest.mark.end_to_end


@pytest.mark.parametrize("method", ["rfc4733", "info"])
async def test_a_key_reaches_a_person_and_both_hear_each_other(office: Office, tmp_path: Path, method: str) -> None:
    orders = await office.phone("102", tone=700.0, answer=200, answer_after=2.0, record=str(tmp_path / "orders.wav"))
    caller = await office.outside(tone=1000.0, record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(1.0)
    caller.press("1", method=method)
    await orders.wait("answered")
    await asyncio.sleep(2.0)
    orders.hang_up()
    await caller.wait("ended")
    digit = await office.logged("digit heard")
    ended = await office.logged("call ended")
    await office.close()
    assert (digit["digit"], digit["method"]) == ("1", method)
    assert (ended["verdict"], ended["by"], ended["answered_by"]) == ("talked", "callee", "orders")
    assert 0.5 < seconds_of(tmp_path / "caller.wav", GREETING_HZ) < 1.6, "the greeting stops at the key"
    assert 0.7 < seconds_of(tmp_path / "caller.wav", RINGBACK_NL_HZ) < 1.5, "ringback: one second in five"
    assert seconds_of(tmp_path / "caller.wav", 700.0) > 1.5, "the caller hears orders"
    assert seconds_of(tmp_path / "orders.wav", 1000.0) > 1.5, "orders hears the caller"


async def test_an_extension_may_be_dialled_in_the_menu(office: Office) -> None:
    ovens = await office.phone("1035", answer=200)
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    caller.press("1035", ms=80)
    await ovens.wait("answered")
    collected = await office.logged("digits collected")
    assert (collected["digits"], collected["meaning"]) == ("1035", "extension")


async def test_a_key_that_begins_an_extension_waits_and_then_acts(office: Office) -> None:
    orders = await office.phone("102")
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    caller.press("1")
    await orders.wait("incoming")
    digit, collected = await office.logged("digit heard"), await office.logged("digits collected")
    assert (collected["digits"], collected["meaning"]) == ("1", "key")
    assert 0.9 < elapsed(digit, collected) < 1 + AT_ONCE, "the inter-digit time of the dialplan, one second"


async def test_a_key_that_begins_no_extension_acts_at_once(office: Office) -> None:
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    caller.press("2")
    digit, collected = await office.logged("digit heard"), await office.logged("digits collected")
    assert collected["digits"] == "2"
    assert elapsed(digit, collected) < AT_ONCE


async def test_announcement_then_the_menu_again(office: Office, tmp_path: Path) -> None:
    caller = await office.outside(record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    caller.press("2")
    await office.logged("prompt played", where=lambda line: "hours.wav" in line["sounds"] and line["finished"])
    await asyncio.sleep(1.0)
    caller.hang_up()
    ended = await office.logged("call ended")
    await office.close()
    assert (ended["verdict"], ended["by"]) == ("abandoned", "caller")
    assert 0.7 < seconds_of(tmp_path / "caller.wav", HOURS_HZ) <= 1.2
    assert seconds_of(tmp_path / "caller.wav", GREETING_HZ) > 0.6, "after the announcement the greeting comes again"


async def test_no_input_leads_to_the_front_desk(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(office.main_number())
    await desk.wait("answered", 15)
    greetings = [line for line in office.log if line.get("event") == "prompt played"]
    assert len(greetings) == 2, "the greeting was played on each of the two tries"


async def test_wrong_input_ends_the_call_after_its_tries(office: Office) -> None:
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    caller.press("9")
    await asyncio.sleep(3.0)
    caller.press("9")
    await caller.wait("ended", 15)
    ended = await office.logged("call ended")
    assert ended["by"] == "system"
    meanings = [line["meaning"] for line in office.log if line.get("event") == "digits collected"]
    assert meanings == ["wrong_input", "wrong_input"]


async def test_the_same_key_twice_is_two_presses(office: Office) -> None:
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    caller.press("55", ms=60)
    await office.logged("digit heard", where=lambda line: True)
    await asyncio.sleep(0.6)
    assert [line["digit"] for line in office.log if line.get("event") == "digit heard"] == ["5", "5"]


async def test_a_press_interrupts_the_greeting_at_once(office: Office) -> None:
    """Within 60 ms, as tests/media/test_plane.py measures; this is the whole system, on a machine with much to do."""
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(0.7)
    caller.press("*")
    digit = await office.logged("digit heard")
    played = await office.logged("prompt played")
    assert not played["finished"]
    assert elapsed(digit, played) < AT_ONCE
