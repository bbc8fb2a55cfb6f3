"""Payloads of one stream on their way into 8 kHz samples or another codec; the codecs' states go along with them."""

from __future__ import annotations

from media.codecs.coder import Coder, Samples
from media.codecs.registry import LAWS, codec_named, translation

RATE = 8000


class Decoder:
    """What a peer says, as samples at 8 kHz; it may change its codec from packet to packet."""

    __slots__ = ("_coder", "_kind")

    def __init__(self) -> None:
        self._kind = ""
        self._coder: Coder | None = None

    def decode(self, kind: str, payload: bytes) -> Samples:
        law = LAWS.get(kind)
        if law is not None:
            return law.decode(payload)
        if self._coder is None or kind != self._kind:
            self._kind, self._coder = kind, codec_named(kind).coder(RATE)
        return self._coder.decode(payload)


class Converter:
    """What a peer says, in the codec ``target``, which is one of bytes."""

    __slots__ = ("_coder", "_decoder", "target")

    def __init__(self, target: str) -> None:
        self.target = target
        self._decoder = Decoder()
        self._coder = codec_named(target).coder(RATE)

    def convert(self, kind: str, payload: bytes) -> bytes:
        if kind == self.target:
            return payload
        table = translation(kind, self.target)
        if table is not None:
            return payload.translate(table)
        return self._coder.encode(self._decoder.decode(kind, payload))
