"""Opus as other programs send it: packets of any length RFC 6716 allows, one or two channels, no silence, noise."""

from __future__ import annotations

import random
from collections.abc import Iterator

import av
import numpy as np
import pytest

from media.codecs.opus import MAX_SAMPLES, OpusCoder

SECONDS = 0.6
LOSSY = {"fec": "1", "packet_loss": "20"}


def packets(ms: float, layout: str = "mono", hertz: float = 440.0, **options: str) -> Iterator[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = 48_000, layout, "s16", 24_000
    encoder.options = {"frame_duration": str(ms), **options}
    size = int(48 * ms)
    for number in range(int(SECONDS * 1000 / ms)):
        sound = 8000 * np.sin(2 * np.pi * hertz * (np.arange(size) + number * size) / 48_000)
        plane = np.repeat(sound, 2 if layout == "stereo" else 1).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(plane, format="s16", layout=layout)
        frame.sample_rate = 48_000
        yield from (bytes(packet) for packet in encoder.encode(frame))


@pytest.mark.parametrize("options", [{}, {"layout": "stereo"}, LOSSY], ids=["mono", "stereo", "fec"])
@pytest.mark.parametrize("ms", [2.5, 5, 10, 20, 40, 60, 100, 120])
def test_a_packet_of_any_length_is_its_sound(ms: float, options: dict[str, str]) -> None:
    coder = OpusCoder(8000)
    heard = [coder.decode(packet) for packet in packets(ms, **options)]
    assert {len(samples) for samples in heard} == {int(8 * ms)}
    sound = np.concatenate(heard)[1600:]
    assert np.abs(np.fft.rfft(sound)).argmax() * 8000 / len(sound) == pytest.approx(440, abs=5)


def test_packets_that_stand_for_silence_are_silent() -> None:
    coder = OpusCoder(8000)
    heard = [coder.decode(packet) for packet in packets(20, hertz=0.0, dtx="1")]
    assert all(len(samples) in (0, 160) for samples in heard)
    assert not np.any(np.concatenate(heard) > 20)
    for packet in (b"\xf8", b"\xfc\xff\xfe"):
        assert not np.any(np.abs(coder.decode(packet)) > 20)


def test_noise_and_broken_packets_are_no_more_than_120_ms_of_anything() -> None:
    """Whatever the bytes: nothing raises, and a good packet is heard again after them."""
    chance, coder = random.Random(1), OpusCoder(8000)
    for _ in range(300):
        assert len(coder.decode(chance.randbytes(chance.randint(0, 60)))) <= MAX_SAMPLES // 6
    for packet in (b"\x03", b"\xfb\x30", b"\x0b\x86", b"\xff\x40", b"\xe3\x30" + bytes(48)):
        assert len(coder.decode(packet)) <= MAX_SAMPLES // 6
    assert max(np.abs(coder.decode(packet)).max(initial=0) for packet in packets(20)) > 4000
