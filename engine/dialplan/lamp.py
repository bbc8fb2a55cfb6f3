"""Lamps: what a star code does has a state that a key of a phone can show (docs/lamps.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.office.standing import Standing


@dataclass(frozen=True, slots=True)
class Lamp:
    """Lit or not, as a fact says; ``fact`` is its name."""

    fact: str
    lit: Callable[[Standing], bool]
