"""Conference rooms on the engine's side: in which worker each is mixed, and how legs of other workers reach it.

A room is mixed in the worker of its first member. A leg that is in another worker (a caller's leg is there before
anybody knows which room they want) is bridged to a leg of its own worker, which talks over loopback to a leg in the
room's worker: that costs as much as another bridged call, and with one worker never happens.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from media.commands import Sound
from media.joining import Opener, way_to
from media.leg import Leg


class Seat:
    """A leg's place in a conference. ``dead`` tells, as that of a leg, that its way into the room is lost."""

    def __init__(self, inside: Leg) -> None:
        self._inside = inside
        self.dead: asyncio.Future[str] = inside.dead

    def mute(self, on: bool) -> None:
        """While ``on``, the others do not hear the leg."""
        self._inside.mute(on)

    def say(self, sounds: Sequence[Sound]) -> None:
        """Let the leg hear sounds together with the others, in place of those said so before."""
        self._inside.begin(sounds, over=True)


class _Room:
    """``anchor`` is the first member's leg, whose worker mixes, ``seats`` how many legs are in."""

    def __init__(self, number: int, anchor: Leg) -> None:
        self.number = number
        self.anchor = anchor
        self.seats = 0


class Conferences:
    """The conferences of a media plane by their names. One is there as long as somebody is in it."""

    def __init__(self, plane: Opener) -> None:
        self._plane = plane
        self._rooms: dict[str, _Room] = {}
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def seat(self, leg: Leg, codec: str, name: str) -> AsyncIterator[Seat]:
        """Put ``leg``, which talks ``codec``, into the conference ``name``, and take it out again at the end.

        Raises MediaUnavailable if the leg is in another worker and no way there can be had.
        """
        room = self._rooms.get(name)
        if room is None or room.anchor.worker.dead:
            room = self._rooms[name] = _Room(next(self._numbers), leg)
        room.seats += 1
        try:
            async with AsyncExitStack() as ways:
                near = room.anchor
                inside = leg if leg.worker is near.worker else await way_to(near, ways, self._plane, leg, codec)
                inside.enter(room.number)
                try:
                    yield Seat(inside)
                finally:
                    inside.leave()
                    leg.part()
        finally:
            room.seats -= 1
            if not room.seats and self._rooms.get(name) is room:
                del self._rooms[name]
