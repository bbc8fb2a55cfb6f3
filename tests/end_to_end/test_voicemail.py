"""Leaving a message: heard by the caller, kept as a WAV, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from office import Office, seconds_of

pytestmark = pytest.mark.end_to_end

BEEP_HZ = 1000.0
ALWAYS_VOICEMAIL = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101}
  orders: {extension: 102}
  ovens: {extension: 1035}
main_number: {voicemail: orders, greeting: {play: hours.wav}}
"""


def messages(office: Office) -> list[Path]:
    return sorted((office.folder / "state" / "voicemail").rglob("*.wav"))


@pytest.mark.parametrize("office", [{"dialplan": ALWAYS_VOICEMAIL}], indirect=True)
@pytest.mark.parametrize("ends_by", ["key", "hang-up"])
async def test_a_message_is_kept(office: Office, tmp_path: Path, ends_by: str) -> None:
    caller = await office.outside(tone=620.0, record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(3.5)
    if ends_by == "key":
        caller.press("#")
        await asyncio.sleep(1.0)
        caller.press("#")
        await caller.wait("ended", 8)
    else:
        caller.hang_up()
    left = await office.logged("voicemail left")
    ended = await office.logged("call ended")
    await office.close()
    (message,) = messages(office)
    assert left["path"] == str(message)
    assert ended["verdict"] == "served"
    assert 1.4 < seconds_of(message, 620.0) < 2.8
    assert 0.1 < seconds_of(tmp_path / "caller.wav", BEEP_HZ) < 0.5, "the beep before it"


@pytest.mark.parametrize("office", [{"dialplan": ALWAYS_VOICEMAIL}], indirect=True)
async def test_what_was_said_survives_a_power_cut(office: Office) -> None:
    caller = await office.outside(tone=620.0)
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(4.0)
    await office.kill()
    await asyncio.sleep(0.3)
    (message,) = messages(office)
    assert seconds_of(message, 620.0) > 1.0
