"""Taking part in a conference, from coming in to going out: the same code for live and simulated calls.

Keys: ``#`` leaves; ``*`` and a digit within two seconds do what STAR_KEYS says, some for moderators only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from engine.call.hearing import Keyed
from engine.call.keypad import Press
from engine.call.protocol import Conference, Sound, Tone
from engine.events import CallEvent, ConferenceChanged, ConferenceJoined, ConferenceLeft
from engine.office.office import Office
from engine.office.rooms import Notice, Room

STAR_SECONDS = 2.0
"""How long a ``*`` waits for its digit."""
STAR_KEYS = {"2": "count", "3": "lock", "5": "mute_all", "6": "mute", "8": "end"}
"""What ``*`` and a digit do."""
EVERYBODYS = frozenset({"mute"})
"""What others than moderators may do too."""
MAX_NEWS = 64
"""Notices that wait for a member whose seat is not ready yet; the oldest are left out."""
GONE = "gone"
"""Why a member is out who hung up."""


class Membered(Protocol):
    """The call, as far as a conference needs it."""

    @property
    def id(self) -> str: ...

    @property
    def office(self) -> Office: ...

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...


class Seat(Protocol):
    """A place among those who hear each other."""

    def mute(self, on: bool) -> None: ...

    def say(self, sounds: Sequence[Sound]) -> None:
        """Let this member hear sounds together with the others."""
        ...


SeatIn = Callable[[str], AbstractAsyncContextManager[Seat]]


async def confer(call: Membered, line: Keyed, conference: Conference, seat_in: SeatIn) -> str:
    """Take part until it is over: ``left``, ``ended``, or without having come in ``full`` or ``locked``."""
    rooms = call.office.rooms
    refusal = rooms.refusal(conference.name, conference.limit, moderator=conference.moderator)
    if refusal:
        return refusal
    return await _Membership(call, line, conference, seat_in).run()


class _Membership:
    """One call's time in a conference."""

    def __init__(self, call: Membered, line: Keyed, conference: Conference, seat_in: SeatIn) -> None:
        self._call = call
        self._line = line
        self._conference = conference
        self._seat_in = seat_in
        self._news: deque[Notice] = deque(maxlen=MAX_NEWS)
        self._muted = False
        self._star_at: float | None = None
        self._room: Room

    async def run(self) -> str:
        call, conference, loop = self._call, self._conference, asyncio.get_running_loop()
        rooms, name, began, why = call.office.rooms, conference.name, loop.time(), GONE
        self._line.keys.clear()
        self._room = rooms.enter(name, call.id, self._take_notice)
        count = len(self._room.members)
        call.emit(lambda c, t: ConferenceJoined(c, t, name, count, conference.moderator))
        try:
            if conference.moderator:
                self._room.begin()
            why = await self._wait() or await self._take_part()
        finally:
            rooms.leave(self._room, call.id)
            self._line.keys.clear()
            seconds, left = loop.time() - began, len(self._room.members)
            call.emit(lambda c, t: ConferenceLeft(c, t, name, left, why, seconds))
        return why

    def _take_notice(self, notice: Notice) -> None:
        self._news.append(notice)
        self._line.keys.wake()

    def _forget_old_news(self) -> None:
        """What happened before this member was among the others; but an end is an end."""
        over = Notice.ENDED in self._news
        self._news.clear()
        if over:
            self._news.append(Notice.ENDED)

    async def _next(self) -> Notice | Press | None:
        """What happens next: a notice or a key; None means to ask again."""
        if self._news:
            return self._news.popleft()
        press = await self._line.keys.next(None)
        if press is not None:
            self._line.keys.tell(press)
        return press

    async def _wait(self) -> str:
        """Hear music until the moderator is there, if the room says so. Why it ended before; else nothing."""
        if not self._conference.waits or self._room.begun:
            return ""
        media = self._line.media
        music = (*self._conference.say("conference-waiting"), *self._conference.music)
        if music:
            media.begin(music, loop=True)
        try:
            while not self._room.begun:
                match await self._next():
                    case Notice.ENDED:
                        return "ended"
                    case Press(digit="#"):
                        return "left"
                    case _:
                        pass
        finally:
            media.stop()
        return ""

    async def _take_part(self) -> str:
        async with self._seat_in(self._conference.name) as seat:
            self._forget_old_news()
            self._hush(seat)
            if self._silenced:
                self._say(seat, "conference-muted")
            while True:
                match await self._next():
                    case Notice.ENDED:
                        return "ended"
                    case Notice() as notice:
                        self._hear_of(notice, seat)
                    case Press() as press:
                        why = self._press(press, seat)
                        if why:
                            return why
                    case None:
                        pass

    # --- what others do ---------------------------------------------------------------------------------------------

    def _hear_of(self, notice: Notice, seat: Seat) -> None:
        match notice:
            case Notice.JOINED:
                seat.say((Tone("joined"),))
            case Notice.LEFT:
                seat.say((Tone("left"),))
            case Notice.QUIET if not self._conference.moderator:
                self._hush(seat)
                self._say(seat, "conference-muted" if self._silenced else "conference-unmuted")
            case _:
                pass

    @property
    def _silenced(self) -> bool:
        return self._muted or (self._room.quiet and not self._conference.moderator)

    def _hush(self, seat: Seat) -> None:
        seat.mute(self._silenced)

    def _say(self, seat: Seat, prompt: str) -> None:
        seat.say(self._conference.say(prompt))

    # --- keys -------------------------------------------------------------------------------------------------------

    def _press(self, press: Press, seat: Seat) -> str:
        """Do what a key means. Why it ends this member's part, if it does."""
        after_star = self._star_at is not None and press.at <= self._star_at + STAR_SECONDS
        self._star_at = press.at if press.digit == "*" else None
        if not after_star:
            return "left" if press.digit == "#" else ""
        wanted = STAR_KEYS.get(press.digit, "")
        if wanted in EVERYBODYS or (wanted and self._conference.moderator):
            self._do(wanted, seat)
        return "ended" if self._room.over else ""

    def _do(self, wanted: str, seat: Seat) -> None:
        room = self._room
        match wanted:
            case "mute":
                self._muted = not self._muted
                self._hush(seat)
                self._changed(seat, "muted" if self._silenced else "unmuted")
            case "lock":
                room.locked = not room.locked
                self._changed(seat, "locked" if room.locked else "unlocked")
            case "mute_all":
                room.hush(not room.quiet)
                self._changed(seat, "all-muted" if room.quiet else "all-unmuted")
            case "count":
                seat.say(self._conference.say_count(len(room.members)))
            case "end":
                self._call.office.rooms.end(room, by=self._call.id)
                self._emit_change("ended")

    def _changed(self, seat: Seat, what: str) -> None:
        self._say(seat, f"conference-{what}")
        self._emit_change(what)

    def _emit_change(self, what: str) -> None:
        name = self._conference.name
        self._call.emit(lambda c, t: ConferenceChanged(c, t, name, what))
