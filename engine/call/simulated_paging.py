"""The phones of a simulated page: those that are registered answer at once, but for who is busy or declines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from engine.call.paging import ANSWER_SECONDS, PagePlan
from engine.call.simulated_talking import TalkingSide
from media.commands import Sound


class SimulatedListeners:
    """They hang up when they have listened as long as they talk."""

    def __init__(self, call: TalkingSide, people: tuple[str, ...], seconds: float) -> None:
        self.phones = len(people)
        self.people = people
        self.gone: asyncio.Future[None] = call.loop.create_future()
        self._call = call
        self._timer = call.loop.call_later(seconds, self._leave)

    def _leave(self) -> None:
        if not self.gone.done():
            self.gone.set_result(None)

    def hear(self, sounds: Sequence[Sound]) -> None:
        if sounds:
            self._call.media.begin(sounds)

    def close(self) -> None:
        self._timer.cancel()
        self._call.media.stop()


class SimulatedPaging:
    """``Paging`` as the script says."""

    def __init__(self, call: TalkingSide) -> None:
        self._call = call

    @asynccontextmanager
    async def reached(self, plan: PagePlan) -> AsyncIterator[SimulatedListeners]:
        call = self._call
        called = {
            target.person: phone
            for target in plan.targets
            if (phone := call.script.phones.get(target.extension)) is not None
            and not (target.unless_busy and call.office.presence.busy(target.person))
        }
        phones = {who: phone for who, phone in called.items() if not phone.busy and phone.declines_after is None}
        waits = max((phone.declines_after or 0.0 for phone in called.values() if not phone.busy), default=0.0)
        with call.opened("listeners"):
            await call.step()
            await asyncio.sleep(min(waits, ANSWER_SECONDS))
            longest = max((phone.talks for phone in phones.values()), default=0.0)
            listeners = SimulatedListeners(call, tuple(phones), longest)
            try:
                yield listeners
            finally:
                listeners.close()
