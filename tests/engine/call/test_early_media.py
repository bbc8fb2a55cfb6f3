"""What callers hear of a phone that has not answered yet, and of a dialplan that does not answer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator

import pytest

from engine.call.live import LiveCall
from engine.call.protocol import RingPlan, RingTarget, Tone
from engine.call.ring_plan import OutsideTarget
from engine.call.script import Phone
from engine.events import CallAnswered, RingingEnded
from sip.rim.calls import IncomingCall, OutgoingCall
from tests.engine.call.exchange import Exchange, Ringer, port_of, sdp

pytestmark = pytest.mark.asyncio(loop_scope="module")

RINGS = Phone(answers_after=None)
ORDERS = RingTarget("orders", "102")
DESK = RingTarget("desk", "101", after=0.0)


class Voice:
    """An RTP socket that says one byte over and over, and knows what it hears."""

    def __init__(self, byte: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._byte, self._sequence = byte, 0

    def say(self, port: int, frames: int = 1) -> None:
        for _ in range(frames):
            self._sequence += 1
            header = struct.pack("!BBHII", 0x80, 0, self._sequence, self._sequence * 160, self._byte)
            self._socket.sendto(header + bytes([self._byte]) * 160, ("127.0.0.1", port))

    def heard(self) -> set[int]:
        """The bytes of which whole packets were made."""
        made = set()
        with contextlib.suppress(BlockingIOError):
            while True:
                made.add(min(set(self._socket.recv(2048)[12:])))
        return made

    def close(self) -> None:
        self._socket.close()


THEIRS = 0x2A


class EarlyRinger(Ringer):
    """A phone that is heard before it answers: 183 with a session description, then media."""

    def __init__(self, voice: Voice, plays: Phone = RINGS, *, speaks: bool = True) -> None:
        super().__init__(plays, sdp(voice.port))
        self.voice = voice
        self.speaks = speaks

    def take(self, call: IncomingCall) -> None:
        super().take(call)
        call.ringing(183, sdp(self.voice.port))
        assert call.offer is not None
        if self.speaks:
            asyncio.get_running_loop().create_task(self._speak(call, port_of(call.offer)))

    async def _speak(self, call: IncomingCall, port: int) -> None:
        while not call.ended.done():
            self.voice.say(port)
            await asyncio.sleep(0.02)


class Listener:
    """A caller: its voice, and each provisional response it gets."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self.progress: list[tuple[int, bool]] = []

    async def call(self, office: Exchange, flow: object) -> OutgoingCall:
        office.flow = flow  # type: ignore[assignment]
        outgoing = office.dial(sdp(self.voice.port, "0 101"))
        outgoing.on_progress = lambda status, body: self.progress.append((status, body is not None))
        return outgoing

    async def hears(self, byte: int, seconds: float = 3.0) -> bool:
        """Whether it is heard within so long."""
        async with contextlib.AsyncExitStack():
            for _ in range(int(seconds / 0.02)):
                if byte in self.voice.heard():
                    return True
                await asyncio.sleep(0.02)
        return False


@pytest.fixture
def voices() -> Iterator[tuple[Voice, Voice]]:
    pair = Voice(THEIRS), Voice(0x55)
    yield pair
    for voice in pair:
        voice.close()


def ringing(*targets: RingTarget | OutsideTarget, **more: object) -> object:
    async def flow(call: LiveCall) -> None:
        await call.ring(RingPlan(targets, 8.0, **more))  # type: ignore[arg-type]

    return flow


async def test_the_caller_hears_the_only_phone_that_rings(office: Exchange, voices: tuple[Voice, Voice]) -> None:
    theirs, mine = voices
    office.phones({"102": [EarlyRinger(theirs)]})
    caller = Listener(mine)
    outgoing = await caller.call(office, ringing(ORDERS))
    assert await caller.hears(THEIRS)
    assert caller.progress == [(180, False), (183, True)]
    assert not [event for event in office.events if isinstance(event, CallAnswered)]
    outgoing.hang_up()
    await office.ended()


async def test_a_telephone_outside_is_heard_too(office: Exchange, voices: tuple[Voice, Voice]) -> None:
    theirs, mine = voices
    office.phones({"+31612345678": [EarlyRinger(theirs)]})
    caller = Listener(mine)
    outgoing = await caller.call(office, ringing(OutsideTarget("+31612345678")))
    assert await caller.hears(THEIRS)
    outgoing.hang_up()
    await office.ended()


async def test_a_183_without_media_leaves_the_ringing(office: Exchange, voices: tuple[Voice, Voice]) -> None:
    theirs, mine = voices
    office.phones({"102": [EarlyRinger(theirs, speaks=False)]})
    caller = Listener(mine)
    outgoing = await caller.call(office, ringing(ORDERS))
    await asyncio.sleep(0.4)
    assert caller.progress == [(180, False)]
    outgoing.hang_up()
    await office.ended()


async def test_of_several_phones_none_is_heard(office: Exchange, voices: tuple[Voice, Voice]) -> None:
    theirs, mine = voices
    office.phones({"102": [EarlyRinger(theirs)], "101": RINGS})
    caller = Listener(mine)
    outgoing = await caller.call(office, ringing(ORDERS, DESK))
    await asyncio.sleep(0.4)
    assert caller.progress == [(180, False)]
    outgoing.hang_up()
    await office.ended()


