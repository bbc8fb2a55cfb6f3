"""What waiting in a queue needs of a call, live or simulated: keys, an ear, and how agents are rung and talked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from engine.call.hearing import Keyed
from engine.call.in_call import InCall
from engine.call.ring_news import RingNews
from engine.call.ring_plan import RingPlan, Target
from engine.call.talking import Conversation
from engine.events import CallEvent
from engine.office.office import Office
from media.commands import Sound


class Reached(Protocol):
    """Whoever talks to the caller: an agent, or somebody who took the call while it rang for agents."""

    @property
    def target(self) -> Target: ...


Party = TypeVar("Party", bound=Reached)


class Queued(Protocol):
    """The call, as far as a queue needs it."""

    @property
    def id(self) -> str: ...

    @property
    def office(self) -> Office: ...

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...

    def prompt_played(self, sounds: Sequence[Sound], seconds: float, *, finished: bool) -> None:
        """Tell what the caller has heard of sounds."""
        ...


class Serving(Protocol[Party]):
    """How the phones of agents are rung and talked to: where live and simulated calls differ."""

    async def answered(self) -> Keyed:
        """The caller's side, answered."""
        ...

    def has_phone(self, extension: str) -> bool:
        """Whether a phone is registered there at the moment."""
        ...

    def reached(self, plan: RingPlan, news: RingNews[Party]) -> AbstractAsyncContextManager[Party | str]:
        """Ring as the plan says; whoever answered can be talked to inside the block, else it is how it ended."""
        ...

    async def talk(self, party: Party, in_call: InCall | None) -> Conversation:
        """Let the two talk until the other side, or its audio, has gone, or was granted what it asked for."""
        ...
