"""Sounds are got ready in a thread that outlives every bad file, whole and in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import numpy as np
import pytest
import soundfile

from media.commands import File, Silence, Tone
from media.sound import prompts
from media.worker.playback import Playback
from media.worker.sounds import MAX_SOUNDS, Sounds


class Ready:
    """Sounds whose thread posts to a queue instead of a loop."""

    def __init__(self) -> None:
        self._posted: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.sounds = Sounds(self._posted.put)

    def load(self, *wanted: File | Tone | Silence, waits: bool = True) -> Playback:
        playback = Playback(1, wanted)
        playback.speak("PCMU")
        self.sounds.load(playback, "PCMU")
        if waits:
            assert playback.frame(160) == b"\xff" * 160, "silence while files are read"
            self.next_post()()
        return playback

    def next_post(self) -> Callable[[], None]:
        return self._posted.get(timeout=10)


@pytest.fixture
def ready() -> Ready:
    return Ready()


def heard(playback: Playback) -> int:
    """How many samples it lasts."""
    while playback.frame(160) is not None:
        assert playback.heard < 1_000_000
    return playback.heard


def write(path: Path, seconds: float) -> File:
    soundfile.write(path, np.full(int(seconds * 8000), 0.1), 8000)
    return File(str(path))


def test_files_tones_and_silence_in_order(ready: Ready, tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.wav", 0.5), write(tmp_path / "two.wav", 0.25)
    assert heard(ready.load(one, Silence(0.1), two, Tone("beep", "NL"))) == 4000 + 800 + 2000 + 2400
    assert heard(ready.load(two, one, waits=False)) == 6000, "at once when all are known"


def test_a_tone_ends_when_it_is_told_to(ready: Ready) -> None:
    assert heard(ready.load(Tone("busy", "NL", 2.5), Tone("beep", "NL"), waits=False)) == 20000 + 2400
    assert heard(ready.load(Tone("beep", "NL", 0.1), waits=False)) == 800


def test_more_than_the_cache_can_keep_is_heard_whole(
    ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready.sounds, "_cache", prompts.PromptCache(max_bytes=5000))
    assert heard(ready.load(*(write(tmp_path / f"{number}.wav", 0.5) for number in range(4)))) == 4 * 4000


def test_a_file_that_cannot_be_read_is_named_and_the_next_one_is_played(
    ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = ready.load(File(str(tmp_path / "none.wav")))
    assert failed.failed.endswith("none.wav does not exist")
    assert heard(failed) == 0

    info = soundfile.info

    def bursting(path: str) -> object:
        return info(path) if "odd" not in path else 1 / 0

    monkeypatch.setattr(soundfile, "info", bursting)
    odd = write(tmp_path / "odd.wav", 0.1)
    assert "ZeroDivisionError" in ready.load(odd).failed
    ready.sounds.preload([odd.path], ["PCMU"])
    assert heard(ready.load(write(tmp_path / "good.wav", 0.1))) == 800


def test_a_caller_waits_for_one_file_that_is_read_ahead_and_no_more(
    ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, read, info = Event(), Event(), [], soundfile.info

    def slow(path: str) -> object:
        read.append(Path(path).stem)
        begun.set()
        assert go_on.wait(10)
        return info(path)

    monkeypatch.setattr(soundfile, "info", slow)
    ready.sounds.preload([write(tmp_path / f"ahead{number}.wav", 0.1).path for number in range(20)], ["PCMA", "PCMU"])
    assert begun.wait(10)
    playback = ready.load(write(tmp_path / "wanted.wav", 0.1), waits=False)
    go_on.set()
    ready.next_post()()
    assert heard(playback) == 800
    assert read[:2] == ["ahead0", "wanted"]


def test_what_is_asked_in_vain_is_said_at_once(ready: Ready) -> None:
    assert "howler" in ready.load(Tone("howler", "NL"), waits=False).failed
    assert str(MAX_SOUNDS) in ready.load(*[Silence(0.1)] * (MAX_SOUNDS + 1), waits=False).failed
