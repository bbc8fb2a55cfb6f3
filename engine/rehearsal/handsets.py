"""The telephones of a rehearsal over the wire: a caller and the people's phones, SIP legs with real sound."""

from __future__ import annotations

import asyncio
import math
import wave
from array import array
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path

from engine.call.in_call import ENDS_NUMBER
from engine.call.line import Line
from engine.call.script import Phone, PickUp
from media.commands import File, Silence, Sound
from media.plane import Leg, MediaPlane
from sip.message.values import NameAddr, Uri
from sip.rim.calls import Answered, CallLeg, Failed, IncomingCall, OutgoingCall
from sip.rim.user_agent import UserAgent
from sip.sdp.answer import NotAcceptable

LOOPBACK = "127.0.0.1"
ALL_DAY = 24 * 3600.0
"""Seconds without sound that are nothing unusual for these telephones."""
SPEECH_SECONDS = 2
PICK_UP = "pick-up"
"""What a phone calls that takes over a call."""
RATE = 8000


def write_speech(path: Path) -> File:
    """A sound that is loud all the time, for somebody who speaks."""
    samples = (int(9000 * math.sin(2 * math.pi * 300 * n / RATE)) for n in range(RATE * SPEECH_SECONDS))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(array("h", samples).tobytes())
    return File(str(path))


def line_over(leg: Leg) -> Line:
    return Line(leg, timeout=ALL_DAY, hold_timeout=ALL_DAY)


class CallersPhone:
    """The phone that calls in. ``call`` it; keys, speech and hang-up come as they would from a person."""

    def __init__(self, agent: UserAgent, leg: Leg, speech: Sound) -> None:
        self._agent = agent
        self._leg = leg
        self._line = line_over(leg)
        self._speech = speech
        self._call: OutgoingCall | None = None

    def call(self, called: str, port: int, shown: NameAddr) -> OutgoingCall:
        """Call a number at the engine's port."""
        to = Uri("sip", called, None, LOOPBACK, port, (), ())
        self._call = self._agent.call(to, from_=shown, to=NameAddr("", to, ()), offer=self._line.make_offer())
        self._call.outcome.add_done_callback(self._decided)
        self._line.attach(self._call)
        return self._call

    def _decided(self, outcome: asyncio.Future[Answered | Failed]) -> None:
        result = outcome.result()
        if isinstance(result, Answered):
            self._line.take_answer(result.sdp or b"")

    def press(self, key: str) -> None:
        """Press a key, if somebody has answered (RFC 4733)."""
        if self._line.agreement is not None:
            self._leg.send_digits(key)

    def speak(self, seconds: float) -> None:
        """Talk for so long from now on."""
        if seconds > 0:
            self._leg.begin((self._speech,), loop=True)
            asyncio.get_running_loop().call_later(seconds, self._leg.stop)

    def hang_up(self) -> None:
        if self._call is not None:
            self._call.hang_up()


async def take_call(call: IncomingCall, phone: Phone, plane: MediaPlane, codes: Mapping[str, str]) -> None:
    """What a person's phone does from its first ringing to the end of its call; ``codes`` are what it can ask for."""
    call.ringing()
    if phone.busy or phone.unreachable:
        call.reject(486 if phone.busy else 404)
        return
    if phone.fails:
        call.reject(500)
        return
    reactions = [
        (after, reaction)
        for after, reaction in ((phone.declines_after, "declines"), (phone.answers_after, "answers"))
        if after is not None
    ]
    if call.request.header("Answer-Mode") == "Auto" and phone.declines_after is None:
        reactions.append((0.0, "answers"))
    after, reaction = min(reactions, default=(None, "rings"))
    if await _over_within(call, after):
        return
    if reaction == "declines":
        call.reject(603)
        return
    async with aclosing(await plane.open_leg(LOOPBACK)) as leg:
        line = line_over(leg)
        line.attach(call)
        try:
            answer = line.take_offer(call.offer)
        except NotAcceptable:
            call.reject(488)
            return
        if phone.silent:
            await leg.close()
        await call.answer(answer)
        if phone.presses is not None:
            after, key = phone.presses
            if await _over_within(call, after):
                return
            leg.send_digits(key)
        await _talk(call, phone, leg, codes)


async def _talk(call: CallLeg, phone: Phone, leg: Leg, codes: Mapping[str, str]) -> None:
    """Talk as long as the phone does; it may park or transfer the caller before that."""
    left = phone.talks
    wishes = []
    if phone.parks_after is not None and "park" in codes:
        wishes.append((phone.parks_after, codes["park"]))
    if phone.transfers is not None and "transfer" in codes:
        wishes.append((phone.transfers[0], f"{codes['transfer']}{phone.transfers[1]}{ENDS_NUMBER}"))
    for after, keys in sorted(wishes)[:1]:
        if await _over_within(call, after):
            return
        leg.send_digits(keys)
        left -= after
    if not await _over_within(call, left):
        call.hang_up()


async def pick_up(agent: UserAgent, plane: MediaPlane, one: PickUp, port: int, codes: Mapping[str, str]) -> None:
    """Call in to take over a call, from the phone of whoever does that."""
    async with aclosing(await plane.open_leg(LOOPBACK)) as leg:
        phone = CallersPhone(agent, leg, Silence())
        me = Uri("sip", one.extension, None, LOOPBACK, None, (), ())
        call = phone.call(PICK_UP, port, NameAddr("", me, ()))
        if isinstance(await call.outcome, Answered):
            await _talk(call, one.phone, leg, codes)


async def _over_within(call: CallLeg, seconds: float | None) -> bool:
    """Whether the call is over in so many seconds; wait for that, or for ever."""
    await asyncio.wait((call.ended,), timeout=seconds)
    return call.ended.done()
