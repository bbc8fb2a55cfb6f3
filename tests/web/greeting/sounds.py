"""Sounds of known pitch, in every format that people send greetings in, and the pitch of what came of them."""

from __future__ import annotations

import io

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

HERTZ = 3000.0
"""Above what telephones used to carry at most: whether a greeting is kept for wideband callers shows."""
SECONDS = 3.0


def tone(seconds: float = SECONDS, hertz: float = HERTZ, rate: int = 48_000, peak: float = 0.3) -> NDArray[np.float32]:
    return (peak * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def by_libsndfile(form: str, subtype: str | None = None, sound: NDArray[np.float32] | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone() if sound is None else sound, 48_000, format=form, subtype=subtype)
    return file.getvalue()


def by_ffmpeg(form: str, codec: str, sound: NDArray[np.float32] | None = None) -> bytes:
    """As browsers record: WebM with Opus, MP4 with AAC."""
    file = io.BytesIO()
    samples = ((tone() if sound is None else sound) * 32767).astype(np.int16)
    with av.open(file, "w", format=form) as container:
        stream = container.add_stream(codec, rate=48_000)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        for at in range(0, len(samples), 960):
            frame = av.AudioFrame.from_ndarray(samples[None, at : at + 960], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def pitch(data: bytes, part: slice = slice(None)) -> float:
    """The strongest frequency, in Hz, of a WAV file."""
    sound, rate = soundfile.read(io.BytesIO(data), dtype="float64")
    sound = sound[part]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(spectrum.argmax() * rate / len(sound))
