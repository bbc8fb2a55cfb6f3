"""What codecs cost: CPU per frame of 20 ms to encode, decode and convert, and the bytes a second they take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from media.codecs.conversion import RATE, Converter
from media.codecs.registry import CODECS

SECONDS = 20
FRAMES = 50 * SECONDS


def codecs() -> None:
    """One line a codec, then one for each pair that a bridge converts packet by packet."""
    for name, codec in CODECS.items():
        spoken = [_frames(rate) for rate in (codec.sound_rate, RATE)]
        wide, narrow = (codec.coder(rate) for rate in (codec.sound_rate, RATE))
        costs = [_cost(wide.encode, spoken[0]), _cost(narrow.encode, spoken[1])]
        packets = [narrow.encode(frame) for frame in spoken[1]]
        costs.append(_cost(narrow.decode, packets))
        wire = sum(len(wide.encode(frame)) for frame in spoken[0]) / SECONDS
        print(f"codec {name} us_encode_wide={costs[0]:.1f} us_encode_8k={costs[1]:.1f} us_decode_8k={costs[2]:.1f}"
              f" bytes_a_second={wire:.0f}", flush=True)  # fmt: skip
    for source, target in (("PCMU", "PCMA"), ("G722", "PCMA"), ("PCMA", "G722")):
        coder, converter = CODECS[source].coder(RATE), Converter(target)
        packets = [coder.encode(frame) for frame in _frames(RATE)]
        print(f"convert {source} {target} us={_cost(partial(converter.convert, source), packets):.1f}", flush=True)


def _frames(rate: int) -> list[np.ndarray[tuple[int], np.dtype[np.int16]]]:
    """Something like a voice: a few harmonics whose loudness goes up and down."""
    times = np.arange(rate * SECONDS) / rate
    voice = sum(np.sin(2 * np.pi * hertz * times) / hertz for hertz in (140.0, 280.0, 560.0, 1120.0, 2240.0))
    sound = (voice * (1 + np.sin(2 * np.pi * 3 * times)) * 400_000).clip(-30_000, 30_000).astype(np.int16)
    return list(sound.reshape(FRAMES, -1))


def _cost(work: Callable[[Any], object], pieces: Iterable[Any]) -> float:
    """Microseconds of CPU for one."""
    pieces = list(pieces)
    began = time.process_time()
    for piece in pieces:
        work(piece)
    return (time.process_time() - began) / len(pieces) * 1e6
