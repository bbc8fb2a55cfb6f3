"""The contract of calls: the same scenario gives the same events over real sockets and in the simulator."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from engine.call import serving, simulated_talking
from engine.call.attending import attending
from engine.call.in_call import InCall, ToPark, park
from engine.call.protocol import (
    Call,
    Conference,
    DigitPlan,
    File,
    Key,
    KeyPlan,
    PagePlan,
    Parked,
    ParkPlan,
    Presentation,
    QueuePlan,
    RingPlan,
    RingTarget,
    Talked,
    Tone,
)
from engine.call.question import Question
from engine.call.ring_plan import Acceptance, OutsideTarget
from engine.call.script import Ahead, Attendee, OtherCall, Phone, Script, Service
from engine.call.simulated_leg import usual_seconds
from engine.call.simulated_others import waiting
from engine.call.simulator import Simulator
from engine.call.waiting_ahead import waiting_ahead
from engine.events import Bridged, CallEvent, ServiceAsked
from media.commands import Sound
from media.plane import MediaPlane
from tests.engine.call.exchange import PARK_CODE, Exchange, exchange
from tests.engine.call.on_time import TRIES, Lateness
from tests.web_service import web_service

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMPT_SECONDS = 0.4
ORDERS = RingTarget("orders", "102")
DESK = RingTarget("desk", "101")
SALES = Presentation(name_prefix="Sales: ", ring_tone="Bellcore-dr2")
PLAN = KeyPlan(frozenset("12"), frozenset({"101", "102"}), first_digit=0.3, between_digits=0.3)
SEQUENCES = KeyPlan(frozenset({"1", "12", "*9"}), frozenset({"101"}), first_digit=0.3, between_digits=0.3)
PIN = DigitPlan(most=4, first_digit=0.3, between_digits=0.3)
PASSING = frozenset({"call", "at", "seconds", "talked", "method", "waited", "wait"})
"""What clocks and ways of pressing may make differ."""

Flow = Callable[[Any, File], Awaitable[object]]


async def menu(call: Call, prompt: File) -> None:
    await call.collect([prompt], PLAN)


async def three_menus(call: Call, prompt: File) -> None:
    for _ in range(3):
        await call.collect([prompt], PLAN)


async def announcement(call: Call, prompt: File) -> None:
    await call.play([prompt, Tone("beep")])
    await call.play([])


async def announcement_then_menu(call: Call, prompt: File) -> None:
    await call.play([prompt], interruptible=True)
    await call.collect([prompt], SEQUENCES)


async def notice_then_announcement_then_menu(call: Call, prompt: File) -> None:
    await call.play([prompt])
    await announcement_then_menu(call, prompt)


async def notice_then_menu(call: Call, prompt: File) -> None:
    await call.play([prompt])
    await call.collect([prompt], SEQUENCES)


async def sequence_then_announcement(call: Call, prompt: File) -> None:
    await call.collect([prompt], SEQUENCES)
    await call.play([prompt, Tone("busy", "NL", 0.2)], interruptible=True)


async def pin(call: Call, prompt: File) -> None:
    await call.collect_digits([prompt], PIN)


async def pin_then_menu(call: Call, prompt: File) -> None:
    await call.collect_digits([prompt], PIN)
    await call.collect([prompt], PLAN)


async def person(call: Call, prompt: File) -> None:
    await call.ring(RingPlan.one(ORDERS, 0.6))


def ringing(*targets: RingTarget, seconds: float = 0.9, **more: Any) -> Flow:
    async def ring(call: Call, prompt: File) -> None:
        await call.ring(RingPlan(targets, seconds, **more))

    return ring


MOBILE = OutsideTarget("+31612345678")
ASKED = replace(MOBILE, accept=Acceptance((File("/nowhere/question.wav"),)))


def outside(phone: Phone, desk: Phone | None = None) -> Script:
    """A call in which a number outside, and perhaps the desk, do something."""
    return Script(phones={MOBILE.number: phone} | ({"101": desk} if desk else {}))


async def outside_with_parking(call: Call, prompt: File) -> None:
    in_call = InCall({PARK_CODE: ToPark(("701",), (prompt,), (), lambda slot: ())})
    assert isinstance(await call.ring(RingPlan((MOBILE,), 0.9, in_call=in_call)), Talked)


async def music(call: Call, prompt: File) -> None:
    await call.ring(RingPlan((ORDERS,), 0.6, hears=(prompt,)))


async def call_waiting_off(call: Call, prompt: File) -> None:
    call.emit(lambda c, t: Bridged("another call", t, "orders", "102"))
    await call.ring(RingPlan((replace(ORDERS, unless_busy=True), DESK), 0.9))


async def menu_then_person(call: Call, prompt: File) -> None:
    if await call.collect([prompt], PLAN) == Key("1"):
        await call.ring(RingPlan.one(ORDERS, 0.6))


async def person_then_menu(call: Call, prompt: File) -> None:
    assert isinstance(await call.ring(RingPlan.one(ORDERS, 0.6)), Talked)
    await call.collect([prompt], PLAN)


async def voicemail(call: Call, prompt: File) -> None:
    await call.record(0.5, None, "#")


def conference(**changes: Any) -> Callable[[Call, File], Awaitable[object]]:
    """A flow into the conference "board"; without prompts, as their lengths differ."""

    async def flow(call: Call, prompt: File) -> None:
        facts: dict[str, Any] = {"limit": 3, "moderator": False, "waits": False, **changes}
        outcome = await call.confer(
            Conference("board", music=(prompt,), say=lambda _: (), say_count=lambda _: (), **facts)
        )
        await call.hang_up(outcome)

    return flow


def queue(**changes: Any) -> Flow:
    """A flow into a queue of two agents, the desk's first."""
    agents = [replace(DESK, seconds=0.3), replace(ORDERS, seconds=0.4)]

    async def flow(call: Call, prompt: File) -> None:
        facts: dict[str, Any] = {"rest": 5.0, "patience": 0.8, "keys": frozenset("9"), "music": (prompt,), **changes}
        outcome = await call.queue(QueuePlan("support", lambda: agents, list, **facts))
        await call.hang_up(outcome)

    return flow


