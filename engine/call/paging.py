"""Speaking to many phones at once, which answer by themselves: the same code for live and simulated calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from engine.call.hearing import Keyed
from engine.call.hunting import SOON
from engine.call.keypad import KeyPresses
from engine.call.ring_plan import PLAIN, Presentation, RingTarget
from engine.events import CallEvent, Paged, PageEnded
from media.commands import Sound

END_KEY = "#"
ANSWER_SECONDS = 3.0
"""How long phones have to answer by themselves; those that have not are let go."""


@dataclass(frozen=True, slots=True)
class PagePlan:
    """Whom a caller speaks to, for ``seconds`` at most. ``tone`` is heard by all before. Who is ``unless_busy`` and on
    the phone is left out. ``shown`` is how the phones show the caller."""

    targets: tuple[RingTarget, ...]
    seconds: float
    tone: tuple[Sound, ...] = ()
    shown: Presentation = PLAIN


class Listeners(Protocol):
    """The phones that have answered."""

    @property
    def phones(self) -> int: ...

    @property
    def people(self) -> tuple[str, ...]: ...

    @property
    def gone(self) -> asyncio.Future[None]:
        """Done when none of them listens any more."""
        ...

    def hear(self, sounds: Sequence[Sound]) -> None: ...


class Paging(Protocol):
    """Calls phones so that they answer by themselves."""

    def reached(self, plan: PagePlan) -> AbstractAsyncContextManager[Listeners]:
        """Those that answered in time; they hear the caller inside the block and are hung up at its end."""
        ...


class Telling(Protocol):
    """The call."""

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...


async def page(call: Telling, line: Keyed, plan: PagePlan, paging: Paging) -> bool:
    """Let the caller speak until they press END_KEY, time is up, or nobody listens. False if no phone answered."""
    loop = asyncio.get_running_loop()
    line.keys.clear()
    async with paging.reached(plan) as listeners:
        if not listeners.phones:
            return False
        began, why = loop.time(), "gone"
        call.emit(lambda c, t: Paged(c, t, listeners.people, listeners.phones))
        listeners.hear(plan.tone)
        try:
            why = await _speak(line.keys, listeners, began + plan.seconds)
        finally:
            line.keys.clear()
            seconds = loop.time() - began
            call.emit(lambda c, t: PageEnded(c, t, seconds, why))
    return True


async def _speak(keys: KeyPresses, listeners: Listeners, until: float) -> str:
    loop = asyncio.get_running_loop()
    listeners.gone.add_done_callback(lambda _: keys.wake())
    while not listeners.gone.done():
        press = await keys.next(until)
        if press is not None:
            keys.tell(press)
            if press.digit == END_KEY:
                return "key"
        elif loop.time() >= until - SOON:
            return "limit"
    return "alone"
