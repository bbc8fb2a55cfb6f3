"""Gets sounds ready to be played: files are read and encoded in a thread, so that no packet waits for them.

What a caller waits for goes before what is read ahead, of which there are hundreds of files after a start.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from functools import partial
from queue import PriorityQueue

from media.codecs.coder import Encoded, Packets
from media.codecs.registry import codec_named
from media.commands import File, Silence, Sound, Tone
from media.rtp import FRAME_SAMPLES, SAMPLE_RATE
from media.sound.prompts import PromptCache, UnreadableSound
from media.sound.tones import ENDING, tone
from media.worker.playback import ENDLESS, Piece, Playback

KINDS = {*ENDING, "ringback", "busy", "congestion"}
MAX_SOUNDS = 256
"""Sounds in one Play."""

AT_ONCE, AHEAD = 0, 1

Post = Callable[[Callable[[], None]], None]
Job = tuple[int, int, Callable[[], None]]
"""AT_ONCE or AHEAD, a number that keeps those of the same kind in order, and what is to be done."""


class Sounds:
    """``post`` brings a callable from the thread back to the loop."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._cache = PromptCache()
        self._jobs: PriorityQueue[Job] = PriorityQueue()
        self._numbers = itertools.count()
        threading.Thread(target=self._run, name="sounds", daemon=True).start()

    def _run(self) -> None:
        while True:
            _, _, job = self._jobs.get()
            job()

    def _queue(self, when: int, job: Callable[[], None]) -> None:
        self._jobs.put((when, next(self._numbers), job))

    def load(self, playback: Playback, codec: str) -> None:
        """Start the playback with the next frame if all its files are cached, else as soon as they are read."""
        sounds = playback.sounds
        if len(sounds) > MAX_SOUNDS:
            playback.fail(f"{len(sounds)} sounds are more than the {MAX_SOUNDS} of one command")
            return
        unknown = [sound.kind for sound in sounds if isinstance(sound, Tone) and sound.kind not in KINDS]
        if unknown:
            playback.fail(f"there is no tone {unknown[0]!r}")
            return
        ready = [self._at_once(sound, codec) for sound in sounds]
        pieces = [piece for piece in ready if piece is not None]
        if len(pieces) == len(sounds):
            playback.start(pieces, codec)
        else:
            self._queue(AT_ONCE, lambda: self._read(playback, sounds, codec))

    def preload(self, paths: Sequence[str], codecs: Sequence[str]) -> None:
        """Read and encode files before they are wanted; what cannot be read is found out when it is played."""
        for path in paths:
            for codec in codecs:
                self._queue(AHEAD, partial(self._warm, path, codec))

    def _at_once(self, sound: Sound, codec: str) -> Piece | None:
        """What can be played without reading a file; None if one must be read."""
        match sound:
            case File(path=path):
                data = self._cache.peek(path, codec)
                return None if data is None else Piece(data, len(data))
            case Tone(kind=kind, country=country, seconds=seconds):
                data = tone(kind, country, codec)
                return _piece(data, seconds, otherwise=len(data) if kind in ENDING else ENDLESS)
            case Silence(seconds=seconds):
                return _piece(_silence(codec), seconds, otherwise=ENDLESS)

    def _read(self, playback: Playback, sounds: Sequence[Sound], codec: str) -> None:
        try:
            pieces = [self._at_once(sound, codec) or self._from_file(sound, codec) for sound in sounds]
        except Exception as error:
            # whatever a file may do: the thread goes on, as all later sounds wait for it
            reason = str(error) if isinstance(error, UnreadableSound) else f"a sound cannot be read: {error!r}"
            self._post(lambda: playback.fail(reason))
            return
        self._post(lambda: playback.start(pieces, codec))

    def _from_file(self, sound: Sound, codec: str) -> Piece:
        """The file as it is now, even where the cache is too small to keep all of one command."""
        assert isinstance(sound, File)
        data = self._cache.get(sound.path, codec)
        return Piece(data, len(data))

    def _warm(self, path: str, codec: str) -> None:
        try:
            self._cache.get(path, codec)
        except Exception:
            return


def _silence(codec: str) -> Encoded:
    quiet = codec_named(codec).quiet(FRAME_SAMPLES)
    return Packets([quiet]) if codec_named(codec).in_packets else quiet


def _piece(data: Encoded, seconds: float | None, *, otherwise: int) -> Piece:
    """So many seconds of what ``data`` repeats; whole frames of what comes in packets."""
    units = otherwise if seconds is None else max(0, round(seconds * SAMPLE_RATE))
    if isinstance(data, Packets) and units != ENDLESS:
        units = -(-units // FRAME_SAMPLES) * FRAME_SAMPLES
    return Piece(data, units)