async def secret(call: Call, prompt: File) -> None:
    for _ in range(2):
        await call.collect([prompt], KeyPlan(frozenset("12"), first_digit=0.5, secret=True))
    await call.collect([prompt], PLAN)


async def secret_pin_then_menu(call: Call, prompt: File) -> None:
    """A notice, in which a PIN may be typed ahead, and what is no secret after it."""
    await call.play([prompt])
    await call.collect_digits([prompt], replace(PIN, secret=True))
    await call.collect([prompt], PLAN)
    await call.play([prompt])


async def refuse(call: Call, prompt: File) -> None:
    await call.hang_up("busy", 486)


def parking(*, slots: tuple[str, ...] = ("701",), rounds: int = 1, rings_back: bool = True) -> Flow:
    """A flow in which whoever answers may park the caller; nothing is said, as prompts differ in their lengths."""

    async def flow(call: Call, prompt: File) -> None:
        in_call = InCall({PARK_CODE: ToPark(slots, (prompt,), (), lambda slot: ())})
        back = RingPlan((ORDERS,), 0.3, shown=SALES, unheard=True, in_call=in_call)
        outcome = await call.ring(RingPlan((ORDERS,), 0.9, in_call=in_call))
        while isinstance(outcome, Parked):
            outcome = await call.park(ParkPlan(0.3, rounds, back if rings_back else None, (), in_call))
        await call.hang_up(type(outcome).__name__)

    return flow


async def parked_by_the_dialplan(call: Call, prompt: File) -> None:
    await call.answer()
    park(call, "701", None, call.caller.number)
    await call.park(ParkPlan(0.3, 2, music=(prompt,)))


async def pick_up(call: Call, prompt: File) -> None:
    there, parked = call.office.waiting, call.office.slots.call_in("701")
    other = there.of(parked) or there.ringing({"orders"})
    assert other is not None
    assert await call.take_over(other, "701" if parked else "")


def paging(seconds: float = 0.5) -> Flow:
    async def flow(call: Call, prompt: File) -> None:
        targets = (replace(DESK, unless_busy=True), ORDERS)
        await call.hang_up(str(await call.page(PagePlan(targets, seconds, (Tone("beep"),)))))

    return flow


