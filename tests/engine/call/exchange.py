"""Live calls on loopback: our engine's side with a real media worker, and a world of phones that are a user agent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.bus import Bus
from engine.call.conduct import conduct
from engine.call.forking import Party
from engine.call.handed_over import HandedOver
from engine.call.live import LiveCall
from engine.call.protocol import Caller
from engine.call.script import OUTSIDER, Phone
from engine.call.surroundings import CallFacts, Surroundings
from engine.call.transfer import Lead, Leads, Transfer, nowhere
from engine.call.trunk import Trunk
from engine.call.ways_out import WaysOut
from engine.dialplan.walk import walk
from engine.events import CallEnded, CallEvent, CallOffered, Side
from engine.office.office import Offices
from engine.office.standing import Remembered
from media.commands import Sound
from media.plane import MediaPlane
from sip.core import Admit, CoreConfig, UserAgentCore
from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.values import NameAddr, Uri
from sip.registrar import Binding, Registrar
from sip.rim.calls import IncomingCall, OutgoingCall
from sip.rim.user_agent import ListenAddress, UserAgent

PATIENCE = 10.0
PARK_CODE = "*70"
TRANSFER_CODE = "*73"
DOMAIN = "bakery.test"
CALLED = "+31201234567"

Flow_ = Callable[[LiveCall], Awaitable[object]]


def sdp(
    port: int = 40000, payload: str = "0 101", direction: str = "sendrecv", version: int = 1, host: str = "127.0.0.1"
) -> bytes:
    lines = [
        "v=0",
        f"o=- 7 {version} IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {payload}",
        "a=rtpmap:101 telephone-event/8000",
        f"a={direction}",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


class EverybodyIn:
    def admit(self, request: Request, flow: Flow, now: float) -> Admit:
        return Admit(None, None)


class NoStore:
    def load(self) -> list[Binding]:
        return []

    def save(self, aor: str, bindings: Sequence[Binding]) -> None: ...


async def user_agent() -> tuple[UserAgent, int]:
    agent = UserAgent(UserAgentCore(CoreConfig(), EverybodyIn(), Registrar(NoStore())))
    (bound,) = await agent.listen([ListenAddress("udp", "127.0.0.1", 0)])
    return agent, bound.port


@dataclass
class Ringer:
    """A phone of the world: what it does when it rings, and what happened to it."""

    plays: Phone
    answer: bytes = field(default_factory=sdp)
    calls: list[IncomingCall] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def take(self, call: IncomingCall) -> None:
        self.calls.append(call)
        call.ended.add_done_callback(lambda ended: self.ended.append(ended.result().by))
        call.ringing()
        if self.plays.busy or self.plays.unreachable:
            call.reject(486 if self.plays.busy else 404)
            return
        if self.plays.fails:
            call.reject(500)
            return
        loop = asyncio.get_running_loop()
        if call.request.header("Answer-Mode") == "Auto" and self.plays.declines_after is None:
            loop.call_soon(lambda: loop.create_task(self._talk(call)))
            return
        if self.plays.declines_after is not None:
            loop.call_later(self.plays.declines_after, lambda: call.reject(603))
        if self.plays.answers_after is not None:
            loop.call_later(self.plays.answers_after, lambda: loop.create_task(self._talk(call)))

    def _type(self, call: IncomingCall, keys: str) -> None:
        for key in keys:
            call.send_info("application/dtmf-relay", f"Signal={key}\r\n".encode())

    async def _talk(self, call: IncomingCall) -> None:
        if call.ended.done():
            return
        await call.answer(self.answer)
        if self.plays.presses is not None:
            after, key = self.plays.presses
            press = f"Signal={key}".encode()
            asyncio.get_running_loop().call_later(after, call.send_info, "application/dtmf-relay", press)
            await asyncio.sleep(after)
        if self.plays.parks_after is not None:
            asyncio.get_running_loop().call_later(self.plays.parks_after, self._type, call, PARK_CODE)
        if self.plays.transfers is not None:
            after, to = self.plays.transfers
            asyncio.get_running_loop().call_later(after, self._type, call, f"{TRANSFER_CODE}{to}#")
        await asyncio.sleep(self.plays.talks)
        call.hang_up()


class Exchange:
    """The engine's user agent and media plane, and the world's user agent: callers, and phones by their user name."""

    def __init__(self, plane: MediaPlane, folder: Path) -> None:
        self.plane = plane
        self.folder = folder
        self.events: list[CallEvent] = []
        self.ringers: dict[str, list[Ringer]] = {}
        self.flow: Flow_ | None = None
        self.caller = OUTSIDER
        self.hold_music: tuple[Sound, ...] = ()
        self.leads: Leads = nowhere
        self.live: list[LiveCall] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()

    async def open(self) -> None:
        self.agent, self.port = await user_agent()
        self.world, self.world_port = await user_agent()
        self.agent.on_call = self._take
        self.world.on_call = self._ring
        bus = Bus()
        bus.listen(self._note)
        self.around = Surroundings(
            agent=self.agent,
            plane=self.plane,
            bus=bus,
            phones=self,
            offices=Offices(lambda account: Remembered()),
            recordings=self.folder,
            media_timeout=30.0,
            hold_timeout=3600.0,
            ways_out=WaysOut((Trunk("world", "127.0.0.1", self.world_port),)),
            leads=lambda *asked: self.leads(*asked),
            begin=self._hand_over,
        )

    async def close(self) -> None:
        await asyncio.gather(self.agent.close(), self.world.close(), self.around.services.close())

    def _note(self, event: CallEvent) -> None:
        self.events.append(event)
        self._news.set()

    def _take(self, incoming: IncomingCall) -> None:
        facts = CallFacts("simulated", DOMAIN, "NL", self.caller, CALLED, self.hold_music)
        call = LiveCall(incoming, facts, self.around)
        flow = self.flow
        assert flow is not None
        self.live.append(call)
        self.tasks.append(asyncio.get_running_loop().create_task(conduct(call, lambda: flow(call))))

    def _hand_over(
        self, before: LiveCall, party: Party, transfer: Transfer, lead: Lead, *, borrowed: bool = False
    ) -> LiveCall:
        call = HandedOver(before, party, transfer, lead, borrowed=borrowed)
        self.live.append(call)
        walking = conduct(call, lambda: walk(call, lead.account, lead.node))
        self.tasks.append(asyncio.get_running_loop().create_task(walking))
        return call

    # --- phones -----------------------------------------------------------------------------------------------------

    def phones(self, phones: Mapping[str, Phone | Sequence[Ringer]]) -> None:
        """Register these, by extension."""
        for extension, wanted in phones.items():
            self.ringers[extension] = [Ringer(wanted)] if isinstance(wanted, Phone) else list(wanted)

    def lookup(self, aor: str, now: float) -> list[Binding]:
        extension = aor.partition("@")[0]
        flow = Flow("udp", ("127.0.0.1", self.port), ("127.0.0.1", self.world_port))
        contacts = [
            Uri.parse(f"sip:{extension}-{number}@127.0.0.1:{self.world_port}")
            for number, _ in enumerate(self.ringers.get(extension, ()))
        ]
        return [Binding(aor, contact, flow, now + 60, "c", 1) for contact in contacts]

    def _ring(self, call: IncomingCall) -> None:
        extension, _, number = (call.request.uri.user or "").partition("-")
        self.ringers[extension][int(number or 0)].take(call)

    # --- callers ----------------------------------------------------------------------------------------------------

    def dial(self, offer: bytes | None = None, *, late: bool = False) -> OutgoingCall:
        """Call the engine; by default with an offer."""
        to = Uri.parse(f"sip:{CALLED}@127.0.0.1:{self.port}")
        me = NameAddr("", Uri.parse("sip:+31612345678@provider.test"))
        return self.world.call(to, from_=me, to=NameAddr("", to), offer=None if late else offer or sdp())

    async def call(self, flow: Flow_, offer: bytes | None = None, *, late: bool = False) -> OutgoingCall:
        """Call into a flow, and wait until the engine has it."""
        self.flow = flow
        seen = len(self.events)
        outgoing = self.dial(offer, late=late)
        await self.happened(CallOffered, after=seen)
        return outgoing

    async def happened(self, kind: type[CallEvent], *, after: int = 0) -> CallEvent:
        """The first event of a kind."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for event in self.events[after:]:
                    if isinstance(event, kind):
                        return event
                self._news.clear()
                await self._news.wait()

    async def ended(self) -> CallEnded:
        """How the call ended; then nothing of it may be left anywhere."""
        event = await self.happened(CallEnded)
        assert isinstance(event, CallEnded)
        await self.nothing_left()
        assert [type(each) for each in self.events].count(CallEnded) == len(self.live)
        assert isinstance(self.events[-1], CallEnded)
        return event

    async def nothing_left(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*self.tasks, return_exceptions=True)
            while self.plane.legs:  # noqa: ASYNC110 (nothing tells of it)
                await asyncio.sleep(0.01)
            while any(not leg.ended.done() for ringer in self.everyone for leg in ringer.calls):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert all(call.over is None for call in self.live)
        assert [task for task in asyncio.all_tasks() if not task.done() and is_ours(task)] == []

    @property
    def everyone(self) -> list[Ringer]:
        return [ringer for ringers in self.ringers.values() for ringer in ringers]


