"""Transfers of live calls: by REFER from either side, attended ones joined in every way, hostile ones refused.

Phones are the world's user agent; their REFERs are written here. What stays open is looked at after each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from engine.call.protocol import Caller
from engine.call.script import OUTSIDER, Phone, Script
from engine.call.simulated_leg import usual_seconds
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.load import load_account
from engine.dialplan.walk import walk
from engine.events import Bridged, CallEnded, CallEvent, CallOffered, QueueJoined, Ringing, Unbridged
from engine.numbering import Numbering
from engine.router import lead_of
from engine.transfer_events import CallTransferred, TransferReturned
from media.plane import MediaPlane
from sip.dialog.features import FEATURES
from sip.message.replaces import Replaces
from sip.rim.calls import Answered, CallLeg, IncomingCall, OutgoingCall
from tests.engine.call.exchange import Exchange, Ringer
from tests.engine.call.test_alike import told

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFFICE = """
account: {name: Bakery, country: NL, language: en, timezone: UTC, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  ann: {extension: 101, ring_time: 5s}
  ben: {extension: 102, ring_time: 5s}
  eva: {extension: 103, ring_time: 5s}
queues:
  support: {agents: [eva], music: tone.wav}
features: {"*60": {queue: support}}
main_number: {ring: ben}
"""
ANN, BEN = Caller("101", "ann", "ann"), Caller("102", "ben", "ben")
TALKS = Phone(answers_after=0.02, talks=60.0)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    folder = tmp_path_factory.mktemp("transferring")
    (folder / "simulated.yaml").write_text(OFFICE.replace(", music: tone.wav", ""))
    return load_account(folder / "simulated.yaml", sounds_cache=folder, prompts_dir=folder)


class Notified:
    """What phones are told of their REFERs, by Call-ID."""

    def __init__(self) -> None:
        self.said: dict[str, list[int]] = {}

    def receive(self, session, _dialog, request, transaction, now) -> None:  # type: ignore[no-untyped-def]
        self.said.setdefault(request.call_id, []).append(int(request.body.split()[1]))
        session.respond(transaction, request, 200, now)


class Notifying(Exchange):
    """An exchange that leads transfers through the account, whose phones know what they are told of their REFERs."""

    notified: Notified


@pytest_asyncio.fixture(loop_scope="module")
async def office(
    plane: MediaPlane, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Notifying]:
    made = Notifying(plane, tmp_path)
    made.notified, made.leads = Notified(), partial(lead_of, Numbering([account]))
    monkeypatch.setitem(FEATURES, "NOTIFY", made.notified.receive)
    await made.open()
    yield made
    await made.close()


def led(account: Account, called: str) -> Callable[..., object]:
    """A flow: what comes of dialling that."""
    lead = lead_of(Numbering([account]), account.key, "ann", called)
    node = lead.node if lead is not None else account.main
    return lambda call: walk(call, account, node)


async def dial(office: Notifying, account: Account, caller: Caller, called: str = "") -> OutgoingCall:
    """A call into the account, as far as that somebody talks or waits."""
    office.caller = caller
    return await office.call(led(account, called))  # type: ignore[arg-type]


async def refer(
    leg: CallLeg, to: str, replaces: CallLeg | None = None, *headers: tuple[str, str], guess: Replaces | None = None
) -> int:
    """Send a REFER within a leg of the world; the final status."""
    session = leg.session
    await until(lambda: session.state.value == "Confirmed")
    assert session.dialog is not None
    if replaces is not None:
        await until(lambda: replaces.session.dialog is not None)
        dialog = replaces.session.dialog
        assert dialog is not None
        guess = Replaces(dialog.call_id, dialog.remote.tag or "", dialog.local.tag or "")
    query = str(guess).replace(";", "%3B").replace("=", "%3D").replace("@", "%40") if guess else ""
    uri = f"<sip:{to}@bakery.test{f'?Replaces={query}' if guess else ''}>"
    request = session.dialog.make(
        "REFER", contact=session.around.contact(session.flow), headers=[("Refer-To", uri), *headers]
    )
    got: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def take(_answer: object, status: int, _now: float) -> None:
        if status >= 200 and not got.done():
            got.set_result(status)

    session.around.send_request(request, session.flow, take, leg.agent.now())
    leg.agent.drain()
    return await asyncio.wait_for(got, 5)


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (several things may tell)
            await asyncio.sleep(0.01)


def ringer(office: Notifying, extension: str) -> Ringer:
    return office.ringers[extension][0]


def bridges(office: Notifying) -> list[str]:
    """Who talks: the calls that are bridged and not yet parted, by whom."""
    open_ = [event.person for event in office.events if isinstance(event, Bridged)]
    for event in office.events:
        if isinstance(event, Unbridged):
            open_.remove(event.person)
    return open_


def happened(office: Notifying, kind: type[CallEvent]) -> list[CallEvent]:
    return [event for event in office.events if isinstance(event, kind)]


async def at_rest(office: Notifying) -> None:
    await office.nothing_left()
    assert len(happened(office, CallOffered)) == len(happened(office, CallEnded)) == len(office.live)


async def talking(office: Notifying, extension: str, calls: int = 1) -> IncomingCall:
    """The latest call of a phone, once that is up."""
    await until(lambda: len(ringer(office, extension).calls) >= calls and bridges(office))
    leg = ringer(office, extension).calls[-1]
    await until(lambda: leg.session.state.value == "Confirmed")
    return leg


async def test_who_was_called_leads_the_caller_on_and_is_hung_up_when_somebody_is_there(
    office: Notifying, account: Account
) -> None:
    office.phones({"102": TALKS, "103": TALKS})
    caller = await dial(office, account, OUTSIDER)
    ben = await talking(office, "102")
    assert await refer(ben, "103") == 202
    await until(lambda: ringer(office, "103").calls)
    rung = ringer(office, "103").calls[0].request
    assert rung.header("Referred-By") == "<sip:102@bakery.test>"
    assert rung.from_.uri.user == OUTSIDER.number, "the phone shows who is there, not who transferred"
    await until(lambda: ben.ended.done())
    assert office.notified.said[ben.id] == [100, 180, 200]
    assert bridges(office) == ["eva"]
    caller.hang_up()
    await at_rest(office)
    (ended,) = happened(office, CallEnded)
    assert isinstance(ended, CallEnded)
    assert ended.answered_by == "ben"


async def test_who_stays_on_the_line_gets_the_caller_back_by_it(office: Notifying, account: Account) -> None:
    office.phones({"102": TALKS, "103": Phone(busy=True)})
    caller = await dial(office, account, OUTSIDER)
    ben = await talking(office, "102")
    for number in (1, 2):
        assert await refer(ben, "103") == 202
        await until(lambda number=number: len(happened(office, TransferReturned)) == number)  # type: ignore[misc]
        await until(lambda: bridges(office) == ["ben"])
    assert [said for said in office.notified.said[ben.id] if said != 180] == [100, 486, 100, 486]
    assert len(ringer(office, "102").calls) == 1
    caller.hang_up()
    await at_rest(office)


async def test_who_hung_up_at_once_is_rung_when_nobody_comes(office: Notifying, account: Account) -> None:
    office.phones({"102": TALKS, "103": Phone(declines_after=0.2)})
    caller = await dial(office, account, OUTSIDER)
    ben = await talking(office, "102")
    assert await refer(ben, "103") == 202
    ben.hang_up()
    again = await talking(office, "102", 2)
    assert again.request.from_.display == f"Back: {OUTSIDER.number}"
    caller.hang_up()
    await at_rest(office)


async def test_a_caller_who_gives_up_meanwhile_is_told_to_whoever_transferred(
    office: Notifying, account: Account
) -> None:
    office.phones({"102": TALKS, "103": Phone()})
    caller = await dial(office, account, OUTSIDER)
    ben = await talking(office, "102")
    assert await refer(ben, "103") == 202
    await until(lambda: ringer(office, "103").calls)
    caller.hang_up()
    await at_rest(office)
    assert office.notified.said[ben.id] == [100, 180, 487]


@pytest.mark.parametrize("hangs_up", [False, True], ids=["stays", "hangs up at once"])
async def test_who_has_called_leaves_and_whoever_they_called_goes_on(
    office: Notifying, account: Account, hangs_up: bool
) -> None:
    office.phones({"102": TALKS, "103": TALKS})
    ann = await dial(office, account, ANN)
    ben = await talking(office, "102")
    assert await refer(ann, "103") == 202
    if hangs_up:
        ann.hang_up()
    eva = await talking(office, "103")
    assert eva.request.from_.uri.user == "102"
    await until(lambda: ann.ended.done())
    await until(lambda: bridges(office) == ["eva"])
    if not hangs_up:
        assert office.notified.said[ann.id] == [100, 180, 200]
    eva.hang_up()
    await until(lambda: ben.ended.done())
    await at_rest(office)


async def test_who_has_called_and_stays_gets_whoever_they_called_back(office: Notifying, account: Account) -> None:
    office.phones({"102": TALKS})
    ann = await dial(office, account, ANN)
    ben = await talking(office, "102")
    assert await refer(ann, "103") == 202
    await until(lambda: happened(office, TransferReturned) and bridges(office) == ["ben"])
    assert office.notified.said[ann.id] == [100, 480]
    assert not ben.ended.done()
    ann.hang_up()
    await until(lambda: ben.ended.done())
    await at_rest(office)


async def test_who_has_called_and_hung_up_is_rung_when_nobody_comes(office: Notifying, account: Account) -> None:
    office.phones({"101": TALKS, "102": TALKS, "103": Phone(declines_after=0.2)})
    ann = await dial(office, account, ANN)
    ben = await talking(office, "102")
    assert await refer(ann, "103") == 202
    ann.hang_up()
    back = await talking(office, "101")
    assert back.request.from_.display == "Back: ben"
    back.hang_up()
    await until(lambda: ben.ended.done())
    await at_rest(office)


# --- attended ---------------------------------------------------------------------------------------------------------


async def two_calls(office: Notifying, account: Account, first: bool, second: bool) -> tuple[CallLeg, CallLeg]:
    """Ben's legs to two others; True where Ben has called them (Ann and Eva), False where they call him."""
    office.phones({"101": TALKS, "102": TALKS, "103": TALKS})
    legs: list[CallLeg] = []
    for called_by_ben, other, number in (
        (first, ANN, "101"),
        (second, replace(ANN, number="103", person="eva"), "103"),
    ):
        if called_by_ben:
            legs.append(await dial(office, account, BEN, number))
            await talking(office, number)
        else:
            seen = len(ringer(office, "102").calls)
            await dial(office, account, other, "102")
            legs.append(await talking(office, "102", seen + 1))
        await until(lambda: len(bridges(office)) == len(legs))
    return legs[0], legs[1]


@pytest.mark.parametrize("turned", [False, True], ids=["within the first", "within the second"])
@pytest.mark.parametrize("second", [True, False], ids=["called the second", "called by the second"])
@pytest.mark.parametrize("first", [True, False], ids=["called the first", "called by the first"])
async def test_two_calls_of_one_person_are_joined_whoever_called_whom(
    office: Notifying, account: Account, first: bool, second: bool, turned: bool
) -> None:
    one, two = await two_calls(office, account, first, second)
    within, other = (two, one) if turned else (one, two)
    assert await refer(within, "x", other) == 202
    await until(lambda: one.ended.done() and two.ended.done())
    assert office.notified.said[within.id][-1] == 200
    await until(lambda: len(bridges(office)) == 1)
    (told_,) = happened(office, CallTransferred)
    assert isinstance(told_, CallTransferred)
    assert (told_.by, told_.how) == ("ben", "attended")
    left = [leg for leg in (*office.world.legs.values(),) if not leg.ended.done()]
    assert len(left) == 2, "the two that go on"
    left[0].hang_up()
    await until(lambda: left[1].ended.done())
    await at_rest(office)


@pytest.mark.parametrize("first", [True, False], ids=["called the first", "called by the first"])
async def test_before_the_second_answers_the_first_is_led_to_where_that_call_stands(
    office: Notifying, account: Account, first: bool
) -> None:
    office.phones({"101": TALKS, "102": TALKS, "103": Phone()})
    if first:
        one: CallLeg = await dial(office, account, BEN, "101")
        await talking(office, "101")
    else:
        await dial(office, account, OUTSIDER, "102")
        one = await talking(office, "102")
    two = await dial(office, account, BEN, "103")
    await until(lambda: ringer(office, "103").calls)
    early = two.session.forks.early
    await until(lambda: early)
    (dialog,) = early.values()
    guess = Replaces(dialog.call_id, dialog.remote.tag or "", dialog.local.tag or "")
    assert await refer(one, "103", guess=guess) == 202
    await until(lambda: two.ended.done() and len(ringer(office, "103").calls) == 2)
    assert ringer(office, "103").calls[0].ended.done(), "the first ringing is over"
    ringer(office, "103").plays = TALKS
    again = ringer(office, "103").calls[1]
    await again.answer(ringer(office, "103").answer)
    await until(lambda: bridges(office) == ["eva"] and one.ended.done())
    assert office.notified.said[one.id][-1] == 200
    again.hang_up()
    await at_rest(office)


async def test_a_queue_that_was_asked_takes_the_caller_in_place_of_whoever_asked(
    office: Notifying, account: Account
) -> None:
    office.phones({"102": TALKS, "103": Phone()})
    caller = await dial(office, account, OUTSIDER)
    ben = await talking(office, "102")
    office.caller = BEN
    two = await office.call(led(account, "*60"))  # type: ignore[arg-type]
    await until(lambda: isinstance(two.outcome.done() and two.outcome.result(), Answered))
    await until(lambda: happened(office, QueueJoined))
    assert await refer(ben, "x", two) == 202
    await until(lambda: len(happened(office, QueueJoined)) == 2 and ben.ended.done() and two.ended.done())
    caller.hang_up()
    await at_rest(office)


# --- hostile and mistaken ---------------------------------------------------------------------------------------------


async def test_an_outside_caller_refers_nobody(office: Notifying, account: Account) -> None:
    office.phones({"102": TALKS, "103": TALKS})
    caller = await dial(office, account, OUTSIDER)
    ben = await talking(office, "102")
    assert await refer(caller, "103") == 403
    assert await refer(caller, "103", ben) == 403
    assert await refer(caller, "+900123456") == 403
    assert not ringer(office, "103").calls
    assert bridges(office) == ["ben"]
    caller.hang_up()
    await at_rest(office)


async def test_nobody_replaces_the_dialogs_of_others(office: Notifying, account: Account) -> None:
    office.phones({"101": TALKS, "102": TALKS, "103": TALKS})
    caller = await dial(office, account, OUTSIDER, "103")
    eva = await talking(office, "103")
    ann = await dial(office, account, ANN, "102")
    ben = await talking(office, "102")
    theirs = eva.session.dialog
    assert theirs is not None
    for guess in (
        Replaces(theirs.call_id, theirs.remote.tag or "", theirs.local.tag or ""),
        Replaces(theirs.call_id, theirs.local.tag or "", theirs.remote.tag or ""),
        Replaces("guessed", "a", "b"),
    ):
        assert await refer(ben, "x", guess=guess) == 403
    assert await refer(ben, "x", ben) == 403, "with itself"
    assert sorted(bridges(office)) == ["ben", "eva"]
    for leg in (caller, ann):
        leg.hang_up()
    await at_rest(office)


@pytest.mark.parametrize(("to", "status"), [("999", 404), ("*21*103#", 404), ("*97", 404), ("anonymous", 404)])
async def test_what_leads_nowhere_is_refused_and_the_two_talk_on(
    office: Notifying, account: Account, to: str, status: int
) -> None:
    office.phones({"102": TALKS})
    caller = await dial(office, account, OUTSIDER)
    ben = await talking(office, "102")
    assert await refer(ben, to) == status
    assert bridges(office) == ["ben"]
    assert not happened(office, CallTransferred)
    caller.hang_up()
    await at_rest(office)


async def test_nobody_is_referred_before_they_talk_to_anybody(office: Notifying, account: Account) -> None:
    office.phones({"103": Phone()})
    waiting = await dial(office, account, ANN, "*60")
    await until(lambda: waiting.outcome.done())
    assert await refer(waiting, "103") == 403
    waiting.hang_up()
    await at_rest(office)


# --- by code, and simulated -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phones", "caller", "keys"),
    [
        ({"102": Phone(0.1, talks=3.0, transfers=(0.2, "103")), "103": Phone(0.1, talks=0.2)}, OUTSIDER, ""),
        ({"102": Phone(0.1, talks=3.0, transfers=(0.2, "999"))}, OUTSIDER, ""),
        ({"102": Phone(0.1, talks=9.0), "103": Phone(0.1, talks=0.2)}, ANN, "*73103#"),
    ],
    ids=["the called one transfers", "to nowhere", "the calling one transfers"],
)
async def test_live_and_simulated_transfers_tell_the_same_story(
    office: Notifying, account: Account, phones: dict[str, Phone], caller: Caller, keys: str
) -> None:
    office.phones(phones)
    outgoing = await dial(office, account, caller)
    loop, began = asyncio.get_running_loop(), office.agent.now()
    typed = [(0.5 + 0.1 * number, key) for number, key in enumerate(keys)]
    for at, key in typed:
        loop.call_at(began + at, outgoing.send_info, "application/dtmf-relay", f"Signal={key}\r\n".encode())
    await until(lambda: happened(office, CallEnded), 9)
    first = office.events[0].call
    live = [told(event) for event in office.events if event.call == first]
    leads = partial(lead_of, Numbering([account]))
    script = Script(caller=caller, phones=phones, keys=typed, leads=leads, account=account.key)

    def simulate() -> list[object]:
        with Simulator(usual_seconds) as simulator:
            return [told(each) for each in simulator.run(script, lambda call: walk(call, account, account.main)).events]

    assert live == await asyncio.to_thread(simulate)
    await at_rest(office)


