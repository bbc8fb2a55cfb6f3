"""A call over the wire: the ``Call`` of engine.call.protocol, made of SIP legs and media legs."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engine.bus import Bus
from engine.call.collecting import Collecting
from engine.call.dialling import Dialling, Tail
from engine.call.forking import MAX_PHONES, Branch, place_calls, ring_phones
from engine.call.line import Line
from engine.call.protocol import (
    Busy,
    Caller,
    Declined,
    ExtensionDialled,
    File,
    Key,
    KeyPlan,
    Keys,
    NoAnswer,
    NoInput,
    NotRegistered,
    Recording,
    RingOutcome,
    RingTarget,
    Silence,
    Sound,
    Talked,
    Tone,
    WrongInput,
)
from engine.call.verdict import Story
from engine.events import (
    Bridged,
    CallAnswered,
    CallEvent,
    DigitHeard,
    DigitsCollected,
    Held,
    PromptPlayed,
    Ringing,
    RingingEnded,
    Side,
    Unbridged,
)
from media.commands import Played
from media.plane import Leg, MediaPlane, MediaUnavailable
from sip.errors import ProtocolError
from sip.message.values import NameAddr, Uri
from sip.registrar import Binding
from sip.rim.calls import IncomingCall
from sip.rim.user_agent import UserAgent
from sip.sdp.answer import NotAcceptable

OUTCOMES: dict[str, type[Busy] | type[NoAnswer] | type[Declined] | type[NotRegistered]] = {
    "busy": Busy,
    "no_answer": NoAnswer,
    "declined": Declined,
    "not_registered": NotRegistered,
}


MEANINGS = {Key: "key", ExtensionDialled: "extension", NoInput: "no_input", WrongInput: "wrong_input"}
MEDIA_LOST = {"silent": "no audio from the phone", "worker": "the media worker was lost"}


class CannotTalk(Exception):
    """There is no way to exchange audio with the caller; ``status`` is the SIP refusal."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Phones(Protocol):
    """Where the phones of an address-of-record are at the moment, the preferred first (the registrar)."""

    def lookup(self, aor: str, now: float) -> list[Binding]: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every live call of this engine shares."""

    agent: UserAgent
    plane: MediaPlane
    bus: Bus
    phones: Phones
    recordings: Path
    advertised: str | None
    media_timeout: float


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call when it comes in. ``hold_music`` is heard by whoever is put on hold."""

    account: str
    domain: str
    country: str
    caller: Caller
    called: str
    hold_music: tuple[Sound, ...]