@dataclass(frozen=True)
class Case:
    name: str
    flow: Flow
    script: Script


ENGAGED = Phone(busy=True)
TWO = {"101": Phone(), "102": Phone(answers_after=0.2, talks=0.1)}
PARKS = {"102": Phone(answers_after=0.1, talks=1.0, parks_after=0.2)}
LISTENING = {"101": Phone(talks=3), "102": Phone(talks=3)}
IN_TURN = (replace(DESK, seconds=0.3), replace(ORDERS, after=0.3, seconds=0.4))

CASES = [
    Case("nothing pressed", menu, Script()),
    Case("a key in the prompt", menu, Script(keys=[(0.2, "1")])),
    Case("a key after it", menu, Script(keys=[(0.55, "2")])),
    Case("an extension", menu, Script(keys=[(0.2, "1"), (0.25, "0"), (0.3, "1")])),
    Case("wrong key", menu, Script(keys=[(0.2, "9")])),
    Case("type ahead", three_menus, Script(keys=[(0.1, "2"), (0.12, "2")])),
    Case("digits ended by a key", pin, Script(keys=[(0.2, "1"), (0.25, "2"), (0.3, "#")])),
    Case("digits ended by a pause", pin, Script(keys=[(0.2, "1"), (0.25, "*")])),
    Case("no digits", pin, Script()),
    Case("hanging up in the digits", pin, Script(keys=[(0.2, "1")], hangs_up_at=0.35)),
    Case(
        "as many digits as there can be, and a # that belongs to them",
        pin_then_menu,
        Script(keys=[(0.1, "1"), (0.12, "2"), (0.14, "3"), (0.16, "4"), (0.2, "#"), (0.7, "2")]),
    ),
    Case("announcement", announcement, Script()),
    Case("an announcement that a key interrupts", announcement_then_menu, Script(keys=[(0.2, "1"), (0.25, "2")])),
    Case("an announcement nobody interrupts", announcement_then_menu, Script(keys=[(0.55, "*"), (0.6, "9")])),
    Case(
        "an announcement spared by typing ahead",
        notice_then_announcement_then_menu,
        Script(keys=[(0.1, "*"), (0.15, "9")]),
    ),
    Case("hanging up in an announcement", announcement_then_menu, Script(hangs_up_at=0.2)),
    Case("keys in a notice count after it", notice_then_menu, Script(keys=[(0.1, "1"), (0.2, "2")])),
    Case("the hash after a sequence", sequence_then_announcement, Script(keys=[(0.1, "1"), (0.15, "2"), (0.25, "#")])),
    Case("announcement cut by hanging up", announcement, Script(hangs_up_at=0.2)),
    Case("hanging up in the menu", menu, Script(hangs_up_at=0.2)),
    Case("hanging up in the patience", menu, Script(hangs_up_at=0.55)),
    Case("answered", person, Script(phones={"102": Phone(answers_after=0.1, talks=0.2)})),
    Case("busy", person, Script(phones={"102": Phone(busy=True)})),
    Case("declined", person, Script(phones={"102": Phone(declines_after=0.1)})),
    Case("no answer", person, Script(phones={"102": Phone()})),
    Case("not registered", person, Script()),
    Case("outside: answered", ringing(MOBILE), outside(Phone(answers_after=0.1, talks=0.2))),
    Case(
        "outside: nobody there parks the caller",
        outside_with_parking,
        outside(Phone(answers_after=0.1, talks=0.4, parks_after=0.1)),
    ),
    Case("outside: busy", ringing(MOBILE), outside(Phone(busy=True))),
    Case("outside: declined", ringing(MOBILE), outside(Phone(declines_after=0.1))),
    Case("outside: no answer", ringing(MOBILE), outside(Phone())),
    Case("outside: unreachable", ringing(MOBILE), outside(Phone(unreachable=True))),
    Case(
        "outside: accepted while the desk rings",
        ringing(DESK, replace(ASKED, after=0.2)),
        outside(Phone(answers_after=0.1, talks=0.2, presses=(0.2, "1")), desk=Phone()),
    ),
    Case(
        "outside: declined by key",
        ringing(ASKED),
        outside(Phone(answers_after=0.1, presses=(0.2, "2"))),
    ),
    Case(
        "outside: a voicemail while the desk answers",
        ringing(DESK, ASKED),
        outside(Phone(answers_after=0.1), desk=Phone(answers_after=0.5, talks=0.1)),
    ),
    Case("outside: a voicemail alone", ringing(ASKED), outside(Phone(answers_after=0.1))),
    Case("giving up while it rings", person, Script(phones={"102": Phone()}, hangs_up_at=0.3)),
    Case(
        "hanging up while talking",
        person,
        Script(phones={"102": Phone(answers_after=0.1, talks=5)}, hangs_up_at=0.4),
    ),
    Case(
        "menu, then person",
        menu_then_person,
        Script(keys=[(0.1, "1")], phones={"102": Phone(answers_after=0.1, talks=0.2)}),
    ),
    Case("menu, then nobody", menu_then_person, Script(keys=[(0.1, "1")], phones={"102": Phone()})),
    Case(
        "keys pressed while talking are no choice",
        person_then_menu,
        Script(keys=[(0.3, "1"), (0.35, "2")], phones={"102": Phone(answers_after=0.1, talks=0.5)}),
    ),
    Case(
        "all of several, the second answers",
        ringing(DESK, ORDERS),
        Script(phones={"101": Phone(), "102": Phone(answers_after=0.2, talks=0.2)}),
    ),
    Case(
        "all of several, one declines, one is busy, one has no phone",
        ringing(DESK, RingTarget("kitchen", "103"), ORDERS, RingTarget("ovens", "104")),
        Script(phones={"101": Phone(declines_after=0.2), "102": Phone(answers_after=0.4, talks=0.1), "104": ENGAGED}),
    ),
    Case("none of several", ringing(DESK, ORDERS, seconds=0.4), Script(phones={"101": Phone(), "102": Phone()})),
    Case("giving up while several ring", ringing(DESK, ORDERS), Script(phones=TWO, hangs_up_at=0.3)),
    Case("in turn, the first does not come", ringing(*IN_TURN), Script(phones=TWO)),
    Case("in turn, the first is busy", ringing(*IN_TURN), Script(phones={**TWO, "101": ENGAGED})),
    Case("in turn, the first declines", ringing(*IN_TURN), Script(phones={**TWO, "101": Phone(declines_after=0.1)})),
    Case("in turn, the first has no phone", ringing(*IN_TURN), Script(phones={"102": TWO["102"]})),
    Case("nobody to ring", ringing(), Script()),
    Case("shown in another way", ringing(ORDERS, shown=SALES), Script(phones={"102": ENGAGED})),
    Case("music in place of ringing", music, Script(phones={"102": Phone(answers_after=0.2, talks=0.2)})),
    Case("music for nobody", music, Script()),
    Case("who is on the phone and wants no second call", call_waiting_off, Script(phones=TWO)),
    Case("voicemail to its limit", voicemail, Script()),
    Case("hanging up in voicemail", voicemail, Script(hangs_up_at=0.2)),
    Case("refused", refuse, Script()),
    Case("keys that are secret", secret, Script(keys=[(0.2, "1"), (0.4, "9"), (0.6, "2"), (0.8, "1")])),
    Case(
        "a secret PIN, typed ahead in part, and keys after it that are none",
        secret_pin_then_menu,
        Script(keys=[(0.15, "4"), (0.3, "7"), (0.46, "1"), (0.52, "#"), (0.85, "2"), (1.0, "9")]),
    ),
    Case("hanging up after typing ahead", secret_pin_then_menu, Script(keys=[(0.1, "4")], hangs_up_at=0.3)),
    Case("leaving a conference", conference(), Script(keys=[(0.2, "*"), (0.25, "6"), (0.5, "#")])),
    Case("hanging up in a conference", conference(), Script(hangs_up_at=0.4)),
    Case(
        "moderating a conference with others",
        conference(moderator=True),
        Script(
            keys=[(0.1 + 0.05 * number, key) for number, key in enumerate("*3*5*2*8")],
            attendees=[Attendee("board"), Attendee("board", comes=0.05, goes=0.3)],
        ),
    ),
    Case(
        "waiting for the moderator, who ends it",
        conference(waits=True),
        Script(attendees=[Attendee("board", comes=0.3, moderator=True, ends_at=0.6)]),
    ),
    Case("hanging up while waiting", conference(waits=True), Script(hangs_up_at=0.3)),
    Case("a full conference", conference(limit=2), Script(attendees=[Attendee("board")] * 2)),
    Case("served by the second agent", queue(), Script(phones=TWO)),
    Case("served while both ring", queue(together=True), Script(phones=TWO)),
    Case(
        "served after others, told of the position",
        queue(say=lambda position, wait: (Tone("busy", "NL", 0.1),), every=0.25, messages=((Tone("beep"),),)),
        Script(phones=TWO, ahead=[Ahead("support", 2, every=0.2)]),
    ),
    Case("one agent declines", queue(), Script(phones={**TWO, "101": Phone(declines_after=0.1)})),
    Case(
        "one agent is busy, the other's phone fails", queue(), Script(phones={"101": ENGAGED, "102": Phone(fails=True)})
    ),
    Case("a key leaves the queue while it rings", queue(), Script(keys=[(0.15, "1"), (0.2, "9")], phones=TWO)),
    Case("hanging up in the queue while it rings", queue(), Script(phones=TWO, hangs_up_at=0.2)),
    Case("hanging up in the queue", queue(), Script(phones=TWO, ahead=[Ahead("support", 1)], hangs_up_at=0.2)),
    Case("hanging up while talking to an agent", queue(), Script(phones=TWO, hangs_up_at=0.55)),
    Case("waited too long", queue(), Script(phones={"101": Phone(), "102": Phone()})),
    Case("a queue without agents", queue(), Script()),
    Case("a queue that waits for agents", queue(needs_agents=False, patience=0.2), Script()),
    Case("a full queue", queue(most=1), Script(phones=TWO, ahead=[Ahead("support", 1)])),
    Case("parked, rung back, and parked again", parking(), Script(phones=PARKS, hangs_up_at=1.05)),
    Case("parked, and nobody is rung back", parking(rounds=2, rings_back=False), Script(phones=PARKS)),
    Case("hanging up while parked", parking(), Script(phones=PARKS, hangs_up_at=0.4)),
    Case("hanging up while the parker is rung back", parking(), Script(phones=PARKS, hangs_up_at=0.65)),
    Case("no slot to be parked in", parking(slots=()), Script(phones=PARKS)),
    Case("parked by the dialplan", parked_by_the_dialplan, Script()),
    Case("taking over a call that rings", pick_up, Script(others=[OtherCall(rings=("orders",), talks=0.3)])),
    Case("taking over a parked call", pick_up, Script(others=[OtherCall(slot="701", talks=0.3)])),
    Case("hanging up after taking over", pick_up, Script(others=[OtherCall(slot="701")], hangs_up_at=0.3)),
    Case("a page to its limit", paging(), Script(phones=LISTENING)),
    Case("a page ended by a key", paging(5), Script(phones=LISTENING, keys=[(0.3, "1"), (0.4, "#")])),
    Case("a page that nobody hears to its end", paging(5), Script(phones={"102": Phone(talks=0.3)})),
    Case("a page by who hangs up", paging(), Script(phones=LISTENING, hangs_up_at=0.3)),
    Case("a page for nobody", paging(), Script(phones={"102": Phone(declines_after=0.0), "101": ENGAGED})),
    Case("a locked conference", conference(), Script(attendees=[Attendee("board", moderator=True, locks=True)])),
]


