"""Ring a person, with a way on for every way in which that can fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from engine.call.protocol import Call
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.durations import RingTime
from engine.dialplan.forwards import WHYS, in_file
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.reaching import Reaching
from engine.dialplan.path import Path
from engine.dialplan.reach import reach, ring_seconds
from engine.dialplan.reading import Reading
from engine.dialplan.values import PersonName

if TYPE_CHECKING:
    from engine.dialplan.account import Account, Dialplan, Person


class Ring(Reaching):
    """Ring all phones of a person; the first to answer talks to the caller. When they hang up, the call is over.

    ```yaml
    {ring: orders, for: 20s, busy: {play: busy.wav}, declined: hang_up, else: {voicemail: orders}}
    ```
    ``busy``, ``no_answer``, ``declined`` and ``not_registered`` say how it goes on then, ``else`` for those not named.
    Without any, the caller hears that nobody is available and is back in the menu in which they pressed a key. A caller
    whom no key has led here (who pressed nothing, or dialled the person's own number) is not sent round in circles: the
    call ends. In accounts with `parking` whoever answers may park the caller, who then waits in a slot.

    If the person's calls are forwarded, whoever they go to rings in their place, and the ways named here hold for that,
    too; but a forward to any other destination, or to a voicemail, leads the caller there and on from there.
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
    _person: Person | None = PrivateAttr(default=None)

    @property
    def name(self) -> str:
        return self.ring

    @model_validator(mode="after")
    def _ask_who(self, info: ValidationInfo) -> Ring:
        if isinstance(info.context, Reading):
            info.context.to_link.append(self)
        return self

    @classmethod
    def or_else(cls, account: Account, person: str, otherwise: Node) -> Ring:
        """A person, as if dialled, and where it goes on when they do not come."""
        node = cls.model_validate({"ring": person, "else": otherwise})
        node.meet(account.people[person])
        return node

    def link(self, dialplan: Dialplan) -> None:
        self.meet(dialplan.people[self.ring])

    def meet(self, person: Person) -> None:
        """Know the person, whose calls the file may send elsewhere."""
        self._person = person

    def caption(self, account: Account) -> Caption:
        person, seconds = account.people[self.ring], self._seconds(account)
        ways = {"no_answer": (f"no answer in {seconds:g} s",), "not_registered": ("no phone there",)}
        ways |= {f"forwarded_{why}": (f"forwarded: {why.replace('_', ' ')}",) for why in WHYS}
        notes = tuple(_notes(person))
        return Caption(person.name or self.ring, person.extension, notes, ways=ways, rest=f"else ({seconds:g} s)")

    def _seconds(self, account: Account) -> float:
        return self.seconds or ring_seconds(account.people[self.ring])

    def exits(self) -> Iterable[Exit]:
        yield from super().exits()
        for why in WHYS:
            leads = in_file(self._person, why) if self._person is not None else None
            if isinstance(leads, Node):
                yield Exit(f"forwarded_{why}", leads)
        yield Exit("forwarded", open_ended=True)

    async def run(self, call: Call, path: Path) -> Exit:
        outcome = await reach(call, path, self.ring, self.seconds)
        return outcome if isinstance(outcome, Exit) else await self.leave(call, path, outcome)


def _notes(person: Person) -> Iterator[str]:
    """What the file says of where the person's calls go."""
    for why in WHYS:
        leads = in_file(person, why)
        if leads is not None and not isinstance(leads, Node):
            yield f"{why.replace('_', ' ')}: to {leads}"
    for step in person.follow_me:
        yield f"after {step.after:g} s also {step.ring or step.dial}"
    if person.do_not_disturb:
        yield "does not want to be disturbed"
