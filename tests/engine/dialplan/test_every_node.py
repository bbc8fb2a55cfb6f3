"""One suite over the registry: what every kind of node must do. A new kind is tested by being there."""

from __future__ import annotations

import copy
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import pytest

from engine.call.protocol import Caller
from engine.call.script import Ahead, Attendee, OtherCall, Phone, PickUp, Script, Service, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.model import BY_WORD, KINDS, Node
from engine.dialplan.nodes.menu import Menu
from engine.dialplan.walk import GONE, MAX_STEPS, walk
from engine.events import (
    Bridged,
    CallEnded,
    CallOffered,
    CallPickedUp,
    ConferenceJoined,
    ConferenceLeft,
    DigitHeard,
    NodeEntered,
    NodeLeft,
    Paged,
    PageEnded,
    PickUpEnded,
    QueueJoined,
    QueueLeft,
    Ringing,
    RingingEnded,
    Side,
    Unbridged,
)
from engine.numbering import Numbering
from engine.office.messages import MAX_MESSAGES, Message, RememberedMessages
from engine.office.office import Office
from engine.office.standing import Remembered
from engine.router import lead_of

Load = Callable[..., Account]

FRAME = """
account: {{name: The Bakery, country: NL, language: en, languages: [en, nl], timezone: UTC}}
numbers: {{main: "+31 20 123 4567"}}
people:
  front-desk: {{extension: 101, name: Anna Bakker}}
  orders: {{extension: 102, name: Ben Bakker}}
outside: {{calls: national}}
hours:
  open: {{days: mon-fri, from: "08:00", to: "17:30"}}
groups:
  sales: {{members: [front-desk, orders], strategy: in_order, each: 5s}}
conferences:
  board: {{pin: 4711, moderator_pin: 9024, wait_for_moderator: yes, limit: 3}}
queues:
  support:
    agents: [front-desk, orders]
    strategy: in_order
    each: 5s
    rest: 8s
    wrap_up: 5s
    patience: 40s
    most: 3
    announce: {{every: 10s}}
    keys: {{9: {{voicemail: orders}}}}
parking: {{slots: 701-702, time: 30s, ring_back: 10s}}
switches: [night]
callers:
  vip: ["+31 6*"]
main_number: {main}
menus:
  welcome:
    greeting: welcome.wav
    keys:
      1: {node}
      2: {{menu: more}}
  more:
{more}
"""
PLAIN_MENU = "    greeting: welcome.wav\n    keys: {9: back}"

OUTSIDE = "+31207654321"
COLLEAGUE = Caller("101", "Front desk", "front-desk")
MONDAY_NOON = 1795435200.0  # 2026-11-23 12:00 UTC
SUNDAY_NOON = MONDAY_NOON - 86400.0


def example(kind: type[Node]) -> str:
    """The YAML in the docstring of a kind."""
    blocks = re.findall(r"```yaml\n(.*?)```", inspect.getdoc(kind) or "", re.DOTALL)
    assert blocks, f"{kind.__name__} shows no example"
    return str(blocks[0])


def account_with(kind: type[Node], load: Load) -> Account:
    """An account in whose menu key 1 leads to the kind's example; a menu's example stands behind key 2."""
    text = example(kind)
    if kind is Menu:
        text = text.replace("choose.wav", "opening-hours.wav").replace("legal.wav", "opening-hours.wav")
        return load(FRAME.format(main="more", node="back", more=textwrap.indent(text, "    ")))
    text = text.replace("busy.wav", "welcome.wav")
    node = "\n" + textwrap.indent(text, "        ") if "\n" in text.strip() else text
    return load(FRAME.format(main="welcome", node=node.rstrip(), more=PLAIN_MENU))


KEYED = sorted(name for name, kind in KINDS.items())


@pytest.fixture(params=KEYED)
def kind(request: pytest.FixtureRequest) -> type[Node]:
    return KINDS[request.param]


