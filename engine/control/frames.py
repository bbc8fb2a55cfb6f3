"""How messages travel through the control door: four bytes of length (big-endian), then msgpack. No I/O in here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from engine.control.messages import Answer, News, Request

MAX_REQUEST: Final = 4096
"""Bytes of a request."""
MAX_ANSWER: Final = 32 << 20
"""Bytes of an answer: the phones of 100,000 people would be less."""
HEAD: Final = 4

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer | News] = msgspec.msgpack.Decoder(Answer | News)


class BadFrame(Exception):
    """What came is no frame, or no message. The text is a sentence."""


class TooLong(BadFrame):
    """A frame says that it is longer than it may be."""


class Frames:
    """Cuts what comes into frames; holds no more than one of ``longest`` bytes, and what came with it."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that are whole now. Raises TooLong, after which nothing more can be read."""
        self._buffer += data
        while len(self._buffer) >= HEAD:
            length = int.from_bytes(self._buffer[:HEAD], "big")
            if length > self._longest:
                raise TooLong(f"a message of {length} bytes is longer than {self._longest}")
            if len(self._buffer) < HEAD + length:
                return
            frame = bytes(self._buffer[HEAD : HEAD + length])
            del self._buffer[: HEAD + length]
            yield frame


def framed(message: Request | Answer | News) -> bytes:
    """A message as it travels."""
    body = _encoder.encode(message)
    return len(body).to_bytes(HEAD, "big") + body


def read_request(frame: bytes) -> Request:
    """Raises BadFrame."""
    try:
        return _requests.decode(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        raise BadFrame(str(problem)) from None


def read_answer(frame: bytes) -> Answer | News:
    """Raises BadFrame."""
    try:
        return _answers.decode(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        raise BadFrame(str(problem)) from None
