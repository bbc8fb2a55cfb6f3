"""The codecs there are, by the name SDP gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from media.codecs import g711
from media.codecs.coder import Codec, Coder, Samples
from media.codecs.g722 import G722
from media.codecs.opus import OPUS

__all__ = ["CODECS", "LAWS", "PCMA", "PCMU", "Codec", "Coder", "Law", "bridgeable", "codec_named", "translation"]


@dataclass(frozen=True, slots=True)
class _LawCoder:
    """G.711 keeps no state: one coder does for all."""

    encode: Callable[[NDArray[Any]], bytes]
    decode: Callable[[bytes], Samples]


@dataclass(frozen=True, slots=True)
class Law(Codec):
    """G.711. ``encode`` takes 16-bit samples at 8 kHz in an array of any shape, ``decode`` gives a flat one."""

    encode: Callable[[NDArray[Any]], bytes] = g711.encode_mu_law
    decode: Callable[[bytes], Samples] = g711.decode_mu_law


def _law(
    name: str,
    payload_type: int,
    silence: bytes,
    encode: Callable[[NDArray[Any]], bytes],
    decode: Callable[[bytes], Samples],
) -> Law:
    coder = _LawCoder(encode, decode)
    return Law(name, payload_type, 8000, 8000, silence, lambda _rate: coder, encode=encode, decode=decode)


PCMU = _law("PCMU", 0, b"\xff", g711.encode_mu_law, g711.decode_mu_law)
PCMA = _law("PCMA", 8, b"\xd5", g711.encode_a_law, g711.decode_a_law)
LAWS: dict[str, Law] = {codec.name: codec for codec in (PCMU, PCMA)}
CODECS: dict[str, Codec] = {**LAWS, G722.name: G722, OPUS.name: OPUS}

_TRANSLATIONS = {
    ("PCMU", "PCMA"): g711.encode_a_law(g711.MU_LAW_DECODED),
    ("PCMA", "PCMU"): g711.encode_mu_law(g711.A_LAW_DECODED),
}


def codec_named(name: str) -> Codec:
    """The codec; raises KeyError."""
    return CODECS[name]


def translation(source: str, target: str) -> bytes | None:
    """The table for ``bytes.translate`` from one codec to another; None where they are the same, or there is none."""
    return _TRANSLATIONS.get((source, target))


def bridgeable(one: str, other: str) -> bool:
    """Whether each packet of one can go on as one packet of the other: all of them are made of bytes, or they agree."""
    return one == other or not (CODECS[one].in_packets or CODECS[other].in_packets)
