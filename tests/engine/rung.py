"""Who rang in a simulated call, and when."""

from __future__ import annotations

from engine.call.script import Simulation
from engine.events import Ringing


def rung(simulation: Simulation) -> list[tuple[float, str]]:
    """Who rang, and how many seconds after the call began."""
    start = simulation.events[0].at
    return [(event.at - start, event.person) for event in simulation.events if isinstance(event, Ringing)]


def order(simulation: Simulation) -> list[str]:
    """Who rang, one after the other."""
    return [person for _, person in rung(simulation)]
