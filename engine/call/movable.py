"""The part of a live call by which its two sides are led elsewhere: found, handed over, joined, taken back."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from engine.call.forking import Party
from engine.call.in_call import InCall
from engine.call.line import Line
from engine.call.ring_plan import OutsideTarget, RingOutcome, RingTarget
from engine.call.surroundings import CallFacts, Surroundings
from engine.call.talking import Talk, talked
from engine.call.transfer import MAX_TRANSFERS, Granted, Lead, Transfer
from engine.call.transferring import referred_by, seated, send_on
from engine.events import Side
from sip.rim.calls import CallLeg

if TYPE_CHECKING:
    from engine.call.callers_side import CallersSide
    from engine.dialplan.model import Node
    from engine.dialplan.path import Path


class Movable(ABC):
    """What a LiveCall has of transfers. ``borrowed``: its caller is in another call as well, which gets them back."""

    incoming: CallLeg
    facts: CallFacts
    around: Surroundings
    path: Path | None

    def __init__(self) -> None:
        self.talk: Talk | None = None
        self.transfer: Transfer | None = None
        self.transfers = 0
        self.borrowed = False

    @property
    @abstractmethod
    def line(self) -> Line:
        """The caller's line, once it is open."""

    @abstractmethod
    def _me(self) -> CallersSide:
        """This call."""

    @property
    def referred_by(self) -> tuple[tuple[str, str], ...]:
        """What phones that are rung are told of whoever has transferred the caller (RFC 3892)."""
        return referred_by(self._me())

    def as_party(self) -> Party:
        """The caller, to be talked to in another call; ``over`` tells when that is over."""
        me = self.facts.caller
        target = RingTarget(me.person, me.number) if me.person is not None else OutsideTarget(me.number)
        return Party(target, self.incoming, self.line, asyncio.get_running_loop().create_future())

    def seated(self, talk: Talk) -> AbstractContextManager[None]:
        """Let both sides be found by their legs inside the block, and ask for a transfer."""
        return seated(self._me(), talk)

    def leads(self, person: str, dialled: str) -> Lead | None:
        """Where a number leads whoever that person transfers; None if it is not allowed, or for the last time."""
        if self.transfers >= MAX_TRANSFERS:
            return None
        return self.around.leads(self.facts.account, person, dialled)

    @property
    def can_consult(self) -> bool:
        return True

    def own(self, node: Node) -> Lead | None:
        """A node of the account as the call knows it."""
        return Lead(self.path.account, node) if self.path is not None else None

    def send_on(self, side: Side, transfer: Transfer, lead: Lead) -> Granted:
        """Lead the other side of a person on ``side`` there."""
        assert self.talk is not None
        return send_on(self._me(), self.talk.party, side, transfer, lead)

    async def join(self, party: Party, in_call: InCall | None) -> RingOutcome:
        """Talk to somebody who talked elsewhere (``Call.join``)."""
        return await talked(self._me(), party, in_call)

    async def take_back(self, transfer: Transfer, in_call: InCall | None) -> RingOutcome | None:
        """Give the caller back to whoever transferred them (``Call.take_back``)."""
        there, self.transfer = transfer.fail(), None
        if not there or not isinstance(transfer.kept, Party):
            return None
        return await talked(self._me(), transfer.kept, in_call)
