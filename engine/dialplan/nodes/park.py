"""Parking: callers wait in numbered slots, where any of the account's phones picks them up by dialling the number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationInfo, field_validator

from engine.call.in_call import Request, ToPark, park
from engine.call.protocol import Call, Parked, ParkPlan, Presentation, RingPlan, Sound, Talked
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.durations import ParkingTime, RingTime
from engine.dialplan.findings import Wrong
from engine.dialplan.model import Destination, Exit, Node, Section
from engine.dialplan.nodes.reaching import gone_on
from engine.dialplan.nodes.voicemail import Voicemail
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.reach import target_of
from engine.dialplan.reading import Reading
from engine.dialplan.slots import ParkingSlots, refer_slot
from engine.dialplan.sound import Announcements

if TYPE_CHECKING:
    from engine.dialplan.account import Account

MAX_ROUNDS = 10
ANY = "any"
"""The first slot that is free."""
NOBODY_CAME = WayHome(reason="nobody picked up")
NO_SLOT = WayHome(reason="no parking slot free")


class ParkersVoicemail(Node):
    """Where callers go for whom nobody came, if the file does not say: to the voicemail of whoever parked them."""

    shape = Shape.VOICEMAIL

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        return Caption("Voicemail: who parked them")

    def exits(self) -> Iterable[Exit]:
        return (Exit("then"),)

    def arrive(self, path: Path) -> Node:
        return self if path.parker is None else Voicemail(voicemail=path.parker)


PARKERS_VOICEMAIL = ParkersVoicemail()


class Parking(Section):
    """How callers are parked.

    ```yaml
    parking: {slots: 701-709, time: 90s, ring_back: 20s, rounds: 2, then: {voicemail: front-desk}}
    ```
    """

    slots: ParkingSlots = Field(description="The numbers of the slots, such as 701-709 or [701, 705]")
    time: ParkingTime = Field(default=120.0, description="How long a caller is parked before their parker is rung")
    ring_back: RingTime = Field(default=20.0, description="How long the parker is rung then")
    rounds: int = Field(
        default=2,
        ge=1,
        le=MAX_ROUNDS,
        strict=True,
        description="How often both happen, 1 to 10, before the caller goes where `then` says",
    )
    music: Announcements | None = Field(default=None, description="What they hear; the hold music if left out")
    then: Destination | None = Field(
        default=None, description="Where callers go for whom nobody came; without it: the voicemail of their parker"
    )


class Park(Node):
    """Let the caller wait in a parking slot with music, until somebody dials the slot's number.

    ```yaml
    {park: any, full: {voicemail: orders}, then: {ring: front-desk}}
    ```
    A number in place of `any` is a certain slot. Whoever talks to a caller parks them with the star code that leads
    here (`*70`): they hear the slot's number and are hung up, and when the time is over their phones ring. Callers who
    are led here by a key or a list of ways have no parker: after the time of all rounds they go where `then` says, else
    where that of `parking` does. `full` is where a caller goes when all slots are taken.
    """

    kind = "parked"
    keys = ("park",)

    park: str = Field(description="any, or a slot's number", json_schema_extra={"type": ["string", "integer"]})
    full: Destination | None = Field(default=None, description="Where a caller goes when all slots are taken")
    then: Destination | None = Field(
        default=None, description="Where the caller goes for whom nobody came; else where `parking` says"
    )

    @field_validator("park", mode="before")
    @classmethod
    def _slot(cls, value: Any, info: ValidationInfo) -> str:
        reading = info.context
        if not isinstance(reading, Reading):
            return str(value)
        if not reading.names["parking"]:
            raise Wrong("there is nowhere to park", "add a 'parking' section, such as parking: {slots: 701-709}")
        return ANY if value == ANY else refer_slot(value, reading, f"expected '{ANY}' or one of the slots")

    @property
    def name(self) -> str:
        return self.park

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        title = "Parked calls" if self.park == ANY else f"Parked in {self.park}"
        return Caption(title, ways={"picked_up": ("picked up",), "nobody_came": ("nobody came",)})

    def exits(self) -> Iterable[Exit]:
        yield Exit("picked_up")
        yield Exit("transferred", apart=True)
        yield Exit("full", self.full or NO_SLOT)
        yield Exit("nobody_came", self.then or NOBODY_CAME)

    def in_call(self, account: Account) -> Request | None:
        if account.parking is None:
            return None

        def say(slot: str) -> tuple[Sound, ...]:
            figures = (sound for figure in slot for sound in account.prompt(f"digit-{figure}"))
            return (*account.prompt("parked-in-slot"), *figures)

        return ToPark(self._slots(account.parking), _music(account), account.prompt("parking-full"), say, Park.in_slot)

    def _slots(self, parking: Parking) -> tuple[str, ...]:
        return parking.slots if self.park == ANY else (self.park,)

    @classmethod
    def in_slot(cls, slot: str) -> Park:
        """A certain slot."""
        return cls(park=slot)

    @classmethod
    def of_people(cls, parking: Parking) -> Park:
        """Where callers are whom people have parked."""
        return cls(park=ANY, then=parking.then or PARKERS_VOICEMAIL)

    async def run(self, call: Call, path: Path) -> Exit:
        parking, music = path.account.parking, _music(path.account)
        assert parking is not None
        parked, path.parked = path.parked, None
        slot, by = (parked.slot, parked.by) if parked else (await self._enter(call, parking, path.led_by), path.led_by)
        if slot is None:
            if self.full is None and path.way_back is None:
                await call.play(path.prompt("nobody-available"))
            return Exit("full", self.full or NO_SLOT)
        outcome = await call.park(_plan(path.account, parking, slot, by, () if parked else music))
        while isinstance(outcome, Parked):
            by = outcome.by
            outcome = await call.park(_plan(path.account, parking, outcome.slot, by, ()))
        if isinstance(outcome, Talked):
            return Exit("picked_up")
        if (gone := gone_on(path, outcome)) is not None:
            return gone
        # somebody whom a reload has brought since this call began has no mailbox that it knows of
        path.parker = by if by in path.account.people else None
        then = self.then or parking.then or PARKERS_VOICEMAIL
        return Exit("nobody_came", NOBODY_CAME if then is PARKERS_VOICEMAIL and path.parker is None else then)

    async def _enter(self, call: Call, parking: Parking, by: str | None) -> str | None:
        """The slot that the caller is in from now on; None if all are taken."""
        await call.answer()
        slot = call.office.slots.free_of(self._slots(parking))
        if slot is not None:
            park(call, slot, by, call.caller.number)
        return slot


def _plan(account: Account, parking: Parking, slot: str, by: str | None, music: tuple[Sound, ...]) -> ParkPlan:
    rings_back = None
    if by is not None and by in account.people:
        shown = Presentation(name_prefix=f"Parked {slot}: ")
        target = target_of(account, by)
        rings_back = RingPlan((target,), parking.ring_back, shown=shown, unheard=True, in_call=account.in_call)
    return ParkPlan(parking.time, parking.rounds, rings_back, music, account.in_call)


def _music(account: Account) -> tuple[Sound, ...]:
    own = account.parking.music if account.parking is not None else None
    return account.sounds_of(own) if own else account.hold_music
