"""Transfers, as events: who leads whom elsewhere, and that nobody came."""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import CallEvent


@dataclass(frozen=True, slots=True)
class CallTransferred(CallEvent):
    """``by`` leads whoever they talk to (``who``, as shown) on ``to`` a number, or to somebody they had asked before.

    ``how`` is ``blind`` or ``attended``. The other side of ``by`` is this call's caller, or goes on in another call.
    """

    by: str
    who: str
    to: str
    how: str


@dataclass(frozen=True, slots=True)
class TransferReturned(CallEvent):
    """Nobody came where ``by`` had led this call's caller ``to``: they get it back."""

    by: str
    to: str
