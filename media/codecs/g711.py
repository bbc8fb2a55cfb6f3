"""G.711 as tables: mu-law and A-law, to and from 16-bit samples (ITU-T G.711)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

_BIAS = 33
_MU_CLIP = 8158
_SEGMENT_ENDS = np.array([0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF])


def _mu_law_decoded() -> Samples:
    """The 256 values of mu-law, at 16 bits."""
    code = ~np.arange(256) & 0xFF
    exponent, mantissa = (code >> 4) & 7, code & 15
    magnitude = (((mantissa << 1) + _BIAS) << exponent) - _BIAS
    return np.asarray(np.where(code & 0x80, -magnitude, magnitude) * 4, dtype=np.int16)


def _a_law_decoded() -> Samples:
    """The 256 values of A-law, at 16 bits."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    base = (mantissa << 1) + 1
    magnitude = np.where(exponent == 0, base, (base + 32) << np.maximum(exponent - 1, 0))
    return np.asarray(np.where(code & 0x80, magnitude, -magnitude) * 8, dtype=np.int16)


def _mu_law_encoded() -> bytes:
    """Every 16-bit sample (as an unsigned index) as mu-law."""
    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32) >> 2
    negative = samples < 0
    magnitude = np.minimum(np.where(negative, ~samples, samples), _MU_CLIP) + _BIAS
    segment = np.minimum(np.searchsorted(_SEGMENT_ENDS * 2 + 1, magnitude), 7)
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 15)
    return bytes(np.asarray(np.where(negative, 0x7F, 0xFF) ^ code, dtype=np.uint8))


def _a_law_encoded() -> bytes:
    """Every 16-bit sample (as an unsigned index) as A-law."""
    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32) >> 3
    negative = samples < 0
    magnitude = np.where(negative, ~samples, samples)
    segment = np.searchsorted(_SEGMENT_ENDS, magnitude)
    code = (segment << 4) | ((magnitude >> np.maximum(segment, 1)) & 15)
    return bytes(np.asarray(np.where(negative, 0x55, 0xD5) ^ code, dtype=np.uint8))


MU_LAW_DECODED, A_LAW_DECODED = _mu_law_decoded(), _a_law_decoded()
_MU_LAW_ENCODED = np.frombuffer(_mu_law_encoded(), np.uint8)
_A_LAW_ENCODED = np.frombuffer(_a_law_encoded(), np.uint8)


def encode_mu_law(samples: NDArray[Any]) -> bytes:
    """16-bit samples as one byte each, in their order."""
    return _MU_LAW_ENCODED[np.ascontiguousarray(samples, np.int16).view(np.uint16)].tobytes()


def encode_a_law(samples: NDArray[Any]) -> bytes:
    """16-bit samples as one byte each, in their order."""
    return _A_LAW_ENCODED[np.ascontiguousarray(samples, np.int16).view(np.uint16)].tobytes()


def decode_mu_law(data: bytes) -> Samples:
    """One byte each as 16-bit samples."""
    return MU_LAW_DECODED[np.frombuffer(data, np.uint8)]


def decode_a_law(data: bytes) -> Samples:
    """One byte each as 16-bit samples."""
    return A_LAW_DECODED[np.frombuffer(data, np.uint8)]
