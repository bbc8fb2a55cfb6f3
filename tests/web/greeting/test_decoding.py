"""What people send as a greeting: every format becomes the same, and what is none is refused in a sentence."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from media.sound.tidy import LOUDNESS
from tests.web.greeting.sounds import HERTZ, SECONDS, by_ffmpeg, by_libsndfile, pitch, tone
from web.greeting import decoding
from web.greeting.decoding import MAX_BYTES, decode
from web.greeting.kinds import KINDS, LIMIT_SECONDS, NEEDED, kind_of
from web.greeting.reading import RATE, Refused, make
from web.mistakes import Mistakes

FORMATS: dict[str, Callable[[], bytes]] = {
    "WAV": lambda: by_libsndfile("WAV", "PCM_24"),
    "FLAC": lambda: by_libsndfile("FLAC"),
    "Ogg": lambda: by_libsndfile("OGG", "OPUS"),
    "MP3": lambda: by_libsndfile("MP3"),
    "AIFF": lambda: by_libsndfile("AIFF"),
    "WebM": lambda: by_ffmpeg("webm", "libopus"),
    "MP4": lambda: by_ffmpeg("mp4", "aac"),
    "AAC": lambda: by_ffmpeg("adts", "aac"),
}


def refusal(data: bytes) -> str:
    with pytest.raises(Mistakes) as refused:
        decode(data)
    (mistake,) = refused.value.mistakes
    assert mistake.field == "file"
    return str(mistake.what)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_told_by_content_and_becomes_a_greeting_for_wideband_callers(name: str) -> None:
    data = FORMATS[name]()
    assert kind_of(data) is KINDS[name]
    made = decode(data)
    sound, rate = soundfile.read(io.BytesIO(made.data))
    assert (rate, sound.ndim) == (RATE, 1)
    assert made.seconds == pytest.approx(SECONDS, abs=0.1)
    assert pitch(made.data) == pytest.approx(HERTZ, abs=2)
    assert float(np.sqrt(np.mean(sound**2))) == pytest.approx(LOUDNESS, rel=0.1)


def test_there_is_a_file_of_every_kind() -> None:
    assert set(FORMATS) == set(KINDS)


def test_what_is_said_is_trimmed_and_stereo_is_mixed() -> None:
    silence = np.zeros(96_000, np.float32)
    said = np.concatenate([silence, tone(peak=0.02), silence])
    made = decode(by_libsndfile("WAV", sound=np.stack([said, said], axis=1)))
    assert made.seconds == pytest.approx(SECONDS + 0.4, abs=0.1)
    assert pitch(made.data) == pytest.approx(HERTZ, abs=2)


def why_not(data: bytes, folder: Path) -> str:
    """What the decoder finds, asked in this process."""
    kind = kind_of(data[:NEEDED])
    assert kind is not None
    (folder / "source").write_bytes(data)
    with pytest.raises(Refused) as refused:
        make(kind.name, folder / "source", folder / "target.wav")
    return refused.value.why


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "Ogg"])
def test_half_a_file_is_refused(name: str, tmp_path: Path) -> None:
    data = FORMATS[name]()
    assert why_not(data[: len(data) // 2], tmp_path) in ("cut off", "unreadable")


@pytest.mark.parametrize("name", FORMATS)
def test_what_only_begins_like_a_sound_is_refused(name: str, tmp_path: Path) -> None:
    assert why_not(FORMATS[name]()[:24] + bytes(range(256)) * 40, tmp_path) in ("cut off", "unreadable", "silent")


def test_a_film_without_sound_is_told_apart(tmp_path: Path) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(stream.encode(None))
    assert why_not(file.getvalue(), tmp_path) == "no audio"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "This file is empty"),
        (b"%PDF-1.7 ...........", "This is a PDF document. A greeting is"),
        (b"\x89PNG\r\n\x1a\n............", "This is a picture"),
        (b"\xff\xd8\xff\xe0............", "This is a picture"),
        (b"PK\x03\x04..................", "This is a ZIP archive"),
        (b"#EXTM3U\n/etc/passwd\nhttp://127.0.0.1/", "This is a list of files"),
        (b"\x00\x00\x00\x18ftyp#EXTM3U\nfile:///etc/passwd\n", "This looks like MP4, and cannot be read"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "This is no file of sound"),
        (b"<svg onload=alert(1)>..........", "This is no file of sound that can be read. These can: WAV,"),
        (bytes(5000), "This is no file of sound"),
    ],
)
def test_what_is_no_sound_is_named(data: bytes, said: str) -> None:
    assert refusal(data).startswith(said)


def test_silence_is_no_greeting() -> None:
    assert refusal(by_libsndfile("WAV", sound=np.zeros(96_000, np.float32))).startswith("Nobody speaks")
    assert refusal(by_libsndfile("WAV", sound=tone(0.05))).startswith("Nobody speaks")


def test_too_large_a_file_is_not_even_looked_at() -> None:
    assert refusal(b"RIFF" + bytes(MAX_BYTES)).startswith("This file is larger than 40 MB")


@pytest.mark.parametrize("form", ["FLAC", "WebM"])
def test_hours_of_silence_in_a_small_file_are_refused_before_they_fill_the_memory(form: str) -> None:
    silence = np.zeros(int(LIMIT_SECONDS * 48_000) + 96_000, np.float32)
    bomb = by_libsndfile("FLAC", sound=silence) if form == "FLAC" else by_ffmpeg("webm", "libopus", silence)
    assert len(bomb) < 1 << 20
    assert refusal(bomb).startswith("This lasts longer than 3 minutes")


def test_a_header_that_promises_millions_of_samples_a_second_is_refused() -> None:
    data = bytearray(by_libsndfile("WAV"))
    data[24:28] = struct.pack("<I", 0x7FFFFFFF)
    assert refusal(bytes(data)).startswith("This looks like WAV")


def test_a_decoder_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(decoding, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(decoding.tempfile, "tempdir", str(tmp_path))
    began = time.monotonic()
    assert refusal(by_libsndfile("WAV")).startswith("This looks like WAV")
    assert time.monotonic() - began < 5
    assert not list(tmp_path.glob("belplan-greeting-*"))


def test_the_decoder_has_neither_our_environment_nor_more_of_the_machine_than_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = {}
    run = decoding.subprocess.run

    def look(command: list[str], **given: object) -> object:
        seen.update(given)
        return run(command, **given)  # type: ignore[call-overload]

    monkeypatch.setenv("BELPLAN_SMTP_PASSWORD", "a secret")
    monkeypatch.setattr(decoding.subprocess, "run", look)
    decode(by_libsndfile("WAV"))
    assert "a secret" not in str(seen["env"])