def test_its_example_loads_and_is_of_that_kind(kind: type[Node], load: Load) -> None:
    account = account_with(kind, load)
    expected = KINDS["play"] if kind.kind == "word" else kind
    nodes = [*account.menus.values(), *(way.to for way in account.menus["welcome"].exits())]
    assert any(isinstance(node, expected) for node in nodes)


def test_its_words_stand_for_it(kind: type[Node]) -> None:
    for word in kind.words:
        assert BY_WORD[word] is kind
        assert isinstance(kind.from_word(word), kind)


def scripts(kind: type[Node]) -> Iterator[Script]:
    """Calls that between them leave any node by any exit: every key, every state of a phone, every hour, or nothing."""
    first = () if kind is Menu else ((0.1, "1"),)
    phones = [Phone(answers_after=2, talks=5), Phone(busy=True), Phone(), Phone(declines_after=1), None]
    for phone in phones:
        registered = {"101": phone, "102": phone, OUTSIDE: phone} if phone else {OUTSIDE: Phone(unreachable=True)}
        for begins_at in (MONDAY_NOON, SUNDAY_NOON):
            yield Script(keys=first, phones=registered, begins_at=begins_at)
    for office in (Office(), Office(Remembered({"group/sales/signed/front-desk": "out"}))):
        yield Script(caller=Caller("101", person="front-desk"), keys=first, office=office)
    yield Script(keys=first, speaks=0.0, begins_at=SUNDAY_NOON, hangs_up_at=400)
    yield Script(keys=((8.0, "#"),) if kind is Menu else (*first, (4.0, "#")), speaks=9.0)
    for key in "0123456789*#":
        yield Script(keys=(*first, (5.0, key)), begins_at=MONDAY_NOON, hangs_up_at=60)
    yield Script(keys=[(0.5, "1"), (0.7, "0"), (0.9, "2")], hangs_up_at=60)
    yield Script(keys=[*first, (5.0, "1"), (5.3, "2")], hangs_up_at=60)
    yield Script(keys=[*first, (5.0, "9")], caller=COLLEAGUE, begins_at=MONDAY_NOON, hangs_up_at=60)
    yield Script(keys=[*first, (5.0, "1")], caller=COLLEAGUE, begins_at=MONDAY_NOON, hangs_up_at=60)
    yield Script(keys=first, begins_at=MONDAY_NOON, office=Office(Remembered({"switch/night": "on"})))
    yield Script(keys=first, office=Office(Remembered({"person/orders/forward/always": "voicemail"})))
    yield Script(keys=[*first, *typed("101#", 5)], caller=COLLEAGUE, begins_at=MONDAY_NOON, hangs_up_at=60)
    for answer in ("vip", "normal", "whatever"):
        services = {"https://crm.example/route": Service(answer)}
        yield Script(keys=first, services=services, hangs_up_at=60)
    letters = [(5.0, "2"), (5.3, "6"), (5.6, "6"), (5.9, "#"), (9.0, "1")]
    yield Script(keys=[*first, *letters], phones={"101": Phone(answers_after=2)}, hangs_up_at=60)
    for begins_at in (MONDAY_NOON, SUNDAY_NOON):
        yield Script(keys=first, caller=Caller("anonymous"), begins_at=begins_at, hangs_up_at=60)
    yield Script(keys=[*first, *((3.0 * at, "8") for at in range(2, 9))], begins_at=MONDAY_NOON, hangs_up_at=90)
    yield from conferences(first)
    yield from mailboxes(first)
    for key in "12*":
        spoken = [*first, *typed("4711#", 1), (10.0, "#"), (14.0, key), (20.0, "*")]
        yield Script(keys=spoken, caller=COLLEAGUE, begins_at=MONDAY_NOON, hangs_up_at=60)
    if kind.kind in ("ring", "group", "queue", "parked", "pick_up", "page"):
        yield from parked_and_picked_up(first)
    if kind.kind == "call_outside":
        for outside in (*phones[:4], Phone(unreachable=True)):
            called = {OUTSIDE: outside} if outside is not None else {}
            keys = [*first, *typed("0207654321#", 1)]
            yield Script(keys=keys, phones=called, caller=COLLEAGUE, begins_at=MONDAY_NOON, hangs_up_at=200)
    yield from queues(first)