def is_ours(task: asyncio.Task[object]) -> bool:
    """Whether a task runs code of a call."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "/engine/call/" in code.co_filename and "/tests/" not in code.co_filename


@contextlib.asynccontextmanager
async def exchange(plane: MediaPlane, folder: Path) -> AsyncIterator[Exchange]:
    made = Exchange(plane, folder)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


class Handset:
    """A caller's RTP socket that presses keys (RFC 4733) towards the engine's leg."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._sequence, self._timestamp = 0, 0

    def close(self) -> None:
        self._socket.close()

    def _send(self, port: int, payload_type: int, payload: bytes) -> None:
        self._sequence += 1
        header = struct.pack("!BBHII", 0x80, payload_type, self._sequence, self._timestamp, 77)
        self._socket.sendto(header + payload, ("127.0.0.1", port))

    def speak(self, port: int, frames: int = 3) -> None:
        """Silence, so that the engine knows where we are."""
        for _ in range(frames):
            self._timestamp += 160
            self._send(port, 0, b"\xff" * 160)

    def press(self, port: int, digit: str) -> None:
        self._timestamp += 4000
        for number in range(1, 8):
            ended = 0x80 if number >= 5 else 0
            self._send(port, 101, struct.pack("!BBH", "0123456789*#".index(digit), ended | 10, 160 * min(number, 5)))


def port_of(answer: bytes) -> int:
    """The audio port in an SDP."""
    (line,) = [line for line in answer.decode().splitlines() if line.startswith("m=audio")]
    return int(line.split()[1])


__all__ = ["CALLED", "Caller", "Exchange", "Handset", "Ringer", "Side", "exchange", "port_of", "sdp"]
