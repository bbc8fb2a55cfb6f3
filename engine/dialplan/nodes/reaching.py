"""What the nodes that ring somebody share: a way on for every way in which that can fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from engine.call.protocol import Busy, Call, Declined, NoAnswer, NotRegistered, Parked, RingOutcome, RingTarget, Talked
from engine.dialplan.findings import Doubt
from engine.dialplan.model import Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path

if TYPE_CHECKING:
    from engine.dialplan.account import Account

OUTCOMES: dict[type[object], str] = {
    Busy: "busy",
    NoAnswer: "no_answer",
    Declined: "declined",
    NotRegistered: "not_registered",
}
"""The exits of a ringing that brought nobody, by what ``Call.ring`` returns."""

REASONS = {"busy": "busy", "no_answer": "no answer", "declined": "declined", "not_registered": "not available"}
HOME = {outcome: WayHome(reason=reason) for outcome, reason in REASONS.items()}
"""Where an outcome leads for which the file says nothing."""


def target_of(
    account: Account, person: str, *, after: float = 0.0, seconds: float | None = None, skip_busy: bool = False
) -> RingTarget:
    """A person of the account as a target; who wants no call waiting is never rung while on the phone."""
    entry = account.people[person]
    return RingTarget(person, entry.extension, after, seconds, unless_busy=skip_busy or not entry.call_waiting)


class Reaching(Node):
    """A node that rings somebody. Its fields are named like the OUTCOMES, and ``otherwise`` is for those without a way.

    ``sorry`` is the built-in prompt for an answered caller whom the file gives no way on.
    """

    sorry: ClassVar[str] = "not-available"

    @property
    def _otherwise(self) -> Node | None:
        way: Node | None = getattr(self, "otherwise")  # noqa: B009 (kinds have it)
        return way

    def _way(self, outcome: str) -> Node | None:
        way: Node | None = getattr(self, outcome)
        return way or self._otherwise

    def exits(self) -> Iterable[Exit]:
        yield Exit("answered")
        yield Exit("parked", apart=True)
        for outcome in OUTCOMES.values():
            yield Exit(outcome, self._way(outcome) or HOME[outcome])

    async def leave(self, call: Call, path: Path, outcome: RingOutcome) -> Exit:
        """The exit for what came of the ringing; who has no way on hears that nobody came, if they are answered."""
        if isinstance(outcome, Talked):
            return Exit("answered")
        if isinstance(outcome, Parked):
            path.parked = outcome
            return Exit("parked", path.account.parked_calls)
        name = OUTCOMES[type(outcome)]
        way = self._way(name)
        if way is None and call.answered:
            await call.play(path.prompt(self.sorry))
        return Exit(name, way or HOME[name])

    def doubts(self, account: Account) -> Iterable[Doubt]:  # noqa: ARG002
        if self._otherwise is not None and all(getattr(self, outcome) for outcome in OUTCOMES.values()):
            yield Doubt(
                self.place("else"),
                "this 'else' is never taken",
                "callers go the ways that busy, no_answer, declined and not_registered say",
                "remove it, or one of those",
            )
