"""Ring a person, with a way on for every way in which that can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from engine.call.protocol import Call, RingPlan
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.durations import RingTime
from engine.dialplan.model import Destination, Exit
from engine.dialplan.nodes.reaching import Reaching, target_of
from engine.dialplan.path import Path
from engine.dialplan.values import PersonName

if TYPE_CHECKING:
    from engine.dialplan.account import Account

DEFAULT_RING_SECONDS = 25.0


class Ring(Reaching):
    """Ring all phones of a person; the first to answer talks to the caller. When they hang up, the call is over.

    ```yaml
    {ring: orders, for: 20s, busy: {play: busy.wav}, declined: hang_up, else: {voicemail: orders}}
    ```
    ``busy``, ``no_answer``, ``declined`` and ``not_registered`` say how it goes on then, ``else`` for those not named.
    Without any, the caller hears that nobody is available and is back in the menu in which they pressed a key. A caller
    whom no key has led here (who pressed nothing, or dialled the person's own number) is not sent round in circles: the
    call ends. In accounts with `parking` whoever answers may park the caller, who then waits in a slot.
    """

    kind = "ring"
    keys = ("ring",)
    shape = Shape.PERSON

    ring: PersonName = Field(description="The person to ring")
    seconds: RingTime | None = Field(
        default=None, alias="for", description="How long, such as 20s; else the person's `ring_time`, else 25s"
    )
    busy: Destination | None = Field(default=None, description="Where to go when they are on the phone")
    no_answer: Destination | None = Field(default=None, description="Where to go when nobody answers in time")
    declined: Destination | None = Field(default=None, description="Where to go when they press 'decline'")
    not_registered: Destination | None = Field(
        default=None, description="Where to go when none of their phones is there"
    )
    otherwise: Destination | None = Field(default=None, alias="else", description="Where to go in all cases not named")

    @property
    def name(self) -> str:
        return self.ring

    def caption(self, account: Account) -> Caption:
        person, seconds = account.people[self.ring], self._seconds(account)
        ways = {"no_answer": (f"no answer in {seconds:g} s",), "not_registered": ("no phone there",)}
        return Caption(person.name or self.ring, person.extension, ways=ways, rest=f"else ({seconds:g} s)")

    def _seconds(self, account: Account) -> float:
        return self.seconds or account.people[self.ring].ring_time or DEFAULT_RING_SECONDS

    async def run(self, call: Call, path: Path) -> Exit:
        target = target_of(path.account, self.ring)
        outcome = await call.ring(RingPlan.one(target, self._seconds(path.account), path.shown, path.account.in_call))
        return await self.leave(call, path, outcome)
