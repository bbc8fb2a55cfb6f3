"""How a simulated caller talks to people: on the phone that answered, and to agents whose phones rang for a queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Protocol

from engine.call.keypad import KeyPresses
from engine.call.queueing import Keyed
from engine.call.ring_news import RingNews
from engine.call.ring_plan import RingPlan
from engine.call.simulated_ringing import CallersSide, SimulatedParty, SimulatedRinging
from engine.call.talking import AGENT_AUDIO_SECONDS, Conversation
from engine.events import Bridged, Side, Unbridged
from media.commands import Played, Sound

USUAL_MEDIA_TIMEOUT = 30.0
"""Seconds after which a phone from which nothing comes is given up, if the settings say nothing else."""


class Ear(Protocol):
    """What the caller hears: of a queue, of ringing."""

    def begin(self, sounds: Sequence[Sound], *, loop: bool = False) -> asyncio.Future[Played]: ...

    def stop(self) -> None: ...

    def hold(self, on: bool, sounds: Sequence[Sound] = ()) -> None: ...


class TalkingSide(CallersSide, Protocol):
    """The call: a SimulatedCall."""

    @property
    def media(self) -> Ear: ...

    @property
    def keys(self) -> KeyPresses: ...

    def opened(self, what: str) -> AbstractContextManager[None]: ...

    async def step(self) -> None: ...


async def talk(call: TalkingSide, party: SimulatedParty, *, heard_within: float = USUAL_MEDIA_TIMEOUT) -> Conversation:
    """Let the two talk until the other side hangs up, or nothing is heard of its phone."""
    phone, target = party
    await call.answer()
    began, by = call.loop.time(), Side.CALLER
    call.emit(lambda c, t: Bridged(c, t, target.person, target.extension))
    lost = phone.silent and heard_within <= phone.talks
    with call.opened("bridge"):
        try:
            await call.step()
            await asyncio.sleep(heard_within if lost else phone.talks)
            by = Side.SYSTEM if lost else Side.CALLEE
        finally:
            call.keys.clear()
            seconds = call.loop.time() - began
            call.emit(lambda c, t: Unbridged(c, t, target.person, seconds, by))
    return Conversation(seconds, by, "silent" if lost else "")


class SimulatedServing:
    """``Serving`` (engine/call/queueing.py) as the script says."""

    def __init__(self, call: TalkingSide, ringing: Callable[[], Awaitable[None]]) -> None:
        self._call = call
        self._step = ringing

    async def answered(self) -> Keyed:
        await self._call.answer()
        await self._step()
        return self._call

    def has_phone(self, extension: str) -> bool:
        return extension in self._call.script.phones

    @asynccontextmanager
    async def reached(self, plan: RingPlan, news: RingNews[SimulatedParty]) -> AsyncIterator[SimulatedParty | str]:
        ringing = SimulatedRinging(self._call, plan, news)
        with self._call.opened("ringing"):
            outcome = await ringing.run(self._step)
        yield ringing.answered or outcome

    async def talk(self, party: SimulatedParty) -> Conversation:
        return await talk(self._call, party, heard_within=AGENT_AUDIO_SECONDS)