async def test_our_ringing_comes_back_when_a_second_phone_rings(office: Exchange, voices: tuple[Voice, Voice]) -> None:
    theirs, mine = voices
    office.phones({"102": [EarlyRinger(theirs)], "101": RINGS})
    caller = Listener(mine)
    outgoing = await caller.call(office, ringing(ORDERS, RingTarget("desk", "101", after=0.6)))
    assert await caller.hears(THEIRS)
    await asyncio.sleep(0.8)
    mine.heard()
    await asyncio.sleep(0.3)
    heard = mine.heard()
    assert heard, "a tone"
    assert THEIRS not in heard
    outgoing.hang_up()
    await office.ended()


async def test_whoever_is_heard_and_refuses_leaves_the_ringing_to_the_next(
    office: Exchange, voices: tuple[Voice, Voice]
) -> None:
    theirs, mine = voices
    office.phones({"102": [EarlyRinger(theirs, Phone(declines_after=0.5))], "101": Phone(answers_after=0.5)})
    caller = Listener(mine)
    outgoing = await caller.call(office, ringing(ORDERS, RingTarget("desk", "101", after=5.0)))
    assert await caller.hears(THEIRS)
    answered = await asyncio.wait_for(outgoing.outcome, 4)
    assert answered.sdp is not None  # type: ignore[union-attr]
    outgoing.hang_up()
    await office.ended()
    outcomes = [event.outcome for event in office.events if isinstance(event, RingingEnded)]
    assert outcomes == ["declined", "answered"]


async def test_who_is_heard_early_goes_on_being_heard_when_they_answer(
    office: Exchange, voices: tuple[Voice, Voice]
) -> None:
    theirs, mine = voices
    office.phones({"102": [EarlyRinger(theirs, Phone(answers_after=0.5, talks=2.0))]})
    caller = Listener(mine)
    outgoing = await caller.call(office, ringing(ORDERS))
    assert await caller.hears(THEIRS)
    await asyncio.wait_for(outgoing.outcome, 4)
    await asyncio.sleep(0.2)
    mine.heard()
    assert await caller.hears(THEIRS, 0.5)
    outgoing.hang_up()
    await office.ended()


async def test_music_is_heard_instead(office: Exchange, voices: tuple[Voice, Voice]) -> None:
    theirs, mine = voices
    office.phones({"102": [EarlyRinger(theirs)]})
    caller = Listener(mine)
    outgoing = await caller.call(office, ringing(ORDERS, hears=(Tone("busy"),)))
    await asyncio.sleep(0.5)
    assert not await caller.hears(THEIRS, 0.3)
    outgoing.hang_up()
    await office.ended()


async def test_a_dialplan_is_heard_before_it_answers(office: Exchange, voices: tuple[Voice, Voice]) -> None:
    _, mine = voices
    caller = Listener(mine)

    async def flow(call: LiveCall) -> None:
        await call.play((Tone("busy", seconds=0.4),), before_answer=True)
        await call.hang_up(status=486)

    outgoing = await caller.call(office, flow)
    failed = await asyncio.wait_for(outgoing.outcome, 4)
    assert (caller.progress, failed.status) == ([(183, True)], 486)  # type: ignore[union-attr]
    assert mine.heard()
    await office.ended()
    assert not [event for event in office.events if isinstance(event, CallAnswered)]


async def test_the_answer_after_early_media_says_the_same(office: Exchange, voices: tuple[Voice, Voice]) -> None:
    _, mine = voices
    caller = Listener(mine)
    said: list[bytes | None] = []

    async def flow(call: LiveCall) -> None:
        await call.play((Tone("busy", seconds=0.1),), before_answer=True)
        await call.play((Tone("busy", seconds=0.1),))

    outgoing = await caller.call(office, flow)
    outgoing.on_progress = lambda _, body: said.append(body)
    answered = await asyncio.wait_for(outgoing.outcome, 4)
    assert said == [answered.sdp]  # type: ignore[union-attr]
    await office.ended()


async def test_who_wants_our_offer_answers_it_early(office: Exchange, voices: tuple[Voice, Voice]) -> None:
    _, mine = voices
    offers: list[bytes | None] = []

    async def flow(call: LiveCall) -> None:
        await call.play((Tone("busy", seconds=0.2),), before_answer=True)
        assert not call.answered
        await call.play((Tone("busy", seconds=0.2),))

    def take(offer: bytes | None) -> bytes:
        offers.append(offer)
        return sdp(mine.port)

    outgoing = await office.call(flow, late=True)  # type: ignore[arg-type]
    outgoing.on_offer = take
    answered = await asyncio.wait_for(outgoing.outcome, 4)
    assert len(mine.heard()) > 0
    assert (len(offers), answered.sdp) == (1, None)  # type: ignore[union-attr]
    await office.ended()


async def test_whose_answer_cannot_be_used_is_called_off(office: Exchange) -> None:
    async def flow(call: LiveCall) -> None:
        await call.play((Tone("busy", seconds=0.1),), before_answer=True)

    outgoing = await office.call(flow, late=True)  # type: ignore[arg-type]
    outgoing.on_offer = lambda _: b"v=0\r\n"
    await office.ended()
    assert outgoing.ended.done() or outgoing.outcome.done()


async def test_who_acknowledges_nothing_early_is_answered_before_anything_is_played(
    office: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IncomingCall, "takes_early_offer", False)

    async def flow(call: LiveCall) -> None:
        await call.play((Tone("busy", seconds=0.1),), before_answer=True)

    outgoing = await office.call(flow, late=True)  # type: ignore[arg-type]
    answered = await asyncio.wait_for(outgoing.outcome, 4)
    outgoing.acknowledge(sdp())
    assert answered.sdp is not None  # type: ignore[union-attr]
    await office.happened(CallAnswered)
    outgoing.hang_up()
    await office.ended()
