"""One rehearsed call over the wire: the engine's calls and flows as they are, real SIP and RTP, in real time.

Only the time of day is made up, and who is who is believed: the digest of phones is no part of a rehearsal.
"""

from __future__ import annotations

import asyncio
import tempfile
import wave
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from engine.bus import Bus
from engine.call.conduct import conduct
from engine.call.forking import Party
from engine.call.handed_over import HandedOver
from engine.call.line import Line
from engine.call.live import LiveCall
from engine.call.protocol import Caller
from engine.call.script import Heard, Phone, PickUp
from engine.call.shelf import FileShelf
from engine.call.simulated_leg import FILE_SECONDS, SimulatedLeg
from engine.call.simulated_others import waiting
from engine.call.surroundings import CallFacts, Surroundings
from engine.call.transfer import Lead, Transfer
from engine.call.trunk import Trunk
from engine.call.waiting_ahead import waiting_ahead
from engine.call.ways_out import WaysOut
from engine.dialplan.greetings import files_named
from engine.dialplan.walk import walk
from engine.events import CallEnded, CallEvent, PromptPlayed
from engine.numbering import Numbering
from engine.office.messages import Message
from engine.office.office import Office, Offices
from engine.office.presence import SHORT
from engine.rehearsal.handsets import ALL_DAY, LOOPBACK, PICK_UP, CallersPhone, pick_up, take_call
from engine.rehearsal.picking import PickedUp, take_over
from engine.rehearsal.rehearse import Rehearsal, refused
from engine.rehearsal.situation import Situation
from engine.rehearsal.sounds import SpokenWords
from engine.router import Route, lead_of, route_admitted
from media.commands import File, Sound
from media.plane import MediaPlane
from sip.core import Admit, CoreConfig, UserAgentCore
from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.values import Uri
from sip.registrar import Binding, Registrar
from sip.rim.calls import IncomingCall
from sip.rim.user_agent import ListenAddress, UserAgent

BEEP = "beep"


class _Believing:
    """A gate that lets everybody in, as who they are said to be."""

    def __init__(self, identity: str | None = None) -> None:
        self._identity = identity

    def admit(self, request: Request, flow: Flow, now: float) -> Admit:  # noqa: ARG002 - the core gives them
        return Admit(self._identity, self._identity)


class _NoStore:
    """Nobody registers in a rehearsal."""

    def load(self) -> list[Binding]:
        return []

    def save(self, aor: str, bindings: Sequence[Binding]) -> None: ...


@dataclass(frozen=True, slots=True)
class Stage:
    """What the calls of a live rehearsal share."""

    numbering: Numbering
    plane: MediaPlane
    folder: Path
    speech: File
    length: Callable[[Sound], float]


async def rehearse_live(situation: Situation, stage: Stage) -> Rehearsal:
    """Take one call through, over sockets of its own. Raises ListenFailed or MediaUnavailable."""
    call = _WiredCall(situation, stage)
    try:
        return await call.run()
    finally:
        await call.close()


class _OverheardCall(LiveCall):
    """A live call of which it is known what its caller hears: all of that is played to a simulated leg, too."""

    def __init__(
        self, incoming: IncomingCall, facts: CallFacts, around: Surroundings, length: Callable[[Sound], float]
    ) -> None:
        super().__init__(incoming, facts, around)
        self._ear = SimulatedLeg(asyncio.get_running_loop(), length)

    async def open_line(self) -> Line:
        line = await super().open_line()
        line.media.ear = self._ear
        return line

    async def close(self) -> None:
        self._ear.stop()
        self._ear.hold(False)
        await super().close()

    def heard(self) -> tuple[Heard, ...]:
        """What the caller of a call that is over heard, in the order in which it began."""
        return tuple(sorted(self._ear.heard, key=lambda one: one.at))


