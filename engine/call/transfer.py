"""A transfer: somebody who talks to a caller, or called somebody, leads the other side elsewhere and leaves.

What is wanted is decided at once (``Lead``), how it goes is told by the events of the call that goes on: it has arrived
once somebody, or something that serves callers, is there. Where nobody comes the other side goes back to whoever
transferred them (engine/dialplan/nodes/transferred.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from engine.call.ring_plan import Parked, Transferred
from engine.events import (
    Bridged,
    CallEnded,
    CallEvent,
    CallParked,
    ConferenceJoined,
    NodeEntered,
    QueueJoined,
    Ringing,
    RingingEnded,
    Side,
)

if TYPE_CHECKING:
    from engine.dialplan.account import Account
    from engine.dialplan.model import Node

MAX_TRANSFERS = 20
"""How often one call can be led on: two phones that send each other every call do so for that long."""
SERVING_KINDS = frozenset({"menu", "voicemail", "play", "directory", "language", "ask"})
"""Nodes at which a caller has arrived as soon as they come to them; the others tell by other events."""
_STATUSES = {"busy": 486, "declined": 603, "no_answer": 408, "not_registered": 480, "unreachable": 480, "failed": 480}
_RINGING, _ARRIVED, _GONE, _NOBODY = 180, 200, 487, 480


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a number leads whoever is led there: the account as it is now, and the node."""

    account: Account
    node: Node


Leads = Callable[[str, str, str], Lead | None]
"""(account, person, what they would dial): where that leads somebody whom they transfer; None if it is not allowed."""


def nowhere(_account: str, _person: str, _dialled: str) -> Lead | None:
    """Where there are no numbers."""
    return None


class Referrer(Protocol):
    """The SIP leg of whoever transfers by a REFER."""

    @property
    def ended(self) -> asyncio.Future[Any]: ...

    def tell_referrer(self, status: int) -> None: ...


class Kept(Protocol):
    """Whoever transfers and stays on the line to hear how it goes (a forking.Party)."""

    @property
    def there(self) -> bool: ...

    def leave(self) -> None:
        """Hang up, once all has been told."""
        ...


class Transfer:
    """One transfer, ``by`` a person, ``to`` what they dialled, or whom they had asked.

    ``leg`` is told how it goes. ``kept`` is their side of a conversation with a caller who goes on; where they had
    called, their own call waits for ``settled`` instead: whether it has arrived.
    """

    def __init__(self, by: str, to: str, leg: Referrer | None = None, *, how: str = "blind") -> None:
        self.by = by
        self.to = to
        self.how = how
        self.kept: Kept | None = None
        self.settled: asyncio.Future[bool] | None = None
        self.over = False
        self._leg = leg
        self._status = _NOBODY

    def note(self, event: CallEvent) -> None:
        """Take an event of the call that goes on."""
        match event:
            case Ringing():
                self._tell(_RINGING)
            case RingingEnded(outcome=outcome):
                self._status = _STATUSES.get(outcome, self._status)
            case Bridged() | CallParked() | QueueJoined() | ConferenceJoined():
                self._end(_ARRIVED)
            case NodeEntered(kind=kind) if kind in SERVING_KINDS:
                self._end(_ARRIVED)
            case CallEnded():
                self._end(_GONE)
            case _:
                pass

    def fail(self) -> bool:
        """Nobody came: tell that. Whether whoever transferred is still on the line and can have the other side back."""
        self._over(self._status)
        return self.settled is not None or (self.kept is not None and self.kept.there)

    def settle(self, arrived: bool) -> None:
        """Let the call of whoever transferred go on, or end."""
        if self.settled is not None and not self.settled.done():
            self.settled.set_result(arrived)

    def abandon(self) -> bool:
        """Whoever transferred has hung up and waits no longer. False if they had been given the other side back."""
        settled, self.settled = self.settled, None
        return settled is None or not settled.done() or settled.result()

    def _end(self, status: int) -> None:
        if self.over:
            return
        self._over(status)
        self.settle(arrived=True)
        if self.kept is not None:
            self.kept.leave()

    def _over(self, status: int) -> None:
        if not self.over:
            self._tell(status)
            self.over = True

    def _tell(self, status: int) -> None:
        if self._leg is not None and not self.over:
            self._leg.tell_referrer(status)


@dataclass(frozen=True, slots=True)
class Left:
    """The caller leaves, and whoever they talked to goes on without them: ``begin`` begins that, if nothing else
    does.
    """

    transfer: Transfer
    begin: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Lent:
    """The caller talks to somebody in another call, until ``over`` tells who ended that."""

    over: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Consult:
    """A person on ``side`` talks to somebody else meanwhile, in a call that begins where the number leads."""

    name: ClassVar[str] = "consult"

    person: str
    side: Side
    number: str
    lead: Lead


Granted = Parked | Transferred | Left | Lent | Consult
"""What a conversation can come to before one of the two hangs up."""
