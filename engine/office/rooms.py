"""Who of an account's calls is in which conference, and what its moderator has set: locked, everybody muted, begun.

Members are calls, by their ids. Each says how it wants to be told what happens to its room; a room is there as long as
somebody is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum


class Notice(Enum):
    """What a member is told."""

    JOINED = "somebody has come"
    LEFT = "somebody has gone"
    BEGUN = "the moderator is there"
    QUIET = "everybody but the moderators is muted, or no longer"
    ENDED = "the conference is over"


Tell = Callable[[Notice], None]


@dataclass(slots=True)
class Room:
    """One conference that is going on. ``begun``: a moderator has been there. ``over``: everybody is on the way out."""

    name: str
    locked: bool = False
    quiet: bool = False
    begun: bool = False
    over: bool = False
    members: dict[str, Tell] = field(default_factory=dict)

    def tell(self, notice: Notice, *, but: str = "") -> None:
        """Tell all members, or all but one."""
        for member, tell in tuple(self.members.items()):
            if member != but:
                tell(notice)

    def begin(self) -> None:
        """The moderator is there: those who wait may talk."""
        if not self.begun:
            self.begun = True
            self.tell(Notice.BEGUN)

    def hush(self, quiet: bool) -> None:
        """Mute everybody but the moderators, or let them be heard again."""
        self.quiet = quiet
        self.tell(Notice.QUIET)


class Rooms:
    """The conferences of an account, by their names in the dialplan."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def count(self, name: str) -> int:
        """How many are in a room, those who wait for the moderator included."""
        room = self._rooms.get(name)
        return len(room.members) if room is not None else 0

    def refusal(self, name: str, limit: int, *, moderator: bool) -> str:
        """Why nobody more may enter: ``full``, ``locked`` (not for a moderator), or nothing."""
        room = self._rooms.get(name)
        if room is None:
            return ""
        if len(room.members) >= limit:
            return "full"
        return "locked" if room.locked and not moderator else ""

    def enter(self, name: str, member: str, tell: Tell) -> Room:
        """Let a call in; the others are told. Ask ``refusal`` first."""
        room = self._rooms.setdefault(name, Room(name))
        room.tell(Notice.JOINED)
        room.members[member] = tell
        return room

    def leave(self, room: Room, member: str) -> None:
        """Take a call out; the others are told, unless all are leaving."""
        if room.members.pop(member, None) is None:
            return
        if not room.over:
            room.tell(Notice.LEFT)
        if not room.members:
            self._forget(room)

    def end(self, room: Room, *, by: str) -> None:
        """Send everybody but the member ``by`` out. Who comes from now on begins another conference."""
        room.over = True
        self._forget(room)
        room.tell(Notice.ENDED, but=by)

    def _forget(self, room: Room) -> None:
        if self._rooms.get(room.name) is room:
            del self._rooms[room.name]
