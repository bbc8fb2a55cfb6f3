"""Ring a person, with a way on for every way in which that can fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field

from engine.call.protocol import Busy, Call, Declined, NoAnswer, NotRegistered, RingTarget, Talked
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Doubt
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.values import PersonName, RingTime

if TYPE_CHECKING:
    from engine.dialplan.account import Account

DEFAULT_RING_SECONDS = 25.0

OUTCOMES: dict[type[object], str] = {
    Busy: "busy",
    NoAnswer: "no_answer",
    Declined: "declined",
    NotRegistered: "not_registered",
}
"""The exits of a ring that brought nobody, by what ``Call.ring`` returns."""

REASONS = {"busy": "busy", "no_answer": "no answer", "declined": "declined", "not_registered": "not available"}
HOME = {outcome: WayHome(reason=reason) for outcome, reason in REASONS.items()}
"""Where an outcome leads for which the file says nothing."""


class Ring(Node):
    """Ring all phones of a person; the first to answer talks to the caller. When they hang up, the call is over.

    ```yaml
    {ring: orders, for: 20s, busy: {play: busy.wav}, declined: hang_up, else: {voicemail: orders}}
    ```
    ``busy``, ``no_answer``, ``declined`` and ``not_registered`` say how it goes on then, ``else`` for those not named.
    Without any, the caller hears that nobody is available and is back in the menu in which they pressed a key. A caller
    whom no key has led here (who pressed nothing, or dialled the person's own number) is not sent round in circles: the
    call ends.
    """

    kind = "ring"
    keys = ("ring",)
    shape = Shape.PERSON

    ring: PersonName = Field(description="The person to ring")
    seconds: RingTime = Field(default=DEFAULT_RING_SECONDS, alias="for", description="How long, such as 20s")
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
        person = account.people[self.ring]
        ways = {"no_answer": (f"no answer in {self.seconds:g} s",), "not_registered": ("no phone there",)}
        return Caption(person.name or self.ring, person.extension, ways=ways, rest=f"else ({self.seconds:g} s)")

    def _way(self, outcome: str) -> Node | None:
        way: Node | None = getattr(self, outcome)
        return way or self.otherwise

    def exits(self) -> Iterable[Exit]:
        yield Exit("answered")
        for outcome in OUTCOMES.values():
            yield Exit(outcome, self._way(outcome) or HOME[outcome])

    async def run(self, call: Call, path: Path) -> Exit:
        extension = path.account.people[self.ring].extension
        outcome = await call.ring(RingTarget(self.ring, extension), self.seconds)
        if isinstance(outcome, Talked):
            return Exit("answered")
        name = OUTCOMES[type(outcome)]
        way = self._way(name)
        if way is None and call.answered:
            await call.play(path.prompt("not-available"))
        return Exit(name, way or HOME[name])

    def doubts(self, account: Account) -> Iterable[Doubt]:  # noqa: ARG002
        if self.otherwise is not None and all(getattr(self, outcome) for outcome in OUTCOMES.values()):
            yield Doubt(
                self.place("else"),
                "this 'else' is never taken",
                "callers go the ways that busy, no_answer, declined and not_registered say",
                "remove it, or one of those",
            )
