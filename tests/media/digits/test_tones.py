"""Keys in the audio against the limits of ITU-T Q.24, and nothing heard in speech or noise."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from media.codecs.registry import PCMA, PCMU, Codec
from media.digits.tones import HIGH_HZ, KEYS, LOW_HZ, MIN_AMPLITUDE, ToneDetector, dual_tone
from media.sound.prompts import read_samples

FRAME = 160
PLACES = [(row, column) for row in range(4) for column in range(4)]
PROMPTS = sorted(Path("prompts/en").glob("*.wav")) + sorted(Path("dialplans/sounds").glob("*.wav"))
Samples = NDArray[Any]


def sound(
    row: int,
    column: int,
    ms: float,
    *,
    low: float = 4000.0,
    high: float = 4000.0,
    low_off: float = 0.0,
    high_off: float = 0.0,
) -> Samples:
    times = np.arange(int(ms * 8)) / 8000
    return low * np.sin(2 * np.pi * LOW_HZ[row] * (1 + low_off) * times) + high * np.sin(
        2 * np.pi * HIGH_HZ[column] * (1 + high_off) * times + 0.7
    )


def at_offset(samples: Samples, offset: int) -> Samples:
    """Silence around a sound that begins ``offset`` samples into a frame."""
    return np.concatenate([np.zeros(5 * FRAME + offset), samples, np.zeros(6 * FRAME)])


def listen(rows: Samples) -> list[str]:
    """What is heard in each of many lines of the same length at once."""
    detector, everyone = ToneDetector(len(rows)), np.arange(len(rows))
    heard = [""] * len(rows)
    pcm = rows.round().clip(-32768, 32767).astype(np.int16)
    for start in range(0, pcm.shape[1] - FRAME + 1, FRAME):
        for row, key in detector.detect(everyone, pcm[:, start : start + FRAME]):
            heard[row] += key
    return heard


def share_heard(make: Callable[[int, int], Samples], times: int = 1, step: int = 8) -> float:
    """For which share of all keys at all offsets within a frame exactly that key, ``times`` times, is heard."""
    lines = [(KEYS[r][c] * times, at_offset(make(r, c), o)) for r, c in PLACES for o in range(0, FRAME, step)]
    longest = max(len(line) for _, line in lines)
    rows = np.stack([np.pad(line, (0, longest - len(line))) for _, line in lines])
    heard = listen(rows)
    return float(np.mean([key == found for (key, _), found in zip(lines, heard, strict=True)]))


def test_every_key_of_40_ms_at_every_sample_offset() -> None:
    assert share_heard(lambda r, c: sound(r, c, 40), step=1) == 1.0


@pytest.mark.parametrize("ms", [5, 10, 15, 20, 22.5])
def test_nothing_under_23_ms(ms: float) -> None:
    assert share_heard(lambda r, c: sound(r, c, ms), times=0, step=1) == 1.0


@pytest.mark.parametrize(("low_off", "high_off"), [(a, b) for a in (-0.015, 0, 0.015) for b in (-0.015, 0, 0.015)])
def test_frequencies_one_and_a_half_percent_off_are_heard(low_off: float, high_off: float) -> None:
    assert share_heard(lambda r, c: sound(r, c, 50, low_off=low_off, high_off=high_off)) == 1.0


@pytest.mark.parametrize(
    ("low_off", "high_off"), [(-0.035, 0), (0.035, 0), (0, -0.035), (0, 0.035), (0.035, 0.035), (-0.035, -0.035)]
)
def test_frequencies_three_and_a_half_percent_off_are_not(low_off: float, high_off: float) -> None:
    assert share_heard(lambda r, c: sound(r, c, 200, low_off=low_off, high_off=high_off), times=0) == 1.0


@pytest.mark.parametrize(("db", "times"), [(8, 1), (4, 1), (0, 1), (-4, 1), (12, 0), (-8, 0)])
def test_twist(db: float, times: int) -> None:
    """Of the high tone over the low one: 8 dB and -4 dB are accepted."""
    assert share_heard(lambda r, c: sound(r, c, 50, low=3000, high=3000 * 10 ** (db / 20)), times) == 1.0


@pytest.mark.parametrize(("dbm0", "times"), [(-3.0, 1), (-10.0, 1), (-25.0, 1), (-45.0, 0)])
def test_level(dbm0: float, times: int) -> None:
    """Of each tone: -25 dBm0 must be heard; a sine at full scale has 3.14 dBm0."""
    amplitude = min(16000.0, 32767 * 10 ** ((dbm0 - 3.14) / 20))
    assert (amplitude > MIN_AMPLITUDE) == bool(times)
    assert share_heard(lambda r, c: sound(r, c, 50, low=amplitude, high=amplitude), times) == 1.0


def test_noise_15_db_below_the_tones() -> None:
    generator = np.random.default_rng(7)

    def noisy(row: int, column: int) -> Samples:
        tones = sound(row, column, 60)
        return tones + generator.normal(0, np.sqrt((tones**2).mean()) * 10 ** (-15 / 20), len(tones))

    assert share_heard(noisy) == 1.0


def test_a_gap_of_10_ms_does_not_make_two_presses() -> None:
    def interrupted(row: int, column: int) -> Samples:
        tones = sound(row, column, 110)
        tones[400:480] = 0
        return tones

    assert share_heard(interrupted) == 1.0


def test_the_same_key_after_40_ms_is_pressed_twice() -> None:
    def twice(row: int, column: int) -> Samples:
        return np.concatenate([sound(row, column, 50), np.zeros(320), sound(row, column, 50)])

    assert share_heard(twice, times=2) == 1.0


@pytest.mark.parametrize("codec", [PCMU, PCMA])
def test_what_we_press_is_heard_through_the_codec(codec: Codec) -> None:
    keys = "0123456789*#ABCD"
    parts = [part for key in keys for part in (dual_tone(key, 0.05), np.zeros(320, np.int16))]
    assert listen(codec.decode(codec.encode(np.concatenate(parts)))[None]) == [keys]


def test_what_is_no_key_has_no_tones() -> None:
    with pytest.raises(ValueError, match="no key"):
        dual_tone("E", 0.1)
    with pytest.raises(ValueError, match="no key"):
        dual_tone("", 0.1)


def test_lines_do_not_hear_each_other_and_a_reset_line_has_forgotten() -> None:
    lines = np.stack([at_offset(sound(0, 0, 100), 0), np.zeros(11 * FRAME + 800), at_offset(sound(3, 3, 100), 0)])
    assert listen(lines) == ["1", "", "D"]
    detector, only = ToneDetector(1), np.array([0])
    frames = sound(1, 1, 100).astype(np.int16).reshape(-1, 1, FRAME)
    assert [key for frame in frames for _, key in detector.detect(only, frame)] == ["5"]
    detector.reset(0)
    assert [key for frame in frames for _, key in detector.detect(only, frame)] == ["5"]


def test_not_every_line_has_a_frame_each_time() -> None:
    detector = ToneDetector(2)
    frames = sound(1, 1, 100).astype(np.int16).reshape(-1, 1, FRAME)
    heard = []
    for number, frame in enumerate(frames):
        heard += detector.detect(np.array([1]), frame)
        if number % 2:
            heard += detector.detect(np.array([0]), np.zeros((1, FRAME), np.int16))
    assert heard == [(1, "5")]


def test_one_tone_alone_is_no_key() -> None:
    times = np.arange(4000) / 8000
    lines = [6000 * np.sin(2 * np.pi * hertz * times) for hertz in (*LOW_HZ, *HIGH_HZ, 350.0, 425.0, 440.0, 1000.0)]
    assert listen(np.stack(lines)) == [""] * len(lines)


@pytest.mark.parametrize("path", PROMPTS, ids=lambda path: path.name)
def test_no_key_in_our_own_prompts(path: Path) -> None:
    assert listen(read_samples(path)[None].astype(float)) == [""]


def texts() -> Iterator[tuple[str, str]]:
    story = " ".join(
        word
        for page in ("README.md", "docs/architecture.md", "CONTRIBUTING.md")
        for word in Path(page).read_text().split()
        if word.isalpha()
    )
    for voice in ("en", "en+f3", "en+m3", "nl+f2", "de", "fr", "es+f4", "it"):
        yield voice, story[:1500]


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_no_key_in_minutes_of_speech_by_women_and_men(tmp_path: Path) -> None:
    spoken = []
    for voice, text in texts():
        path = tmp_path / f"{voice}.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), text], check=True)
        spoken.append(PCMU.decode(PCMU.encode(read_samples(path))))
    assert sum(map(len, spoken)) > 5 * 60 * 8000
    longest = max(map(len, spoken))
    assert listen(np.stack([np.pad(each, (0, longest - len(each))) for each in spoken])) == [""] * len(spoken)


@pytest.mark.parametrize("amplitude", [100, 1000, 10000])
def test_no_key_in_minutes_of_noise(amplitude: int) -> None:
    noise = np.random.default_rng(3).normal(0, amplitude, (8, 30 * 8000))
    assert listen(noise) == [""] * 8
