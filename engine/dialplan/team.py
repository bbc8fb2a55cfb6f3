"""Teams: several people behind one name, and whose phone rings first. Hunt groups and queues both have one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from engine.dialplan.durations import RingTime
from engine.dialplan.findings import Doubt, Wrong
from engine.dialplan.model import REFERENCE, Section
from engine.dialplan.reading import shown
from engine.dialplan.source import SourceList, block_of
from engine.dialplan.values import PersonName, Truth
from engine.office.office import Office
from engine.office.standing import Standing

if TYPE_CHECKING:
    from engine.dialplan.account import Account

MAX_MEMBERS = 50
MAX_WEIGHT = 100
MAX_DRAWN = 6
"""Members whose names stand in a picture."""
DEFAULT_MEMBER_SECONDS = 15.0

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


def read_members(value: Any) -> Any:
    """A list whose items are people's names or blocks. Raises Wrong."""
    if not isinstance(value, SourceList) or not 1 <= len(value) <= MAX_MEMBERS:
        raise Wrong("this is no list of members", f"expected 1 to {MAX_MEMBERS} people, such as [orders, front-desk]")
    return [_as_member(item) for item in value]


def _as_member(item: Any) -> Any:
    if not isinstance(item, str | int) or isinstance(item, bool):
        return item
    return block_of("person", item)


def members_schema(of: str) -> dict[str, Any]:
    """The JSON Schema of a list of names, or of blocks of the class ``of``."""
    return {
        "type": "array",
        "items": {"anyOf": [{"type": ["string", "integer"]}, {REFERENCE: of}]},
        "minItems": 1,
        "maxItems": MAX_MEMBERS,
    }


Members = Annotated[tuple[Member, ...], BeforeValidator(read_members), WithJsonSchema(members_schema("Member"))]


class Team(Section):
    """What hunt groups and queues share. ``noun`` is what the file calls such a team."""

    noun: ClassVar[str] = ""

    members: tuple[Member, ...]
    strategy: Strategy = Field(
        default="all", description="Who rings first: all, in_order, round_robin, longest_idle or weighted"
    )
    each: RingTime = Field(
        default=DEFAULT_MEMBER_SECONDS,
        description="How long each rings, if not all at once; a member may have their own",
    )
    signed_in: Truth = Field(default=True, description="Whether members are signed in until they sign out")
    may_sign_out: Truth = Field(default=True, description="Whether members may sign out")

    @field_validator("members", check_fields=False)
    @classmethod
    def _each_once(cls, members: tuple[Member, ...]) -> tuple[Member, ...]:
        names = [member.person for member in members]
        for name in names:
            if names.count(name) > 1:
                raise Wrong(f"{shown(name)} is in this {cls.noun} twice", "leave one of them out")
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
        """Whether a member is signed in to this team, which is called ``name``."""
        said = standing.get(self.fact(name, person))
        return self.signed_in if said is None or (said == "out" and not self.may_sign_out) else said == "in"

    def sign(self, name: str, person: str, standing: Standing, *, on: bool) -> None:
        """Note that a member signs in, or out; it outlives a restart."""
        standing.put(self.fact(name, person), "in" if on else "out")

    def fact(self, name: str, person: str) -> str:
        """The name of the fact that says whether a member is signed in."""
        return f"{self.noun}/{name}/signed/{person}"

    def ordered(self, name: str, office: Office, weights: Mapping[str, int], free: Sequence[str]) -> list[str]:
        """Those who are free, whose turn it is first. ``weights`` has everybody. Takes their turn."""
        team, people = f"{self.noun}/{name}", list(free)
        match self.strategy:
            case "round_robin":
                return office.turns.round_robin(team, list(weights), people)
            case "weighted":
                return office.turns.weighted(team, weights, people)
            case "longest_idle":
                return sorted(people, key=office.presence.free_since)
            case "all" | "in_order":
                return people

    def drawn(self, account: Account) -> tuple[str, ...]:
        """Who is in it, for a picture."""
        people = account.people
        names = [
            people[member.person].name or member.person if member.person in people else member.person
            for member in self.members
        ]
        return tuple(
            names if len(names) <= MAX_DRAWN else (*names[: MAX_DRAWN - 1], f"and {len(names) - MAX_DRAWN + 1} more")
        )

    def idle_weights(self, name: str) -> Iterator[Doubt]:
        """Weights that count for nothing."""
        for member in self.members:
            if member.weight != 1 and self.strategy != "weighted":
                yield Doubt(
                    member.place("weight"),
                    f"the weight of {shown(member.person)} counts for nothing",
                    f"{self.noun} {shown(name)} rings by {self.strategy}",
                    "write 'strategy: weighted', or leave the weight out",
                )