class _WiredCall:
    """The engine's side and the world's side of one call: two user agents on loopback, one media plane."""

    def __init__(self, situation: Situation, stage: Stage) -> None:
        self._situation = situation
        self._stage = stage
        self._events: list[CallEvent] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._agents: list[UserAgent] = []
        self._route: Route | None = None
        self._loop = asyncio.get_running_loop()
        self._began = 0.0
        self._phone: CallersPhone | None = None
        self._call: _OverheardCall | None = None
        self._beside = ExitStack()

    async def run(self) -> Rehearsal:
        """The call from its first INVITE to its last event."""
        situation, plane = self._situation, self._stage.plane
        identity = f"{situation.caller}@{situation.home}" if situation.home else None
        self._engine, self._engine_port = await self._listen(_Believing(identity), self._take_call)
        self._world, self._world_port = await self._listen(_Believing(), self._ring)
        leg = await plane.open_leg(LOOPBACK)
        self._phone = CallersPhone(self._world, leg, self._stage.speech)
        self._began = self._loop.time()
        call = self._phone.call(situation.called, self._engine_port, situation.shown())
        timers = [self._loop.call_at(self._began + at, self._phone.press, key) for at, key in situation.keys]
        if situation.hangs_up_at is not None:
            timers.append(self._loop.call_at(self._began + situation.hangs_up_at, self._phone.hang_up))
        try:
            await call.ended
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            for timer in timers:
                timer.cancel()
            await leg.close()
        return self._told()

    async def _listen(self, gate: _Believing, on_call: Callable[[IncomingCall], None]) -> tuple[UserAgent, int]:
        agent = UserAgent(UserAgentCore(CoreConfig(), gate, Registrar(_NoStore())))
        self._agents.append(agent)
        agent.on_call = on_call
        (bound,) = await agent.listen([ListenAddress("udp", LOOPBACK, 0)])
        return agent, bound.port

    def _told(self) -> Rehearsal:
        if self._route is None:
            return refused(self._situation)
        events = tuple(self._events)
        ended = events[-1]
        assert isinstance(ended, CallEnded)
        assert self._call is not None
        return Rehearsal(self._situation, SpokenWords(self._route.account), events, self._call.heard(), ended)

    async def close(self) -> None:
        """End what is still open on both sides."""
        self._beside.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.gather(*(agent.close() for agent in self._agents))

    # --- the engine's side ------------------------------------------------------------------------------------------

    def _take_call(self, incoming: IncomingCall) -> None:
        if self._call is not None:
            self._take_over(incoming, self._call)
            return
        route = self._route = route_admitted(self._stage.numbering, incoming.request, incoming.identity)
        if route is None:
            incoming.reject(404)
            return
        office = self._situation.office(route.account)
        office.waiting = PickedUp(office.presence, self._situation.pick_ups(route.account), self._pick_up)
        self._beside.enter_context(waiting(self._situation.others, office, self._situation.begins_at))
        facts = CallFacts.of(route.account, route.caller, route.called)
        messages = self._situation.messages(route.account)
        call = self._call = _OverheardCall(incoming, facts, self._surroundings(office, messages), self._stage.length)
        self._begin(self._conduct(call, route, office))

    async def _conduct(self, call: LiveCall, route: Route, office: Office) -> None:
        with waiting_ahead(self._situation.ahead, office.queues):
            await conduct(call, lambda: walk(call, route.account, route.entry))

    def _take_over(self, incoming: IncomingCall, other: LiveCall) -> None:
        """A call that takes over the one that is rehearsed; what happens to it is told nobody."""
        assert self._route is not None
        account, extension = self._route.account, incoming.request.from_.uri.user or ""
        me = Caller(extension, person=account.person_by_extension[extension])
        call = LiveCall(incoming, CallFacts.of(account, me, PICK_UP), other.around)
        self._begin(conduct(call, lambda: take_over(call, other.id)))

    def _surroundings(self, office: Office, messages: Iterable[Message]) -> Surroundings:
        bus = Bus()
        bus.listen(self._note)
        return Surroundings(
            agent=self._engine,
            plane=self._stage.plane,
            bus=bus,
            phones=self,
            offices=_OneOffice(office, self._stage.folder, messages),
            recordings=self._stage.folder,
            media_timeout=ALL_DAY,
            hold_timeout=ALL_DAY,
            ways_out=WaysOut((Trunk("world", LOOPBACK, self._world_port),)),
            leads=partial(lead_of, self._stage.numbering),
            begin=self._hand_over,
            clock=lambda: self._situation.begins_at + self._loop.time() - self._began,
        )

    def _hand_over(
        self, before: LiveCall, party: Party, transfer: Transfer, lead: Lead, *, borrowed: bool = False
    ) -> LiveCall:
        """Whom the caller has led on goes on in a call of their own; what happens to it is told nobody."""
        call = HandedOver(before, party, transfer, lead, borrowed=borrowed)
        self._begin(conduct(call, lambda: walk(call, lead.account, lead.node)))
        return call

    def lookup(self, aor: str, now: float) -> list[Binding]:
        """Where the phone of a person is, if it is registered."""
        extension = aor.partition("@")[0]
        if extension not in self._situation.phones:
            return []
        contact = Uri("sip", extension, None, LOOPBACK, self._world_port, (), ())
        flow = Flow("udp", (LOOPBACK, self._engine_port), (LOOPBACK, self._world_port))
        return [Binding(aor, contact, flow, now + ALL_DAY, "rehearsal", 1)]

    def _note(self, event: CallEvent) -> None:
        if self._call is None or event.call != self._call.id:
            return
        self._events.append(event)
        if isinstance(event, PromptPlayed) and event.finished and event.sounds[-1] == BEEP and self._phone:
            self._phone.speak(self._situation.speaks)

    # --- the world's side -------------------------------------------------------------------------------------------

    def _ring(self, call: IncomingCall) -> None:
        called, phones = call.request.uri.user or "", self._situation.phones
        phone = phones.get(called) or phones.get(f"{SHORT}{called}") or Phone()
        self._begin(take_call(call, phone, self._stage.plane, self._codes))

    def _pick_up(self, one: PickUp) -> None:
        self._begin(pick_up(self._world, self._stage.plane, one, self._engine_port, self._codes))

    @property
    def _codes(self) -> dict[str, str]:
        """By what codes phones ask for something while they talk."""
        in_call = self._route.account.in_call if self._route is not None else None
        return {request.name: code for code, request in in_call.requests.items()} if in_call is not None else {}

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _OneOffice(Offices):
    """The office of the account that is called. What it has of greetings and messages is there, and silent."""

    def __init__(self, office: Office, folder: Path, messages: Iterable[Message]) -> None:
        super().__init__(lambda _: office.standing)
        self._office = office
        place = Path(tempfile.mkdtemp(prefix="office-", dir=folder))
        for file in files_named(office.standing):
            _write_silence(place / Path(file).name)
        office.shelf = FileShelf(place, lambda: files_named(office.standing))
        for message in messages:
            moved = msgspec.structs.replace(message, path=str(place / "voicemail" / message.path))
            _write_silence(Path(moved.path))
            office.messages.delete(message, 0.0)
            office.messages.put(moved)

    def of(self, account: str) -> Office:  # noqa: ARG002
        return self._office


def _write_silence(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * round(8000 * FILE_SECONDS)))
