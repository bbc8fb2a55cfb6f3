"""Sounds on their way into a leg: encoded pieces one after the other, cut into frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media.codecs.coder import Encoded
from media.codecs.registry import PCMU, Codec, codec_named, translation
from media.commands import Sound
from media.rtp import SAMPLE_RATE

ENDLESS = 1 << 62
"""More samples than any call lasts."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``samples`` eight-thousandths of a second made by repeating ``data``; ENDLESS repeats it for ever."""

    data: Encoded
    samples: int


class Playback:
    """What one Play command, or hold music (``play`` 0), lets a leg hear.

    Until ``start`` it is silent and nothing counts as heard: its files are being read meanwhile. ``failed`` is a
    sentence once they could not be. ``requested`` is False as long as nobody reads them: after a change of codec, where
    what is there cannot be translated, they are to be read again, and it goes on where it was.
    """

    __slots__ = (
        "_at",
        "_codec",
        "_data",
        "_end",
        "_index",
        "_pieces",
        "_resume",
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
        self._spoken: Codec = PCMU
        self._resume: tuple[int, int] | None = None
        self._table: bytes | None = None
        self._index = 0
        self._data: Encoded = b""
        self._at = 0
        self._end = 0

    @property
    def seconds(self) -> float:
        """What was heard of it."""
        return self.heard / SAMPLE_RATE

    def speak(self, codec: str) -> None:
        """Go on, or begin, in the leg's codec."""
        self._spoken = codec_named(codec)
        self._table = translation(self._codec, codec) if self._codec else None
        if self._pieces and self._codec != codec and self._table is None:
            self._resume = (self._index, self._at)
            self._pieces, self.requested, self._codec = None, False, ""
            self._enter()

    def start(self, pieces: Sequence[Piece], codec: str) -> None:
        """Begin with the next frame; the pieces are encoded in ``codec``."""
        self._pieces = tuple(piece for piece in pieces if piece.data and piece.samples)
        self._codec = codec
        self._index, at = self._resume or (0, 0)
        self._resume = None
        self._enter()
        self._at = min(at, self._end)
        self.speak(self._spoken.name)

    def fail(self, reason: str) -> None:
        """There is nothing to be heard, for a reason said in a sentence."""
        self.failed = reason
        self._pieces = ()
        self._enter()

    def frame(self, samples: int) -> bytes | None:
        """The next ``samples``; the last frame is filled up with silence. None when all has been heard."""
        end = self._at + samples
        if end <= self._end and end <= len(self._data):
            frame, taken = self._data[self._at : end], samples
            self._at = end
        elif self._pieces is None:
            return self._spoken.quiet(samples)
        else:
            frame, taken = self._gather(samples)
            if not taken:
                return None
        self.heard += taken
        if self._table is not None:
            frame = frame.translate(self._table)
        return frame if taken == samples else frame + self._spoken.quiet(samples - taken)

    def _enter(self) -> None:
        """Come to the beginning of the piece ``_index``."""
        self._at = 0
        if self._pieces and self._index < len(self._pieces):
            self._data, self._end = self._pieces[self._index].data, self._pieces[self._index].samples
        else:
            self._data, self._end = b"", 0

    def _gather(self, samples: int) -> tuple[bytes, int]:
        """A frame over the seams of pieces and repetitions, and its samples: fewer at the end of the last piece.

        Pieces in packets are whole frames, and so are the frames asked for: one packet is found.
        """
        parts: list[bytes] = []
        missing = samples
        while missing:
            if self._at >= self._end and not self._next_piece():
                break
            offset = self._at % len(self._data)
            taken = min(missing, self._end - self._at, len(self._data) - offset)
            parts.append(self._data[offset : offset + taken])
            self._at += taken
            missing -= taken
            if self._end == ENDLESS:
                self._at %= len(self._data)
        return b"".join(parts), samples - missing

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