class LiveCall:
    """One incoming call. ``async with`` it: whatever happens inside, everything it opened is closed on the way out."""

    def __init__(self, incoming: IncomingCall, facts: CallFacts, around: Surroundings) -> None:
        self.incoming = incoming
        self.facts = facts
        self.around = around
        self.story = Story()
        self.refused_with: int | None = None
        self.over: Callable[[Side, str, bool], None] | None = None
        self._line: Line | None = None
        self._answered = False
        self._ringing = False
        self._tail: Tail | None = None

    @property
    def id(self) -> str:
        return self.incoming.id

    @property
    def caller(self) -> Caller:
        return self.facts.caller

    @property
    def called(self) -> str:
        return self.facts.called

    @property
    def answered(self) -> bool:
        return self._answered

    def now(self) -> float:
        return time.time()

    def emit(self, event: Callable[[str, float], CallEvent]) -> None:
        happened = event(self.id, self.now())
        self.story.note(happened)
        self.around.bus.emit(happened)

    # --- the caller's side ------------------------------------------------------------------------------------------

    async def _open_line(self) -> Line:
        if self._line is None:
            try:
                leg = await self.around.plane.open_leg(self.incoming.flow.local[0])
            except MediaUnavailable as error:
                raise CannotTalk(503, str(error)) from error
            self._line = line = self._new_line(leg)
            line.attach(self.incoming)
            line.keys.on_press = lambda press: self.emit(lambda c, t: DigitHeard(c, t, press.digit, press.method))
            leg.dead.add_done_callback(self._media_died)
        return self._line

    def _new_line(self, leg: Leg) -> Line:
        return Line(leg, advertised=self.around.advertised, timeout=self.around.media_timeout)

    def _media_died(self, dead: asyncio.Future[str]) -> None:
        if not dead.cancelled() and self.over is not None:
            self.over(Side.SYSTEM, MEDIA_LOST[dead.result()], dead.result() == "worker")

    async def answer(self) -> None:
        if self._answered:
            return
        line = await self._open_line()
        try:
            ours = line.take_offer(self.incoming.offer)
            self._answered = True
            theirs = await self.incoming.answer(ours)
            if self.incoming.offer is None:
                line.take_answer(theirs or b"")
        except (NotAcceptable, ProtocolError) as error:
            raise CannotTalk(488, str(error)) from error
        self.emit(CallAnswered)

    async def play(self, sounds: Sequence[Sound]) -> None:
        await self.answer()
        line = await self._open_line()
        began, played = time.monotonic(), None
        try:
            played = await line.media.play(sounds)
        finally:
            self._prompt_played(sounds, began, played)

    def _prompt_played(self, sounds: Sequence[Sound], began: float, played: Played | None) -> None:
        names = tuple(name_of(sound) for sound in sounds)
        seconds = played.seconds if played else time.monotonic() - began
        finished = played is not None and played.finished
        self.emit(lambda c, t: PromptPlayed(c, t, names, seconds, finished))

    async def collect(self, prompt: Sequence[Sound], plan: KeyPlan) -> Keys:
        await self.answer()
        line = await self._open_line()
        dialling = Dialling(plan, self._tail)
        collecting = Collecting(line, dialling, plan.first_digit)
        began = time.monotonic()
        try:
            meaning = await collecting.run(prompt)
        finally:
            if collecting.prompting is not None:
                played = collecting.prompting
                self._prompt_played(prompt, began, played.result() if played.done() else None)
        self._tail = dialling.tail
        self.emit(lambda c, t: DigitsCollected(c, t, dialling.digits, MEANINGS[type(meaning)]))
        return meaning

    # --- the other side ---------------------------------------------------------------------------------------------

    async def ring(self, target: RingTarget, seconds: float) -> RingOutcome:
        phones = self.around.phones.lookup(f"{target.extension}@{self.facts.domain}", self.now())[:MAX_PHONES]
        began = time.monotonic()
        if not phones:
            self._ringing_ended(target, "not_registered", began)
            return NotRegistered()
        mine = await self._open_line()
        self.emit(lambda c, t: Ringing(c, t, target.person, target.extension, len(phones)))
        self._let_hear_ringing(mine)
        async with AsyncExitStack() as open_lines:
            lines = {}
            for address in {phone.flow.local[0] for phone in phones}:
                leg = await open_lines.enter_async_context(
                    aclosing(await self.around.plane.open_leg(address, near=mine.media))
                )
                lines[address] = self._new_line(leg)
            branches = place_calls(self.around.agent, phones, lines, self._shown_caller())
            outcome = "failed"
            try:
                result = await ring_phones(branches, seconds)
                outcome = result if isinstance(result, str) else "answered"
            finally:
                mine.media.stop()
                self._ringing_ended(target, outcome, began)
            if isinstance(result, str):
                return OUTCOMES[result]()
            return await self._talk(mine, result, target)

    def _let_hear_ringing(self, mine: Line) -> None:
        if self._answered:
            mine.media.begin((Tone("ringback", self.facts.country),), loop=True)
        elif not self._ringing:
            self._ringing = True
            self.incoming.ringing()

    def _ringing_ended(self, target: RingTarget, outcome: str, began: float) -> None:
        seconds = time.monotonic() - began
        self.emit(lambda c, t: RingingEnded(c, t, target.person, target.extension, outcome, seconds))

    def _shown_caller(self) -> NameAddr:
        """What the person's phone shows: the caller's name and number, at the account's own domain."""
        caller = self.facts.caller
        return NameAddr(caller.name, Uri("sip", caller.number, None, self.facts.domain, None, (), ()), ())

    async def _talk(self, mine: Line, branch: Branch, target: RingTarget) -> Talked:
        theirs, began, by = branch.line, time.monotonic(), Side.CALLER
        theirs.attach(branch.call)
        try:
            await self.answer()
            theirs.on_hold = lambda on: self._held(Side.CALLEE, mine, on)
            mine.on_hold = lambda on: self._held(Side.CALLER, theirs, on)
            mine.media.join(theirs.media)
            began = time.monotonic()
            self.emit(lambda c, t: Bridged(c, t, target.person, target.extension))
            either: set[asyncio.Future[Any]] = {branch.call.ended, theirs.media.dead}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            by = Side.CALLEE
        finally:
            mine.on_hold = None
            mine.media.part()
            branch.call.hang_up()
            seconds = time.monotonic() - began
            self.emit(lambda c, t: Unbridged(c, t, target.person, seconds, by))
        return Talked(target.person, seconds)

    def _held(self, side: Side, other: Line, on: bool) -> None:
        other.hear(self.facts.hold_music if on else ())
        self.emit(lambda c, t: Held(c, t, side, on))

    # --- the rest ---------------------------------------------------------------------------------------------------

    async def record(
        self,
        limit: float,
        silence: float | None = None,
        stop_keys: str = "#",
        keep: Callable[[Recording], None] | None = None,
    ) -> Recording:
        await self.answer()
        line = await self._open_line()
        name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}.wav"
        path = self.around.recordings / self.facts.account / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        recording = asyncio.ensure_future(
            line.media.record(str(path), limit=limit, silence=silence, stop_keys=stop_keys)
        )
        try:
            await asyncio.shield(recording)
        finally:
            line.media.stop_recording()
            recorded = await recording
            line.keys.clear()
            result = Recording(str(path), recorded.seconds, recorded.why)
            if keep is not None:
                keep(result)
        return result

    async def hang_up(self, reason: str = "", status: int | None = None) -> None:
        if self._answered:
            self.incoming.hang_up()
        elif not self.incoming.ended.done():
            self.incoming.reject(status or 480, reason or None)
            self.refused_with = status or 480

    async def close(self) -> None:
        """End what is still open: the caller's SIP leg and media leg."""
        if not self.incoming.ended.done():
            await self.hang_up()
        if self._line is not None:
            self._line.media.dead.remove_done_callback(self._media_died)
            await self._line.media.close()


def name_of(sound: Sound) -> str:
    """A sound as events and logs name it: the file's name, or the tone's."""
    match sound:
        case File(path=path):
            return Path(path).name
        case Tone(kind=kind):
            return kind
        case Silence():
            return "silence"
