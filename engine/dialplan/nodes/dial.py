"""Call a telephone outside, with a way on for every way in which that can fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

import phonenumbers
from pydantic import Field

from engine.call.protocol import Busy, Call, Declined, NoAnswer, NotRegistered, RingPlan
from engine.call.ring_plan import Acceptance, OutsideTarget
from engine.dialplan.calling_out import bill_of
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.durations import RingTime
from engine.dialplan.findings import Doubt
from engine.dialplan.model import Destination, Exit
from engine.dialplan.nodes.reaching import Reaching
from engine.dialplan.outside import CALLER, MAIN, OutsideNumber, Shows, number_shown
from engine.dialplan.path import Path
from engine.dialplan.reach import question
from engine.dialplan.values import Truth

if TYPE_CHECKING:
    from engine.dialplan.account import Account

DEFAULT_SECONDS = 30.0


class Dial(Reaching):
    """Call a telephone number outside, through a trunk; whoever answers talks to the caller. When they hang up, the
    call is over.

    ```yaml
    {dial: "+31 20 765 4321", for: 30s, show: caller, unreachable: {voicemail: orders}, else: {play: busy.wav}}
    ```
    ``show`` is the caller's number that is shown there: ``main`` (the account's main number, if it is left out),
    ``caller`` (the caller's own, which some providers do not let through), or another number of the account. With
    ``accept: yes`` whoever answers must press 1, so that no voicemail takes the call. ``busy``, ``no_answer``,
    ``declined`` and ``unreachable`` (no trunk takes the call, or nobody has the number) say how it goes on then,
    ``else`` for those not named. Without any, the caller hears that nobody is available and is back in the menu in
    which they pressed a key, or the call ends.
    """

    kind = "dial"
    keys = ("dial",)
    shape = Shape.PERSON
    parks: ClassVar = False
    outcomes: ClassVar = {
        Busy: "busy",
        NoAnswer: "no_answer",
        Declined: "declined",
        NotRegistered: "unreachable",
    }

    dial: OutsideNumber = Field(description="The telephone number, such as +31 20 765 4321")
    seconds: RingTime = Field(default=DEFAULT_SECONDS, alias="for", description="How long it rings, such as 20s")
    show: Shows = Field(default=MAIN, description="The caller's number shown there: main, caller, or a number")
    accept: Truth = Field(default=False, description="Whether whoever answers must press 1 to take the call")
    busy: Destination | None = Field(default=None, description="Where to go when it is engaged")
    no_answer: Destination | None = Field(default=None, description="Where to go when nobody answers in time")
    declined: Destination | None = Field(default=None, description="Where to go when they decline")
    unreachable: Destination | None = Field(
        default=None, description="Where to go when no trunk takes the call, or nobody has the number"
    )
    otherwise: Destination | None = Field(default=None, alias="else", description="Where to go in all cases not named")

    @property
    def name(self) -> str:
        return self.dial

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        number = phonenumbers.format_number(
            phonenumbers.parse(self.dial, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL
        )
        ways = {"no_answer": (f"no answer in {self.seconds:g} s",)}
        return Caption(number, notes=("outside",), ways=ways, rest=f"else ({self.seconds:g} s)")

    async def run(self, call: Call, path: Path) -> Exit:
        account = path.account
        target = OutsideTarget(
            self.dial,
            shows=number_shown(account, call.caller, self.show),
            accept=Acceptance(question(account)) if self.accept else None,
            bill=bill_of(account, "", call.now()),
        )
        return await self.leave(call, path, await call.ring(RingPlan.one(target, self.seconds, path.shown)))

    def doubts(self, account: Account) -> Iterable[Doubt]:
        yield from super().doubts(account)
        if self.show not in (CALLER, MAIN, *account.numbers_at):
            yield Doubt(
                self.place("show"),
                f"{self.show} is no number of the account",
                "a provider may refuse such calls, and whoever calls back gets somebody else",
                "show 'main', 'caller', or one of 'numbers'",
            )
