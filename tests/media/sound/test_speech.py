"""Texts become files once, by what they say, and what prevents it is a sentence."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from media.sound.prompts import probe, read_samples
from media.sound.speech import MAX_TEXT, PROGRAM, SpeechUnavailable, synthesise

needs_espeak = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason=f"{PROGRAM} is not installed")


@needs_espeak
def test_a_text_is_spoken_and_can_be_played(tmp_path: Path) -> None:
    path = synthesise("Welcome to the bakery.", "en", tmp_path / "new" / "cache")
    assert path.parent == tmp_path / "new" / "cache"
    assert 0.5 < probe(path) < 5
    assert np.abs(read_samples(path)).max() > 3000


@needs_espeak
def test_the_same_text_is_spoken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = synthesise("Hello  there,\n caller", "en", tmp_path)
    monkeypatch.setenv("PATH", "")
    assert synthesise("Hello there, caller", "en", tmp_path) == first, "white space says nothing"
    for text, language in (("Hello there", "en"), ("Hello there, caller", "nl")):
        with pytest.raises(SpeechUnavailable):
            synthesise(text, language, tmp_path)


@needs_espeak
@pytest.mark.parametrize(
    "text", ["-w /tmp/elsewhere.wav", "--help", "$(reboot); `x`", "<speak>a</speak>", "één, größer"]
)
def test_no_text_is_taken_for_an_option_or_a_command(tmp_path: Path, text: str) -> None:
    assert probe(synthesise(text, "en", tmp_path)) > 0.1
    assert len(list(tmp_path.iterdir())) == 1


def test_without_the_program_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechUnavailable, match=f"apt install {PROGRAM}"):
        synthesise("hello", "en", tmp_path / "cache")


@needs_espeak
@pytest.mark.parametrize("language", ["xx-klingon", "../../etc/passwd", "-h"])
def test_a_language_that_is_none_is_named_and_leaves_nothing(tmp_path: Path, language: str) -> None:
    with pytest.raises(SpeechUnavailable):
        synthesise("hello", language, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "why"), [("", "no text"), (" \n\t", "no text"), ("a" * (MAX_TEXT + 1), "can be spoken")]
)
def test_texts_that_are_not_spoken(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(SpeechUnavailable, match=why):
        synthesise(text, "en", tmp_path)


def test_a_program_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / PROGRAM
    program.write_text("#!/bin/sh\necho the voice is hoarse >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(SpeechUnavailable, match="the voice is hoarse"):
        synthesise("hello", "en", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_a_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / PROGRAM
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(SpeechUnavailable, match=r"cannot be kept in .*file"):
        synthesise("hello", "en", tmp_path / "file" / "cache")


@needs_espeak
def test_two_loads_at_once_make_one_whole_file(tmp_path: Path) -> None:
    made: list[Path] = []
    threads = [threading.Thread(target=lambda: made.append(synthesise("at once", "en", tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert list(tmp_path.iterdir()) == [made[0]]
    assert probe(made[0]) > 0.2


def test_a_damaged_file_of_the_cache_is_made_again(tmp_path: Path) -> None:
    path = synthesise("good morning", "en", tmp_path)
    length = probe(path)
    for damage in (b"", path.read_bytes()[:20]):
        path.write_bytes(damage)
        assert synthesise("good morning", "en", tmp_path) == path
        assert probe(path) == length
    assert path.stat().st_mode & 0o444 == 0o444, "the engine can read what another user's `check` made"
