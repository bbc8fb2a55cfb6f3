"""Parked calls, calls that are taken over, and pages, in simulated calls: who is rung, what is heard, where it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.call.protocol import Call, Caller, Parked
from engine.call.script import OtherCall, Phone, PickUp, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.difference import differences
from engine.dialplan.findings import DialplanErrors, Wrong
from engine.dialplan.model import Exit
from engine.dialplan.nodes.park import NOBODY_CAME
from engine.dialplan.path import Path
from engine.dialplan.slots import MAX_SLOTS, read_slots
from engine.dialplan.walk import walk
from engine.events import Bridged, CallParked, CallPickedUp, NodeEntered, Paged, PageEnded, PickUpEnded, Ringing, Side
from engine.numbering import Numbering
from engine.rehearsal.situation import InTurn
from engine.router import route_outsider, route_person
from sip.message.values import NameAddr, Uri

Load = Callable[..., Account]

OFFICE = """
account: {{name: The Bakery, country: NL, language: en, timezone: UTC}}
numbers: {{main: "+31 20 123 4567"}}
people:
  ann: {{extension: 101}}
  ben: {{extension: 102}}
  eva: {{extension: 103}}
groups:
  sales: {{members: [ann, ben]}}
  ovens: {{members: [eva]}}
parking: {{slots: 701-702, time: 30s, ring_back: 10s{more}}}
main_number: {main}
"""
SAID = 9.0
"""Seconds for which the slot's number is said, figure by figure."""
PARKS = Phone(answers_after=2, talks=60, parks_after=3)
ANN, EVA = Caller("101", "Ann", "ann"), Caller("103", "Eva", "eva")


class Desk:
    """An account and its calls."""

    def __init__(self, load: Load, simulator: Simulator) -> None:
        self._load = load
        self._simulator = simulator
        self.open()

    def open(self, main: str = "{ring: ben, else: hang_up}", more: str = "") -> Account:
        self.account = self._load(OFFICE.format(main=main, more=more))
        return self.account

    def call(self, **script: object) -> Simulation:
        """A call of the main number."""
        return self._simulator.run(Script(**script), lambda call: walk(call, self.account, self.account.main))  # type: ignore[arg-type]

    def dial(self, called: str, caller: Caller, **script: object) -> Simulation:
        """A call from a phone of the account."""
        route = route_person(Numbering([self.account]), self.account.domain, caller.number, called)
        assert route is not None
        script_ = Script(caller=caller, **script)  # type: ignore[arg-type]
        return self._simulator.run(script_, lambda call: walk(call, self.account, route.entry))


@pytest.fixture
def desk(load: Load, simulator: Simulator) -> Desk:
    return Desk(load, simulator)


def nodes(simulation: Simulation) -> list[str]:
    return [f"{event.kind}:{event.name}" for event in simulation.events if isinstance(event, NodeEntered)]


def rung(simulation: Simulation) -> list[tuple[float, str, str]]:
    start = simulation.events[0].at
    return [(e.at - start, e.person, e.shown) for e in simulation.events if isinstance(e, Ringing)]


def of(kind: type, simulation: Simulation) -> list[object]:
    return [event for event in simulation.events if isinstance(event, kind)]


# --- parking ----------------------------------------------------------------------------------------------------------


def test_who_parked_is_rung_back_round_by_round_and_then_takes_a_message(desk: Desk) -> None:
    desk.open("{ring: ben, for: 5s}")
    simulation = desk.call(phones=InTurn({"102": (PARKS, Phone())}), hangs_up_at=120)
    assert [(parked.slot, parked.by) for parked in of(CallParked, simulation)] == [("701", "ben")]  # type: ignore[attr-defined]
    assert rung(simulation) == [
        (0, "ben", ""),
        (5 + SAID + 30, "ben", "Parked 701: +31612345678"),
        (5 + SAID + 30 + 10 + 30, "ben", "Parked 701: +31612345678"),
    ]
    assert nodes(simulation)[:3] == ["ring:ben", "parked:any", "voicemail:ben"]
    assert simulation.ended.answered_by == "ben"


def test_they_go_where_then_says(desk: Desk) -> None:
    desk.open("{ring: ben, for: 5s}", ", rounds: 1, then: {hang_up: nobody}")
    simulation = desk.call(phones=InTurn({"102": (PARKS, Phone())}))
    assert nodes(simulation)[-1] == "hang_up:nobody"
    assert len(rung(simulation)) == 2


def test_a_colleague_who_picks_it_up_may_park_it_again_and_is_the_one_who_is_rung(desk: Desk) -> None:
    eva = PickUp("eva", "103", 10.0, Phone(talks=20, parks_after=4))
    simulation = desk.call(
        phones={"102": PARKS, "103": Phone(answers_after=1, talks=5)}, pick_ups=[eva], hangs_up_at=58
    )
    assert [(p.slot, p.by) for p in of(CallParked, simulation)][:3] == [("701", "ben"), ("701", "eva"), ("701", "eva")]  # type: ignore[attr-defined]
    assert [bridged.person for bridged in of(Bridged, simulation)][:2] == ["ben", "eva"]  # type: ignore[attr-defined]


