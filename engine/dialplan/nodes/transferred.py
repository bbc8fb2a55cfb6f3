"""Where a transfer leads a caller: on to what was dialled for them, to somebody who talks already, and back again.

No file names these: whoever transfers makes them (engine/call/transferring.py), and the walk goes on by them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Self

from pydantic import PrivateAttr

from engine.call.protocol import Call, Presentation, Talked
from engine.call.transfer import Lead, Transfer
from engine.dialplan.model import Exit, Node
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.nodes.reaching import gone_on
from engine.dialplan.nodes.ring import Ring
from engine.dialplan.nodes.voicemail import Voicemail
from engine.dialplan.path import Path
from engine.transfer_events import TransferReturned

BACK = "Back: "
"""What the phone of whoever transferred shows before the caller's name when nobody came."""


class LedOn(Node):
    """What was dialled for a caller; the way they came is forgotten, and nobody coming leads back (GivenBack)."""

    _transfer: Any = PrivateAttr()
    _lead: Any = PrivateAttr()

    @classmethod
    def of(cls, transfer: Transfer, lead: Lead) -> Self:
        """Somewhere, for a transfer."""
        node = cls()
        node._transfer, node._lead = transfer, lead
        return node

    def exits(self) -> Iterable[Exit]:
        return (Exit("led_on", self._lead.node),)

    def arrive(self, path: Path) -> Node:
        transfer: Transfer = self._transfer
        lead: Lead = self._lead
        path.lead_on(lead.account, transfer.by, GivenBack.of(transfer))
        return lead.node.arrive(path)


class Joined(Node):
    """Somebody who talked to whoever transfers: they talk to the caller from now on."""

    kind = "joined"
    unwritten = True

    _party: Any = PrivateAttr()
    _free: Any = PrivateAttr()

    @classmethod
    def to(cls, party: Any, free: Awaitable[None]) -> Self:
        """A party of a live call, once it is ``free`` of the conversation it was in."""
        node = cls()
        node._party, node._free = party, free
        return node

    @property
    def name(self) -> str:
        person: str = self._party.target.person
        return person

    def exits(self) -> Iterable[Exit]:
        return (Exit("answered"),)

    async def run(self, call: Call, path: Path) -> Exit:
        await self._free
        outcome = await call.join(self._party, path.account.in_call)
        return gone_on(path, outcome) or Exit("answered")


class InPlace(Node):
    """A phone takes the place of another one, by a step that only live calls know (engine/call/replacing.py)."""

    kind = "in_place"
    unwritten = True

    _step: Any = PrivateAttr()

    @classmethod
    def of(cls, step: Callable[[Any, Path], Awaitable[Exit]]) -> Self:
        """What is to be done."""
        node = cls()
        node._step = step
        return node

    def exits(self) -> Iterable[Exit]:
        return (Exit("picked_up"), Exit("nothing"), Exit("replaced", open_ended=True))

    async def run(self, call: Call, path: Path) -> Exit:
        way: Exit = await self._step(call, path)
        return way


class GivenBack(Node):
    """Whoever transferred a caller gets them back: on the line if they are still there, else their phone rings.

    Where they do not come either, the caller goes the way of all who call that person, at last to their voicemail.
    """

    kind = "given_back"
    unwritten = True

    _transfer: Any = PrivateAttr()

    @classmethod
    def of(cls, transfer: Transfer) -> Self:
        """For a transfer that may fail."""
        node = cls()
        node._transfer = transfer
        return node

    @property
    def name(self) -> str:
        by: str = self._transfer.by
        return by

    @property
    def open(self) -> bool:
        """Whether the transfer has not arrived yet."""
        transfer: Transfer = self._transfer
        return not transfer.over

    @property
    def node(self) -> Self:
        return self

    def exits(self) -> Iterable[Exit]:
        return (Exit("answered"), Exit("rings_back", open_ended=True))

    async def run(self, call: Call, path: Path) -> Exit:
        transfer: Transfer = self._transfer
        path.forget_way_back()
        call.emit(lambda c, t: TransferReturned(c, t, transfer.by, transfer.to))
        outcome = await call.take_back(transfer, path.account.in_call)
        if isinstance(outcome, Talked):
            return Exit("answered")
        if outcome is not None and (gone := gone_on(path, outcome)) is not None:
            return gone
        if transfer.by not in path.account.people:
            return Exit("rings_back", HangUp(hang_up="nobody came"))
        path.shown = Presentation(name_prefix=BACK)
        return Exit("rings_back", Ring.or_else(path.account, transfer.by, Voicemail(voicemail=transfer.by)))
