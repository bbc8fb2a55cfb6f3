"""What somebody recorded by phone: trimmed and evened out, and left alone where that would harm it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from media.sound.prompts import RATE, UnreadableSound, probe, read_samples
from media.sound.tidy import LOUDNESS, MARGIN_SECONDS, MOST_GAIN, PEAK, Samples, evened, tidy, trimmed


def tone(seconds: float, peak: float, hertz: float = 440.0) -> Samples:
    return peak * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def hiss(seconds: float, level: float) -> Samples:
    return level * np.random.default_rng(7).standard_normal(int(seconds * RATE))


def between(before: float, said: Samples, after: float, noise: float = 0.0) -> Samples:
    whole = np.concatenate([np.zeros(int(before * RATE)), said, np.zeros(int(after * RATE))])
    return whole + hiss(len(whole) / RATE, noise)[: len(whole)]


def level(sound: Samples) -> float:
    return float(np.sqrt(np.mean(sound**2)))


@pytest.mark.parametrize("noise", [0.0, 0.002, 0.01])
def test_silence_and_hiss_around_what_was_said_go_but_for_a_margin(noise: float) -> None:
    left = trimmed(between(2.0, tone(1.5, 0.3), 3.0, noise))
    assert len(left) / RATE == pytest.approx(1.5 + 2 * MARGIN_SECONDS, abs=0.05)


def test_pauses_within_stay() -> None:
    said = np.concatenate([tone(1.0, 0.3), np.zeros(2 * RATE), tone(1.0, 0.3)])
    assert len(trimmed(between(1.0, said, 1.0))) / RATE == pytest.approx(4.0 + 2 * MARGIN_SECONDS, abs=0.05)


@pytest.mark.parametrize("peak", [0.05, 0.3, 0.95])
def test_faint_and_loud_ones_become_alike(peak: float) -> None:
    assert level(evened(tone(2.0, peak))) == pytest.approx(LOUDNESS, rel=0.05)


def test_nothing_clips_and_noise_is_not_made_loud() -> None:
    spiky = tone(2.0, 0.05)
    spiky[RATE] = 0.6
    assert np.abs(evened(spiky)).max() <= PEAK + 1e-9
    faint = tone(2.0, 0.006)
    assert level(evened(faint)) == pytest.approx(MOST_GAIN * level(faint), rel=0.01), "no more than that"
    assert np.array_equal(evened(hiss(2.0, 0.001)), hiss(2.0, 0.001)), "nobody speaks in it"


def test_a_file_is_replaced_by_its_tidied_self(tmp_path: Path) -> None:
    path = tmp_path / "draft.wav"
    soundfile.write(path, between(1.0, tone(2.0, 0.05), 4.0), RATE, subtype="PCM_16")
    assert tidy(path)
    assert probe(path) == pytest.approx(2.0 + 2 * MARGIN_SECONDS, abs=0.05)
    assert np.abs(read_samples(path)).max() > 0.1 * 32768
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"


def test_it_can_be_kept_for_callers_who_hear_more_than_a_telephone_carries(tmp_path: Path) -> None:
    path, rate = tmp_path / "draft.wav", 16000
    quiet = np.zeros(rate)
    high = 0.05 * np.sin(2 * np.pi * 6000 * np.arange(2 * rate) / rate)
    soundfile.write(path, np.concatenate([quiet, high, quiet]), rate, subtype="PCM_16")
    assert tidy(path, rate)
    sound, kept = soundfile.read(path)
    assert (kept, len(sound) / kept) == (rate, pytest.approx(2.0 + 2 * MARGIN_SECONDS, abs=0.05))
    assert level(sound[rate : 2 * rate]) == pytest.approx(LOUDNESS, rel=0.05)


@pytest.mark.parametrize("said", [0.0, 0.05])
def test_when_in_doubt_it_stays_as_it_was(tmp_path: Path, said: float) -> None:
    path = tmp_path / "draft.wav"
    soundfile.write(path, between(1.0, tone(said, 0.3), 1.0), RATE, subtype="PCM_16")
    before = path.read_bytes()
    assert not tidy(path)
    assert path.read_bytes() == before


def test_what_is_no_sound_is_told(tmp_path: Path) -> None:
    (tmp_path / "draft.wav").write_bytes(b"RIFF is not enough")
    with pytest.raises(UnreadableSound):
        tidy(tmp_path / "draft.wav")
    with pytest.raises(UnreadableSound):
        tidy(tmp_path / "gone.wav")
