"""A call without telephones: the ``Call`` of engine.call.protocol over a script and a made-up clock.

A ``Script`` says what the caller and the phones do and when; ``Simulator.run`` takes a flow through it in milliseconds
and returns every event and everything the caller heard. Keys are collected by the very code that live calls use.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from engine.call.asking import ask
from engine.call.attending import AttendingSeat
from engine.call.collecting import Collecting, Matcher, Meaning
from engine.call.conferring import confer
from engine.call.in_call import InCall
from engine.call.keypad import KeyPresses
from engine.call.paging import PagePlan, page
from engine.call.parking import ParkPlan, stay_parked
from engine.call.protocol import Caller, Conference, Recording
from engine.call.question import Answer, Question
from engine.call.queue_plan import QueuePlan
from engine.call.queueing import wait_in_line
from engine.call.ring_plan import UNANSWERED, Parked, RingOutcome, RingPlan, Transferred
from engine.call.script import Script
from engine.call.simulated_asking import reply
from engine.call.simulated_leg import SimulatedLeg
from engine.call.simulated_others import picked_up
from engine.call.simulated_paging import SimulatedPaging
from engine.call.simulated_recording import record
from engine.call.simulated_ringing import SimulatedRinging
from engine.call.simulated_talking import SimulatedServing, talked
from engine.call.taking_keys import TakesKeys
from engine.call.taking_over import SimulatedTaker, take_over
from engine.call.transfer import MAX_TRANSFERS, Granted, Lead, Left, Transfer
from engine.call.verdict import Story
from engine.dialplan.model import Node
from engine.dialplan.nodes.transferred import LedOn
from engine.events import CallAnswered, CallEvent, Side
from engine.office.office import Office
from engine.office.waiting import LetterBox, WaitingCall
from engine.transfer_events import CallTransferred
from media.commands import Sound

RECORDING = "recording.wav"
"""What every recording of a simulated call is called; there is no such file."""

_ids = itertools.count(1)


class SimulatedCall(TakesKeys):
    """The Call of a script. Made by ``Simulator``."""

    def __init__(self, loop: asyncio.AbstractEventLoop, script: Script, seconds_of: Callable[[Sound], float]) -> None:
        super().__init__()
        self.loop = loop
        self.script = script
        self.office: Office = script.office
        self.seconds_of = seconds_of
        self.id = f"simulated-{next(_ids)}"
        self.keys = KeyPresses()
        self.keys.on_press = self._pressed
        self.media = SimulatedLeg(loop, seconds_of)
        self.events: list[CallEvent] = []
        self.open: list[str] = []
        self.story = Story()
        self.steps = 0
        self.refused_with: int | None = None
        self.over: Callable[[Side, str], None] | None = None
        self.transfer: Transfer | None = None
        self.transfers = 0
        self._began = loop.time()
        self._answered = False
        self._recordings = itertools.count(1)

    # --- what every call has ----------------------------------------------------------------------------------------

    @property
    def caller(self) -> Caller:
        return self.script.caller

    @property
    def shown(self) -> str:
        return self.script.caller.number

    @property
    def called(self) -> str:
        return self.script.called

    @property
    def answered(self) -> bool:
        return self._answered

    @property
    def pressed(self) -> str:
        return self.story.pressed

    def now(self) -> float:
        return self.script.begins_at + self.elapsed

    @property
    def elapsed(self) -> float:
        """Seconds since the call was offered."""
        return self.loop.time() - self._began

    def emit(self, event: Callable[[str, float], CallEvent]) -> None:
        happened = event(self.id, self.now())
        self.story.note(happened)
        self.office.note(happened)
        self.events.append(happened)
        if self.transfer is not None:
            self.transfer.note(happened)

    # --- what a flow does -------------------------------------------------------------------------------------------

    async def answer(self) -> None:
        if not self._answered:
            await self.step()
            self._answered = True
            self.emit(CallAnswered)

    async def play(self, sounds: Sequence[Sound], *, interruptible: bool = False, before_answer: bool = False) -> None:
        if not before_answer:
            await self.answer()
        if not sounds:
            return
        if interruptible:
            await self._play_until_key(sounds)
            return
        began, finished = self.loop.time(), False
        with self.opened("prompt"):
            try:
                await self.step()
                finished = (await self.media.begin(sounds)).finished
            finally:
                self.media.stop()
                self.prompt_played(sounds, self.loop.time() - began, finished=finished)

    async def _take(
        self, prompt: Sequence[Sound], matcher: Matcher[Meaning], patience: float, *, secret: bool = False
    ) -> Meaning:
        collecting = Collecting(self, matcher, patience)
        with self.opened("collection"):
            try:
                await self.step()
                self._secret = secret
                return await collecting.run(prompt)
            finally:
                self._secret = False
                if collecting.prompting is not None:
                    played = collecting.prompting.result()
                    self.prompt_played(prompt, played.seconds, finished=played.finished)

    async def ask(self, question: Question) -> Answer:
        with self.opened("question"):
            ear = self.media if self.answered else None
            return await ask(question, reply(self.script, question, self.step), ear, self.emit)

    async def ring(self, plan: RingPlan) -> RingOutcome:
        ringing = SimulatedRinging(self, plan)
        with self.opened("ringing"):
            try:
                outcome = await ringing.run(self.step)
            except BaseException:
                self.media.stop()
                raise
        if ringing.answered is not None or not plan.unheard:
            self.media.stop()
        if ringing.answered is None:
            return UNANSWERED[outcome]
        return await talked(self, ringing.answered, plan.in_call)

    @contextmanager
    def offered(self, box: LetterBox) -> Iterator[None]:
        """Let somebody take the call over inside the block; the script says who does."""
        with self.office.waiting.offered(self.id, self.shown, box), picked_up(self.script.pick_ups, box):
            yield

    async def park(self, plan: ParkPlan) -> RingOutcome:
        with self.opened("parking"):
            return await stay_parked(self, self.media, plan, lambda party: talked(self, party, plan.in_call))

    async def take_over(self, waiting: WaitingCall, slot: str = "") -> bool:
        await self.answer()
        with self.opened("pick-up"):
            await self.step()
            return await take_over(self, waiting, SimulatedTaker(self.loop.create_future()), slot)

    # --- transfers --------------------------------------------------------------------------------------------------

    def leads(self, person: str, dialled: str) -> Lead | None:
        if self.transfers >= MAX_TRANSFERS:
            return None
        return self.script.leads(self.script.account, person, dialled)

    @property
    def can_consult(self) -> bool:
        """There is but one call in a simulation."""
        return False

    def own(self, node: Node) -> Lead | None:
        return Lead(self.path.account, node) if self.path is not None else None

    def send_on(self, side: Side, transfer: Transfer, lead: Lead) -> Granted:
        who = self.shown if side is Side.CALLEE else self.story.answered_by or ""
        self.emit(lambda c, t: CallTransferred(c, t, transfer.by, who, transfer.to, transfer.how))
        if side is Side.CALLER:
            return Left(transfer)
        self.transfer = transfer
        self.transfers += 1
        return Transferred(transfer, LedOn.of(transfer, lead))

    async def join(self, party: object, in_call: InCall | None) -> RingOutcome:
        raise NotImplementedError("there is but one call in a simulation")

    async def take_back(self, transfer: Transfer, in_call: InCall | None) -> RingOutcome | None:  # noqa: ARG002
        transfer.fail()
        self.transfer = None
        return None

    async def page(self, plan: PagePlan) -> bool:
        await self.answer()
        with self.opened("page"):
            await self.step()
            return await page(self, self, plan, SimulatedPaging(self))

    async def queue(self, plan: QueuePlan) -> str | Parked | Transferred:
        with self.opened("queue"):
            return await wait_in_line(self, plan, SimulatedServing(self, self.step))

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
        path = into or f"{self.id}/{next(self._recordings)}/{RECORDING}"
        if begun is not None:
            begun(path)
        with self.opened("recording"):
            return await record(self, limit, silence, stop_keys, keep, path, self.step)

    async def confer(self, conference: Conference) -> str:
        await self.answer()
        await self.step()
        with self.opened("conference"):
            return await confer(self, self, conference, self._seat)

    @asynccontextmanager
    async def _seat(self, _name: str) -> AsyncIterator[AttendingSeat]:
        with self.opened("seat"):
            try:
                await self.step()
                yield AttendingSeat(self.media)
            finally:
                self.media.stop()

    async def hang_up(self, reason: str = "", status: int | None = None) -> None:  # noqa: ARG002
        await self.step()
        if not self._answered and self.refused_with is None:
            self.refused_with = status or 480

    # --- the script's side ------------------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """The caller presses a key now. Before the answer there is nobody to hear it."""
        if self._answered:
            self.keys.press(key, "rfc4733", self.loop.time())

    async def step(self) -> None:
        """One moment at which a flow waits: here a scripted hang-up may strike."""
        self.steps += 1
        if self.steps == self.script.hangs_up_in_step and self.over is not None:
            self.over(Side.CALLER, "hung up")
        await asyncio.sleep(0)

    @contextmanager
    def opened(self, what: str) -> Iterator[None]:
        self.open.append(what)
        try:
            yield
        finally:
            self.open.remove(what)
