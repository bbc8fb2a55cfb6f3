"""Phones for tests of ringing: they do what they are made to at made-up moments, and note what was told to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar, cast

from engine.call.forking import Branch
from engine.call.line import Line
from engine.call.ring_plan import RingTarget, Target
from engine.call.virtual_time import VirtualTimeLoop
from sip.errors import DropReason, ProtocolError
from sip.rim.calls import Answered, Failed, OutgoingCall
from sip.sdp.answer import NotAcceptable, Refusal

Outcome = TypeVar("Outcome")


class Ringing:
    """A call of ours whose outcome comes after so many seconds; it notes how it was let go."""

    def __init__(self, after: float, outcome: Answered | Failed) -> None:
        loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[Answered | Failed] = loop.create_future()
        self.let_go: list[tuple[tuple[str, str], ...]] = []
        loop.call_later(after, self._come_to, outcome)

    def _come_to(self, outcome: Answered | Failed) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def hang_up(self, *, headers: Sequence[tuple[str, str]] = ()) -> None:
        if not isinstance(self.outcome.result() if self.outcome.done() else None, Failed):
            self.let_go.append(tuple(headers))


class AnyLine:
    """Takes every answer but those that say how they are bad."""

    agreement = None

    def answered(self) -> None:
        pass

    def take_answer(self, answer: bytes) -> None:
        if answer == b"unusable":
            raise NotAcceptable(Refusal.NO_COMMON_CODEC)
        if answer == b"":
            raise ProtocolError(400, DropReason.BAD_SDP, "nothing")


class Phones:
    """The phones of targets, and what was told of each target and when. A text in place of phones is an outcome."""

    def __init__(self, calls: Mapping[Target, Sequence[tuple[float, Answered | Failed]] | str]) -> None:
        self.loop = asyncio.get_running_loop()
        self.calls = calls
        self.rung: dict[Target, list[Ringing]] = {}
        self.told: list[tuple[float, str, str]] = []

    async def begin(self, target: Target) -> list[Branch] | str:
        phones = self.calls[target]
        if isinstance(phones, str):
            return phones
        self._tell(target, "rings")
        self.rung[target] = [Ringing(after, outcome) for after, outcome in phones]
        return [Branch(target, cast(OutgoingCall, c), cast(Line, AnyLine())) for c in self.rung[target]]

    def ended(self, target: Target, outcome: str) -> None:
        self._tell(target, outcome)

    def _tell(self, target: Target, what: str) -> None:
        self.told.append((round(self.loop.time(), 3), target.person, what))


ANSWER = Answered(b"v=0")
BUSY, DECLINE = Failed(486, "Busy Here"), Failed(603, "Decline")
ORDERS = RingTarget("orders", "102")
FIRST = RingTarget("first", "101", seconds=10)
SECOND = RingTarget("second", "102", after=10, seconds=10)
TOGETHER = RingTarget("second", "102")


def on_a_made_up_clock(run: Callable[[VirtualTimeLoop], Awaitable[Outcome]]) -> Outcome:
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(run(loop))  # type: ignore[arg-type]
    finally:
        loop.close()
