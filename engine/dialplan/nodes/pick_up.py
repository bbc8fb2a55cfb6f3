"""Take over a call that rings at a colleague's phone, or that is parked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationInfo, field_validator

from engine.call.protocol import Call, WaitingCall
from engine.dialplan.caption import Caption
from engine.dialplan.findings import Wrong
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.reading import Reading, shown
from engine.dialplan.values import refer

if TYPE_CHECKING:
    from engine.dialplan.account import Account

ANY, PARKED = "any", "parked"
REASONS = {"nothing": "nothing to pick up", "refused": "not allowed"}


class PickUp(Node):
    """Talk to a caller whose call rings at somebody else's phone: that phone stops, and the call is the picker's.

    ```yaml
    {pick_up: sales, nothing: repeat, refused: hang_up}
    ```
    What is picked up is the call that has rung for longest at a member of that group; or of that person, if it is the
    name or extension of one; or the call that is parked in that slot, if it is a slot's number. `any` is a call for
    anybody in the groups of whoever picks up, or for anybody at all in an account without groups. After a star code,
    `any` also takes the extension or the slot that is meant (`*8101`), and `parked` the slot (`*71705`).

    Only the account's own phones can pick up. Everybody else is refused and goes where `refused` says. `nothing` is
    where a caller goes when there is nothing to be picked up; without it they hear so and the call ends.
    """

    kind = "pick_up"
    keys = ("pick_up",)

    pick_up: str = Field(
        description="any, parked, or a group, a person or a parking slot",
        json_schema_extra={"type": ["string", "integer"]},
    )
    nothing: Destination | None = Field(default=None, description="Where to go when there is nothing to pick up")
    refused: Destination | None = Field(default=None, description="Where a caller goes who may not pick up")

    @field_validator("pick_up", mode="before")
    @classmethod
    def _what(cls, value: Any, info: ValidationInfo) -> str:
        reading = info.context
        name = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not isinstance(reading, Reading) or name in (ANY, PARKED) or name in reading.names["parking"]:
            return name
        people = name in reading.names["people"] or name in reading.people_by_extension
        if people and name in reading.names["groups"]:
            raise Wrong(f"'{name}' is a person and a group", "give one of them another name")
        if people or name in reading.names["groups"]:
            return refer("people" if people else "groups", value, reading)
        known = [ANY, PARKED, *reading.names["groups"], *reading.names["people"]]
        advice = reading.guess(name, known, "expected any, parked, or a group, a person or a parking slot")
        raise Wrong(f"{shown(value)} is nothing to be picked up", advice)

    @property
    def name(self) -> str:
        return self.pick_up

    @property
    def takes_digits(self) -> bool:
        return self.pick_up in (ANY, PARKED)

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        return Caption(f"Pick up: {self.pick_up}", ways={"refused": ("not one of our phones",)})

    def exits(self) -> Iterable[Exit]:
        yield Exit("picked_up")
        for name, reason in REASONS.items():
            yield Exit(name, self._way(name) or WayHome(reason=reason))

    def _way(self, outcome: str) -> Node | None:
        way: Node | None = getattr(self, outcome)
        return way

    async def run(self, call: Call, path: Path) -> Exit:
        picked_up, nothing, refused = self.exits()
        if call.caller.person is None:
            if self.refused is None:
                await call.play(path.prompt("not-allowed"))
            return refused
        await call.answer()
        slot = self._slot(path)
        waiting = call.office.waiting.of(call.office.slots.call_in(slot)) if slot else self._ringing(call, path)
        if waiting is not None and await call.take_over(waiting, slot):
            return picked_up
        if self.nothing is None:
            await call.play(path.prompt("nothing-to-pick-up"))
        return nothing

    def _slot(self, path: Path) -> str:
        """The parking slot that is meant; empty if none is."""
        meant = path.dialled_rest if self.takes_digits else self.pick_up
        return meant if self.pick_up == PARKED or meant in path.account.slots else ""

    def _ringing(self, call: Call, path: Path) -> WaitingCall | None:
        return call.office.waiting.ringing(self._people(call, path))

    def _people(self, call: Call, path: Path) -> frozenset[str]:
        """Those whose calls may be picked up."""
        account = path.account
        if self.pick_up in account.groups:
            return account.groups[self.pick_up].people
        if self.pick_up in account.people:
            return frozenset((self.pick_up,))
        if path.dialled_rest:
            person = account.person_by_extension.get(path.dialled_rest)
            return frozenset((person,)) if person else frozenset()
        return people_for(account, call.caller.person)


def people_for(account: Account, person: str | None) -> frozenset[str]:
    """Those whose calls somebody picks up who names nobody."""
    if not account.groups:
        return frozenset(account.people)
    mine = (group.people for group in account.groups.values() if group.has(person))
    return frozenset().union(*mine)
