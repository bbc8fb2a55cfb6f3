"""A conference of three real phones, each with a tone of its own: who hears whom, until when."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from office import HOLD_MUSIC_HZ, Office, elapsed, seconds_heard

from engine.softphone.phone import Softphone

pytestmark = pytest.mark.end_to_end

MODERATOR_HZ, SECOND_HZ, THIRD_HZ = 2250.0, 2700.0, 3400.0
"""Where the voice of the prompts has little, and where none is what two others make when they are cut off together."""
LEFT_HZ = 880.0
CLICKS = 0.5
"""Seconds: where a loud tone begins or ends, a window holds a little of every frequency."""

DIALPLAN = """\
account: {name: Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test,
          hold_music: {play: hold.wav}}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101}
  orders: {extension: 102}
  ovens: {extension: 1035}
conferences:
  board: {pin: 4711, moderator_pin: 90210, wait_for_moderator: yes, limit: 3}
main_number: {conference: board, else: {play: hours.wav, then: hang_up}}
"""


async def enter(office: Office, folder: Path, name: str, hertz: float, pin: str) -> Softphone:
    """A phone that calls, types its PIN and is in the room."""
    phone = await office.outside(f"+3170111{len(office.phones):04}", tone=hertz, record=str(folder / f"{name}.wav"))
    seen = len(office.log)
    phone.dial(office.main_number())
    await phone.wait("answered")
    await asyncio.sleep(0.3)
    phone.press(f"{pin}#", ms=80)
    await office.logged("conference joined", after=seen)
    return phone


@pytest.mark.parametrize("office", [{"dialplan": DIALPLAN}], indirect=True)
@pytest.mark.interop(program="pjsua2", feature="Conference of three")
async def test_three_hear_each_other_and_not_themselves(office: Office, tmp_path: Path) -> None:
    second = await enter(office, tmp_path, "second", SECOND_HZ, "4711")
    waiting = office.log[-1]
    await asyncio.sleep(2.0)
    moderator = await enter(office, tmp_path, "moderator", MODERATOR_HZ, "90210")
    third = await enter(office, tmp_path, "third", THIRD_HZ, "4711")
    late = await office.outside(record=str(tmp_path / "late.wav"))
    late.dial(office.main_number())
    await late.wait("answered")
    late.press("4711#", ms=80)
    await office.logged("prompt played", where=lambda line: line["sounds"] == ["hours.wav"])
    await asyncio.sleep(1.0)
    second.press("*6", ms=80)
    muted = await changed(office, "muted")
    await asyncio.sleep(2.0)
    second.press("*6", ms=80)
    unmuted = await changed(office, "unmuted")
    await asyncio.sleep(1.5)
    third.press("#")
    await third.wait("ended", 15)
    gone = await office.logged("conference left")
    await asyncio.sleep(1.5)
    moderator.press("*8", ms=80)
    ended = await changed(office, "ended")
    for phone in (moderator, second):
        await phone.wait("ended", 10)
    await office.close()

    joined = [line for line in office.log if line.get("event") == "conference joined"]
    assert [(line["members"], line["moderator"]) for line in joined] == [(1, False), (2, True), (3, False)]
    assert gone["why"] == "left"
    began = dict(zip(("second", "moderator", "third"), joined, strict=True))

    def heard(by: str, hertz: float) -> float:
        return seconds_heard(tmp_path / f"{by}.wav", hertz)

    def about(expected: float) -> Any:
        return pytest.approx(expected, abs=0.7)

    silent = elapsed(muted, unmuted)
    with_third = elapsed(began["third"], gone)
    assert heard("moderator", SECOND_HZ) == about(elapsed(began["moderator"], ended) - silent)
    assert heard("moderator", THIRD_HZ) == about(with_third)
    assert heard("second", MODERATOR_HZ) == about(elapsed(began["moderator"], ended))
    assert heard("second", THIRD_HZ) == about(with_third)
    assert heard("third", MODERATOR_HZ) == about(with_third)
    assert heard("third", SECOND_HZ) == about(with_third - silent)
    own = {"moderator": MODERATOR_HZ, "second": SECOND_HZ, "third": THIRD_HZ}
    assert max(heard(name, hertz) for name, hertz in own.items()) < CLICKS
    assert 0.0 < heard("moderator", LEFT_HZ) < 1.0, "a tone tells that somebody came, and somebody went"
    assert heard("second", HOLD_MUSIC_HZ) > 0.0
    assert elapsed(waiting, began["moderator"]) > 2.0
    assert heard("late", 500.0) > 0.5, "who found the room full is led on"


async def changed(office: Office, what: str) -> dict[str, Any]:
    return await office.logged("conference changed", where=lambda line: line["what"] == what)


@pytest.mark.parametrize("office", [{"dialplan": DIALPLAN, "settings": {"BELPLAN_MEDIA_WORKERS": "2"}}], indirect=True)
async def test_callers_of_two_media_workers_meet(office: Office, tmp_path: Path) -> None:
    moderator = await enter(office, tmp_path, "moderator", MODERATOR_HZ, "90210")
    second = await enter(office, tmp_path, "second", SECOND_HZ, "4711")
    await asyncio.sleep(1.5)
    # on hold the phone says nothing to the others, and is back afterwards
    second.hold()
    await asyncio.sleep(1.5)
    second.resume()
    await asyncio.sleep(1.5)
    second.hang_up()
    left = await office.logged("conference left")
    await asyncio.sleep(0.5)
    moderator.hang_up()
    await office.logged("call ended", where=lambda line: line["call"] != left["call"])
    await office.close()
    assert (left["why"], left["members"]) == ("gone", 1)
    assert 2.0 < seconds_heard(tmp_path / "moderator.wav", SECOND_HZ) < 4.5
    assert seconds_heard(tmp_path / "second.wav", MODERATOR_HZ) > 2.5
    assert seconds_heard(tmp_path / "moderator.wav", MODERATOR_HZ) < CLICKS
