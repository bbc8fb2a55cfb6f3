"""The codecs there are, by the name SDP gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from media.codecs import g711


@dataclass(frozen=True, slots=True)
class Codec:
    """``payload_type`` is the static one of RFC 3551; ``silence`` one sample of it, encoded; rates in Hz.

    ``encode`` takes 16-bit samples at ``clock_rate`` in an array of any shape, ``decode`` gives a flat one.
    """

    name: str
    payload_type: int
    clock_rate: int
    silence: bytes
    encode: Callable[[NDArray[Any]], bytes]
    decode: Callable[[bytes], g711.Samples]


PCMU = Codec("PCMU", 0, 8000, b"\xff", g711.encode_mu_law, g711.decode_mu_law)
PCMA = Codec("PCMA", 8, 8000, b"\xd5", g711.encode_a_law, g711.decode_a_law)
CODECS = {codec.name: codec for codec in (PCMU, PCMA)}

_TRANSLATIONS = {
    ("PCMU", "PCMA"): g711.encode_a_law(g711.MU_LAW_DECODED),
    ("PCMA", "PCMU"): g711.encode_mu_law(g711.A_LAW_DECODED),
}


def codec_named(name: str) -> Codec:
    """The codec; raises KeyError."""
    return CODECS[name]


def translation(source: str, target: str) -> bytes | None:
    """The table for ``bytes.translate`` from one codec to another; None where they are the same."""
    return _TRANSLATIONS.get((source, target))
