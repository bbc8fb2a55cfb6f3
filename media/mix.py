"""Mixing conferences: one frame of all members of all rooms that are due, as one matrix (members x 160).

Each member hears the total of the room minus what they said themselves. Sums are made at 32 bits and cut off at 16, so
that many loud voices are clipped and never wrap around.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.codecs.g711 import A_LAW_DECODED, MU_LAW_DECODED, encode_a_law, encode_mu_law
from media.rtp import FRAME_SAMPLES

ROWS = {"PCMU": 0, "PCMA": 1}
"""The row of the tables that a codec is decoded and encoded with."""
NOTHING = 2
"""The row of somebody who says nothing: A-law has no zero, and thirty of its smallest steps would add up."""

LOUDEST = 32767

_EVERY_SAMPLE = np.arange(65536, dtype=np.uint16).view(np.int16)
_DECODED = np.stack([MU_LAW_DECODED, A_LAW_DECODED, np.zeros(256, np.int16)]).astype(np.int32)
_ENCODED = np.stack(
    [np.frombuffer(encode(_EVERY_SAMPLE), np.uint8) for encode in (encode_mu_law, encode_a_law)],
)


def mix(
    said: bytes,
    said_in: Sequence[int],
    heard_in: Sequence[int],
    rooms: Sequence[int],
    on_top: Mapping[int, NDArray[Any]],
) -> list[bytes]:
    """What each member hears in this frame, 160 bytes each.

    ``said`` is a frame of 160 bytes of every member, one room after the other; ``rooms`` says how many members each
    room has. ``said_in`` and ``heard_in`` are rows of ROWS, ``said_in`` may be NOTHING. ``on_top`` are 16-bit samples
    that a member (by index) hears besides the others.
    """
    codes = np.frombuffer(said, np.uint8).reshape(-1, FRAME_SAMPLES)
    samples = _DECODED[np.asarray(said_in)[:, None], codes]
    beginnings = np.cumsum([0, *rooms[:-1]])
    totals = np.add.reduceat(samples, beginnings, axis=0)
    others = np.repeat(totals, rooms, axis=0) - samples
    for member, sound in on_top.items():
        others[member] += sound
    np.clip(others, -LOUDEST - 1, LOUDEST, out=others)
    encoded = _ENCODED[np.asarray(heard_in)[:, None], others.astype(np.int16).view(np.uint16)]
    heard = encoded.tobytes()
    return [heard[at : at + FRAME_SAMPLES] for at in range(0, len(heard), FRAME_SAMPLES)]
