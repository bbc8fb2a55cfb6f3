"""The table of all legs of a worker."""

from __future__ import annotations

from collections.abc import Iterator

from media.worker.legs import Leg
from media.worker.schedule import PHASES


class LegTable:
    """The legs of a worker by number, and by the phase in which each sends."""

    def __init__(self) -> None:
        self._legs: dict[int, Leg] = {}
        self.phases: list[dict[int, Leg]] = [{} for _ in range(PHASES)]

    def __len__(self) -> int:
        return len(self._legs)

    def __iter__(self) -> Iterator[Leg]:
        return iter(tuple(self._legs.values()))

    def get(self, number: int) -> Leg | None:
        return self._legs.get(number)

    def emptiest_phase(self) -> int:
        return min(range(PHASES), key=lambda phase: len(self.phases[phase]))

    def add(self, leg: Leg) -> None:
        self._legs[leg.number] = leg
        self.phases[leg.phase][leg.number] = leg

    def move(self, leg: Leg, phase: int) -> None:
        """Let a leg send in another phase from its next frame on."""
        self.phases[leg.phase].pop(leg.number, None)
        leg.phase = phase
        self.phases[phase][leg.number] = leg

    def remove(self, leg: Leg) -> None:
        self._legs.pop(leg.number, None)
        self.phases[leg.phase].pop(leg.number, None)
