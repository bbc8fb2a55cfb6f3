"""The side of a live call that the caller is on, as far as those who ring and talk to them need it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from engine.call.line import Line
from engine.call.surroundings import CallFacts, Surroundings
from engine.events import CallEvent, Side
from engine.office.office import Office
from engine.office.waiting import LetterBox
from media.commands import Sound
from sip.rim.calls import CallLeg
from sip.sdp.answer import Codec

if TYPE_CHECKING:
    from engine.call.forking import Party
    from engine.call.talking import Talk
    from engine.call.transfer import Granted, Lead, Transfer
    from engine.dialplan.model import Node
    from engine.dialplan.path import Path


class CallersSide(Protocol):
    """A LiveCall."""

    facts: CallFacts
    around: Surroundings
    talk: Talk | None
    transfer: Transfer | None
    transfers: int
    borrowed: bool
    node: Any
    path: Path | None

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

    @property
    def line(self) -> Line:
        """The caller's line, once it is open."""
        ...

    @property
    def referred_by(self) -> tuple[tuple[str, str], ...]:
        """What phones that are rung are told of whoever has transferred the caller (RFC 3892)."""
        ...

    @property
    def answered(self) -> bool: ...

    @property
    def incoming(self) -> CallLeg:
        """The caller's leg."""
        ...

    @property
    def called(self) -> str: ...

    def as_party(self) -> Party:
        """The caller, to be talked to in another call."""
        ...

    def seated(self, talk: Talk) -> AbstractContextManager[None]:
        """Let both sides be found by their SIP legs inside the block, and ask for something."""
        ...

    def leads(self, person: str, dialled: str) -> Lead | None: ...

    def send_on(self, side: Side, transfer: Transfer, lead: Lead) -> Granted: ...

    @property
    def can_consult(self) -> bool: ...

    def own(self, node: Node) -> Lead | None: ...

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

    def begin_early(self, wanted: Codec | None = None) -> asyncio.Future[bool]:
        """Let the caller hear something before the call is answered; in the end False where that cannot be."""
        ...

    def ring_back(self) -> None: ...

    async def let_hear_ringing(self, instead: Sequence[Sound] = ()) -> None: ...

    def end(self, by: Side, reason: str, *, failed: bool = False) -> None:
        """End the whole call: at the next await its flow is cancelled."""
        ...
