"""Recordings: the timeline of a track, what ends one, the file at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from media.record import LAG_SAMPLES, MAX_LIMIT_SECONDS, QUIET_LEVEL, Recording, Track, WavFile, read_back

FRAME = np.full(160, 1000, np.int16)


def test_packets_lie_where_their_timestamps_say() -> None:
    track = Track(0.0)
    for number in (0, 1, 3, 2):
        track.add(0xFFFFFFF0 + number * 160 & 0xFFFFFFFF, FRAME * (number + 1), 0.02 * number)
    assert track.take(track.available()).reshape(-1, 160)[:, 0].tolist() == [1000, 2000, 0, 4000]


def test_a_repeated_packet_is_not_recorded_twice() -> None:
    track = Track(0.0)
    for _ in range(3):
        track.add(160, FRAME, 0.02)
    assert track.available() == 160


def test_pauses_last_as_long_as_they_did() -> None:
    track = Track(0.0)
    track.add(0, FRAME, 0.02)
    track.advance(2.0)
    assert track.available() == 16000 - LAG_SAMPLES


@pytest.mark.parametrize("timestamp", [0x70000000, 0x90000000])
def test_a_new_clock_of_the_source_makes_no_hole(timestamp: int) -> None:
    track = Track(0.0)
    track.add(0, FRAME, 0.02)
    track.add(timestamp, FRAME, 0.04)
    assert track.available() == 320


@pytest.mark.parametrize("timestamp", [0, 3000, 160 * 30 + 7000])
def test_a_codec_with_another_clock_goes_on_where_the_former_was(timestamp: int) -> None:
    recording = Recording(1, "x", 0.0, limit=60, both=True)
    assert recording.said is not None
    for track in (recording.heard, recording.said):
        for number in range(30):
            track.add(160 * number, FRAME, 0.02 * number)
    recording.begin_clocks()
    for track in (recording.heard, recording.said):
        for number in range(10):
            track.add(timestamp + 160 * number, FRAME, 0.6 + 0.02 * number)
        assert track.available() == 160 * 40
        assert np.all(track.take(160 * 40) == 1000)


def test_the_limit_ends_it_to_the_sample() -> None:
    recording = Recording(1, "x", 0.0, limit=0.5)
    blocks = [recording.block(0.25 * n) for n in range(1, 5)]
    assert recording.over == "limit"
    assert sum(map(len, blocks)) == 8000
    assert recording.seconds == 0.5


def test_silence_ends_it_and_speech_does_not() -> None:
    recording = Recording(1, "x", 0.0, limit=60, silence=1.0)
    for number in range(100):
        recording.heard.add(number * 160, FRAME, number * 0.02)
    recording.block(2.0)
    assert recording.over == ""
    recording.block(2.9)
    assert recording.over == ""
    recording.block(3.3)
    assert recording.over == "silence"


def test_both_sides_are_mixed_without_wrapping_around() -> None:
    recording = Recording(1, "x", 0.0, limit=60, both=True)
    assert recording.said is not None
    recording.heard.add(0, np.full(160, 30000, np.int16), 0.02)
    recording.said.add(0, np.full(160, 30000, np.int16), 0.02)
    assert set(np.frombuffer(recording.block(0.02), np.int16)) == {32767}


def test_a_key_that_is_not_asked_for_ends_nothing() -> None:
    recording = Recording(1, "x", 0.0, limit=60, stop_keys="#")
    recording.press("1")
    assert recording.over == ""
    recording.press("#")
    assert recording.over == "key"


def test_no_limit_is_longer_than_the_longest() -> None:
    assert Recording(1, "x", 0.0, limit=1e12).limit == MAX_LIMIT_SECONDS


def test_the_file_is_a_wav_after_each_block(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.wav"
    file = WavFile(str(path))
    assert soundfile.info(path).frames == 0
    for number in range(1, 4):
        file.write(FRAME.tobytes())
        assert soundfile.info(path).frames == 160 * number
    file.close()
    assert path.stat().st_mode & 0o077 == 0


# --- through a worker -------------------------------------------------------------------------------------------------


async def test_what_a_phone_says_is_in_the_file(office: Any, tmp_path: Path) -> None:
    phone, leg = await office.phone()
    phone.talk(700.0)
    recorded = await leg.record(str(tmp_path / "a.wav"), limit=0.8)
    samples, rate = soundfile.read(tmp_path / "a.wav")
    assert (recorded.why, recorded.seconds, rate, len(samples)) == ("limit", 0.8, 8000, 6400)
    spectrum = np.abs(np.fft.rfft(samples[1600:] * np.hanning(4800)))
    assert spectrum.argmax() * 8000 / 4800 == pytest.approx(700, abs=5)


async def test_both_sides_of_a_bridge_are_in_the_file(office: Any, tmp_path: Path) -> None:
    alice, left = await office.phone()
    bob, right = await office.phone(codec="PCMA", near=left)
    alice.talk(600.0)
    bob.talk(1100.0)
    left.join(right)
    await asyncio.sleep(0.2)
    await left.record(str(tmp_path / "a.wav"), limit=1.0, both=True)
    samples, _ = soundfile.read(tmp_path / "a.wav")
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    loudest = sorted(int(peak) for peak in np.argsort(spectrum)[-20:])
    assert any(abs(peak - 600) < 5 for peak in loudest)
    assert any(abs(peak - 1100) < 5 for peak in loudest)


async def test_a_key_stops_it(office: Any, tmp_path: Path) -> None:
    phone, leg = await office.phone()
    phone.talk()
    recording = asyncio.create_task(leg.record(str(tmp_path / "a.wav"), stop_keys="#"))
    await asyncio.sleep(0.3)
    phone.hush()
    await phone.press("#")
    recorded = await recording
    assert recorded.why == "key"
    assert 0.1 < recorded.seconds < 0.6


async def test_closing_the_leg_ends_it_with_its_true_length(office: Any, tmp_path: Path) -> None:
    phone, leg = await office.phone()
    phone.talk()
    recording = asyncio.create_task(leg.record(str(tmp_path / "a.wav")))
    await asyncio.sleep(0.6)
    await leg.close()
    recorded = await recording
    assert recorded.why == "closed"
    assert recorded.seconds == pytest.approx(soundfile.info(tmp_path / "a.wav").duration)
    assert recorded.seconds > 0.3


async def test_a_file_that_cannot_be_made_is_said(office: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    _phone, leg = await office.phone()
    recorded = await leg.record(str(tmp_path / "file" / "a.wav"))
    assert recorded.why == "failed"
    assert "cannot be written" in recorded.failed


async def test_a_killed_worker_leaves_a_file_up_to_the_last_second(office: Any, plane: Any, tmp_path: Path) -> None:
    phone, leg = await office.phone()
    phone.talk(700.0)
    recording = asyncio.create_task(leg.record(str(tmp_path / "a.wav")))
    await asyncio.sleep(1.6)
    os.kill(plane.pids[0], signal.SIGKILL)
    await recording
    assert 0.6 < soundfile.info(tmp_path / "a.wav").duration < 1.7


def written(path: Path, *levels: int) -> str:
    """A file with a second of each level."""
    file = WavFile(str(path))
    for level in levels:
        file.write(np.full(8000, level, np.int16).tobytes())
    file.close()
    return str(path)


def test_speech_is_what_is_no_silence() -> None:
    recording = Recording(1, "x", 0.0, limit=60)
    for number in range(200):
        level = 4 * QUIET_LEVEL if 50 <= number < 100 else QUIET_LEVEL // 2
        recording.heard.add(number * 160, np.full(160, level, np.int16), number * 0.02)
        if number % 10 == 9:
            recording.block(number * 0.02)
    assert recording.spoken == pytest.approx(1.0, abs=0.2)
    assert recording.seconds > 3.5


def test_a_file_tells_how_much_was_said_in_it(tmp_path: Path) -> None:
    loud, quiet = 4 * QUIET_LEVEL, QUIET_LEVEL // 2
    path = written(tmp_path / "a.wav", quiet, loud, loud, quiet)
    assert read_back(path) == (4.0, 2.0)
    assert read_back(path, enough=1.0) == (4.0, 1.0)
    assert read_back(written(tmp_path / "b.wav")) == (0.0, 0.0)
    assert read_back(str(tmp_path / "nowhere.wav")) == (0.0, 0.0)
    assert read_back(str(tmp_path)) == (0.0, 0.0)


def test_a_file_whose_end_is_missing_holds_what_is_there(tmp_path: Path) -> None:
    path = Path(written(tmp_path / "a.wav", 4 * QUIET_LEVEL, 4 * QUIET_LEVEL))
    path.write_bytes(path.read_bytes()[: WavFile.HEADER_BYTES + 16001])
    seconds, spoken = read_back(str(path))
    assert 0.99 < spoken <= seconds < 1.01
    path.write_bytes(b"RIFF")
    assert read_back(str(path)) == (0.0, 0.0)
