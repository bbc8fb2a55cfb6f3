"""A conference room: a PIN to come in, an announcement, and everybody hears everybody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from engine.call.protocol import Call, Conference, Sound
from engine.dialplan.caption import Caption
from engine.dialplan.findings import Doubt, Wrong
from engine.dialplan.model import Destination, Exit, Node, Section
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.pin_entry import PIN_TRIES, enter_pin
from engine.dialplan.spoken import spoken_number
from engine.dialplan.values import ConferenceName, Pin, Truth

if TYPE_CHECKING:
    from engine.dialplan.account import Account

MAX_MEMBERS = 100
DEFAULT_MEMBERS = 30

REASONS = {"full": "conference full", "locked": "conference locked", "wrong_pin": "wrong PIN"}
"""The exits of who did not come in, and what the call record says if the call ends there."""


class ConferenceRoom(Section):
    """One of the ``conferences``: who may come in, and how many.

    ```yaml
    conferences:
      board: {pin: "4711", moderator_pin: "90210", wait_for_moderator: yes, limit: 12}
    ```
    """

    pin: Pin | None = Field(default=None, description="4 to 12 digits that let members in; without it everybody is")
    moderator_pin: Pin | None = Field(default=None, description="4 to 12 digits that let moderators in")
    wait_for_moderator: Truth = Field(
        default=False, description="Whether members hear hold music until a moderator is there"
    )
    limit: int = Field(default=DEFAULT_MEMBERS, ge=2, le=MAX_MEMBERS, strict=True, description="How many fit, 2 to 100")

    @model_validator(mode="after")
    def _sensible(self) -> ConferenceRoom:
        if self.wait_for_moderator and self.moderator_pin is None:
            raise Wrong("members of this conference would wait for ever", "add a 'moderator_pin'")
        if self.pin is not None and self.pin == self.moderator_pin:
            raise Wrong("'pin' and 'moderator_pin' are the same", "every member would be a moderator")
        return self


class JoinConference(Node):
    """Take part in one of the ``conferences``. Everybody hears all others; a tone tells who is in that somebody came
    or went.

    ```yaml
    {conference: board}
    ```
    Callers type the room's PIN and ``#``, three times at most; who types the moderator PIN is a moderator. They hear
    how many are there, and then the others. A room with a moderator PIN alone asks for it too, and lets everybody in
    who presses only ``#``.

    | keys | what they do | for |
    |---|---|---|
    | `*6` | mute yourself, or be heard again | everybody |
    | `#` | leave | everybody |
    | `*2` | hear how many are in the room | moderators |
    | `*3` | lock the room, or open it again; moderators come into a locked room too | moderators |
    | `*5` | mute everybody but the moderators, or let them be heard again | moderators |
    | `*8` | end the conference | moderators |

    ``then`` is where a caller goes who has left or was there when it ended; without it: goodbye. ``full``, ``locked``
    and ``wrong_pin`` say how it goes on for who did not come in, ``else`` for those not named. Without any, callers
    hear why, and are back in the menu they chose from, or the call ends.
    """

    kind = "conference"
    keys = ("conference",)

    conference: ConferenceName = Field(description="The conference room")
    then: Destination | None = Field(default=None, description="Where the caller goes afterwards; without it: goodbye")
    full: Destination | None = Field(default=None, description="Where to go when nobody more fits in")
    locked: Destination | None = Field(default=None, description="Where to go when a moderator has locked the room")
    wrong_pin: Destination | None = Field(default=None, description="Where to go after three wrong PINs")
    otherwise: Destination | None = Field(default=None, alias="else", description="Where to go in all cases not named")

    @property
    def name(self) -> str:
        return self.conference

    def caption(self, account: Account) -> Caption:
        room = account.conferences[self.conference]
        notes = ("with a PIN",) if room.pin or room.moderator_pin else ()
        return Caption(f"Conference: {self.conference}", notes=notes)

    def exits(self) -> Iterable[Exit]:
        for name in ("left", "ended"):
            yield Exit(name, self.then or HangUp(hang_up=f"conference {name}"))
        for name, reason in REASONS.items():
            yield Exit(name, self._way(name) or WayHome(reason=reason))

    def _way(self, outcome: str) -> Node | None:
        way: Node | None = getattr(self, outcome)
        return way or self.otherwise

    def doubts(self, account: Account) -> Iterable[Doubt]:
        room = account.conferences[self.conference]
        if room.pin is None:
            yield Doubt(
                self.place("conference"),
                f"conference '{self.conference}' has no PIN",
                "whoever calls and comes here hears all that is said",
                "add a 'pin' to the room, unless everybody is welcome",
            )

    async def run(self, call: Call, path: Path) -> Exit:
        outcome = await self._take_part(call, path, path.account.conferences[self.conference])
        if outcome in REASONS:
            if self._way(outcome) is None:
                await call.play(path.prompt(f"conference-{outcome.replace('_', '-')}"))
        elif self.then is None:
            await call.play(path.prompt("goodbye"))
        return next(way for way in self.exits() if way.name == outcome)

    async def _take_part(self, call: Call, path: Path, room: ConferenceRoom) -> str:
        """The exit by which the caller leaves."""
        moderator = await self._admitted(call, path, room)
        if moderator is None:
            return "wrong_pin"
        refusal = call.office.rooms.refusal(self.conference, room.limit, moderator=moderator)
        if refusal:
            return refusal
        await call.play(_announcement(call.office.rooms.count(self.conference), path))
        return await call.confer(
            Conference(
                name=self.conference,
                limit=room.limit,
                moderator=moderator,
                waits=room.wait_for_moderator,
                music=path.account.hold_music,
                say=path.prompt,
                say_count=lambda count: (*path.prompt("conference-members"), *spoken_number(count, path.prompt)),
            )
        )

    async def _admitted(self, call: Call, path: Path, room: ConferenceRoom) -> bool | None:
        """Whether the caller comes in as a moderator; None if they do not."""
        if room.pin is None and room.moderator_pin is None:
            return False
        question = path.prompt("conference-pin" if room.pin is not None else "conference-moderator-pin")
        before: tuple[Sound, ...] = ()
        for _ in range(PIN_TRIES):
            typed = await enter_pin(call, (*before, *question))
            if typed and typed == room.moderator_pin:
                return True
            if typed == (room.pin or ""):
                return False
            before = path.prompt("conference-pin-again")
        return None


def _announcement(others: int, path: Path) -> tuple[Sound, ...]:
    """How many are there before the caller."""
    if others < 2:
        return path.prompt("conference-one" if others else "conference-first")
    return (*path.prompt("conference-others"), *spoken_number(others, path.prompt))
