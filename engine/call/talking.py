"""A conversation of a live call: the caller and whoever answered are bridged until one of them has gone.

Whoever answered may also ask for something by a star code (in_call.py). Where that is granted the conversation is over,
and its ``Conversation`` tells what it was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.call.callers_side import CallersSide
from engine.call.codecs import sharing_a_codec
from engine.call.forking import Party
from engine.call.in_call import Codes, InCall, Request
from engine.call.keypad import Press
from engine.call.line import Line
from engine.call.metering import NO_MINUTES, WARNING, tell
from engine.call.ring_plan import Parked, RingOutcome, RingTarget, Talked
from engine.call.surroundings import MEDIA_LOST, CannotTalk
from engine.events import Bridged, Held, Side, Unbridged
from media.joining import joined
from media.plane import MediaUnavailable


@dataclass(frozen=True, slots=True)
class Conversation:
    """How it went: its seconds and who ended it; SYSTEM if the other side's audio was ``lost`` (MEDIA_LOST says how).

    ``granted`` is what the other side asked for by a code, ``used_up`` that no minutes for the outside are left. The
    caller's own end is never seen here, as it cancels the flow.
    """

    seconds: float
    by: Side
    lost: str = ""
    granted: Parked | None = None
    used_up: bool = False


AGENT_AUDIO_SECONDS = 8.0
"""For so long, after they answered, nothing may be heard of an agent's phone before their queue's caller is taken
back. Phones that send nothing while nobody speaks give a sign of life every five seconds at the latest."""


async def talk(
    caller: CallersSide, party: Party, in_call: InCall | None = None, *, heard_within: float | None = None
) -> Conversation:
    """Answer the caller if need be and let the two talk. The other side is hung up on the way out.

    If nothing is heard of it ``heard_within`` so many seconds its audio is lost, however patient lines are otherwise.
    After something was granted the caller goes on hearing what belongs to it. Nobody outside may ask for anything.
    """
    by = Side.CALLER
    try:
        mine = await caller.open_line()
        party.line.attach(party.call)
        await caller.answer(party.line.codec)
        ours = isinstance(party.target, RingTarget)
        with party.line.heard_within(heard_within):
            conversation = await _conversation(caller, mine, party, in_call if ours else None)
        by = conversation.by
        return conversation
    finally:
        party.call.hang_up()
        party.let_go(by)


async def talked(caller: CallersSide, party: Party, in_call: InCall | None = None) -> RingOutcome:
    """What comes of a ringing once somebody answers: let the two talk. Lost audio ends the whole call."""
    conversation = await talk(caller, party, in_call)
    if conversation.granted is not None:
        return conversation.granted
    await end_if_lost(caller, conversation)
    if conversation.used_up:
        caller.end(Side.SYSTEM, NO_MINUTES)
        await asyncio.sleep(0)  # the cancellation strikes here
    return Talked(party.target.person, conversation.seconds)


async def end_if_lost(caller: CallersSide, conversation: Conversation) -> None:
    """End the whole call where the other side's audio was lost: there is nothing to go on with."""
    if conversation.lost:
        caller.end(Side.SYSTEM, MEDIA_LOST[conversation.lost], failed=conversation.lost == "worker")
        await asyncio.sleep(0)  # the cancellation strikes here


async def _conversation(caller: CallersSide, mine: Line, party: Party, in_call: InCall | None) -> Conversation:
    wishes = _Wishes(caller, party)
    assert mine.codec is not None
    try:
        async with (
            joined(caller.around.plane, mine.media, party.line.media, mine.codec.name),
            sharing_a_codec(mine, party.line),
        ):
            with wishes.heard(in_call):
                conversation = await _bridged(caller, mine, party, wishes)
    except MediaUnavailable as problem:
        raise CannotTalk(503, str(problem)) from problem
    if wishes.granted is not None:
        await wishes.take_leave(mine)
    return conversation


