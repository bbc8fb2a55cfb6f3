"""Whose a SIP leg is: on which side of which call, and which person of the account is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.call.callers_side import CallersSide
from engine.events import Side
from sip.rim.calls import CallLeg

if TYPE_CHECKING:
    from engine.call.talking import Talk


@dataclass(frozen=True, slots=True)
class Seat:
    """``person`` is None for somebody outside, who may transfer nobody."""

    call: CallersSide
    leg: CallLeg
    side: Side
    person: str | None

    @property
    def talk(self) -> Talk | None:
        """The conversation this side is in."""
        talk = self.call.talk
        if talk is None or talk.granted is not None or (self.side is Side.CALLEE and talk.party.call is not self.leg):
            return None
        return talk

    def belongs_to(self, account: str, person: str) -> bool:
        return (self.call.facts.account, self.person) == (account, person)


def seat_of(leg: CallLeg | None) -> Seat | None:
    """Where a leg sits."""
    owner = leg.owner if leg is not None else None
    return owner if isinstance(owner, Seat) else None
