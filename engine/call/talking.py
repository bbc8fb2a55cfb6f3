"""A conversation of a live call: the caller and whoever answered are bridged until one of them has gone."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from engine.call.callers_side import CallersSide
from engine.call.forking import Party
from engine.call.line import Line
from engine.call.surroundings import MEDIA_LOST
from engine.events import Bridged, Held, Side, Unbridged


@dataclass(frozen=True, slots=True)
class Conversation:
    """How it went: its seconds and who ended it; SYSTEM if the other side's audio was ``lost`` (MEDIA_LOST says how).

    The caller's own end is never seen here, as it cancels the flow.
    """

    seconds: float
    by: Side
    lost: str = ""


async def talk(caller: CallersSide, party: Party) -> Conversation:
    """Answer the caller if need be and let the two talk. The other side is hung up on the way out."""
    mine = await caller.open_line()
    party.line.attach(party.call)
    try:
        await caller.answer()
        return await _bridged(caller, mine, party)
    finally:
        party.call.hang_up()


async def end_if_lost(caller: CallersSide, conversation: Conversation) -> None:
    """End the whole call where the other side's audio was lost: there is nothing to go on with."""
    if conversation.lost:
        caller.end(Side.SYSTEM, MEDIA_LOST[conversation.lost], failed=conversation.lost == "worker")
        await asyncio.sleep(0)  # the cancellation strikes here


async def _bridged(caller: CallersSide, mine: Line, party: Party) -> Conversation:
    """Let the two talk until the other side, or its audio, has gone."""
    theirs, target, began, by = party.line, party.target, time.monotonic(), Side.CALLER

    def held(side: Side, other: Line, on: bool) -> None:
        if on:
            other.hear_instead(caller.facts.hold_music)
        else:
            other.hear_partner()
        caller.emit(lambda c, t: Held(c, t, side, on))

    mine.media.join(theirs.media)
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
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        by = Side.CALLEE if party.call.ended.done() else Side.SYSTEM
    finally:
        mine.on_hold = theirs.on_hold = mine.on_info_digit = theirs.on_info_digit = None
        mine.media.part()
        mine.hear_partner()
        mine.keys.clear()
        seconds = time.monotonic() - began
        caller.emit(lambda c, t: Unbridged(c, t, target.person, seconds, by))
    return Conversation(seconds, by, theirs.media.dead.result() if by is Side.SYSTEM else "")
