"""A conversation of a live call: the caller and whoever answered are bridged until one of them has gone.

People of the account may ask for something meanwhile: by a star code (in_call.py), or by their phone's transfer key
(seats.py). Where that is granted the conversation is over, and its ``Conversation`` tells what it was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from engine.call.asking_by_keys import AskingByKeys, Person
from engine.call.callers_side import CallersSide
from engine.call.codecs import sharing_a_codec
from engine.call.consulting import consult
from engine.call.forking import Party
from engine.call.in_call import InCall, Request
from engine.call.line import Line
from engine.call.metering import NO_MINUTES, WARNING, tell
from engine.call.ring_plan import Parked, RingOutcome, RingTarget, Talked, Transferred
from engine.call.surroundings import MEDIA_LOST, CannotTalk
from engine.call.transfer import Consult, Granted, Left, Lent
from engine.events import Bridged, Held, Side, Unbridged
from media.joining import joined
from media.plane import MediaUnavailable


@dataclass(frozen=True, slots=True)
class Conversation:
    """How it went: its seconds and who ended it; SYSTEM if the other side's audio was ``lost`` (MEDIA_LOST says how).

    ``granted`` is what the other side asked for, ``used_up`` that no minutes for the outside are left. The caller's own
    end is never seen here, as it cancels the flow.
    """

    seconds: float
    by: Side
    lost: str = ""
    granted: Parked | Transferred | None = None
    used_up: bool = False


AGENT_AUDIO_SECONDS = 8.0
"""For so long, after they answered, nothing may be heard of an agent's phone before their queue's caller is taken
back. Phones that send nothing while nobody speaks give a sign of life every five seconds at the latest."""


class Talk:
    """A live call's present conversation. Whoever grants something ends it; the first one does.

    ``goes_on``: the other side's leg is not this conversation's to hang up, as it is to talk elsewhere, once ``free``.
    """

    def __init__(self, caller: CallersSide, party: Party) -> None:
        loop = asyncio.get_running_loop()
        self.caller = caller
        self.party = party
        self.granted: Granted | None = None
        self.done: asyncio.Future[None] = loop.create_future()
        self.free: asyncio.Future[None] = loop.create_future()
        self.goes_on = False
        self._leave: tuple[Request, Side] | None = None

    def end(self, granted: Granted, *, goes_on: bool = False) -> None:
        """End the conversation by what was granted."""
        assert self.granted is None
        self.granted, self.goes_on = granted, goes_on or isinstance(granted, Left | Consult)
        self.done.set_result(None)

    # --- Wishes ------------------------------------------------------------------------------------------------------

    def grant(self, granted: Granted, request: Request, side: Side) -> None:
        if self.granted is None:
            self._leave = request, side
            self.end(granted)

    def wait(self, side: Side, sounds: tuple[Any, ...] | None) -> None:
        other = self.party.line if side is Side.CALLER else self.caller.line
        if sounds is not None:
            other.hear_instead(sounds)
        elif not (self.caller.line if side is Side.CALLER else self.party.line).held:
            other.hear_partner()

    async def take_leave(self) -> None:
        """Who asked by a code hears a last word; the other side what belongs to it. A taker cuts it short."""
        if self._leave is None or self.granted is None or isinstance(self.granted, Consult):
            return
        (request, side), party, caller = self._leave, self.party, self.caller
        mine, other = (caller.line, party.line) if side is Side.CALLER else (party.line, caller.line)
        waiting = caller.office.waiting.of(caller.id)
        if request.meanwhile:
            other.media.begin(request.meanwhile, loop=True)
        said = mine.media.begin(request.last_word(self.granted))
        either: set[asyncio.Future[Any]] = {said, party.call.ended, party.line.media.dead}
        if waiting is not None:
            either.add(waiting.box.changed())
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not isinstance(self.granted, Parked):
            other.media.stop()


async def talk(
    caller: CallersSide, party: Party, in_call: InCall | None = None, *, heard_within: float | None = None
) -> Conversation:
    """Answer the caller if need be and let the two talk. The other side is hung up on the way out.

    If nothing is heard of it ``heard_within`` so many seconds its audio is lost, however patient lines are otherwise.
    After something was granted the caller goes on hearing what belongs to it. Nobody outside may ask for anything.
    """
    while True:
        by, talk = Side.CALLER, Talk(caller, party)
        try:
            mine = await caller.open_line()
            party.line.attach(party.call)
            await caller.answer(party.line.codec)
            with party.line.heard_within(heard_within), caller.seated(talk):
                conversation = await _conversation(caller, mine, talk, in_call)
            by = conversation.by
        finally:
            if not talk.free.done():
                talk.free.set_result(None)
            if not talk.goes_on:
                party.call.hang_up()
                party.let_go(by)
        match talk.granted:
            case Parked() | Transferred():
                return replace(conversation, granted=talk.granted)
            case Lent(over=over):
                return replace(conversation, by=await over)
            case Consult() if in_call is not None:
                leads_on = await consult(caller, party, talk.granted, in_call)
                if leads_on is not None:
                    return replace(conversation, granted=leads_on)
            case Left():
                await _leave(caller, party, talk.granted)
            case _:
                return conversation


async def _leave(caller: CallersSide, party: Party, left: Left) -> None:
    """The caller has led the other side elsewhere: returns where nobody came there, so that the two talk again."""
    loop, transfer, waited = asyncio.get_running_loop(), left.transfer, False
    if transfer.settled is None:
        transfer.settled = loop.create_future()
    if left.begin is not None:
        left.begin()
    try:
        arrived = await asyncio.shield(transfer.settled)
        waited = True
    finally:
        if not waited and not transfer.abandon():
            party.leave()
    if arrived:
        caller.end(Side.CALLER, "transferred the call")
        await loop.create_future()  # the cancellation strikes here


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


async def _conversation(caller: CallersSide, mine: Line, talk: Talk, in_call: InCall | None) -> Conversation:
    party = talk.party
    assert mine.codec is not None
    try:
        async with (
            joined(caller.around.plane, mine.media, party.line.media, mine.codec.name),
            sharing_a_codec(mine, party.line),
        ):
            with _asking(caller, mine, talk, in_call):
                conversation = await _bridged(caller, mine, talk)
    except MediaUnavailable as problem:
        raise CannotTalk(503, str(problem)) from problem
    talk.free.set_result(None)
    await talk.take_leave()
    return conversation


@contextmanager
def _asking(caller: CallersSide, mine: Line, talk: Talk, in_call: InCall | None) -> Iterator[None]:
    """Listen to the keys of those who may ask for something."""
    people = []
    if isinstance(talk.party.target, RingTarget):
        people.append(Person(talk.party.target.person, Side.CALLEE, talk.party.line))
    if caller.facts.caller.person is not None and not caller.borrowed:
        people.append(Person(caller.facts.caller.person, Side.CALLER, mine))
    with ExitStack() as listening:
        if in_call is not None:
            for person in people:
                asking = AskingByKeys(caller, person, in_call, talk, caller.facts.hold_music)
                listening.enter_context(asking.heard())
        yield


async def _bridged(caller: CallersSide, mine: Line, talk: Talk) -> Conversation:
    """Let the two talk until the other side, or its audio, has gone, or one of them was granted a wish."""
    party = talk.party
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
        either: set[asyncio.Future[Any]] = {party.call.ended, theirs.media.dead, talk.done}
        used_up = not await _until(either, caller, mine, party)
        by = _ended_by(talk)
    finally:
        mine.on_hold = theirs.on_hold = mine.on_info_digit = theirs.on_info_digit = None
        mine.hear_partner()
        if talk.goes_on:
            theirs.hear_partner()
        mine.keys.clear()
        seconds = time.monotonic() - began
        caller.emit(lambda c, t: Unbridged(c, t, target.person, seconds, by))
    lost = theirs.media.dead.result() if by is Side.SYSTEM and not used_up else ""
    return Conversation(seconds, by, lost, used_up=used_up)


def _ended_by(talk: Talk) -> Side:
    if isinstance(talk.granted, Left):
        return Side.CALLER
    if isinstance(talk.granted, Consult):
        return talk.granted.side
    return Side.CALLEE if talk.granted is not None or talk.party.call.ended.done() else Side.SYSTEM


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
