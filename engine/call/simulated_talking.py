"""How a simulated caller talks to people: on the phone that answered, or that took the call over."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import Protocol

from engine.call.in_call import InCall, Request, Talking
from engine.call.keypad import KeyPresses
from engine.call.ring_plan import Parked, RingTarget, Talked
from engine.call.script import Phone
from engine.call.simulated_leg import SimulatedLeg
from engine.call.simulated_ringing import CallersSide, SimulatedParty
from engine.events import Bridged, Side, Unbridged
from media.commands import Sound


class TalkingSide(CallersSide, Talking, Protocol):
    """The call: a SimulatedCall."""

    @property
    def media(self) -> SimulatedLeg: ...

    @property
    def keys(self) -> KeyPresses: ...

    def seconds_of(self, sound: Sound, /) -> float: ...

    def opened(self, what: str) -> AbstractContextManager[None]: ...

    async def step(self) -> None: ...


async def talk(call: TalkingSide, party: SimulatedParty, in_call: InCall | None = None) -> Talked | Parked:
    """Let the two talk until the other side hangs up, or parks the caller, which nobody outside may."""
    phone, target = party
    in_call = in_call if isinstance(target, RingTarget) else None
    await call.answer()
    began, by = call.loop.time(), Side.CALLER
    call.emit(lambda c, t: Bridged(c, t, target.person, target.extension))
    granted = None
    with call.opened("bridge"):
        try:
            await call.step()
            granted = await _talk(call, phone, target.person, in_call)
            by = Side.CALLEE
        finally:
            call.keys.clear()
            seconds = call.loop.time() - began
            call.emit(lambda c, t: Unbridged(c, t, target.person, seconds, by))
    if granted is None:
        return Talked(target.person, seconds)
    request, parked = granted
    await _take_leave(call, request, parked)
    return parked


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