def told(event: CallEvent) -> tuple[object, ...]:
    """An event without what clocks differ in."""
    values = (getattr(event, each.name) for each in fields(event) if each.name not in PASSING)
    return (type(event).__name__, *values)


@pytest.fixture
def prompt(tmp_path: Path) -> File:
    path = tmp_path / "welcome.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\x10\x20" * int(8000 * PROMPT_SECONDS))
    return File(str(path))


def seconds_of(sound: Sound) -> float:
    return PROMPT_SECONDS if isinstance(sound, File) else usual_seconds(sound)


Live = Callable[[Exchange], Awaitable[object]]


async def told_alike(plane: MediaPlane, case: Case, prompt: File, live: Live) -> list[CallEvent]:
    """The events of a live call that are those of the simulated one, too."""
    simulated = [told(event) for event in await asyncio.to_thread(simulate, case, prompt)]
    for _ in range(TRIES):
        async with exchange(plane, Path(prompt.path).parent) as office, Lateness() as late:
            await live(office)
            await office.ended()
        if [told(event) for event in office.events] == simulated or not late.tells_nothing:
            break
    assert [told(event) for event in office.events] == simulated
    return office.events


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_live_and_simulated_calls_tell_the_same_story(plane: MediaPlane, prompt: File, case: Case) -> None:
    with_prompt = case.flow

    async def live(office: Exchange) -> None:
        office.phones(case.script.phones)
        office.caller = case.script.caller
        here = office.around.offices.of("simulated")
        others = waiting(case.script.others, here), waiting_ahead(case.script.ahead, here.queues)
        with attending(case.script.attendees, here.rooms), others[0], others[1]:
            caller = await office.call(lambda call: with_prompt(call, prompt))
            loop, began = asyncio.get_running_loop(), office.agent.now()
            for at, key in case.script.keys:
                loop.call_at(began + at, caller.send_info, "application/dtmf-relay", f"Signal={key}\r\n".encode())
            if case.script.hangs_up_at is not None:
                loop.call_at(began + case.script.hangs_up_at, caller.hang_up)
            await office.ended()

    await told_alike(plane, case, prompt, live)


