"""The call of somebody whom the caller of another one has talked to and led on: their leg and line are there already.

They had been called, and call nobody themselves: but from now on they are this call's caller, who is led through the
dialplan and for whom phones ring. Where nobody comes they go back to whoever led them on, if those still wait for it in
the call before, and this one is over.
"""

from __future__ import annotations

import asyncio
import itertools

from engine.call.forking import Party
from engine.call.in_call import InCall
from engine.call.live import LiveCall
from engine.call.protocol import Caller
from engine.call.ring_plan import RingOutcome, RingTarget, Talked
from engine.call.running_meter import RunningMeter
from engine.call.surroundings import CallFacts
from engine.call.transfer import Lead, Transfer
from engine.events import Side

_numbers = itertools.count(1)


class HandedOver(LiveCall):
    """``before`` is the call they were in. Who took that one over goes on in their own call once this one is over.

    If leg and line are only ``borrowed``, they are given back at the end: it is the call that somebody makes while the
    other side of the one before waits (consulting.py). ``finished`` once it is over.
    """

    def __init__(self, before: LiveCall, party: Party, transfer: Transfer, to: Lead, *, borrowed: bool = False) -> None:
        self._number = next(_numbers)
        self._hops = max(0, before.max_forwards - 1)
        super().__init__(party.call, CallFacts.of(to.account, _caller(party, to), transfer.to), before.around)
        self.transfer = None if borrowed else transfer
        self.transfers = before.transfers + 1
        self._party = party
        self._handed_by = transfer
        self._goes_back = False
        self.borrowed = borrowed
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._meter = None if borrowed else RunningMeter(self, party, self.end)
        self._line = party.line
        self._answered = True
        party.line.keys.on_press = self._pressed
        party.line.media.dead.add_done_callback(self._media_died)

    @property
    def id(self) -> str:
        return f"{super().id};{self._number}"

    @property
    def max_forwards(self) -> int:
        return self._hops

    async def take_back(self, transfer: Transfer, in_call: InCall | None) -> RingOutcome | None:
        if transfer is not self._handed_by:
            return await super().take_back(transfer, in_call)
        self._goes_back, self.transfer = transfer.fail(), None
        return Talked(transfer.by, 0.0) if self._goes_back else None

    async def hang_up(self, reason: str = "", status: int | None = None) -> None:
        if not self.borrowed:
            await super().hang_up(reason, status)

    async def close(self) -> None:
        """End what is still open, but for what goes back."""
        self.finished.set_result(None)
        if self._meter is not None:
            self._meter.stop()
        if self.borrowed:
            self._let_go_of(self._party.line)
            return
        if self._goes_back and self._handed_by.settled is not None:
            self._let_go_of(self._party.line)
            self._handed_by.settle(arrived=False)
            return
        await super().close()
        self._party.let_go(Side.CALLEE)


def _caller(party: Party, to: Lead) -> Caller:
    """Who they are, as a caller."""
    target, people = party.target, to.account.people
    if isinstance(target, RingTarget) and target.person in people:
        return Caller(target.extension, people[target.person].name or target.person, target.person)
    return Caller(target.extension)
