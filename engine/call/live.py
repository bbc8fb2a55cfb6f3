"""A call over the wire: the ``Call`` of engine.call.protocol, made of SIP legs and media legs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from engine.call.asking import ask
from engine.call.collecting import Collecting, Matcher, Meaning
from engine.call.conferring import confer
from engine.call.line import Line
from engine.call.live_paging import LivePaging
from engine.call.live_recording import record
from engine.call.movable import Movable
from engine.call.paging import PagePlan, page
from engine.call.parking import ParkPlan, stay_parked
from engine.call.protocol import (
    Caller,
    Conference,
    Parked,
    QueuePlan,
    Recording,
    RingOutcome,
    RingPlan,
    Sound,
    Tone,
    Transferred,
)
from engine.call.question import Answer, Question
from engine.call.queueing import wait_in_line
from engine.call.ringing import ring
from engine.call.seating import seat_of
from engine.call.serving import LiveServing
from engine.call.shelf import new_file
from engine.call.surroundings import MEDIA_LOST, CallFacts, CannotTalk, Surroundings
from engine.call.taking_keys import TakesKeys
from engine.call.taking_over import take_over
from engine.call.talking import talked
from engine.call.transferring import sit
from engine.call.verdict import Story
from engine.events import CallAnswered, CallEvent, Side
from engine.office.office import Office
from engine.office.waiting import LetterBox, WaitingCall
from media.commands import Played
from media.plane import MediaUnavailable
from sip.errors import ProtocolError
from sip.rim.calls import CallLeg, IncomingCall
from sip.sdp.answer import Codec, NotAcceptable
from sip.sdp.crypto import Encryption

log = logging.getLogger(__name__)


class LiveCall(Movable, TakesKeys):
    """One incoming call. Whoever conducts it closes it, whatever happens, and with it everything it opened."""

    def __init__(self, incoming: CallLeg, facts: CallFacts, around: Surroundings) -> None:
        TakesKeys.__init__(self)
        Movable.__init__(self)
        self.incoming = incoming
        self.facts = facts
        self.around = around
        self.office: Office = around.offices.of(facts.account)
        self.story = Story()
        self.refused_with: int | None = None
        self.over: Callable[[Side, str, bool], None] | None = None
        sit(self)
        self._line: Line | None = None
        self._answered = False
        self._ringing = False
        self._early: asyncio.Task[bool] | None = None
        self._described: bytes | None = None

    @property
    def id(self) -> str:
        """The Call-ID and a part of our tag: a caller may use a Call-ID again, and each call has its own record."""
        return f"{self.incoming.id};{self.incoming.tag[:8]}"

    @property
    def caller(self) -> Caller:
        return self.facts.caller

    @property
    def shown(self) -> str:
        return self.facts.caller.number

    @property
    def called(self) -> str:
        return self.facts.called

    @property
    def answered(self) -> bool:
        return self._answered

    @property
    def max_forwards(self) -> int:
        return max(0, self.incoming.request.max_forwards - 1)

    @property
    def pressed(self) -> str:
        return self.story.pressed

    def now(self) -> float:
        return self.around.clock()

    @property
    def line(self) -> Line:
        assert self._line is not None
        return self._line

    def _me(self) -> LiveCall:
        return self

    @property
    def _asks(self) -> IncomingCall:
        """The caller's leg, as long as the call is not answered."""
        assert isinstance(self.incoming, IncomingCall)
        return self.incoming

    def emit(self, event: Callable[[str, float], CallEvent]) -> None:
        happened = event(self.id, self.now())
        self.story.note(happened)
        self.office.note(happened)
        self.around.bus.emit(happened)
        if self.transfer is not None:
            self.transfer.note(happened)

    async def open_line(self) -> Line:
        """The caller's line, with its media leg; the same each time. Raises CannotTalk."""
        if self._line is None:
            place = self.around.place(self.incoming.flow, self.facts.encryption or self._as_offered())
            try:
                leg = await self.around.plane.open_leg(place.own)
            except MediaUnavailable as error:
                raise CannotTalk(503, str(error)) from error
            self._line = line = self.around.line_over(leg, place, self.facts.codecs)
            line.attach(self.incoming)
            line.keys.on_press = self._pressed
            leg.dead.add_done_callback(self._media_died)
        return self._line

    def _as_offered(self) -> str:
        """Encryption that suits whatever the caller offers; empty for one who has offered nothing."""
        return Encryption.OFFERED if self._asks.offer is not None else ""

    def _media_died(self, dead: asyncio.Future[str]) -> None:
        self._media_lost(dead.result())

    def _media_lost(self, why: str) -> None:
        self.end(Side.SYSTEM, MEDIA_LOST[why], failed=why == "worker")

    def end(self, by: Side, reason: str, *, failed: bool = False) -> None:
        """End the call: its flow is cancelled, what is open is closed, and the reason is told."""
        if self.over is not None:
            self.over(by, reason, failed)

    async def answer(self, wanted: Codec | None = None) -> None:
        if self._answered:
            return
        if self._early is not None:
            await asyncio.shield(self._early)
        line, described = await self.open_line(), self._described
        try:
            ours = described or line.take_offer(self._asks.offer, wanted)
            self._answered = True
            line.answered()
            theirs = await self._asks.answer(ours)
            if self._asks.offer is None and described is None:
                line.take_answer(theirs or b"")
        except (NotAcceptable, ProtocolError) as error:
            raise CannotTalk(488, str(error)) from error
        self.emit(CallAnswered)

    def begin_early(self, wanted: Codec | None = None) -> asyncio.Task[bool]:
        """Let the caller hear us as if answered, though the call is not: 183 with our session description.

        Done once they do, True then. False where that cannot be: the caller speaks nothing that we do, or wants our
        offer and acknowledges no provisional response.
        """
        if self._early is None:
            self._early = asyncio.create_task(self._describe_early(wanted))
        return self._early

    async def _describe_early(self, wanted: Codec | None) -> bool:
        if self._answered:
            return True
        asks = self._asks
        if asks.offer is None and not asks.takes_early_offer:
            return False
        try:
            line = await self.open_line()
            line.early = True
            ours = line.take_offer(asks.offer, wanted)
            if asks.offer is None:
                line.take_answer(await asks.offer_early(ours) or b"")
            else:
                asks.ringing(183, ours)
        except (CannotTalk, NotAcceptable, ProtocolError):
            if self._line is not None:
                self._line.early = False
            return False
        self._described = ours
        return True

    async def play(self, sounds: Sequence[Sound], *, interruptible: bool = False, before_answer: bool = False) -> None:
        line = await self.open_line()
        if not (before_answer and await asyncio.shield(self.begin_early())):
            await self.answer()
        if not sounds:
            return
        if interruptible:
            await self._play_until_key(sounds)
            return
        began, played = time.monotonic(), None
        try:
            played = await line.media.play(sounds)
        finally:
            self._prompt_played(sounds, began, played)

    def _prompt_played(self, sounds: Sequence[Sound], began: float, played: Played | None) -> None:
        seconds = played.seconds if played else time.monotonic() - began
        finished = played is not None and played.finished
        if played is not None and played.failed:
            log.warning("a prompt could not be played: %s", played.failed, extra={"call": self.id})
        self.prompt_played(sounds, seconds, finished=finished)

    async def _take(
        self, prompt: Sequence[Sound], matcher: Matcher[Meaning], patience: float, *, secret: bool = False
    ) -> Meaning:
        collecting = Collecting(await self.open_line(), matcher, patience)
        began, self._secret = time.monotonic(), secret
        try:
            return await collecting.run(prompt)
        finally:
            self._secret = False
            if collecting.prompting is not None:
                played = collecting.prompting
                self._prompt_played(prompt, began, played.result() if played.done() else None)

    async def ask(self, question: Question) -> Answer:
        media = self._line.media if self._answered and self._line is not None else None
        return await ask(question, self.around.services.ask(question), media, self.emit)

    async def ring(self, plan: RingPlan) -> RingOutcome:
        return await ring(self, plan)

    def offered(self, box: LetterBox) -> AbstractContextManager[None]:
        """Let somebody take the call over inside the block, by this letter box."""
        return self.office.waiting.offered(self.id, self.shown, box)

    async def park(self, plan: ParkPlan) -> RingOutcome:
        await self.answer()
        line = await self.open_line()
        return await stay_parked(self, line.media, plan, lambda party: talked(self, party, plan.in_call))

    async def take_over(self, waiting: WaitingCall, slot: str = "") -> bool:
        await self.answer()
        return await take_over(self, waiting, self.as_party(), slot)

    async def page(self, plan: PagePlan) -> bool:
        await self.answer()
        return await page(self, await self.open_line(), plan, LivePaging(self))

    async def check_offer(self) -> Sequence[Codec]:
        """The codecs that the caller would talk, the best first; none if nobody knows.

        Raises CannotTalk if there is no audio we could answer with: nobody is rung for that (RFC 3261 13.3.1.3).
        """
        line = await self.open_line()
        if line.codec is not None:
            return (line.codec, *line.common)
        offer = self._asks.offer
        if offer is None:
            return ()
        try:
            return line.check_offer(offer)
        except (NotAcceptable, ProtocolError) as error:
            raise CannotTalk(488, str(error)) from error

    async def let_hear_ringing(self, instead: Sequence[Sound] = ()) -> None:
        """The ringback tone if the caller is answered, else 180, once; sounds in place of it answer the caller."""
        if instead:
            await self.answer()
        if instead and self._line is not None:
            self._line.media.begin(tuple(instead), loop=True)
        else:
            self.ring_back()

    def ring_back(self) -> None:
        """Let the caller hear that it rings: by a tone of ours where they hear us, else by their phone's own."""
        if (self._answered or self._described is not None) and self._line is not None:
            self._line.media.begin((Tone("ringback", self.facts.country),), loop=True)
        elif not self._ringing:
            self._ringing = True
            self._asks.ringing()

    async def record(
        self,
        limit: float,
        silence: float | None = None,
        stop_keys: str = "#",
        keep: Callable[[Recording], bool] | None = None,
        *,
        begun: Callable[[str], None] | None = None,
        into: str | None = None,
    ) -> Recording:
        await self.answer()
        line = await self.open_line()
        path = new_file(self.around.recordings / self.facts.account) if into is None else Path(into)
        return await record(self.id, line, path, limit, silence, stop_keys, keep, begun)

    async def confer(self, conference: Conference) -> str:
        await self.answer()
        line = await self.open_line()
        rooms, account = self.around.plane.conferences, self.facts.account
        return await confer(
            self, line, conference, lambda name: seat_of(line, rooms, f"{account}/{name}", self._media_lost)
        )

    async def queue(self, plan: QueuePlan) -> str | Parked | Transferred:
        return await wait_in_line(self, plan, LiveServing(self))

    async def hang_up(self, reason: str = "", status: int | None = None) -> None:
        if self._answered:
            self.incoming.hang_up()
        elif not self.incoming.ended.done():
            self._asks.reject(status or 480, reason or None)
            self.refused_with = status or 480

    async def close(self) -> None:
        """End what is still open: the caller's SIP leg and media leg."""
        if not self.incoming.ended.done():
            await self.hang_up()
        if self._line is not None:
            self._let_go_of(self._line)
            await self._line.media.close()

    def _let_go_of(self, line: Line) -> None:
        """Be told of the line no more."""
        line.keys.clear()
        line.keys.on_press = None
        line.media.dead.remove_done_callback(self._media_died)
