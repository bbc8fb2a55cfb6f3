"""Who was heard in a recording, for how long and from when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from media.sound.analysis import first_heard, loudest_frequency, quiet_share, read, seconds_of


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A second of silence, two of 440 Hz, one of 880 Hz."""
    times = np.arange(16000) / 8000
    parts = [np.zeros(8000), 0.3 * np.sin(2 * np.pi * 440 * times), 0.3 * np.sin(2 * np.pi * 880 * times[:8000])]
    path = tmp_path / "recording.wav"
    soundfile.write(path, np.concatenate(parts), 8000)
    return path


def test_what_is_in_a_recording(recording: Path) -> None:
    assert loudest_frequency(recording) == pytest.approx(440, abs=1)
    assert loudest_frequency(recording, last_seconds=0.9) == pytest.approx(880, abs=1)
    assert seconds_of(recording, 440) == pytest.approx(2.0, abs=0.11)
    assert seconds_of(recording, 880) == pytest.approx(1.0, abs=0.11)
    assert seconds_of(recording, 1000) == 0
    assert first_heard(recording, 880) == pytest.approx(3.0, abs=0.11)
    assert first_heard(recording, 1000) is None
    assert quiet_share(recording) == pytest.approx(0.25, abs=0.03)


def test_silence_and_nothing(tmp_path: Path) -> None:
    for seconds in (0.0, 0.01, 1.0):
        path = tmp_path / "silence.wav"
        soundfile.write(path, np.zeros(int(8000 * seconds)), 8000)
        assert loudest_frequency(path) == 0
        assert seconds_of(path, 440) == 0
        assert first_heard(path, 440) is None
        assert quiet_share(path) == 1.0


def test_of_several_channels_the_first(tmp_path: Path) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 600 * np.arange(16000) / 16000)
    soundfile.write(tmp_path / "two.wav", np.stack([tone, np.zeros(16000)], axis=1), 16000)
    samples, rate = read(tmp_path / "two.wav")
    assert (samples.shape, rate) == ((16000,), 16000)
    assert loudest_frequency(tmp_path / "two.wav") == pytest.approx(600, abs=1)
