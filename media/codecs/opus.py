"""Opus (RFC 6716, RFC 7587), by the libopus that PyAV's wheel brings. Its RTP clock runs at 48,000 Hz at every rate."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from media.codecs.coder import Codec, Samples

BITS_A_SECOND = 24_000
COMPLEXITY = 5
DECODED_RATE = 48_000
MAX_SAMPLES = 960 * 6
"""Of one packet when decoded: 120 ms (RFC 6716 section 2.1.4)."""
TAPS = 97
PASSED = 0.9
"""Of the lower rate's band."""
_SILENCE = b"\xf8\xff\xfe"
"""A frame of 20 ms in which there is nothing, as libopus writes it at first."""


class Decimation:
    """A stream brought to a rate lower by a whole ``factor``, through a low pass, a millisecond later."""

    __slots__ = ("_before", "_factor", "_taps")

    def __init__(self, factor: int) -> None:
        at = np.arange(TAPS) - (TAPS - 1) / 2
        taps = np.sinc(PASSED / factor * at) * np.hamming(TAPS)
        self._taps = (taps / taps.sum()).astype(np.float32)
        self._factor = factor
        self._before = np.zeros(TAPS - 1, np.float32)

    def take(self, samples: NDArray[Any]) -> Samples:
        """The next samples; a multiple of the factor."""
        whole = np.concatenate([self._before, samples])
        self._before = whole[len(whole) - TAPS + 1 :]
        lower = sliding_window_view(whole, TAPS)[:: self._factor] @ self._taps
        return np.asarray(np.clip(lower, -32768, 32767), dtype=np.int16)


class OpusCoder:
    """Both directions; each is made when it is first used."""

    __slots__ = ("_decoder", "_down", "_encoder", "_rate")

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._encoder: Any = None
        self._decoder: Any = None
        self._down: Any = None

    def encode(self, samples: NDArray[Any]) -> bytes:
        """One frame of 20 ms."""
        import av

        if self._encoder is None:
            self._encoder = av.CodecContext.create("libopus", "w")
            self._encoder.sample_rate = self._rate
            self._encoder.layout = "mono"
            self._encoder.format = "s16"
            self._encoder.bit_rate = BITS_A_SECOND
            self._encoder.options = {
                "application": "voip",
                "frame_duration": "20",
                "compression_level": str(COMPLEXITY),
            }
            self._encoder.open()
        plane = np.ascontiguousarray(samples, np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(plane, format="s16", layout="mono")
        frame.sample_rate = self._rate
        return b"".join(bytes(packet) for packet in self._encoder.encode(frame))

    def decode(self, payload: bytes) -> Samples:
        """Any packet's sound; one that is broken or empty says nothing."""
        import av

        if not payload:
            return np.zeros(0, np.int16)
        if self._decoder is None:
            self._decoder = av.CodecContext.create("libopus", "r")
            self._decoder.layout = "mono"
            self._down = Decimation(DECODED_RATE // self._rate)
        try:
            frames = self._decoder.decode(av.Packet(payload))
        except av.error.FFmpegError:
            self._decoder = None
            return np.zeros(0, np.int16)
        sound = [frame.to_ndarray().reshape(-1)[:MAX_SAMPLES] for frame in frames]
        return self._down.take(np.concatenate(sound)) if sound else np.zeros(0, np.int16)


def available() -> bool:
    """Whether the library is installed."""
    return find_spec("av") is not None


OPUS = Codec(
    "opus", None, clock_rate=48000, sound_rate=16000, silence=_SILENCE, coder=OpusCoder, in_packets=True, block_frames=1
)
