"""The night switch over the wire: turned by star code from a phone, kept through a kill, turned back by command."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from office import GREETING_HZ, HOLD_MUSIC_HZ, HOURS_HZ, Office, seconds_of

pytestmark = pytest.mark.end_to_end

DIALPLAN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people: {front-desk: {extension: 101}, orders: {extension: 102}, ovens: {extension: 1035}}
switches:
  night: {on: hold.wav}
main_number:
- {during: night, play: hours.wav, then: hang_up}
- welcome
menus:
  welcome: {greeting: greeting.wav, keys: {9: back}}
features:
  "*60": {switch: night, set: on}
  "#61": {switch: night, set: off}
"""
SEEN_WITHIN = 2.5
"""Seconds in which a running engine has taken over what a command changed."""


async def what_a_caller_hears(office: Office, record: Path) -> set[str]:
    """Call the main number for a good second; which of the announcements were heard."""
    caller = await office.outside(record=str(record))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(1.3)
    caller.hang_up()
    await caller.close()
    tones = {"menu": GREETING_HZ, "night": HOURS_HZ, "confirmation": HOLD_MUSIC_HZ}
    return {name for name, hertz in tones.items() if seconds_of(record, hertz) > 0.5}


@pytest.mark.parametrize("office", [{"dialplan": DIALPLAN}], indirect=True)
async def test_the_night_switch_by_phone_through_a_kill_and_by_command(office: Office, tmp_path: Path) -> None:
    assert await what_a_caller_hears(office, tmp_path / "day.wav") == {"menu"}

    desk = await office.phone("101", record=str(tmp_path / "desk.wav"))
    desk.dial(f"sip:*60@{office.server}")
    await desk.wait("answered")
    turned = await office.logged("switch turned")
    await desk.wait("ended")
    await desk.close()
    assert (turned["switch"], turned["setting"]) == ("night", "on")
    assert 1.7 < seconds_of(tmp_path / "desk.wav", HOLD_MUSIC_HZ) <= 2.2, "the confirmation in full"
    assert await what_a_caller_hears(office, tmp_path / "night.wav") == {"night"}

    await office.kill()
    await office.start()
    assert await what_a_caller_hears(office, tmp_path / "after-kill.wav") == {"night"}

    assert "bakery\tnight\ton" in await office.command("switch")
    assert "bakery\tnight\toff" in await office.command("switch", "night", "off")
    await asyncio.sleep(SEEN_WITHIN)
    assert await what_a_caller_hears(office, tmp_path / "by-command.wav") == {"menu"}


@pytest.mark.parametrize("office", [{"dialplan": DIALPLAN}], indirect=True)
async def test_star_codes_are_for_the_accounts_phones(office: Office) -> None:
    stranger = await office.outside()
    stranger.dial(f"sip:*60@{office.server}")
    refused = await stranger.wait("failed")
    assert refused.status == 407
    desk = await office.phone("101")
    for code in ("*601", "*99"):
        seen = len(desk.events)
        desk.dial(f"sip:{code}@{office.server}")
        assert (await desk.wait("failed", after=seen)).status == 404
    assert not [line for line in office.log if line.get("event") == "switch turned"]
    seen = len(desk.events)
    desk.dial(f"sip:%2361@{office.server}")
    await desk.wait("answered", after=seen)
    turned = await office.logged("switch turned")
    assert turned["setting"] == "off"
