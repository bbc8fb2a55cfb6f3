"""Legs that are joined: bridged, packet by packet, or in a room of two where their codecs have nothing in common."""

from __future__ import annotations

from collections.abc import Callable

from media.bridge import Path
from media.codecs.registry import bridgeable
from media.worker.legs import Leg
from media.worker.rooms import Rooms

Hurry = Callable[[Leg, bool], None]
"""Whether the leg's packets are wanted the moment they arrive, or with the next phase."""


class Joins:
    """Who is joined with whom stands in the legs (``other``, ``partner``); this changes it."""

    def __init__(self, rooms: Rooms, hurry: Hurry) -> None:
        self._rooms = rooms
        self._hurry = hurry

    def join(self, leg: Leg, other: Leg | None) -> None:
        """Let the two hear each other, and nobody else any more."""
        if other is None or other is leg:
            return
        for one in (leg, other):
            self.part(one)
            self._rooms.leave(one)
        leg.other, other.other = other, leg
        self._connect(leg, other)

    def part(self, leg: Leg) -> None:
        """Undo ``join``, if there was any."""
        other = leg.other
        if other is None:
            return
        for one in (leg, other):
            if one.partner is None:
                self._rooms.leave(one)
            one.other = one.partner = None
        self._choose(leg, other)

    def spoke(self, leg: Leg, before: str) -> None:
        """The leg spoke the codec ``before``; where it is joined and has another one, the two may need another way."""
        if leg.other is not None and leg.codec != before:
            self._connect(leg, leg.other)

    def _connect(self, leg: Leg, other: Leg) -> None:
        if leg.codec and other.codec and not bridgeable(leg.codec, other.codec):
            for one in (leg, other):
                one.partner = None
                self._rooms.enter(one, -min(leg.number, other.number))
        else:
            for one, partner in ((leg, other), (other, leg)):
                self._rooms.leave(one)
                one.partner, one.path = partner, Path(partner.out.scale)
        self._choose(leg, other)

    def _choose(self, leg: Leg, other: Leg) -> None:
        for one in (leg, other):
            one.choose()
            self._hurry(one, one.partner is not None)
