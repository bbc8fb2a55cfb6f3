"""Hunt groups: several people behind one name, and in which order their phones ring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from engine.call.protocol import Call, NotRegistered, RingPlan
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.durations import RingTime
from engine.dialplan.findings import Doubt
from engine.dialplan.model import Destination, Exit
from engine.dialplan.nodes.reaching import Reaching
from engine.dialplan.path import Path
from engine.dialplan.reach import target_of
from engine.dialplan.reading import shown
from engine.dialplan.sound import Announcements
from engine.dialplan.team import Member, Members, Team
from engine.dialplan.values import GroupName, Truth

if TYPE_CHECKING:
    from engine.dialplan.account import Account

DEFAULT_ALL_SECONDS = 25.0
LONGEST_SECONDS = 600.0


class Group(Team):
    """One of the ``groups``: who is in it, and how their phones ring.

    ```yaml
    members: [orders, {person: front-desk, for: 10s}]
    strategy: round_robin
    each: 15s
    ```
    ``all`` rings everybody at once. The others ring one after the other: ``in_order`` of the list, ``round_robin``
    beginning with the one after whom the last call began with, ``longest_idle`` with who has been off the phone for
    longest, ``weighted`` with each as often as their ``weight`` says. Whoever declines or has no phone there is passed
    over at once. Members who are being rung for another caller come after those who are not.
    """

    noun: ClassVar[str] = "group"

    members: Members = Field(description="The people, by name, or with {person: ..., weight: ..., for: ...}")
    seconds: RingTime | None = Field(
        default=None, alias="for", description="How long it rings in all; 25s with `all`, else until everybody was rung"
    )
    skip_busy: Truth = Field(default=True, description="Whether members who are on the phone are passed over")
    music: Announcements | None = Field(
        default=None, description="What the caller hears instead of ringing; they are answered for it"
    )

    def in_turn(self, name: str, call: Call) -> list[Member]:
        """The members to ring for a call, the first first: those signed in, without the caller. Takes their turn."""
        presence, standing = call.office.presence, call.office.standing
        there = {
            member.person: member
            for member in self.members
            if member.person != call.caller.person and self.is_in(name, member.person, standing)
        }
        free = [person for person in there if not (self.skip_busy and presence.busy(person))]
        weights = {member.person: member.weight for member in self.members}
        unrung = [person for person in free if not presence.rung(person)]
        first = self.ordered(name, call.office, weights, unrung or free)
        rest = [person for person in (*free, *there) if person not in first]
        return [there[person] for person in dict.fromkeys((*first, *rest))]

    def times(self, members: Iterable[Member]) -> Iterator[tuple[Member, float, float | None]]:
        """Each member with when their phones begin, in seconds, and how long they ring."""
        after = 0.0
        for member in members:
            if self.strategy == "all":
                yield member, 0.0, member.seconds
            else:
                seconds = member.seconds or self.each
                yield member, after, seconds
                after += seconds

    @property
    def in_all(self) -> float:
        """Seconds for which it rings if nobody comes."""
        if self.seconds is not None:
            return self.seconds
        if self.strategy == "all":
            return DEFAULT_ALL_SECONDS
        return min(LONGEST_SECONDS, sum(member.seconds or self.each for member in self.members))


class ToGroup(Reaching):
    """Ring the members of a hunt group; the first to answer talks to the caller. When they hang up, the call is over.

    ```yaml
    {group: sales, busy: {play: busy.wav}, else: {voicemail: orders}}
    ```
    The bare name of the group does the same. ``busy`` (everybody who is there is), ``no_answer``, ``declined`` and
    ``not_registered`` (nobody is signed in, or no phone is there) say how it goes on when nobody came, ``else`` for
    those not named. Without any, the caller hears that nobody is available and is back in the menu they chose from, or
    the call ends.
    """

    kind = "group"
    keys = ("group",)
    shape = Shape.GROUP
    sorry: ClassVar[str] = "nobody-available"

    group: GroupName = Field(description="One of the groups")
    busy: Destination | None = Field(default=None, description="Where to go when all who are there are on the phone")
    no_answer: Destination | None = Field(default=None, description="Where to go when nobody answers in time")
    declined: Destination | None = Field(
        default=None, description="Where to go when somebody pressed 'decline' and nobody else let it ring"
    )
    not_registered: Destination | None = Field(
        default=None, description="Where to go when nobody is signed in or none of their phones is there"
    )
    otherwise: Destination | None = Field(default=None, alias="else", description="Where to go in all cases not named")

    @property
    def name(self) -> str:
        return self.group

    async def run(self, call: Call, path: Path) -> Exit:
        group = path.account.groups[self.group]
        targets = tuple(
            target_of(
                path.account,
                member.person,
                call.office.standing,
                after=after,
                seconds=seconds,
                skip_busy=group.skip_busy,
            )
            for member, after, seconds in group.times(group.in_turn(self.group, call))
        )
        if not targets:
            return await self.leave(call, path, NotRegistered())
        plan = RingPlan(
            targets, group.in_all, path.sounds_of(group.music or ()), path.shown, in_call=path.account.in_call
        )
        return await self.leave(call, path, await call.ring(plan))

    def caption(self, account: Account) -> Caption:
        group = account.groups[self.group]
        how = f"{group.strategy.replace('_', ' ')}, {group.in_all:g} s"
        return Caption(self.group, notes=(*group.drawn(account), how))

    def doubts(self, account: Account) -> Iterable[Doubt]:
        yield from super().doubts(account)
        group = account.groups[self.group]
        yield from group.idle_weights(self.group)
        late = [member.person for member, after, _ in group.times(group.members) if after >= group.in_all]
        if late and group.strategy == "in_order":
            yield Doubt(
                group.place("for"),
                f"group {shown(self.group)} stops ringing before it is the turn of {shown(late[0])}",
                "callers reach them only when others are busy or decline",
                "let it ring for longer, or each for less",
            )
