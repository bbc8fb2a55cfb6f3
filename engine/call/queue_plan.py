"""How a call waits in a queue and whom it is offered to: what a flow asks for, and what can come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.call.in_call import InCall
from engine.call.ring_plan import PLAIN, Presentation, RingTarget
from media.commands import Sound


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """One caller's wait in the queue ``name``.

    ``agents`` gives those who are signed in, to be rung ``in_turn``: of the free ones' names, whom to ring first; all
    of them if they ring ``together``. Who does not take the call is left alone for ``rest`` seconds, who took it for
    ``wrap_up`` after the conversation. The caller waits ``patience`` seconds at most, and is not in a line of ``most``.
    ``say`` gives what they hear of their position and wait (seconds, None if unknown), at once and ``every`` so many
    seconds, followed by the next of ``messages``; otherwise it is the ``music``. A key of ``keys`` leaves the line.
    ``in_call``: what agents may ask for while they talk.
    """

    name: str
    agents: Callable[[], Sequence[RingTarget]]
    in_turn: Callable[[Sequence[str]], Sequence[str]]
    together: bool = False
    rest: float = 30.0
    wrap_up: float = 0.0
    most: int = 20
    patience: float = 600.0
    needs_agents: bool = True
    priority: int = 0
    precedence: int = 0
    keys: frozenset[str] = frozenset()
    music: tuple[Sound, ...] = ()
    every: float = 45.0
    say: Callable[[int, float | None], tuple[Sound, ...]] | None = None
    messages: tuple[tuple[Sound, ...], ...] = ()
    shown: Presentation = PLAIN
    in_call: InCall | None = None


ANSWERED, FULL, NOBODY, TOO_LONG = "answered", "full", "nobody", "too_long"
"""What ``Call.queue`` returns, where it is not the key by which the caller left, nor where an agent parked them."""
