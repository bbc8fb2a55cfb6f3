"""The greeting recorded by phone, over the wire: said, kept, heard by callers, through a kill, and taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from office import GREETING_HZ, Office, seconds_of

from media.sound.analysis import read

pytestmark = pytest.mark.end_to_end

DIALPLAN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people: {front-desk: {extension: 101}, orders: {extension: 102}, ovens: {extension: 1035}}
main_number: {menu: welcome}
menus:
  welcome: {greeting: greeting.wav, keys: {9: back}}
features:
  "*77": {record_prompt: welcome, pin: "4711", then: hang_up}
"""
SPOKEN_HZ = 620.0
OTHER_HZ = 760.0
SEEN_WITHIN = 2.5
"""Seconds in which a running engine has taken over what a command changed."""
FULL_SCALE_SHARE = 0.09
"""Root mean square of what callers hear, however loud it was said."""


async def press(phone, keys: str) -> None:  # type: ignore[no-untyped-def]
    for key in keys:
        phone.press(key)
        await asyncio.sleep(0.3)


async def what_a_caller_hears(office: Office, record: Path, seconds: float = 1.5) -> set[str]:
    """Call the main number for a while; which of the greetings was heard."""
    caller = await office.outside(record=str(record))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(seconds)
    caller.hang_up()
    await caller.close()
    tones = {"the file's": GREETING_HZ, "recorded": SPOKEN_HZ, "another": OTHER_HZ}
    return {name for name, hertz in tones.items() if seconds_of(record, hertz) > 0.5}


async def record_greeting(office: Office, record: Path, hertz: float) -> None:
    """Dial the code, enter the PIN, speak, and keep it."""
    seen = len(office.log)
    desk = await office.phone("101", tone=hertz, record=str(record))
    desk.dial(f"sip:*77@{office.server}")
    await desk.wait("answered")
    await asyncio.sleep(0.5)  # nobody is faster, and the phone's sound takes a moment to begin
    await press(desk, "4711#")
    await press(desk, "#")
    await office.logged("prompt played", after=seen, where=lambda line: line["sounds"] == ["beep"])
    await asyncio.sleep(2.5)
    await press(desk, "#")
    await asyncio.sleep(3.0)
    await press(desk, "1")
    await office.logged("prompt recorded", after=seen)
    await desk.wait("ended", 8)
    await desk.close()


def greetings(office: Office) -> list[Path]:
    return [path for path in (office.folder / "state" / "greetings").rglob("*") if path.is_file()]


@pytest.mark.parametrize("office", [{"dialplan": DIALPLAN}], indirect=True)
async def test_a_greeting_recorded_by_phone_through_a_kill_and_back(office: Office, tmp_path: Path) -> None:
    assert await what_a_caller_hears(office, tmp_path / "before.wav") == {"the file's"}

    await record_greeting(office, tmp_path / "desk.wav", SPOKEN_HZ)
    assert seconds_of(tmp_path / "desk.wav", SPOKEN_HZ) > 1.5, "it is played back"
    assert "4711" not in office.story()
    assert [line["digit"] for line in office.log if line.get("event") == "digit heard"][:5] == ["?"] * 5
    (kept,) = greetings(office)
    sound, rate = read(kept)
    assert 2.0 < len(sound) / rate < 4.0
    middle = sound[rate : 2 * rate]
    assert float((middle**2).mean() ** 0.5) == pytest.approx(FULL_SCALE_SHARE, rel=0.2)
    assert await what_a_caller_hears(office, tmp_path / "live.wav") == {"recorded"}

    await office.kill()
    await office.start()
    assert await what_a_caller_hears(office, tmp_path / "after-kill.wav") == {"recorded"}
    assert greetings(office) == [kept]

    present = asyncio.create_task(what_a_caller_hears(office, tmp_path / "present.wav", 16.0))
    await record_greeting(office, tmp_path / "desk-again.wav", OTHER_HZ)
    assert await what_a_caller_hears(office, tmp_path / "other.wav") == {"another"}
    assert "recorded" in await present, "a call in progress hears to its end what it heard"

    assert "bakery\twelcome\ten" in await office.command("greetings")
    await office.command("greetings", "--remove", "welcome")
    await asyncio.sleep(SEEN_WITHIN)
    assert await what_a_caller_hears(office, tmp_path / "removed.wav") == {"the file's"}


@pytest.mark.parametrize("office", [{"dialplan": DIALPLAN}], indirect=True)
async def test_a_stranger_and_a_hang_up_leave_nothing_behind(office: Office) -> None:
    stranger = await office.outside()
    stranger.dial(f"sip:*77@{office.server}")
    assert (await stranger.wait("failed")).status == 407
    desk = await office.phone("101", tone=SPOKEN_HZ)
    desk.dial(f"sip:*77@{office.server}")
    await desk.wait("answered")
    await press(desk, "4711##")
    await office.logged("prompt played", where=lambda line: line["sounds"] == ["beep"])
    await asyncio.sleep(1.0)
    assert len(greetings(office)) == 1, "the draft"
    desk.hang_up()
    await office.logged("call ended")
    assert greetings(office) == []
