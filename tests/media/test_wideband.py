"""G.722 and Opus beside G.711, with a real worker and real sockets: who hears what, in every pair of codecs."""

from __future__ import annotations

import asyncio
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from media.codecs.registry import CODECS
from media.commands import DigitPressed, File, Silence, Tone
from media.plane import MediaPlane
from tests.media.sounds import assert_hear_each_other, sine, until

HIGH_HZ = 6000.0
"""Nothing that a narrow band carries."""
WIDE = ["G722", "opus"]


@pytest.mark.parametrize("codec", WIDE)
async def test_a_sound_keeps_its_wide_band_and_its_length(office: Any, tmp_path: Path, codec: str) -> None:
    phone, leg = await office.phone(codec=codec)
    phone.talk()
    played = await leg.play((File(str(sine(tmp_path / "a.wav", HIGH_HZ, 0.5))), Silence(0.1), Tone("beep")))
    assert (played.finished, played.failed) == (True, "")
    assert played.seconds == pytest.approx(0.9, abs=0.03)
    phone.assert_one_stream()
    half = phone.samples()[: phone.rate // 2]
    spectrum = np.abs(np.fft.rfft(half))
    assert spectrum.argmax() * phone.rate / len(half) == pytest.approx(HIGH_HZ, abs=30)


@pytest.mark.parametrize(("one", "other"), list(combinations_with_replacement(CODECS, 2)))
async def test_any_two_hear_each_other_and_their_keys(office: Any, one: str, other: str) -> None:
    alice, mine = await office.phone(codec=one)
    bob, theirs = await office.phone(codec=other, near=mine)
    pressed: list[DigitPressed] = []
    theirs.on_digit = pressed.append
    await assert_hear_each_other(alice, mine, bob, theirs)
    bob.hush()
    await bob.press("5")
    await until(lambda: pressed)
    await until(lambda: any(packet.payload_type == 101 for packet in alice.heard))
    events = [packet for packet in alice.heard if packet.payload_type == 101]
    assert {packet.payload[0] for packet in events} == {5}
    mine.part()
    alice.hush()
    await asyncio.sleep(0.1)
    assert await alice.hear(0.3) == 0.0


async def test_a_wide_band_goes_through_a_bridge_untouched(office: Any) -> None:
    for codec in WIDE:
        alice, mine = await office.phone(codec=codec)
        bob, theirs = await office.phone(codec=codec, near=mine)
        mine.join(theirs)
        alice.talk(HIGH_HZ)
        bob.talk()
        await asyncio.sleep(0.2)
        assert await bob.hear(0.4) == pytest.approx(HIGH_HZ, abs=30)


@pytest.mark.parametrize("codec", WIDE)
async def test_what_is_said_is_recorded(office: Any, tmp_path: Path, codec: str) -> None:
    phone, leg = await office.phone(codec=codec)
    leg.begin((Tone("busy", "GB"),))
    phone.talk(700.0)
    recorded = await leg.record(str(tmp_path / "both.wav"), limit=1.0, both=True)
    assert recorded.why == "limit"
    sound, rate = soundfile.read(tmp_path / "both.wav")
    spectrum = np.abs(np.fft.rfft(sound[rate // 4 :]))
    peaks = {round(hertz / 50) * 50 for hertz in np.argsort(spectrum)[-6:] * rate / len(sound[rate // 4 :])}
    assert 700 in peaks
    assert spectrum[round(400 * len(sound[rate // 4 :]) / rate)] > 20


@pytest.mark.parametrize("codec", WIDE)
async def test_keys_heard_in_the_sound_alone(office: Any, codec: str) -> None:
    phone, leg = await office.phone(codec=codec, events=None)
    pressed: list[DigitPressed] = []
    leg.on_digit = pressed.append
    _other, far = await office.phone(codec=codec, events=None, near=leg)
    leg.join(far)
    far.send_digits("7", 0.2)
    phone.talk()
    coder_sound = tone_of_key("7", phone.rate)
    for at in range(0, len(coder_sound), phone.rate // 50):
        phone.hush()
        phone.send(phone._coder.encode(coder_sound[at : at + phone.rate // 50]))
        await asyncio.sleep(0.02)
    phone.talk()
    await until(lambda: pressed)
    assert [each.digit for each in pressed] == ["7"]


def tone_of_key(_digit: str, rate: int) -> np.ndarray[Any, Any]:
    times = np.arange(rate * 2 // 5) / rate
    return (6000 * (np.sin(2 * np.pi * 852 * times) + np.sin(2 * np.pi * 1209 * times))).astype(np.int16)


async def test_a_prompt_goes_on_where_it_was_when_the_codec_changes(office: Any, tmp_path: Path) -> None:
    phone, leg = await office.phone(codec="PCMU")
    path = tmp_path / "steps.wav"
    steps = [sine(tmp_path / f"{hertz}.wav", hertz, 1.0) for hertz in (500.0, 900.0)]
    soundfile.write(path, np.concatenate([soundfile.read(step)[0] for step in steps]), 16000)
    playing = leg.begin((File(str(path)),))
    assert await phone.hear(0.4) == pytest.approx(500, abs=15)
    phone.codec = "G722"
    leg.configure(phone.stream())
    await asyncio.sleep(0.1)
    assert await phone.hear(0.3) == pytest.approx(500, abs=15)
    await asyncio.sleep(0.4)
    assert await phone.hear(0.3) == pytest.approx(900, abs=15)
    played = await playing
    assert played.finished
    assert played.seconds == pytest.approx(2.0, abs=0.05)


async def test_a_conversation_goes_on_when_a_codec_changes(office: Any) -> None:
    alice, mine = await office.phone(codec="PCMA")
    bob, theirs = await office.phone(codec="PCMA", near=mine)
    mine.join(theirs)
    alice.talk(500.0)
    bob.talk(900.0)
    for codec in ("opus", "G722", "PCMU", "opus", "PCMA"):
        bob.hush()
        bob.codec = codec
        bob._coder = CODECS[codec].coder(bob.rate)
        theirs.configure(bob.stream())
        bob.talk(900.0)
        await asyncio.sleep(0.3)
        bob.heard.clear()
        heard = await asyncio.gather(alice.hear(0.4), bob.hear(0.4))
        assert heard == [pytest.approx(900, abs=15), pytest.approx(500, abs=15)], codec


async def test_a_recording_goes_on_when_the_codec_changes(office: Any, tmp_path: Path) -> None:
    phone, leg = await office.phone(codec="PCMA")
    phone.timestamp = 0
    phone.talk(500.0)
    recording = asyncio.create_task(leg.record(str(tmp_path / "a.wav"), limit=2.0, both=True))
    for codec in ("opus", "G722", "PCMA"):
        await asyncio.sleep(0.4)
        phone.hush()
        phone.codec, phone.timestamp = codec, 0
        phone._coder = CODECS[codec].coder(phone.rate)
        leg.configure(phone.stream())
        phone.talk(500.0)
    assert (await recording).why == "limit"
    sound, rate = soundfile.read(tmp_path / "a.wav")
    assert len(sound) == 2.0 * rate
    windows = np.abs(sound[: len(sound) // 160 * 160]).reshape(-1, 160).max(axis=1)
    assert (windows > 0.1).sum() > 60, "of 100 frames: nothing is left out where it changes"


async def test_a_conference_of_all_codecs(office: Any, plane: MediaPlane) -> None:
    members = [await office.phone(codec=codec) for codec in CODECS]
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        leave = asyncio.Event()

        async def sit(leg: Any, codec: str) -> None:
            async with plane.conferences.seat(leg, codec, "room"):
                await leave.wait()

        for (_, leg), codec in zip(members, CODECS, strict=True):
            group.create_task(sit(leg, codec))
        members[0][0].talk(500.0)
        for phone, _ in members[1:]:
            phone.talk()
        await asyncio.sleep(0.4)
        heard = await asyncio.gather(*(phone.hear(0.5) for phone, _ in members))
        leave.set()
    assert heard[0] == 0.0
    assert heard[1:] == [pytest.approx(500, abs=15)] * (len(CODECS) - 1)
