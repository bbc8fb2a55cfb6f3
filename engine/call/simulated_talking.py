"""How a simulated caller talks to people: on the phone that answered, or that took the call over, or of an agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Protocol

from engine.call.hearing import Keyed
from engine.call.in_call import InCall, Request, Talking
from engine.call.keypad import KeyPresses
from engine.call.metering import NO_MINUTES
from engine.call.ring_news import RingNews
from engine.call.ring_plan import Parked, RingPlan, RingTarget, Talked
from engine.call.script import Phone
from engine.call.simulated_leg import SimulatedLeg
from engine.call.simulated_ringing import CallersSide, SimulatedParty, SimulatedRinging
from engine.call.surroundings import MEDIA_LOST
from engine.call.talking import AGENT_AUDIO_SECONDS, Conversation
from engine.events import Bridged, Side, Unbridged
from media.commands import Sound

USUAL_MEDIA_TIMEOUT = 30.0
"""Seconds after which a phone from which nothing comes is given up, if the settings say nothing else."""


class TalkingSide(CallersSide, Talking, Protocol):
    """The call: a SimulatedCall."""

    over: Callable[[Side, str], None] | None

    @property
    def media(self) -> SimulatedLeg: ...

    @property
    def keys(self) -> KeyPresses: ...

    def seconds_of(self, sound: Sound, /) -> float: ...

    def opened(self, what: str) -> AbstractContextManager[None]: ...

    async def step(self) -> None: ...


async def talk(
    call: TalkingSide,
    party: SimulatedParty,
    in_call: InCall | None = None,
    *,
    heard_within: float = USUAL_MEDIA_TIMEOUT,
) -> Conversation:
    """Let the two talk until the other side hangs up, parks the caller, or nothing is heard of its phone.

    Nobody outside may park anybody.
    """
    phone, target, outside = party
    in_call = in_call if isinstance(target, RingTarget) else None
    await call.answer()
    began, by = call.loop.time(), Side.CALLER
    call.emit(lambda c, t: Bridged(c, t, target.person, target.extension))
    granted, lost, used_up = None, phone.silent and heard_within <= phone.talks, False
    with call.opened("bridge"):
        try:
            await call.step()
            if lost:
                await asyncio.sleep(heard_within)
            elif outside is not None:
                used_up = not await outside.talk(phone.talks)
            else:
                granted = await _talk(call, phone, target.person, in_call)
            by = Side.SYSTEM if lost or used_up else Side.CALLEE
        finally:
            if outside is not None:
                outside.over()
            call.keys.clear()
            seconds = call.loop.time() - began
            call.emit(lambda c, t: Unbridged(c, t, target.person, seconds, by))
    if granted is None:
        return Conversation(seconds, by, "silent" if lost else "", used_up=used_up)
    request, parked = granted
    await _take_leave(call, request, parked)
    return Conversation(seconds, by, granted=parked)


async def talked(call: TalkingSide, party: SimulatedParty, in_call: InCall | None = None) -> Talked | Parked:
    """What comes of a ringing once somebody answers: let the two talk. Lost audio ends the whole call."""
    conversation = await talk(call, party, in_call)
    if conversation.granted is not None:
        return conversation.granted
    if conversation.lost and call.over is not None:
        call.over(Side.SYSTEM, MEDIA_LOST[conversation.lost])
        await asyncio.sleep(0)  # the cancellation strikes here
    if conversation.used_up and call.over is not None:
        call.over(Side.SYSTEM, NO_MINUTES)
        await asyncio.sleep(0)  # the cancellation strikes here
    return Talked(party.target.person, conversation.seconds)


async def _talk(call: TalkingSide, phone: Phone, person: str, in_call: InCall | None) -> tuple[Request, Parked] | None:
    """Talk as long as the phone does, or until it is granted what it asks for."""
    named = in_call.named("park") if in_call is not None else None
    if named is None or phone.parks_after is None or phone.parks_after >= phone.talks:
        await asyncio.sleep(phone.talks)
        return None
    _, request = named
    await asyncio.sleep(phone.parks_after)
    parked = request.grant(call, person)
    if parked is not None:
        return request, parked
    await asyncio.sleep(phone.talks - phone.parks_after)
    return None


async def _take_leave(call: TalkingSide, request: Request, parked: Parked) -> None:
    """The caller hears what belongs to the wish while the other side hears a last word."""
    waiting = call.office.waiting.of(call.id)
    call.media.begin(request.meanwhile, loop=True)
    seconds = sum(map(call.seconds_of, request.last_word(parked)))
    with call.opened("leave-taking"):
        try:
            await call.step()
            if waiting is not None:
                await asyncio.wait((waiting.box.changed(),), timeout=seconds)
        except BaseException:
            call.media.stop()
            raise


class SimulatedServing:
    """``Serving`` (engine/call/in_line.py) as the script says."""

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

    async def talk(self, party: SimulatedParty, in_call: InCall | None) -> Conversation:
        return await talk(self._call, party, in_call, heard_within=AGENT_AUDIO_SECONDS)
