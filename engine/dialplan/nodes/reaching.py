"""What the nodes that ring somebody share: a way on for every way in which that can fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from engine.call.protocol import Busy, Call, Declined, NoAnswer, NotRegistered, Parked, RingOutcome, Talked, Transferred
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

REASONS = {
    "busy": "busy",
    "no_answer": "no answer",
    "declined": "declined",
    "not_registered": "not available",
    "unreachable": "cannot be reached",
}
HOME = {outcome: WayHome(reason=reason) for outcome, reason in REASONS.items()}
"""Where an outcome leads for which the file says nothing."""


def gone_on(path: Path, outcome: object) -> Exit | None:
    """The exit by which somebody who talked to the caller has led them on, if that is what came of it."""
    if isinstance(outcome, Parked):
        path.parked = outcome
        return Exit("parked", path.account.parked_calls)
    return Exit("transferred", outcome.to) if isinstance(outcome, Transferred) else None


class Reaching(Node):
    """A node that rings somebody. Its fields are named like its ``outcomes``; ``otherwise`` is for those without a way.

    ``sorry`` is the built-in prompt for an answered caller whom the file gives no way on. Where it ``parks``, whoever
    answers may park the caller.
    """

    sorry: ClassVar[str] = "not-available"
    outcomes: ClassVar[Mapping[type[object], str]] = OUTCOMES
    parks: ClassVar[bool] = True

    @property
    def _otherwise(self) -> Node | None:
        way: Node | None = getattr(self, "otherwise")  # noqa: B009 (kinds have it)
        return way

    def _way(self, outcome: str) -> Node | None:
        way: Node | None = getattr(self, outcome)
        return way or self._otherwise

    def exits(self) -> Iterable[Exit]:
        yield Exit("answered")
        if self.parks:
            yield Exit("parked", apart=True)
            yield Exit("transferred", apart=True)
        for outcome in self.outcomes.values():
            yield Exit(outcome, self._way(outcome) or HOME[outcome])

    async def leave(self, call: Call, path: Path, outcome: RingOutcome) -> Exit:
        """The exit for what came of the ringing; who has no way on hears that nobody came, if they are answered."""
        if isinstance(outcome, Talked):
            return Exit("answered")
        if (gone := gone_on(path, outcome)) is not None:
            return gone
        name = self.outcomes[type(outcome)]
        way = self._way(name)
        if way is None and call.answered and path.way_back is None:
            await call.play(path.prompt(self.sorry))
        return Exit(name, way or HOME[name])

    def doubts(self, account: Account) -> Iterable[Doubt]:  # noqa: ARG002
        if self._otherwise is not None and all(getattr(self, outcome) for outcome in self.outcomes.values()):
            yield Doubt(
                self.place("else"),
                "this 'else' is never taken",
                f"callers go the ways that {_listed(self.outcomes.values())} say",
                "remove it, or one of those",
            )


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}"
