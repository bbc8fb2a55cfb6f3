"""A simulated call to the outside: it takes a place from its beginning, and costs from the answer to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from engine.call.hearing import Ear
from engine.call.metering import WARNING, Meter, tell
from engine.call.ring_plan import OutsideTarget
from engine.events import CallEvent
from engine.office.office import Office
from engine.outside_events import AnsweredOutside

TRUNK = "world"
"""What stands in the events of rehearsals in place of a trunk's name."""


class CallersSide(Protocol):
    """The call that rings: a SimulatedCall."""

    loop: asyncio.AbstractEventLoop

    @property
    def media(self) -> Ear: ...

    @property
    def office(self) -> Office: ...

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...


class OutsideCall:
    """One to ``target``; ``give_back`` is called at its end."""

    def __init__(self, call: CallersSide, target: OutsideTarget, give_back: Callable[[], None]) -> None:
        self._call = call
        self._target = target
        self._give_back = give_back
        self._meter: Meter | None = None

    def answered(self, now: float) -> None:
        """It costs from now on, whoever has answered."""
        if self._meter is None:
            self._call.emit(lambda c, t: AnsweredOutside(c, t, self._target.person, TRUNK))
            self._meter = Meter(self._call.office.outside.purses(self._target.bill))
            self._meter.begin(now)

    async def talk(self, seconds: float) -> bool:
        """Talk for so long; False if the minutes are used up before. Both hear that coming."""
        loop, meter = self._call.loop, self._meter
        assert meter is not None
        ends_at = loop.time() + seconds
        while (left := ends_at - loop.time()) > 0:
            wait = meter.wait(loop.time())
            if wait is None or wait >= left:
                await asyncio.sleep(left)
                return True
            await asyncio.sleep(wait)
            for notice in meter.step(loop.time()):
                if notice == "over":
                    return False
                if notice == "warn":
                    self._call.media.begin(WARNING)
                tell(self._call, self._target, notice)
        return True

    def over(self) -> None:
        self._give_back()
        if self._meter is not None:
            self._meter.end(self._call.loop.time())
