"""What a simulated caller hears, from when to when: sounds, and the music under them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence

from engine.call.hunting import SOON
from engine.call.script import Heard
from engine.call.words import name_of
from media.commands import Played, Silence, Sound, Tone
from media.sound.tones import ENDING

FILE_SECONDS = 3.0
ENDLESS = 24 * 3600.0
"""Seconds that an endless sound lasts, and after which a simulated caller has hung up: no flow goes on longer."""


def usual_seconds(sound: Sound) -> float:
    """How long a sound lasts if nobody has measured it."""
    if isinstance(sound, Tone):
        usual = sum(seconds for _, seconds in ENDING[sound.kind]) if sound.kind in ENDING else ENDLESS
        return usual if sound.seconds is None else sound.seconds
    if isinstance(sound, Silence):
        return ENDLESS if sound.seconds is None else sound.seconds
    return FILE_SECONDS


class SimulatedLeg:
    """The caller's ear. ``heard`` is in seconds since it was made; ``seconds_of`` tells how long a sound lasts."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds_of: Callable[[Sound], float]) -> None:
        self.heard: list[Heard] = []
        self._loop = loop
        self._seconds_of = seconds_of
        self._began = loop.time()
        self._playing: tuple[asyncio.Future[Played], Sequence[Sound], float, asyncio.TimerHandle] | None = None
        self._music: tuple[Sound, ...] = ()
        self._music_since: float | None = None
        self._music_heard = 0.0

    def begin(
        self,
        sounds: Sequence[Sound],
        *,
        barge_in: bool = False,  # noqa: ARG002
        loop: bool = False,
    ) -> asyncio.Future[Played]:
        """Play, or play over and over; the future is done when all has been heard or something else begins."""
        self.stop()
        self._pause_music()
        future: asyncio.Future[Played] = self._loop.create_future()
        seconds = ENDLESS if loop else sum(map(self._seconds_of, sounds))
        timer = self._loop.call_later(seconds, self._finish, True)
        self._playing = (future, sounds, self._loop.time(), timer)
        return future

    def stop(self) -> None:
        if self._playing is not None:
            self._finish(False)

    def hold(self, on: bool, sounds: Sequence[Sound] = ()) -> None:
        """While ``on``, hear ``sounds`` in a loop whenever nothing is played; they go on where they were."""
        self._pause_music()
        self._music, self._music_heard = tuple(sounds) if on else (), 0.0
        if self._playing is None:
            self._go_on_with_music()

    def _pause_music(self) -> None:
        if self._music_since is not None:
            seconds = self._loop.time() - self._music_since
            if seconds > SOON:
                self._note_heard(self._music, self._music_since, seconds, after=self._music_heard)
            self._music_since, self._music_heard = None, self._music_heard + seconds

    def _go_on_with_music(self) -> None:
        if self._music:
            self._music_since = self._loop.time()

    def _finish(self, finished: bool) -> None:
        if self._playing is None:
            return
        future, sounds, began, timer = self._playing
        self._playing = None
        timer.cancel()
        seconds = self._loop.time() - began
        self._note_heard(sounds, began, seconds)
        self._go_on_with_music()
        if not future.done():
            future.set_result(Played(0, 0, finished, seconds))

    @property
    def silent(self) -> bool:
        return self._playing is None and self._music_since is None

    @property
    def playing(self) -> Sequence[Sound]:
        """What is being played now, the music if nothing else is; nothing if it is silent."""
        if self._playing is not None:
            return self._playing[1]
        return self._music if self._music_since is not None else ()

    def _note_heard(self, sounds: Sequence[Sound], began: float, seconds: float, after: float = 0.0) -> None:
        """Keep what was heard of ``sounds``, again from the first after the last, in ``seconds``.

        What comes in their first ``after`` seconds had been heard before.
        """
        at, left, skipped = began - self._began, seconds, after
        whole = sum(map(self._seconds_of, sounds))
        skipped = skipped % whole if whole else 0.0
        for sound in itertools.cycle(sounds) if whole else sounds:
            length = self._seconds_of(sound)
            if skipped >= length - SOON and whole:
                skipped = max(0.0, skipped - length)
                continue
            lasted = min(left, length - skipped)
            skipped = 0.0
            self.heard.append(Heard(at, name_of(sound), lasted, length, sound))
            at, left = at + lasted, left - lasted
            if left <= SOON:
                break
