"""Telephones outside over the wire: trunks one after the other, bounds, loops, and what phones are told."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from engine.call import metering, outside
from engine.call.live import LiveCall
from engine.call.outside import EMERGENCY_ROUNDS
from engine.call.protocol import NotRegistered, RingOutcome, RingPlan, RingTarget, Talked
from engine.call.ring_plan import Acceptance, Diversion, OutsideTarget, Target
from engine.call.script import Phone
from engine.call.trunk import Trunk
from engine.call.ways_out import EMERGENCY_FIRST, WaysOut
from engine.events import Bridged, CallEnded, Ringing, RingingEnded, Side, Verdict
from engine.forward_events import AcceptanceAsked
from engine.office.outside import Bill, Bounds
from engine.outside_events import AnsweredOutside, MinutesEnding
from media.commands import Tone
from sip.credentials import Credentials
from sip.message.values import NameAddr, Uri
from sip.rim.calls import Answered, IncomingCall
from sip.rim.user_agent import ListenAddress
from tests.engine.call.exchange import CALLED, Exchange, Ringer, sdp, user_agent

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOBILE = OutsideTarget("+31687654321")
ASKED = replace(MOBILE, accept=Acceptance((Tone("beep"),)))
DESK = RingTarget("desk", "101")
ANSWERS = Phone(answers_after=0.05, talks=0.1)


class Flow:
    """Rings, and keeps what came of it."""

    def __init__(self, *targets: Target, seconds: float = 2.0) -> None:
        self.plan = RingPlan(targets, seconds)
        self.outcomes: list[RingOutcome] = []

    async def __call__(self, call: LiveCall) -> None:
        self.outcomes.append(await call.ring(self.plan))


def nothing(_offer: bytes) -> bytes | None:
    return None


def plain_alone(offer: bytes) -> bytes | None:
    """The answer of one who knows no keys."""
    return None if b"RTP/SAVP" in offer else sdp()


def g711_alone(offer: bytes) -> bytes | None:
    """The answer of one who knows no wide sound."""
    return sdp(payload="8 101") if b" 8 " in offer.partition(b"RTP/AVP")[2].partition(b"\r\n")[0] else None


def keys_alone(offer: bytes) -> bytes | None:
    """The answer of one who talks to nobody without keys, in the suite that is offered first."""
    theirs = re.search(rb"a=crypto:(\d+ AEAD_AES_256_GCM) ", offer)
    if theirs is None:
        return None
    key = b"a=crypto:" + theirs[1] + b" inline:" + base64.b64encode(bytes(44)) + b"\r\n"
    return sdp().replace(b"RTP/AVP", b"RTP/SAVP") + key


class Refusing:
    """A provider that refuses every call, but those it ``takes`` by their offer, and counts them."""

    def __init__(
        self, status: int | None, rings: bool = False, takes: Callable[[bytes], bytes | None] = nothing
    ) -> None:
        self.status = status
        self.rings = rings
        self.takes = takes
        self.calls: list[IncomingCall] = []

    def take(self, call: IncomingCall) -> None:
        self.calls.append(call)
        if (answer := self.takes(call.offer or b"")) is not None:
            asyncio.get_running_loop().create_task(self._talk(call, answer))
            return
        if self.rings:
            call.ringing()
        if self.status is not None:
            call.reject(self.status)

    async def _talk(self, call: IncomingCall, answer: bytes) -> None:
        await call.answer(answer)
        call.hang_up()


Provider = Callable[[Refusing], Awaitable[Trunk]]


@pytest_asyncio.fixture(loop_scope="module")
async def provider(office: Exchange) -> object:
    """Make a provider; what it is told is its own."""
    agents = []

    async def make(refusing: Refusing) -> Trunk:
        agent, port = await user_agent()
        agent.on_call = refusing.take
        agents.append(agent)
        return Trunk(f"provider-{len(agents)}", "127.0.0.1", port, unheard=0.3)

    yield make
    await asyncio.gather(*(agent.close() for agent in agents))


def use(office: Exchange, trunks: Sequence[Trunk], most: int = 10) -> WaysOut:
    ways = WaysOut(trunks, most)
    office.around = replace(office.around, ways_out=ways)
    return ways


def world(office: Exchange) -> Trunk:
    return Trunk("world", "127.0.0.1", office.world_port)


@pytest.mark.parametrize("status", [401, 407, 408, 500, 502, 503, 504])
async def test_the_next_trunk_takes_a_call_that_the_first_cannot(
    office: Exchange, provider: Provider, status: int
) -> None:
    first = Refusing(status)
    ways = use(office, [await provider(first), world(office)])
    office.phones({MOBILE.number: ANSWERS})
    flow = Flow(MOBILE)
    await office.call(flow)
    await office.ended()
    assert isinstance(flow.outcomes[0], Talked)
    assert len(first.calls) == 1
    assert ways.taken("simulated") == 0


@pytest.mark.parametrize(
    ("status", "outcome"), [(486, "busy"), (603, "declined"), (404, "unreachable"), (480, "no_answer")]
)
async def test_what_the_called_telephone_says_is_not_tried_elsewhere(
    office: Exchange, provider: Provider, status: int, outcome: str
) -> None:
    first, second = Refusing(status), Refusing(503)
    use(office, [await provider(first), await provider(second)])
    await office.call(Flow(MOBILE))
    await office.ended()
    assert outcomes(office) == {MOBILE.number: outcome}
    assert not second.calls


async def test_what_has_rung_is_not_tried_elsewhere(office: Exchange, provider: Provider) -> None:
    first, second = Refusing(503, rings=True), Refusing(503)
    use(office, [await provider(first), await provider(second)])
    await office.call(Flow(MOBILE))
    await office.ended()
    assert not second.calls


async def test_a_trunk_that_is_not_there_and_one_that_says_nothing_are_passed_over(office: Exchange) -> None:
    loop = asyncio.get_running_loop()
    silent, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
    try:
        port = silent.get_extra_info("sockname")[1]
        nowhere = Trunk("nowhere", "does-not-exist.invalid")
        use(office, [nowhere, Trunk("silent", "127.0.0.1", port, unheard=0.3), world(office)])
        office.phones({MOBILE.number: ANSWERS})
        flow = Flow(MOBILE, seconds=9.0)
        await office.call(flow)
        await office.ended()
        assert isinstance(flow.outcomes[0], Talked)
    finally:
        silent.close()


async def test_a_trunk_over_tcp(office: Exchange) -> None:
    (bound,) = await office.world.listen([ListenAddress("tcp", "127.0.0.1", 0)])
    await office.agent.listen([ListenAddress("tcp", "127.0.0.1", 0)])
    gone = Trunk("gone", "127.0.0.1", 9, transport="tcp", unheard=0.5)
    use(office, [gone, Trunk("world", "127.0.0.1", bound.port, transport="tcp")])
    office.phones({MOBILE.number: ANSWERS})
    flow = Flow(MOBILE, seconds=5.0)
    await office.call(flow)
    await office.ended()
    assert isinstance(flow.outcomes[0], Talked)
    assert office.everyone[0].calls[0].flow.transport == "tcp"


async def test_all_trunks_failing_leaves_the_number_unreachable(office: Exchange, provider: Provider) -> None:
    use(office, [await provider(Refusing(503)), await provider(Refusing(500))])
    flow = Flow(MOBILE)
    await office.call(flow)
    await office.ended()
    assert flow.outcomes == [NotRegistered()]
    assert outcomes(office) == {MOBILE.number: "unreachable"}


async def test_without_a_trunk_of_the_account_nothing_goes_out(office: Exchange) -> None:
    use(office, [replace(world(office), accounts=frozenset({"another"}))])
    office.phones({MOBILE.number: ANSWERS})
    flow = Flow(MOBILE)
    await office.call(flow)
    await office.ended()
    assert flow.outcomes == [NotRegistered()]
    assert not [event for event in office.events if isinstance(event, Ringing)]


async def test_an_account_has_so_many_lines_and_no_more(office: Exchange) -> None:
    second = OutsideTarget("+31687654322")
    ways = use(office, [world(office)], most=1)
    office.phones({MOBILE.number: Phone(answers_after=0.2, talks=0.1), second.number: ANSWERS})
    flow = Flow(MOBILE, second)
    await office.call(flow)
    await office.happened(Bridged)
    assert ways.taken("simulated") == 1, "as long as they talk"
    await office.ended()
    assert flow.outcomes[0] == Talked(MOBILE.number, flow.outcomes[0].seconds)  # type: ignore[union-attr]
    assert outcomes(office)[second.number] == "unreachable"
    assert ways.taken("simulated") == 0


@pytest.mark.parametrize(("most", "hops"), [(5, 70), (50, 6)])
async def test_a_call_that_comes_back_over_its_own_trunk_ends(office: Exchange, most: int, hops: int) -> None:
    ways = use(office, [Trunk("ourselves", "127.0.0.1", office.port)], most=most)
    office.flow = Flow(MOBILE, seconds=5.0)
    to = Uri.parse(f"sip:{CALLED}@127.0.0.1:{office.port}")
    me = NameAddr("", Uri.parse("sip:+31612345678@provider.test"))
    call = office.world.call(to, from_=me, to=NameAddr("", to), offer=sdp(), max_forwards=hops)
    async with asyncio.timeout(5):
        await call.ended
        await office.nothing_left()
    assert len(office.live) == 1 + min(most, hops - 1)
    assert ways.taken("simulated") == 0


async def test_the_caller_who_leaves_while_somebody_is_asked_ends_it(office: Exchange) -> None:
    ways = use(office, [world(office)])
    office.phones({MOBILE.number: Phone(answers_after=0.05)})
    caller = await office.call(Flow(ASKED))
    await office.happened(AcceptanceAsked)
    caller.hang_up()
    await office.ended()
    assert office.everyone[0].ended == ["remote"]
    assert ways.taken("simulated") == 0


async def test_whoever_hangs_up_when_asked_leaves_the_others_ringing(office: Exchange) -> None:
    use(office, [world(office)])
    office.phones({MOBILE.number: Phone(answers_after=0.05, talks=0.1), "101": Phone(answers_after=0.6, talks=0.1)})
    flow = Flow(ASKED, DESK)
    await office.call(flow)
    await office.ended()
    assert isinstance(flow.outcomes[0], Talked)
    assert outcomes(office) == {MOBILE.number: "no_answer", "desk": "answered"}


async def test_an_answer_that_cannot_be_talked_with_is_refused(office: Exchange) -> None:
    use(office, [world(office)])
    office.phones({MOBILE.number: [Ringer(ANSWERS, answer=sdp(payload="18"))]})
    await office.call(Flow(ASKED))
    await office.ended()
    assert outcomes(office) == {MOBILE.number: "no_answer"}


async def test_what_the_provider_and_the_phones_are_told(office: Exchange) -> None:
    anna, ben = Diversion('An"na', "101", "no-answer"), Diversion("Ben", "+31201234568", "user-busy")
    shown = replace(MOBILE, shows="+31201234567", diversions=(anna, ben))
    use(office, [replace(world(office), writes="national", credentials=Credentials("u", "p"))])
    office.phones({"0687654321": Phone(), "101": Phone()})
    await office.call(Flow(shown, replace(DESK, diversions=(ben,)), seconds=0.5))
    await office.ended()
    outside, desk = (ringer.calls[0].request for ringer in office.everyone)
    assert str(outside.from_.uri) == "sip:0201234567@127.0.0.1"
    assert outside.uri.user == "0687654321"
    assert outside.max_forwards == 69
    assert outside.items("Diversion")[1] == '"Ben" <sip:+31201234568@bakery.test>;reason=user-busy;counter=1'
    assert len(desk.items("Diversion")) == 1


def outcomes(office: Exchange) -> dict[str, str]:
    return {event.person: event.outcome for event in office.events if isinstance(event, RingingEnded)}


async def test_a_caller_who_answers_our_offer_with_no_audio_in_common_is_no_error_of_ours(office: Exchange) -> None:
    office.phones({MOBILE.number: ANSWERS})
    caller = await office.call(Flow(MOBILE), late=True)
    async with asyncio.timeout(5):
        assert isinstance(await caller.outcome, Answered)
    caller.acknowledge(sdp(payload="18 101"))
    ended = await office.ended()
    assert (ended.by, ended.reason.partition(":")[0]) == (Side.SYSTEM, "no_common_codec")
    assert ended.verdict is not Verdict.FAILED


# --- emergency calls, lines and minutes -------------------------------------------------------------------------------

HELP = OutsideTarget("112", shows="+31201234568", hidden=True, bill=Bill(person="desk", emergency=True))


@pytest.mark.parametrize("status", [403, 404, 480, 486, 503, 603])
async def test_help_is_looked_for_elsewhere_whatever_a_provider_says(
    office: Exchange, provider: Provider, status: int
) -> None:
    first = Refusing(status)
    ways = use(office, [await provider(first), world(office)], most=0)
    office.phones({"112": ANSWERS})
    flow = Flow(HELP)
    await office.call(flow)
    await office.ended()
    assert isinstance(flow.outcomes[0], Talked)
    assert len(first.calls) == 1
    asked = first.calls[0].request
    assert (asked.uri.user, asked.from_.uri.user, asked.header("Privacy")) == ("112", "+31201234568", None)
    assert ways.taken("simulated") == 0


async def test_help_is_tried_again_where_all_have_failed(
    office: Exchange, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "ROUND_PAUSE", 0.01)
    first, second = Refusing(503), Refusing(403)
    trunks = [await provider(first), await provider(second)]
    ways = use(office, [*trunks, replace(trunks[0], name="not for this", emergency=False)])
    ways.state("provider-1").down = True
    flow = Flow(HELP, seconds=5.0)
    await office.call(flow)
    await office.ended()
    assert flow.outcomes == [NotRegistered()]
    assert (len(first.calls), len(second.calls)) == (EMERGENCY_ROUNDS, EMERGENCY_ROUNDS)
    assert outcomes(office) == {"tel:112": "unreachable"}


@pytest.mark.parametrize(
    ("takes", "trunk", "calls"),
    [
        pytest.param(plain_alone, {"encryption": "required"}, 2, id="keys it does not know"),
        pytest.param(keys_alone, {"encryption": "never"}, 2, id="keys it wants"),
        pytest.param(keys_alone, {"encryption": "required"}, 1, id="keys as agreed"),
        pytest.param(g711_alone, {"codecs": ("opus",)}, 3, id="a codec it does not know"),
    ],
)
async def test_help_is_never_refused_for_how_sound_is_written(
    office: Exchange,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    takes: Callable[[bytes], bytes | None],
    trunk: dict[str, Any],
    calls: int,
) -> None:
    monkeypatch.setattr(outside, "ROUND_PAUSE", 0.01)
    only = Refusing(488, takes=takes)
    use(office, [replace(await provider(only), **trunk)])
    flow, other = Flow(HELP, seconds=5.0), Flow(MOBILE, seconds=5.0)
    await office.call(flow)
    await office.ended()
    assert isinstance(flow.outcomes[0], Talked)
    assert len(only.calls) == calls
    await office.call(other)
    await office.nothing_left()
    assert isinstance(other.outcomes[0], Talked) == (calls == 1), "any other call keeps to what the trunk says"


async def test_a_provider_that_refuses_keys_it_may_do_without_is_asked_plainly(
    office: Exchange, provider: Provider
) -> None:
    only = Refusing(488, takes=plain_alone)
    use(office, [replace(await provider(only), encryption="offered")])
    flow = Flow(MOBILE)
    await office.call(flow)
    await office.ended()
    assert isinstance(flow.outcomes[0], Talked)


async def test_nobody_who_called_for_help_is_hung_up_for_being_silent(office: Exchange) -> None:
    ways = use(office, [world(office)])
    office.around = replace(office.around, ways_out=ways, media_timeout=0.3)
    office.phones({"112": Phone(answers_after=0.05, talks=1.5)})
    await office.call(Flow(HELP, seconds=5.0))
    ended = await office.ended()
    assert (ended.by, ended.verdict) == (Side.CALLEE, Verdict.TALKED)
    assert ended.talked > 1.2


async def test_help_takes_the_only_line_from_another_call(office: Exchange) -> None:
    ways = use(office, [replace(world(office), calls=1)])
    office.phones({MOBILE.number: Phone(answers_after=0.05), "112": ANSWERS})
    flow = Flow(MOBILE)
    await office.call(flow)
    await office.happened(Bridged)
    other = Flow(HELP)
    await office.call(other)
    await office.ended()
    reasons = [event.reason for event in office.events if isinstance(event, CallEnded)]
    assert EMERGENCY_FIRST in reasons
    await office.nothing_left()
    assert isinstance(other.outcomes[0], Talked)
    assert ways.state("world").lines == []


@pytest.mark.parametrize("left", ["line", "minute"])
async def test_a_trunk_with_nothing_left_leaves_the_call_to_the_next(
    office: Exchange, provider: Provider, left: str
) -> None:
    first = Refusing(None)
    full = replace(await provider(first), calls=1, seconds=60.0)
    ways = use(office, [full, world(office)])
    if left == "line":
        ways.take_line(full, lambda _: None)
    else:
        ways.purse(full, time.time()).take(60.0)
    office.phones({MOBILE.number: ANSWERS})
    flow = Flow(MOBILE)
    await office.call(flow)
    await office.ended()
    assert isinstance(flow.outcomes[0], Talked)
    assert not first.calls
    answered = [event.trunk for event in office.events if isinstance(event, AnsweredOutside)]
    assert answered == ["world"]


async def test_a_person_has_so_many_calls_and_others_have_theirs(office: Exchange) -> None:
    use(office, [world(office)])
    office.phones({MOBILE.number: Phone(answers_after=0.05, talks=0.3)})
    anna, ben = (Bill(person=person, day="2026-11-26", of_person=Bounds(calls=1)) for person in ("anna", "ben"))
    flows = [Flow(replace(MOBILE, bill=bill)) for bill in (anna, anna, ben)]
    for flow in flows:
        await office.call(flow)
        await office.happened(Bridged)
    await office.ended()
    await office.nothing_left()
    assert [type(flow.outcomes[0]) for flow in flows] == [Talked, NotRegistered, Talked]


async def test_minutes_end_a_conversation_after_a_tone(office: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "WARNED_BEFORE", 0.3)
    use(office, [replace(world(office), seconds=0.6)])
    office.phones({MOBILE.number: Phone(answers_after=0.05)})
    flow = Flow(replace(MOBILE, bill=Bill(account="simulated", day="2026-11-26")))
    await office.call(flow)
    ended = await office.ended()
    assert (ended.by, ended.reason) == (Side.SYSTEM, metering.NO_MINUTES)
    bridged = next(event.at for event in office.events if isinstance(event, Bridged))
    (warned,) = [event for event in office.events if isinstance(event, MinutesEnding)]
    assert warned.at - bridged == pytest.approx(0.3, abs=0.2)
    assert ended.talked == pytest.approx(0.6, abs=0.25)


async def test_a_trunk_that_a_call_finds_silent_is_asked_about_at_once(office: Exchange) -> None:
    loop, suspected = asyncio.get_running_loop(), []
    silent, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
    try:
        trunk = Trunk("silent", "127.0.0.1", silent.get_extra_info("sockname")[1], unheard=0.3)
        ways = use(office, [trunk, world(office)])
        ways.state("silent").suspect = lambda: suspected.append(True)
        office.phones({MOBILE.number: ANSWERS})
        await office.call(Flow(MOBILE))
        await office.ended()
        assert suspected == [True]
        assert ways.state("silent").failure.startswith("call: 408")
    finally:
        silent.close()