def test_a_parker_whom_a_reload_has_brought_has_no_voicemail_for_calls_from_before(
    desk: Desk, simulator: Simulator
) -> None:
    account = desk.open()
    exits: list[Exit] = []

    async def flow(call: Call) -> None:
        path = Path(account)
        path.parked = Parked("701", "newcomer")
        assert account.parked_calls is not None
        exits.append(await account.parked_calls.run(call, path))
        assert exits[0].to is not None
        await exits[0].to.arrive(path).run(call, path)

    simulation = simulator.run(Script(), flow)
    assert (exits[0].name, exits[0].to) == ("nobody_came", NOBODY_CAME)
    assert simulation.left_open == ()


def test_all_slots_taken_and_the_two_go_on_talking(desk: Desk) -> None:
    others = [OtherCall(slot="701"), OtherCall(slot="702")]
    simulation = desk.call(phones={"102": PARKS}, others=others)
    assert of(CallParked, simulation) == []
    assert (simulation.ended.talked, simulation.ended.by) == (60, Side.CALLEE)


@pytest.mark.parametrize("hangs_up_at", [3.0, 5.5, 20.0, 37.0])
def test_a_caller_who_hangs_up_leaves_the_slot_free(desk: Desk, hangs_up_at: float) -> None:
    script = Script(phones={"102": PARKS}, hangs_up_at=hangs_up_at)
    simulation = desk.call(phones=script.phones, hangs_up_at=hangs_up_at, office=script.office)
    assert simulation.ended.by is Side.CALLER
    assert script.office.slots.free_of(["701"]) == "701"
    assert script.office.waiting.of(simulation.ended.call) is None


def test_nobody_parks_without_parking(load: Load, simulator: Simulator) -> None:
    text = OFFICE.format(main="{ring: ben}", more="").replace(
        "parking: {slots: 701-702, time: 30s, ring_back: 10s}", ""
    )
    account = load(text)
    assert account.in_call is not None
    assert account.in_call.named("park") is None
    simulation = simulator.run(Script(phones={"102": PARKS}), lambda call: walk(call, account, account.main))
    assert simulation.ended.talked == 60


def test_another_code_and_a_certain_slot(load: Load) -> None:
    account = load(
        OFFICE.format(main="hang_up", more="")
        + 'features:\n  "*70": off\n  "*73": off\n  "*74": off\n  "*5": {park: 702}\n'
    )
    assert account.in_call is not None
    assert [(code, one.slots) for code, one in account.in_call.requests.items()] == [("*5", ("702",))]  # type: ignore[attr-defined]


def test_the_slots_number_is_dialled_by_the_accounts_own_phones_alone(desk: Desk) -> None:
    shown = NameAddr("", Uri.parse("sip:+31611111111@provider.test"))
    assert route_outsider(Numbering([desk.account]), "701", shown) is None
    simulation = desk.dial("701", EVA, others=[OtherCall(slot="701", caller="+3170", talks=7)])
    (picked,), (over,) = of(CallPickedUp, simulation), of(PickUpEnded, simulation)
    assert (picked.caller, picked.slot) == ("+3170", "701")  # type: ignore[attr-defined]
    assert (over.seconds, over.by) == (7, Side.CALLEE)  # type: ignore[attr-defined]
    ended = simulation.ended
    assert (ended.verdict.value, ended.answered_by, ended.talked, ended.by) == ("talked", "+3170", 7, Side.CALLEE)
    assert nodes(desk.dial("702", EVA)) == ["pick_up:702", "hang_up:nothing to pick up"]


# --- picking up -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "dialled", "rings", "picked"),
    [
        (ANN, "*8", ("ben",), True),
        (ANN, "*8", ("ann",), True),
        (EVA, "*8", ("ben",), False),
        (EVA, "*8102", ("ben",), True),
        (EVA, "*8102", ("ann",), False),
        (EVA, "*8999", ("ann",), False),
        (EVA, "*8", ("ben", "eva"), True),
    ],
)
def test_what_is_picked_up(desk: Desk, caller: Caller, dialled: str, rings: tuple[str, ...], picked: bool) -> None:
    simulation = desk.dial(dialled, caller, others=[OtherCall(rings=rings)])
    assert bool(of(CallPickedUp, simulation)) is picked


def test_without_groups_everybodys_calls_are_picked_up_the_longest_waiting_first(load: Load, desk: Desk) -> None:
    text = OFFICE.format(main="hang_up", more="")
    desk.account = load(text[: text.index("groups:")] + text[text.index("parking:") :])
    others = [OtherCall(rings=("ben",), caller="first"), OtherCall(rings=("ann",), caller="second")]
    simulation = desk.dial("*8", EVA, others=others)
    assert [picked.caller for picked in of(CallPickedUp, simulation)] == ["first"]  # type: ignore[attr-defined]


