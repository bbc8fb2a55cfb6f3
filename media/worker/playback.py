"""Sounds on their way into a leg: encoded pieces one after the other, cut into frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media.codecs.registry import codec_named, translation
from media.commands import Sound
from media.rtp import SAMPLE_RATE

ENDLESS = 1 << 62
"""More samples than any call lasts."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``samples`` bytes of G.711 made by repeating ``data``; ENDLESS repeats it for ever."""

    data: bytes
    samples: int


class Playback:
    """What one Play command, or hold music (``play`` 0), lets a leg hear.

    Until ``start`` it is silent and nothing counts as heard: its files are being read meanwhile. ``failed`` is a
    sentence once they could not be.
    """

    __slots__ = (
        "_at",
        "_codec",
        "_data",
        "_end",
        "_index",
        "_pieces",
        "_silence",
        "_spoken",
        "_table",
        "barge_in",
        "failed",
        "heard",
        "loop",
        "over",
        "play",
        "requested",
        "sounds",
    )

    def __init__(
        self, play: int, sounds: Sequence[Sound], *, loop: bool = False, barge_in: bool = False, over: bool = False
    ) -> None:
        self.play = play
        self.sounds = tuple(sounds)
        self.loop = loop
        self.barge_in = barge_in
        self.over = over
        self.requested = False
        self.failed = ""
        self.heard = 0
        self._pieces: tuple[Piece, ...] | None = None
        self._codec = ""
        self._spoken = ""
        self._silence = b""
        self._table: bytes | None = None
        self._index = 0
        self._data = b""
        self._at = 0
        self._end = 0

    @property
    def seconds(self) -> float:
        """What was heard of it."""
        return self.heard / SAMPLE_RATE

    def speak(self, codec: str) -> None:
        """Go on, or begin, in the leg's codec."""
        self._spoken = codec
        self._silence = codec_named(codec).silence
        self._table = translation(self._codec, codec) if self._codec else None

    def start(self, pieces: Sequence[Piece], codec: str) -> None:
        """Begin with the next frame; the pieces are encoded in ``codec``."""
        self._pieces = tuple(piece for piece in pieces if piece.data and piece.samples)
        self._codec = codec
        self.speak(self._spoken or codec)
        self._index = 0
        self._enter()

    def fail(self, reason: str) -> None:
        """There is nothing to be heard, for a reason said in a sentence."""
        self.failed = reason
        self._pieces = ()
        self._enter()

    def frame(self, samples: int) -> bytes | None:
        """The next ``samples`` bytes; the last frame is filled up with silence. None when all has been heard."""
        end = self._at + samples
        if end <= self._end and end <= len(self._data):
            frame = self._data[self._at : end]
            self._at = end
        elif self._pieces is None:
            return self._silence * samples
        else:
            frame = self._gather(samples)
            if not frame:
                return None
        self.heard += len(frame)
        if self._table is not None:
            frame = frame.translate(self._table)
        return frame if len(frame) == samples else frame + self._silence * (samples - len(frame))

    def _enter(self) -> None:
        """Come to the beginning of the piece ``_index``."""
        self._at = 0
        if self._pieces and self._index < len(self._pieces):
            self._data, self._end = self._pieces[self._index].data, self._pieces[self._index].samples
        else:
            self._data, self._end = b"", 0

    def _gather(self, samples: int) -> bytes:
        """A frame over the seams of pieces and repetitions; shorter, or empty, at the end of the last piece."""
        parts: list[bytes] = []
        missing = samples
        while missing:
            if self._at >= self._end and not self._next_piece():
                break
            offset = self._at % len(self._data)
            taken = self._data[offset : offset + min(missing, self._end - self._at)]
            parts.append(taken)
            self._at += len(taken)
            missing -= len(taken)
            if self._end == ENDLESS:
                self._at %= len(self._data)
        return b"".join(parts)

    def _next_piece(self) -> bool:
        if not self._pieces:
            return False
        self._index += 1
        if self._index >= len(self._pieces):
            if not self.loop:
                self._index = len(self._pieces)
                return False
            self._index = 0
        self._enter()
        return True
