"""G.722 at 64 kbit/s: 7 kHz of sound in as many bytes as G.711 takes for 3.4 (ITU-T G.722, RFC 3551 section 4.5.2).

Its RTP clock runs at 8,000 Hz by a mistake that RFC 3551 keeps, though it samples at 16,000. At a rate of 8,000 Hz only
the lower half of the band is made or heard.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.codecs.coder import Codec, Samples

BITS_A_SECOND = 64_000


class G722Coder:
    """The predictor's state is that of one direction: both are kept, as a leg needs one object only."""

    __slots__ = ("_decoder", "_encoder")

    def __init__(self, rate: int) -> None:
        from G722 import G722

        self._encoder = G722(rate, BITS_A_SECOND)
        self._decoder = G722(rate, BITS_A_SECOND)

    def encode(self, samples: NDArray[Any]) -> bytes:
        encoded: bytes = self._encoder.encode(np.ascontiguousarray(samples, np.int16))
        return encoded

    def decode(self, payload: bytes) -> Samples:
        return np.asarray(self._decoder.decode(payload), dtype=np.int16)


G722 = Codec("G722", 9, clock_rate=8000, sound_rate=16000, silence=b"\xfa", coder=G722Coder, block_frames=25)