def test_parked_calls_by_code_too(desk: Desk) -> None:
    for dialled in ("*71702", "*8702"):
        assert of(CallPickedUp, desk.dial(dialled, EVA, others=[OtherCall(slot="702")]))
    assert not of(CallPickedUp, desk.dial("*71701", EVA, others=[OtherCall(slot="702")]))


def test_a_caller_whose_call_is_picked_up_talks_to_whoever_took_it(desk: Desk) -> None:
    eva = PickUp("eva", "103", 4.0, Phone(talks=9))
    simulation = desk.call(phones={"102": Phone()}, pick_ups=[eva])
    assert [(e.person) for e in of(Bridged, simulation)] == ["eva"]  # type: ignore[attr-defined]
    assert (simulation.ended.answered_by, simulation.ended.talked) == ("eva", 9)


def test_callers_from_outside_pick_up_nothing_and_page_nobody(desk: Desk) -> None:
    for main in ("{pick_up: sales}", "{page: sales}"):
        desk.open(main)
        simulation = desk.call(phones={"102": Phone()}, others=[OtherCall(rings=("ben",))])
        assert nodes(simulation)[-1] == "hang_up:not allowed"


# --- paging -----------------------------------------------------------------------------------------------------------


def test_who_is_paged(desk: Desk) -> None:
    desk.open()
    phones = {"101": Phone(talks=500), "102": Phone(talks=500), "103": Phone(busy=True)}
    simulation = desk.dial("*721", ANN, phones=phones)
    (paged,), (over,) = of(Paged, simulation), of(PageEnded, simulation)
    assert (paged.people, paged.phones) == (("ben",), 1), "not who pages"  # type: ignore[attr-defined]
    assert (over.seconds, over.why) == (60, "limit")  # type: ignore[attr-defined]
    assert nodes(desk.dial("*722", ANN, phones=phones)) == ["page:ovens", "hang_up:nobody to page"]


def test_who_talks_is_left_out_unless_they_are_interrupted(load: Load, desk: Desk) -> None:
    more = 'features:\n  "*1": {page: ben}\n  "*2": {page: ben, interrupt: yes}\n'
    desk.account = load(OFFICE.format(main="hang_up", more="") + more)
    for dialled, paged in (("*1", False), ("*2", True)):
        script = Script()
        script.office.note(Bridged("another", 0.0, "ben", "102"))
        simulation = desk.dial(dialled, ANN, phones={"102": Phone()}, office=script.office)
        assert bool(of(Paged, simulation)) is paged


def test_who_wants_not_to_be_disturbed_is_paged_only_with_interrupt(load: Load, desk: Desk) -> None:
    more = 'features:\n  "*1": {page: ben}\n  "*2": {page: ben, interrupt: yes}\n'
    quiet = OFFICE.replace("ben: {{extension: 102}}", "ben: {{extension: 102, do_not_disturb: yes}}")
    desk.account = load(quiet.format(main="hang_up", more="") + more)
    for dialled, paged in (("*1", False), ("*2", True)):
        assert bool(of(Paged, desk.dial(dialled, ANN, phones={"102": Phone()}))) is paged


def test_outsiders_page_where_that_is_allowed(desk: Desk) -> None:
    desk.open("{page: [ann, ovens], from_outside: yes, for: 5s}")
    assert of(Paged, desk.call(phones={"103": Phone()}))


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "slots"),
    [
        ("701-703", ("701", "702", "703")),
        ("098 - 101", ("098", "099", "100", "101")),
        (70, ("70",)),
        (["701", "705-706", 701], ("701", "705", "706")),
    ],
)
def test_slots_are_read(written: object, slots: tuple[str, ...]) -> None:
    assert read_slots(written) == slots


@pytest.mark.parametrize(
    "written", ["703-701", "7-9", "99-101", "1000-9999", "70a", "", "701-", [], True, None, 3.5, {}, ["٧٠١"],
                [f"{n}" for n in range(100, 101 + MAX_SLOTS)]],
)  # fmt: skip
def test_what_are_no_slots(written: object) -> None:
    with pytest.raises(Wrong):
        read_slots(written)


def test_a_slot_that_is_an_extension_is_an_error(desk: Desk) -> None:
    with pytest.raises(DialplanErrors, match="slot 103 is the extension of 'eva'"):
        desk.account = desk._load(OFFICE.format(main="hang_up", more="").replace("701-702", "102-103"))


def test_check_tells_parking_that_nobody_can_use_and_emergency_numbers(load: Load) -> None:
    text = OFFICE.format(main="{ring: ann}", more="") + 'features: {"*70": off}\n'
    told = [finding.what for finding in check(load(text))]
    assert "no code and no key leads a call into a parking slot" in told
    with pytest.raises(DialplanErrors, match="slot 112 is an emergency number in NL"):
        load(text.replace("701-702", "111-113"))


def test_a_reload_tells_what_became_of_parking(desk: Desk) -> None:
    before = desk.account
    after = desk.open(more=", rounds: 3")
    assert differences([before], [after]) == ["parking: rounds is now 3 (was 2)"]