def queues(first: Sequence[tuple[float, str]]) -> Iterator[Script]:
    """Calls that wait in a queue: alone and behind others, with agents of all sorts, until they leave it."""
    silent, fails = Phone(answers_after=1, silent=True), Phone(fails=True)
    for agent in (Phone(answers_after=2, talks=3), Phone(), silent, fails, Phone(declines_after=1)):
        phones = {"101": agent, "102": Phone()}
        yield Script(keys=first, phones=phones)
        yield Script(keys=[*first, (15.0, "9")], phones=phones, ahead=[Ahead("support", 2, every=6.0)])
    yield Script(keys=first, phones={"101": Phone()}, ahead=[Ahead("support", 3)])


def conferences(first: Sequence[tuple[float, str]]) -> Iterator[Script]:
    """Calls that come to a conference by its PIN, as a member or as its moderator, whatever goes on there."""
    member, moderator = [*first, *typed("4711#", 1)], [*first, *typed("9024#", 1)]
    for keys in (member, [*member, (10.0, "#")], [*moderator, *typed("*6*6*5*3*2*6", 20), (30.0, "#")]):
        yield Script(keys=keys, hangs_up_at=90)
    yield Script(keys=[*moderator, *typed("*8", 20)], hangs_up_at=90)
    chair = Attendee("board", comes=15.0, moderator=True, ends_at=30.0)
    yield Script(keys=member, attendees=[chair, Attendee("board", comes=17.0, goes=19.0)], hangs_up_at=90)
    yield Script(keys=member, attendees=[Attendee("board", moderator=True, locks=True)], hangs_up_at=90)
    yield Script(keys=member, attendees=[Attendee("board")] * 3, hangs_up_at=90)


def mailboxes(first: Sequence[tuple[float, str]]) -> Iterator[Script]:
    """Calls of somebody to their own mailbox, who do all that can be done there; and to one that is full."""
    owner = Caller("102", "Orders", "orders")
    for keys in ("*", "1273*", "20112", "5#44*", "3", "0" + "2" + "8351#8351#", "01#*"):
        presses = [(4.37 * number, key) for number, key in enumerate(keys, 1)]
        yield Script(
            keys=[*first, *presses], caller=owner, office=with_messages(3), begins_at=MONDAY_NOON, hangs_up_at=300
        )
    yield Script(keys=first, caller=owner, hangs_up_at=200)
    yield Script(keys=first, office=with_messages(MAX_MESSAGES), hangs_up_at=60)
    said = [(9.1, "#"), (11.2, "1"), (14.3, "2"), (17.4, "#"), (19.6, "3"), (21.7, "#")]
    yield Script(keys=[*first, *said], speaks=90.0, hangs_up_at=200)


def with_messages(number: int) -> Office:
    """An office in which orders has so many messages."""
    messages = (
        Message(f"{at}/message.wav", "bakery", "orders", "101", "c", left_at=MONDAY_NOON - 60 - at, seconds=3.0)
        for at in range(number)
    )
    return Office(messages=RememberedMessages(messages))


