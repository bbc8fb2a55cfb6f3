"""How a simulated caller talks to people: on the phone that answered, or that took the call over, or of an agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from typing import NamedTuple, Protocol

from engine.call.asking_by_keys import AskingByKeys, Person
from engine.call.hearing import Keyed
from engine.call.in_call import InCall, Request, Talking
from engine.call.keypad import KeyPresses
from engine.call.metering import NO_MINUTES
from engine.call.ring_news import RingNews
from engine.call.ring_plan import Parked, RingOutcome, RingPlan, RingTarget, Talked, Target, Transferred
from engine.call.script import Phone
from engine.call.simulated_leg import SimulatedLeg
from engine.call.simulated_ringing import CallersSide, SimulatedParty, SimulatedRinging
from engine.call.surroundings import MEDIA_LOST
from engine.call.talking import AGENT_AUDIO_SECONDS, Conversation
from engine.call.transfer import Granted, Left
from engine.events import Bridged, Side, Unbridged
from media.commands import Sound

KEY_SECONDS = 0.2
"""What it takes somebody to press a key of a number."""
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
    await call.answer()
    began, by = call.loop.time(), Side.CALLER
    call.emit(lambda c, t: Bridged(c, t, target.person, target.extension))
    talk, lost, used_up = SimulatedTalk(call), phone.silent and heard_within <= phone.talks, False
    with call.opened("bridge"):
        try:
            await call.step()
            if lost:
                await asyncio.sleep(heard_within)
            elif outside is not None:
                used_up = not await outside.talk(phone.talks)
            else:
                await _talk(call, talk, phone, target, in_call)
            by = Side.SYSTEM if lost or used_up else Side.CALLER if isinstance(talk.granted, Left) else Side.CALLEE
        finally:
            if outside is not None:
                outside.over()
            call.keys.clear()
            seconds = call.loop.time() - began
            call.emit(lambda c, t: Unbridged(c, t, target.person, seconds, by))
    if talk.granted is None:
        return Conversation(seconds, by, "silent" if lost else "", used_up=used_up)
    await _take_leave(call, talk)
    if isinstance(talk.granted, Parked | Transferred):
        return Conversation(seconds, by, granted=talk.granted)
    if call.over is not None:
        call.over(Side.CALLER, "transferred the call")
    await call.loop.create_future()  # the cancellation strikes here
    raise AssertionError("a call goes on that is over")


async def talked(call: TalkingSide, party: SimulatedParty, in_call: InCall | None = None) -> RingOutcome:
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


class SimulatedTalk:
    """The conversation: what ends it before one of the two hangs up (``Wishes``)."""

    def __init__(self, call: TalkingSide) -> None:
        self._call = call
        self.done: asyncio.Future[None] = call.loop.create_future()
        self.granted: Granted | None = None
        self.request: Request | None = None
        self.side = Side.CALLEE

    def grant(self, granted: Granted, request: Request, side: Side) -> None:
        if self.granted is None:
            self.granted, self.request, self.side = granted, request, side
            self.done.set_result(None)

    def wait(self, side: Side, sounds: tuple[Sound, ...] | None) -> None:
        if side is Side.CALLEE:
            self._call.media.hold(sounds is not None, sounds or ())


async def _talk(call: TalkingSide, talk: SimulatedTalk, phone: Phone, target: Target, in_call: InCall | None) -> None:
    """Talk as long as the phone does, or until one of the two is granted what they ask for."""
    me, ends_at = call.caller.person, call.loop.time() + phone.talks
    with ExitStack() as listening:
        if me is not None and in_call is not None:
            asking = AskingByKeys(call, Person(me, Side.CALLER, call), in_call, talk, ())
            listening.enter_context(asking.heard())
        wish = _wish(phone) if isinstance(target, RingTarget) else None
        named = in_call.named(wish.name) if in_call is not None and wish is not None else None
        if wish is not None and named is not None:
            await asyncio.wait((talk.done,), timeout=wish.after)
            if not talk.done.done() and named[1].takes_number:
                await _type(call, talk, wish.number, named[1].meanwhile)
            if not talk.done.done():
                granted = named[1].grant(call, target.person, Side.CALLEE, wish.number)
                if granted is not None:
                    talk.grant(granted, named[1], Side.CALLEE)
        await asyncio.wait((talk.done,), timeout=max(0.0, ends_at - call.loop.time()))


async def _type(call: TalkingSide, talk: SimulatedTalk, number: str, music: tuple[Sound, ...]) -> None:
    """Whoever asks types a number, while the caller hears music."""
    talk.wait(Side.CALLEE, music)
    try:
        await asyncio.wait((talk.done,), timeout=KEY_SECONDS * len(number))
    finally:
        call.media.hold(False)


class _Wish(NamedTuple):
    """What a phone asks for after so many seconds of talking."""

    name: str
    after: float
    number: str = ""


def _wish(phone: Phone) -> _Wish | None:
    wishes = []
    if phone.parks_after is not None:
        wishes.append(_Wish("park", phone.parks_after))
    if phone.transfers is not None:
        wishes.append(_Wish("transfer", *phone.transfers))
    return min((one for one in wishes if one.after < phone.talks), key=lambda one: one.after, default=None)


async def _take_leave(call: TalkingSide, talk: SimulatedTalk) -> None:
    """Who asked hears a last word, the other side what belongs to the wish."""
    request, granted = talk.request, talk.granted
    assert request is not None
    assert granted is not None
    waiting = call.office.waiting.of(call.id)
    mine = talk.side is Side.CALLER
    call.media.begin(request.last_word(granted) if mine else request.meanwhile, loop=not mine)
    seconds = sum(map(call.seconds_of, request.last_word(granted)))
    with call.opened("leave-taking"):
        try:
            await call.step()
            if waiting is not None:
                await asyncio.wait((waiting.box.changed(),), timeout=seconds)
            else:
                await asyncio.sleep(seconds)
        except BaseException:
            call.media.stop()
            raise
    if not isinstance(granted, Parked):
        call.media.stop()


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
