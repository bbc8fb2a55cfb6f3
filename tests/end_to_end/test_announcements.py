"""Languages, notices, key sequences and announcements, as a caller on the wire hears them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from office import AT_ONCE, GREETING_HZ, HOLD_MUSIC_HZ, HOURS_HZ, RINGBACK_NL_HZ, Office, elapsed, seconds_of

pytestmark = pytest.mark.end_to_end

HEAD = """\
account: {name: The Bakery, country: NL, language: en, languages: [en, nl], timezone: Europe/Amsterdam,
          domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people: {front-desk: {extension: 101}, orders: {extension: 102}, ovens: {extension: 1035}}
main_number: welcome
"""
LANGUAGES = (
    HEAD
    + """
menus:
  welcome:
    greeting: {play: hours.wav, in: any}
    keys: {1: {language: en, then: {menu: main}}, 2: {language: nl, then: {menu: main}}}
  main:
    greeting: {play: {en: greeting.wav, nl: hold.wav}}
    keys: {9: back}
"""
)
KEYS = (
    HEAD
    + """
menus:
  welcome:
    notice: greeting.wav
    greeting: hold.wav
    dial_extensions: yes
    between_digits: 1s
    keys:
      1: {play: hours.wav}
      12: {hang_up: busy, tone: 2s}
      "*9": {play: greeting.wav}
"""
)


@pytest.mark.parametrize("office", [{"dialplan": LANGUAGES}], indirect=True)
async def test_a_caller_who_chooses_dutch_hears_the_dutch_recording(office: Office, tmp_path: Path) -> None:
    caller = await office.outside(record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(0.5)
    caller.press("2")
    await office.logged("prompt played", where=lambda line: "hold.wav" in line["sounds"])
    caller.hang_up()
    await office.logged("call ended")
    await office.close()
    assert 1.7 < seconds_of(tmp_path / "caller.wav", HOLD_MUSIC_HZ) <= 2.2
    assert seconds_of(tmp_path / "caller.wav", GREETING_HZ) == 0.0, "nothing in English"


@pytest.mark.parametrize("office", [{"dialplan": KEYS}], indirect=True)
async def test_keys_do_not_cut_a_notice_and_count_after_it(office: Office, tmp_path: Path) -> None:
    caller = await office.outside(record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(0.8)
    caller.press("12")
    await caller.wait("ended")
    collected, ended = await office.logged("digits collected"), await office.logged("call ended")
    await office.close()
    assert (collected["digits"], collected["meaning"]) == ("12", "key")
    assert 2.8 < seconds_of(tmp_path / "caller.wav", GREETING_HZ) <= 3.2, "the notice in full"
    assert seconds_of(tmp_path / "caller.wav", HOLD_MUSIC_HZ) == 0.0, "the greeting is spared"
    assert 0.7 < seconds_of(tmp_path / "caller.wav", RINGBACK_NL_HZ) < 1.4, (
        "two seconds of busy tone, half of it silent"
    )
    assert ended["by"] == "system"


@pytest.mark.parametrize("office", [{"dialplan": KEYS}], indirect=True)
async def test_a_sequence_beside_extensions_and_an_announcement_that_a_key_cuts_at_once(office: Office) -> None:
    ovens = await office.phone("1035", answer=200)
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    await office.logged("prompt played")
    caller.press("*9", ms=80)
    sequence = await office.logged("digits collected")
    assert (sequence["digits"], sequence["meaning"]) == ("*9", "key")
    await asyncio.sleep(0.6)
    seen = len(office.log)
    caller.press("1035", ms=80)
    digit, played = await office.logged("digit heard", after=seen), await office.logged("prompt played", after=seen)
    assert "greeting.wav" in played["sounds"]
    assert not played["finished"]
    assert elapsed(digit, played) < AT_ONCE
    await ovens.wait("answered")
    collected = await office.logged("digits collected", after=seen)
    assert (collected["digits"], collected["meaning"]) == ("1035", "extension"), "the key that cut it counts"


@pytest.mark.parametrize("office", [{"dialplan": KEYS}], indirect=True)
async def test_a_key_that_begins_a_sequence_waits_and_then_acts(office: Office, tmp_path: Path) -> None:
    caller = await office.outside(record=str(tmp_path / "caller.wav"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await office.logged("prompt played")
    caller.press("1")
    digit, collected = await office.logged("digit heard"), await office.logged("digits collected")
    await office.logged("prompt played", where=lambda line: "hours.wav" in line["sounds"])
    caller.hang_up()
    await office.logged("call ended")
    await office.close()
    assert (collected["digits"], collected["meaning"]) == ("1", "key")
    assert 0.9 < elapsed(digit, collected) < 1 + AT_ONCE, "the inter-digit time of the menu"
    assert seconds_of(tmp_path / "caller.wav", HOURS_HZ) > 0.7
