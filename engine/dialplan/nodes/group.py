"""Hunt groups: several people behind one name, and in which order their phones ring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from engine.call.protocol import Call, NotRegistered, RingPlan
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Doubt, Wrong
from engine.dialplan.model import REFERENCE, Destination, Exit, Section
from engine.dialplan.nodes.reaching import Reaching
from engine.dialplan.path import Path
from engine.dialplan.reach import target_of
from engine.dialplan.reading import shown
from engine.dialplan.sound import Announcements
from engine.dialplan.source import SourceList, block_of
from engine.dialplan.values import GroupName, PersonName, RingTime, Truth
from engine.office.office import Office
from engine.office.standing import Standing

if TYPE_CHECKING:
    from engine.dialplan.account import Account

MAX_MEMBERS = 50
MAX_WEIGHT = 100
MAX_DRAWN = 6
"""Members whose names stand in a picture."""
DEFAULT_MEMBER_SECONDS = 15.0
DEFAULT_ALL_SECONDS = 25.0
LONGEST_SECONDS = 600.0

Strategy = Literal["all", "in_order", "round_robin", "longest_idle", "weighted"]


class Member(Section):
    """Somebody in a group.

    ```yaml
    {person: orders, weight: 2, for: 10s}
    ```
    """

    person: PersonName = Field(description="Their name among the people")
    weight: int = Field(
        default=1, ge=1, le=MAX_WEIGHT, strict=True, description="Their share of the calls, with `strategy: weighted`"
    )
    seconds: RingTime | None = Field(default=None, alias="for", description="How long their phones ring")


def _as_members(value: Any) -> Any:
    """A list whose items are people's names or blocks."""
    if not isinstance(value, SourceList) or not 1 <= len(value) <= MAX_MEMBERS:
        raise Wrong("this is no list of members", f"expected 1 to {MAX_MEMBERS} people, such as [orders, front-desk]")
    return [_as_member(item) for item in value]


def _as_member(item: Any) -> Any:
    if not isinstance(item, str | int) or isinstance(item, bool):
        return item
    return block_of("person", item)


Members = Annotated[
    tuple[Member, ...],
    BeforeValidator(_as_members),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"anyOf": [{"type": ["string", "integer"]}, {REFERENCE: "Member"}]},
            "minItems": 1,
            "maxItems": MAX_MEMBERS,
        }
    ),
]


class Group(Section):
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

    members: Members = Field(description="The people, by name, or with {person: ..., weight: ..., for: ...}")
    strategy: Strategy = Field(
        default="all", description="Who rings first: all, in_order, round_robin, longest_idle or weighted"
    )
    each: RingTime = Field(
        default=DEFAULT_MEMBER_SECONDS,
        description="How long each rings, if not all at once; a member may have their own",
    )
    seconds: RingTime | None = Field(
        default=None, alias="for", description="How long it rings in all; 25s with `all`, else until everybody was rung"
    )
    skip_busy: Truth = Field(default=True, description="Whether members who are on the phone are passed over")
    signed_in: Truth = Field(default=True, description="Whether members are signed in until they sign out")
    may_sign_out: Truth = Field(default=True, description="Whether members may sign out")
    music: Announcements | None = Field(
        default=None, description="What the caller hears instead of ringing; they are answered for it"
    )

    @field_validator("members")
    @classmethod
    def _each_once(cls, members: tuple[Member, ...]) -> tuple[Member, ...]:
        names = [member.person for member in members]
        for name in names:
            if names.count(name) > 1:
                raise Wrong(f"{shown(name)} is in this group twice", "leave one of them out")
        return members

    @property
    def in_order(self) -> tuple[str, ...]:
        """The members' names, in the order of the list."""
        return tuple(member.person for member in self.members)

    @property
    def people(self) -> frozenset[str]:
        return frozenset(self.in_order)

    def has(self, person: str | None) -> bool:
        """Whether somebody is a member, signed in or not."""
        return any(member.person == person for member in self.members)

    def is_in(self, name: str, person: str, standing: Standing) -> bool:
        """Whether a member is signed in to this group, which is called ``name``."""
        said = standing.get(_signed(name, person))
        return self.signed_in if said is None or (said == "out" and not self.may_sign_out) else said == "in"

    def in_turn(self, name: str, call: Call) -> list[Member]:
        """The members to ring for a call, the first first: those signed in, without the caller. Takes their turn."""
        presence, standing = call.office.presence, call.office.standing
        there = {
            member.person: member
            for member in self.members
            if member.person != call.caller.person and self.is_in(name, member.person, standing)
        }
        free = [person for person in there if not (self.skip_busy and presence.busy(person))]
        first = self._ordered(name, call.office, [person for person in free if not presence.rung(person)] or free)
        rest = [person for person in (*free, *there) if person not in first]
        return [there[person] for person in dict.fromkeys((*first, *rest))]

    def _ordered(self, name: str, office: Office, free: list[str]) -> list[str]:
        match self.strategy:
            case "round_robin":
                return office.turns.round_robin(name, [member.person for member in self.members], free)
            case "weighted":
                weights = {member.person: member.weight for member in self.members}
                return office.turns.weighted(name, weights, free)
            case "longest_idle":
                return sorted(free, key=office.presence.free_since)
            case "all" | "in_order":
                return free

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


def sign(standing: Standing, group: str, person: str, *, on: bool) -> None:
    """Note that a member signs in to a group, or out; it outlives a restart."""
    standing.put(_signed(group, person), "in" if on else "out")


def _signed(group: str, person: str) -> str:
    return f"group/{group}/signed/{person}"


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
        names = tuple(account.people[member.person].name or member.person for member in group.members)
        shown_names = (
            names if len(names) <= MAX_DRAWN else (*names[: MAX_DRAWN - 1], f"and {len(names) - MAX_DRAWN + 1} more")
        )
        how = f"{group.strategy.replace('_', ' ')}, {group.in_all:g} s"
        return Caption(self.group, notes=(*shown_names, how))

    def doubts(self, account: Account) -> Iterable[Doubt]:
        yield from super().doubts(account)
        group = account.groups[self.group]
        for member in group.members:
            if member.weight != 1 and group.strategy != "weighted":
                yield Doubt(
                    member.place("weight"),
                    f"the weight of {shown(member.person)} counts for nothing",
                    f"group {shown(self.group)} rings by {group.strategy}",
                    "write 'strategy: weighted', or leave the weight out",
                )
        late = [member.person for member, after, _ in group.times(group.members) if after >= group.in_all]
        if late and group.strategy == "in_order":
            yield Doubt(
                group.place("for"),
                f"group {shown(self.group)} stops ringing before it is the turn of {shown(late[0])}",
                "callers reach them only when others are busy or decline",
                "let it ring for longer, or each for less",
            )
