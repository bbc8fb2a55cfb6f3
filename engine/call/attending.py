"""A conference of a simulated call: the others in it, who come, go and moderate as the script says, and its seats."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from engine.call.hearing import Ear
from engine.call.script import Attendee
from engine.office.rooms import Notice, Room, Rooms
from media.commands import Sound


class AttendingSeat:
    """The simulated caller's seat: of what they hear there, only sounds are known."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    def mute(self, on: bool) -> None:
        """Nobody is there to hear the difference."""

    def say(self, sounds: Sequence[Sound]) -> None:
        if sounds:
            self._ear.begin(sounds)


class _Attending:
    """One of them."""

    def __init__(self, name: str, attendee: Attendee, rooms: Rooms) -> None:
        self._name = name
        self._attendee = attendee
        self._rooms = rooms
        self._room: Room | None = None

    def come(self) -> None:
        room = self._room = self._rooms.enter(self._attendee.room, self._name, self._take_notice)
        if self._attendee.moderator:
            room.begin()
            room.locked = self._attendee.locks

    def go(self) -> None:
        if self._room is not None:
            self._rooms.leave(self._room, self._name)
            self._room = None

    def end(self) -> None:
        if self._room is not None:
            self._rooms.end(self._room, by=self._name)
            self.go()

    def _take_notice(self, notice: Notice) -> None:
        if notice is Notice.ENDED:
            self.go()


@contextmanager
def attending(attendees: Sequence[Attendee], rooms: Rooms) -> Iterator[None]:
    """Let the attendees do what they do, counted from now on; at the end all of them go."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    timers: list[asyncio.TimerHandle] = []
    everybody = [_Attending(f"attendee-{number}", one, rooms) for number, one in enumerate(attendees, 1)]
    for attending, attendee in zip(everybody, attendees, strict=True):
        if attendee.comes <= 0:
            attending.come()
        else:
            timers.append(loop.call_at(began + attendee.comes, attending.come))
        if attendee.goes is not None:
            timers.append(loop.call_at(began + attendee.goes, attending.go))
        if attendee.ends_at is not None:
            timers.append(loop.call_at(began + attendee.ends_at, attending.end))
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
        for attending in everybody:
            attending.go()
