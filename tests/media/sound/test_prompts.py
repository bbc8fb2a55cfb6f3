"""Recorded sounds: any format and rate sounds the same, changed files are read anew, bad ones are named."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from media.codecs.registry import PCMA, PCMU
from media.sound import prompts
from media.sound.prompts import (
    MAX_BLOCK_FRAMES,
    MAX_CHANNELS,
    MAX_SECONDS,
    PEAK,
    RATES,
    PromptCache,
    UnreadableSound,
    probe,
    read_samples,
)

FORMATS = [
    ("wav", "PCM_16"),
    ("wav", "PCM_U8"),
    ("wav", "PCM_24"),
    ("wav", "FLOAT"),
    ("wav", "ULAW"),
    ("flac", "PCM_16"),
    ("ogg", "VORBIS"),
]


def write(
    path: Path, hertz: float = 440.0, seconds: float = 0.5, rate: int = 8000, channels: int = 1, **how: str
) -> Path:
    times = np.arange(int(seconds * rate)) / rate
    tone = 0.5 * np.sin(2 * np.pi * hertz * times)
    soundfile.write(path, np.stack([tone] * channels, axis=1), rate, **how)
    return path


def pitch(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * 8000 / len(samples))


@pytest.mark.parametrize(("suffix", "subtype"), FORMATS)
def test_every_format_that_is_promised(tmp_path: Path, suffix: str, subtype: str) -> None:
    path = write(tmp_path / f"tone.{suffix}", subtype=subtype)
    samples = read_samples(path)
    assert probe(path) == pytest.approx(0.5)
    assert len(samples) == 4000
    assert pitch(samples) == pytest.approx(440, abs=3)
    assert np.abs(samples).max() == pytest.approx(0.5 * 32767, rel=0.05)


@pytest.mark.parametrize("rate", [6000, 8000, 11025, 16000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_mono_and_stereo(tmp_path: Path, rate: int, channels: int) -> None:
    samples = read_samples(write(tmp_path / "tone.wav", rate=rate, channels=channels))
    assert len(samples) == pytest.approx(4000, abs=2)
    assert pitch(samples) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("rate", [8000, 44100])
def test_a_sound_of_many_blocks_has_no_seams(tmp_path: Path, rate: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "tone.wav", seconds=4.0, rate=rate, channels=2)
    whole = read_samples(path)
    monkeypatch.setattr(prompts, "MAX_BLOCK_FRAMES", 441)
    in_blocks = read_samples(path)
    assert len(in_blocks) == len(whole) == 32000
    assert np.abs(in_blocks.astype(int) - whole).max() <= 1
    assert MAX_BLOCK_FRAMES * MAX_CHANNELS * 4 <= 8 << 20


def test_less_than_a_sample_at_our_rate_is_too_short(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSound, match="too short"):
        read_samples(write(tmp_path / "tone.wav", seconds=1 / 96000, rate=96000))


@pytest.mark.parametrize(("suffix", "subtype"), [("wav", "PCM_16"), ("flac", "PCM_16"), ("ogg", "VORBIS")])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_damaged_files_are_played_or_named(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, subtype: str, data: st.DataObject
) -> None:
    path = write(tmp_path_factory.mktemp("damaged") / f"tone.{suffix}", seconds=0.1, subtype=subtype)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, min(len(content), 200) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    refused, samples = "", np.zeros(0, np.int16)
    try:
        samples = read_samples(path)
    except UnreadableSound as error:
        refused = str(error)
    assert str(path) in refused if refused else 0 < len(samples) <= MAX_SECONDS * 8000 + 1


def test_what_is_above_half_the_rate_is_gone_and_not_folded_back(tmp_path: Path) -> None:
    samples = read_samples(write(tmp_path / "high.wav", hertz=5000, rate=44100))
    assert np.abs(samples[200:-200]).max() < 100


def test_a_channel_alone_is_heard_at_half_strength(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
    soundfile.write(tmp_path / "left.wav", np.stack([tone, np.zeros(4000)], axis=1), 8000)
    assert np.abs(read_samples(tmp_path / "left.wav")).max() == pytest.approx(0.25 * 32767, rel=0.02)


def test_what_is_too_loud_is_turned_down_and_does_not_clip(tmp_path: Path) -> None:
    tone = 3.0 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
    soundfile.write(tmp_path / "loud.wav", tone, 8000, subtype="FLOAT")
    samples = read_samples(tmp_path / "loud.wav")
    assert np.abs(samples).max() == pytest.approx(PEAK * 32767, rel=0.01)
    assert np.corrcoef(samples, tone)[0, 1] > 0.999


def test_numbers_that_are_none_are_silence(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "nan.wav", np.full(800, np.nan), 8000, subtype="FLOAT")
    assert not read_samples(tmp_path / "nan.wav").any()
    soundfile.write(tmp_path / "inf.wav", np.array([0.1, np.inf, -np.inf] * 200), 8000, subtype="FLOAT")
    assert np.abs(read_samples(tmp_path / "inf.wav")).max() == int(PEAK * 32767)


def test_why_a_file_cannot_be_played_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def why(path: Path) -> str:
        for ask in (probe, read_samples):
            with pytest.raises(UnreadableSound) as refused:
                ask(path)
        assert str(path) in str(refused.value)
        return str(refused.value)

    assert why(tmp_path / "none.wav").endswith("does not exist")
    (tmp_path / "text.wav").write_text("this is no sound")
    assert "no audio file that can be read" in why(tmp_path / "text.wav")
    (tmp_path / "nothing.wav").touch()
    assert "no audio file" in why(tmp_path / "nothing.wav")
    assert why(tmp_path).endswith("is no file")
    os.mkfifo(tmp_path / "pipe.wav")
    assert why(tmp_path / "pipe.wav").endswith("is no file"), "and nobody waits for what it may bring"
    assert why(Path("a\0b")).endswith("does not exist")
    assert why(write(tmp_path / "empty.wav", seconds=0)).endswith("is empty")
    assert f"{MAX_CHANNELS} are the most" in why(write(tmp_path / "many.wav", channels=MAX_CHANNELS + 1))
    for rate in (RATES[0] - 1, RATES[1] + 1):
        assert f"has {rate} samples a second" in why(write(tmp_path / "rate.wav", rate=rate))
    monkeypatch.setattr(prompts, "MAX_SECONDS", 0.4)
    assert "are the most" in why(write(tmp_path / "long.wav"))
    assert MAX_SECONDS >= 600


def test_a_file_that_was_cut_off_is_played_as_far_as_it_goes_or_named(tmp_path: Path) -> None:
    whole = write(tmp_path / "cut.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    assert 1500 < len(read_samples(tmp_path / "cut.wav")) <= 2000


def test_a_sound_is_encoded_once_per_codec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(write(tmp_path / "tone.wav"))
    read: list[str] = []
    monkeypatch.setattr(prompts, "probe", lambda name: read.append(name) or probe(name))
    cache = PromptCache()
    assert cache.peek(path, "PCMU") is None
    for _ in range(3):
        mu_law, a_law = cache.get(path, "PCMU"), cache.get(path, "PCMA")
    assert read == [path, path]
    assert (mu_law, a_law) == (PCMU.encode(read_samples(path)), PCMA.encode(read_samples(path)))
    assert cache.peek(path, "PCMU") is cache.get(path, "PCMU")


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    path, cache = write(tmp_path / "tone.wav", 440), PromptCache()
    before = cache.get(str(path), "PCMU")
    write(path, 880)
    os.utime(path, ns=(1, 1))
    assert cache.peek(str(path), "PCMU") is None
    after = cache.get(str(path), "PCMU")
    assert len(after) == len(before)
    assert pitch(PCMU.decode(after)) == pytest.approx(880, abs=3)


def test_a_file_that_is_gone_or_broken_is_heard_as_it_was_until_it_is_mended(tmp_path: Path) -> None:
    path, cache = write(tmp_path / "tone.wav", 440), PromptCache()
    before = cache.get(str(path), "PCMU")
    path.unlink()
    assert cache.peek(str(path), "PCMU") is None, "each play looks whether it has come back"
    assert cache.get(str(path), "PCMU") == before
    path.write_bytes(b"half a header")
    assert cache.get(str(path), "PCMU") == before
    with pytest.raises(UnreadableSound, match="no audio file"):
        cache.get(str(path), "PCMA")
    write(path, 880)
    assert pitch(PCMU.decode(cache.get(str(path), "PCMU"))) == pytest.approx(880, abs=3)


def test_the_cache_is_bounded_and_forgets_what_was_not_used(tmp_path: Path) -> None:
    paths = [str(write(tmp_path / f"{number}.wav")) for number in range(4)]
    cache = PromptCache(max_bytes=3 * 4000)
    for path in (*paths[:3], paths[0], paths[3]):
        cache.get(path, "PCMU")
    assert [cache.peek(path, "PCMU") is not None for path in paths] == [True, False, True, True]
    big = str(write(tmp_path / "big.wav", seconds=5))
    assert len(cache.get(big, "PCMU")) == 40000
    assert [cache.peek(path, "PCMU") for path in paths] == [None] * 4, "one sound larger than all room is still played"


def test_many_threads_may_ask(tmp_path: Path) -> None:
    paths = [str(write(tmp_path / f"{number}.wav", 300 + 100 * number)) for number in range(4)]
    cache, wrong = PromptCache(max_bytes=2 * 4000), []

    def ask() -> None:
        for turn in range(40):
            number = turn % 4
            if abs(pitch(PCMU.decode(cache.get(paths[number], "PCMU"))) - 300 - 100 * number) > 3:
                wrong.append(number)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert cache._bytes == sum(len(kept.data) for kept in cache._kept.values()) <= 2 * 4000


def test_every_prompt_of_ours_is_short_and_neither_faint_nor_clipped() -> None:
    found = sorted(Path("prompts/en").glob("*.wav"))
    assert {"invalid-choice", "please-hold", "not-available", "goodbye", "beep", "digit-0", "digit-9"} <= {
        path.stem for path in found
    }
    for path in found:
        peak = np.abs(read_samples(path)).max()
        assert 3000 < peak <= PEAK * 32767 + 1, path
        assert probe(path) < 30, path


def test_a_flac_that_does_not_tell_its_length_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "tone.flac", seconds=1.5)
    content = bytearray(path.read_bytes())
    assert content[4] & 0x7F == 0, "STREAMINFO comes first"
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    with pytest.raises(UnreadableSound, match="does not say how long it is"):
        probe(path)
