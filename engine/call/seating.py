"""A live caller's seat in a conference: the media leg among the others, muted while the caller has us on hold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from engine.call.line import Line
from engine.call.protocol import Sound
from engine.call.surroundings import CannotTalk
from media.conference import Conferences, Seat
from media.plane import MediaUnavailable


class LineSeat:
    """Muted if the member is, or is on hold: a phone's hold music would be heard by all."""

    def __init__(self, seat: Seat, held: bool) -> None:
        self._seat = seat
        self._muted = False
        self._held = held

    def mute(self, on: bool) -> None:
        self._muted = on
        self._seat.mute(self._muted or self._held)

    def hold(self, on: bool) -> None:
        """The caller's phone has put us on hold, or taken us back."""
        self._held = on
        self._seat.mute(self._muted or self._held)

    def say(self, sounds: Sequence[Sound]) -> None:
        if sounds:
            self._seat.say(sounds)


@asynccontextmanager
async def seat_of(
    line: Line, conferences: Conferences, name: str, lost: Callable[[str], None]
) -> AsyncIterator[LineSeat]:
    """Seat a line that is answered in the conference ``name``; ``lost`` is told why its way there has broken.

    Raises CannotTalk.
    """
    assert line.codec is not None
    try:
        async with conferences.seat(line.media, line.codec.name, name) as seat:
            seated = LineSeat(seat, line.held)
            line.on_hold = seated.hold
            apart = seat.dead is not line.media.dead
            if apart:
                seat.dead.add_done_callback(lambda dead: lost(dead.result()))
            yield seated
    except MediaUnavailable as error:
        raise CannotTalk(503, str(error)) from error
    finally:
        line.on_hold = None