async def test_an_agent_of_whom_nothing_is_heard_tells_the_same_story(
    plane: MediaPlane, prompt: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in (serving, simulated_talking):
        monkeypatch.setattr(room, "AGENT_AUDIO_SECONDS", 0.3)
    phones = {"101": Phone(answers_after=0.1, talks=9.0, silent=True), "102": Phone(answers_after=0.1, talks=0.1)}
    case = Case("silent", queue(patience=5.0), Script(phones=phones))

    async def live(office: Exchange) -> None:
        office.phones(phones)
        await office.call(lambda call: case.flow(call, prompt))

    events = await told_alike(plane, case, prompt, live)
    assert [event.person for event in events if isinstance(event, Bridged)] == ["desk", "orders"]


class Asks:
    """A flow that asks a service, at once or after the answer, and then plays."""

    def __init__(self, question: Question, *, answered: bool) -> None:
        self.question = question
        self.answered = answered

    async def __call__(self, call: Call, prompt: File) -> None:
        if self.answered:
            await call.answer()
        assert await call.ask(self.question)
        await call.play([prompt])


@pytest.mark.parametrize("answered", [False, True], ids=["before the answer", "after it"])
@pytest.mark.parametrize(
    ("service", "hangs_up_at"),
    [
        (Service("vip", after=0.1), None),
        (Service(fails="status 500"), None),
        (Service(after=30.0), None),
        (Service(after=30.0), 0.2),
    ],
    ids=["answers", "fails", "is late", "is late and the caller hangs up"],
)
async def test_a_question_to_a_web_service_tells_the_same_story(
    plane: MediaPlane, prompt: File, service: Service, hangs_up_at: float | None, answered: bool
) -> None:
    async with web_service() as there:
        there.reply, there.waits = (service.answer or "").encode(), service.after
        there.status = "200 OK" if service.answer else "500 Oops"
        asks = Asks(Question(there.url, {}, within=0.4, service="crm"), answered=answered)
        script = Script(services={there.url: service}, hangs_up_at=hangs_up_at)
        case = Case("ask", asks, script)

        async def live(office: Exchange) -> None:
            await office.around.services.get_ready()
            caller = await office.call(lambda call: asks(call, prompt))
            if hangs_up_at is not None:
                asyncio.get_running_loop().call_later(hangs_up_at, caller.hang_up)
            await office.ended()

        events = await told_alike(plane, case, prompt, live)
    assert any(isinstance(event, ServiceAsked) for event in events)


def simulate(case: Case, prompt: File) -> tuple[CallEvent, ...]:
    with Simulator(seconds_of) as simulator:
        simulation = simulator.run(case.script, lambda call: case.flow(call, prompt))
        assert simulation.left_open == ()
        return simulation.events