class _Wishes:
    """What a person asks for while they talk. ``done`` once something is granted."""

    def __init__(self, caller: CallersSide, party: Party) -> None:
        self._caller = caller
        self._party = party
        self._request: Request | None = None
        self.done: asyncio.Future[None] | None = None
        self.granted: Parked | None = None

    @contextmanager
    def heard(self, in_call: InCall | None) -> Iterator[None]:
        """Listen to the person's keys inside the block, if they may ask for anything."""
        keys = self._party.line.keys
        if in_call is None or not isinstance(self._party.target, RingTarget):
            yield
            return
        codes = Codes(in_call.requests)
        self.done = asyncio.get_running_loop().create_future()

        def take(press: Press) -> None:
            request = codes.press(press)
            if request is not None and self.granted is None:
                self._ask(request)

        keys.listener = take
        try:
            yield
        finally:
            keys.listener = None

    def _ask(self, request: Request) -> None:
        assert self.done is not None
        self.granted = request.grant(self._caller, self._party.target.person)
        if self.granted is None:
            self._party.line.media.begin(request.refusal)
        else:
            self._request = request
            self.done.set_result(None)

    async def take_leave(self, mine: Line) -> None:
        """The caller hears what belongs to the wish, who asked hears a last word; it is cut short by a taker."""
        assert self._request is not None
        assert self.granted is not None
        party, waiting = self._party, self._caller.office.waiting.of(self._caller.id)
        mine.media.begin(self._request.meanwhile, loop=True)
        said = party.line.media.begin(self._request.last_word(self.granted))
        either: set[asyncio.Future[Any]] = {said, party.call.ended, party.line.media.dead}
        if waiting is not None:
            either.add(waiting.box.changed())
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)


async def _bridged(caller: CallersSide, mine: Line, party: Party, wishes: _Wishes) -> Conversation:
    """Let the two talk until the other side, or its audio, has gone, or it was granted a wish."""
    theirs, target, began, by = party.line, party.target, time.monotonic(), Side.CALLER

    def held(side: Side, other: Line, on: bool) -> None:
        if on:
            other.hear_instead(caller.facts.hold_music)
        else:
            other.hear_partner()
        caller.emit(lambda c, t: Held(c, t, side, on))

    caller.emit(lambda c, t: Bridged(c, t, target.person, target.extension))
    try:
        mine.on_hold = lambda on: held(Side.CALLER, theirs, on)
        theirs.on_hold = lambda on: held(Side.CALLEE, mine, on)
        mine.on_info_digit, theirs.on_info_digit = theirs.media.send_digits, mine.media.send_digits
        if mine.held:
            held(Side.CALLER, theirs, True)
        if theirs.held:
            held(Side.CALLEE, mine, True)
        either: set[asyncio.Future[Any]] = {party.call.ended, theirs.media.dead}
        if wishes.done is not None:
            either.add(wishes.done)
        used_up = not await _until(either, caller, mine, party)
        by = Side.CALLEE if party.call.ended.done() or wishes.granted is not None else Side.SYSTEM
    finally:
        mine.on_hold = theirs.on_hold = mine.on_info_digit = theirs.on_info_digit = None
        mine.hear_partner()
        mine.keys.clear()
        seconds = time.monotonic() - began
        caller.emit(lambda c, t: Unbridged(c, t, target.person, seconds, by))
    lost = theirs.media.dead.result() if by is Side.SYSTEM and not used_up else ""
    return Conversation(seconds, by, lost, wishes.granted, used_up)


async def _until(either: Collection[asyncio.Future[Any]], caller: CallersSide, mine: Line, party: Party) -> bool:
    """Wait until one of them is done; False if the minutes are used up before. Both hear that coming."""
    loop, meter = asyncio.get_running_loop(), party.meter
    while True:
        left = meter.wait(loop.time()) if meter is not None else None
        done, _ = await asyncio.wait(either, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if done or meter is None:
            return True
        for notice in meter.step(loop.time()):
            if notice == "over":
                return False
            if notice == "warn":
                for line in (mine, party.line):
                    line.media.begin(WARNING)
            tell(caller, party.target, notice)