async def types(leg: CallLeg, keys: str) -> None:
    await until(lambda: leg.session.state.value == "Confirmed")
    for key in keys:
        leg.send_info("application/dtmf-relay", f"Signal={key}\r\n".encode())
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("ends", ["asker hangs up", "code again", "other hangs up", "caller hangs up"])
@pytest.mark.parametrize("called", [True, False], ids=["was called", "has called"])
async def test_somebody_asks_first_by_code(office: Notifying, account: Account, called: bool, ends: str) -> None:
    """Ben talks to Ann, asks Eva meanwhile, and then one of the four things happens."""
    office.phones({"101": TALKS, "102": TALKS, "103": TALKS})
    if called:
        ann: CallLeg = await dial(office, account, ANN, "102")
        ben: CallLeg = await talking(office, "102")
    else:
        ben = await dial(office, account, BEN, "101")
        ann = await talking(office, "101")
    between = bridges(office)
    await types(ben, "*74103#")
    eva = await talking(office, "103")
    assert eva.request.from_.uri.user == "102"
    await until(lambda: bridges(office) == ["eva"])
    if ends == "asker hangs up":
        ben.hang_up()
        await until(lambda: bridges(office) in (["eva"], ["ann"]) and len(happened(office, CallTransferred)) == 1)
        assert not ann.ended.done()
        assert not eva.ended.done()
        eva.hang_up()
        await until(lambda: ann.ended.done())
    elif ends == "caller hangs up":
        ann.hang_up()
        await asyncio.sleep(0.1)
        assert not ben.ended.done(), "they go on talking"
        assert not eva.ended.done()
        eva.hang_up()
        await until(lambda: ben.ended.done())
    else:
        await (types(ben, "*74") if ends == "code again" else asyncio.to_thread(lambda: None))
        if ends == "other hangs up":
            eva.hang_up()
        await until(lambda: eva.ended.done() and bridges(office) == between)
        ann.hang_up()
        await until(lambda: ben.ended.done())
    await at_rest(office)


async def test_whoever_asks_and_hangs_up_while_it_rings_leads_the_caller_there(
    office: Notifying, account: Account
) -> None:
    office.phones({"102": TALKS, "103": Phone()})
    caller = await dial(office, account, OUTSIDER)
    ben = await talking(office, "102")
    await types(ben, "*74103#")
    await until(lambda: ringer(office, "103").calls)
    ben.hang_up()
    await until(lambda: len(ringer(office, "103").calls) == 2)
    rung = [event for event in office.events if isinstance(event, Ringing)][-1]
    assert rung.call == office.events[0].call, "the caller's own call rings now"
    caller.hang_up()
    await at_rest(office)
