"""The side of a live call that the caller is on, as far as those who ring and talk to them need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from engine.call.line import Line
from engine.call.surroundings import CallFacts, Surroundings
from engine.events import CallEvent, Side
from engine.office.office import Office
from engine.office.waiting import LetterBox
from media.commands import Sound
from sip.sdp.answer import Codec


class CallersSide(Protocol):
    """A LiveCall."""

    facts: CallFacts
    around: Surroundings

    @property
    def id(self) -> str: ...

    @property
    def shown(self) -> str:
        """What others are shown of the caller."""
        ...

    @property
    def office(self) -> Office: ...

    @property
    def max_forwards(self) -> int:
        """For calls on its behalf."""
        ...

    def now(self) -> float: ...

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...

    def offered(self, box: LetterBox) -> AbstractContextManager[None]:
        """Let somebody take the call over inside the block, by this letter box."""
        ...

    async def open_line(self) -> Line: ...

    async def answer(self, wanted: Codec | None = None) -> None:
        """Answer, in the codec ``wanted`` if the caller talks it."""
        ...

    async def check_offer(self) -> Sequence[Codec]:
        """The codecs that the caller talks, the best first. Raises CannotTalk."""
        ...

    def begin_early(self, wanted: Codec | None = None) -> bool:
        """Let the caller hear something before the call is answered; False where that cannot be."""
        ...

    def ring_back(self) -> None: ...

    async def let_hear_ringing(self, instead: Sequence[Sound] = ()) -> None: ...

    def end(self, by: Side, reason: str, *, failed: bool = False) -> None:
        """End the whole call: at the next await its flow is cancelled."""
        ...