def parked_and_picked_up(first: Sequence[tuple[float, str]]) -> Iterator[Script]:
    """Calls that are parked, or taken over, or that take over others; and pages."""
    for parks in (Phone(answers_after=2, talks=20, parks_after=3), Phone(answers_after=2, talks=9, parks_after=30)):
        yield Script(keys=first, phones={"101": parks, "102": parks}, begins_at=MONDAY_NOON, hangs_up_at=200)
    transfers = Phone(answers_after=2, talks=20, transfers=(3, "102"))
    yield Script(keys=first, phones={"101": transfers, "102": transfers}, begins_at=MONDAY_NOON, hangs_up_at=90)
    for phone in (Phone(talks=8), Phone(talks=8, parks_after=2), Phone(talks=8, transfers=(2, "102"))):
        colleague = PickUp("front-desk", "101", 4.0, phone)
        yield Script(keys=first, pick_ups=[colleague], phones={"102": Phone()}, begins_at=MONDAY_NOON, hangs_up_at=60)
    yield Script(keys=first, others=[OtherCall(slot="701"), OtherCall(slot="702")], hangs_up_at=90)
    phones = {"102": Phone(answers_after=2, talks=20, parks_after=3)}
    yield Script(keys=first, others=[OtherCall(slot="701"), OtherCall(slot="702")], phones=phones, hangs_up_at=90)
    for other in (OtherCall(rings=("orders",)), OtherCall(slot="701")):
        yield Script(caller=COLLEAGUE, keys=first, others=[other], hangs_up_at=90)
    for phones in ({"102": Phone(talks=9)}, {"102": Phone(talks=500)}):
        yield Script(caller=COLLEAGUE, keys=first, phones=phones, hangs_up_at=90)


def typed(keys: str, at: float) -> list[tuple[float, str]]:
    """Keys pressed one after the other."""
    return [(at + 0.3 * number, key) for number, key in enumerate(keys)]


def run(simulator: Simulator, account: Account, script: Script) -> Simulation:
    """The call; what it does to the office (a PIN is asked for in each of hundreds of calls) is forgotten."""
    leads = partial(lead_of, Numbering([account]))
    afresh = replace(script, office=copy.deepcopy(script.office), account=account.key, leads=leads)
    return simulator.run(afresh, lambda call: walk(call, account, account.main))


def test_every_exit_is_reached_and_no_other(kind: type[Node], load: Load, simulator: Simulator) -> None:
    account = account_with(kind, load)
    shown = account.menus["more"] if kind is Menu else account.menus["welcome"].choices["1"]
    taken: set[str] = set()
    for script in scripts(kind):
        for event in run(simulator, account, script).events:
            if isinstance(event, NodeLeft) and (event.kind, event.name) == (shown.kind, shown.name):
                taken.add(event.exit)
    assert taken - {GONE} == {way.name for way in shown.exits()}


def test_a_hang_up_at_any_moment_leaves_nothing_open(kind: type[Node], load: Load, simulator: Simulator) -> None:
    account = account_with(kind, load)
    for script in scripts(kind):
        whole = run(simulator, account, script)
        assert_tidy(whole)
        for step in range(1, min(whole.steps, 25) + 1):
            cut = run(simulator, account, Script(**{**fields(script), "hangs_up_in_step": step}))
            assert_tidy(cut)
            assert cut.ended.by is Side.CALLER
        moments = sorted({event.at - script.begins_at for event in whole.events[:-1]})[:25]
        for moment in moments:
            assert_tidy(run(simulator, account, Script(**{**fields(script), "hangs_up_at": moment + 0.01})))


def fields(script: Script) -> dict[str, object]:
    return {name: getattr(script, name) for name in Script.__dataclass_fields__}


def assert_tidy(simulation: Simulation) -> None:
    """Whatever began has ended, in its order; nothing is open; the first and last events are where they belong."""
    events = simulation.events
    assert simulation.left_open == ()
    assert isinstance(events[0], CallOffered)
    assert [event for event in events if isinstance(event, CallEnded)] == [events[-1]]
    told_at_once = [event.at for event in events if not isinstance(event, DigitHeard)]
    assert told_at_once == sorted(told_at_once)
    pairs = ((NodeEntered, NodeLeft), (Bridged, Unbridged), (ConferenceJoined, ConferenceLeft))
    for begin, end in (*pairs, (CallPickedUp, PickUpEnded), (Paged, PageEnded), (QueueJoined, QueueLeft)):
        order = [isinstance(event, begin) for event in events if isinstance(event, begin | end)]
        assert order == [True, False] * (len(order) // 2)
    rung = sum(isinstance(event, Ringing) for event in events)
    assert rung == sum(isinstance(event, RingingEnded) and event.outcome != "not_registered" for event in events)
    assert sum(isinstance(event, NodeEntered) for event in events) <= MAX_STEPS
