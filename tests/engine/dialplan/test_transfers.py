"""Transfers in simulated calls: where the caller goes on, what is heard meanwhile, and who gets them back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from engine.call.in_call import NUMBER_SECONDS, ToConsult, ToTransfer
from engine.call.protocol import Caller
from engine.call.script import Phone, Script, Simulation
from engine.call.simulator import Simulator
from engine.call.transfer import MAX_TRANSFERS, SERVING_KINDS
from engine.dialplan.account import Account
from engine.dialplan.model import KINDS
from engine.dialplan.transferable import OWN_PHONE_ONLY, can_be_led_to
from engine.dialplan.walk import walk
from engine.events import Bridged, CallParked, NodeEntered, Ringing, Side, VoicemailLeft
from engine.numbering import Numbering
from engine.rehearsal.situation import InTurn
from engine.router import lead_of, route_person
from engine.transfer_events import CallTransferred, TransferReturned

Load = Callable[..., Account]

OFFICE = """
account: {name: The Bakery, country: NL, language: en, timezone: UTC}
numbers: {main: "+31 20 123 4567", others: ["+31 20 123 4568"]}
people:
  ann: {extension: 101}
  ben: {extension: 102, calls: national}
  eva: {extension: 103, number: "+31 20 123 4568"}
groups:
  sales: {members: [ann, eva], for: 10s}
queues:
  support: {agents: [eva]}
menus:
  welcome: {greeting: {say: Hello}, keys: {1: ben}, no_input: {tries: 1, then: hang_up}}
  outside: {greeting: {say: Hello}, keys: {1: {call_outside: usual}}, no_input: {tries: 1, then: hang_up}}
  settings: {greeting: {say: Hello}, keys: {1: {switch: night, set: on}}, no_input: {tries: 1, then: hang_up}}
switches: [night]
parking: {slots: 701-702, time: 30s, ring_back: 10s}
features:
  "*60": {group: sales}
  "*61#": {voicemail: ann}
  "*62#": {menu: welcome}
  "*63#": {menu: settings}
  "*66#": {menu: outside}
  "*64#": [{during: night, ring: ben}, {switch: night}]
  "*65#": {queue: support}
main_number: {ring: ben, else: hang_up}
"""
ANN = Caller("101", "ann", "ann")


class Desk:
    """An account and its calls."""

    def __init__(self, load: Load, simulator: Simulator) -> None:
        self.account = load(OFFICE)
        self._simulator = simulator
        self._leads = partial(lead_of, Numbering([self.account]))

    def call(self, **script: object) -> Simulation:
        """A call of the main number."""
        return self._run(Script(account=self.account.key, leads=self._leads, **script), self.account.main)  # type: ignore[arg-type]

    def dial(self, called: str, caller: Caller, **script: object) -> Simulation:
        """A call from a phone of the account."""
        route = route_person(Numbering([self.account]), self.account.domain, caller.number, called)
        assert route is not None
        return self._run(Script(caller=caller, account=self.account.key, leads=self._leads, **script), route.entry)  # type: ignore[arg-type]

    def _run(self, script: Script, entry: object) -> Simulation:
        return self._simulator.run(script, lambda call: walk(call, self.account, entry))  # type: ignore[arg-type]


@pytest.fixture
def desk(load: Load, simulator: Simulator) -> Desk:
    return Desk(load, simulator)


def ben_transfers(to: str, **phones: Phone) -> dict[str, object]:
    """Ben answers, and leads the caller on after three seconds."""
    others = {number.removeprefix("p"): phone for number, phone in phones.items()}
    ben = [Phone(answers_after=1, talks=60, transfers=(3, to)), Phone(answers_after=1, talks=5)]
    return {"phones": InTurn({"102": ben, **{number: [phone] for number, phone in others.items()}})}


def nodes(simulation: Simulation) -> list[str]:
    return [f"{event.kind}:{event.name}" for event in simulation.events if isinstance(event, NodeEntered)]


def talked_to(simulation: Simulation) -> list[str]:
    return [event.person for event in simulation.events if isinstance(event, Bridged)]


def test_the_caller_goes_on_to_the_extension_that_was_dialled_for_them(desk: Desk) -> None:
    went = desk.call(**ben_transfers("103", p103=Phone(answers_after=2, talks=5)))
    assert talked_to(went) == ["ben", "eva"]
    (told,) = [event for event in went.events if isinstance(event, CallTransferred)]
    assert (told.by, told.who, told.to, told.how) == ("ben", "+31612345678", "103", "blind")
    heard = [one.what for one in went.heard]
    assert heard[-1] == "ringback", "after the music while Ben hears that it is done"
    assert (went.ended.verdict.value, went.ended.by) == ("talked", Side.CALLEE)


@pytest.mark.parametrize(
    ("phone", "said"),
    [(Phone(busy=True), "busy"), (Phone(declines_after=2), "declined"), (Phone(), "no answer"), (None, "nobody there")],
)
def test_whom_nobody_takes_is_back_with_whoever_transferred_them(desk: Desk, phone: Phone | None, said: str) -> None:
    phones = ben_transfers("103", **({"p103": phone} if phone else {}))
    went = desk.call(**phones)
    (back,) = [event for event in went.events if isinstance(event, TransferReturned)]
    assert (back.by, back.to) == ("ben", "103"), said
    rung = [event for event in went.events if isinstance(event, Ringing) and event.person == "ben"]
    assert [event.shown for event in rung] == ["", "Back: +31612345678"]
    assert "not-available.wav" not in [one.what for one in went.heard], "nobody says so: it rings on"


def test_who_does_not_take_the_caller_back_has_a_voicemail(desk: Desk) -> None:
    ben = [Phone(answers_after=1, talks=60, transfers=(3, "103")), Phone()]
    went = desk.call(phones=InTurn({"102": ben}), speaks=5.0)
    assert "voicemail:ben" in nodes(went)
    assert [event.mailbox for event in went.events if isinstance(event, VoicemailLeft)] == ["ben"]


@pytest.mark.parametrize(
    ("to", "reached"),
    [
        ("+31201234568", "ring:eva"),
        ("020 1234567", "ring:ben"),
        ("*60", "group:sales"),
        ("*61#", "voicemail:ann"),
        ("*62#", "menu:welcome"),
        ("*63#", "menu:settings"),
        ("*65#", "queue:support"),
        ("701", "parked:701"),
        ("*70", "parked:any"),
    ],
)
def test_whatever_can_be_dialled_for_others(desk: Desk, to: str, reached: str) -> None:
    went = desk.call(**ben_transfers(to, p103=Phone(answers_after=1), p101=Phone(answers_after=1)))
    assert reached in nodes(went)[1:]


@pytest.mark.parametrize(
    "to", ["", "999", "*21*103#", "*97", "*98", "*26", "*28", "*8", "*71701", "*73", "*64#", "+4930123456", "x" * 99]
)
def test_what_is_for_ones_own_phone_or_nowhere_is_refused_and_the_two_talk_on(desk: Desk, to: str) -> None:
    assert lead_of(Numbering([desk.account]), desk.account.key, "ben", to) is None
    went = desk.call(**ben_transfers(to))
    assert talked_to(went) == ["ben"]
    assert not [event for event in went.events if isinstance(event, CallTransferred)]
    (talk,) = [event for event in went.events if isinstance(event, Bridged)]
    assert went.events[-1].at - talk.at == pytest.approx(60)


def test_a_number_outside_is_called_as_far_as_whoever_transfers_may_and_at_their_cost(desk: Desk) -> None:
    went = desk.call(**ben_transfers("010 765 4321", **{"p+31107654321": Phone(answers_after=1, talks=5)}))
    assert talked_to(went) == ["ben", "+31107654321"]
    assert lead_of(Numbering([desk.account]), desk.account.key, "ann", "010 765 4321") is None, "Ann may not"
    assert lead_of(Numbering([desk.account]), desk.account.key, "ben", "+4930123456") is None, "nor Ben abroad"


def test_who_does_not_come_outside_has_the_caller_go_back(desk: Desk) -> None:
    for phone in (Phone(busy=True), Phone(unreachable=True)):
        went = desk.call(**ben_transfers("010 765 4321", **{"p+31107654321": phone}))
        assert [event.by for event in went.events if isinstance(event, TransferReturned)] == ["ben"]
        assert talked_to(went) == ["ben", "ben"]


def test_a_transfer_that_has_arrived_does_not_come_back(desk: Desk) -> None:
    went = desk.call(**ben_transfers("*62#"))
    assert "menu:welcome" in nodes(went)
    assert not [event for event in went.events if isinstance(event, TransferReturned)]
    assert talked_to(went) == ["ben"]


def test_a_caller_in_a_menu_calls_nobody_at_the_cost_of_whoever_has_led_them_there(desk: Desk) -> None:
    went = desk.call(
        **ben_transfers("*66#"), keys=[(12, "1"), *((14 + 0.3 * n, k) for n, k in enumerate("0107654321#"))]
    )
    assert "call_outside:usual" in nodes(went)
    assert not [event for event in went.events if isinstance(event, Ringing) and event.person.startswith("+")]


def test_nobody_elses_account_and_nobody_unknown_leads_anywhere(desk: Desk) -> None:
    numbering = Numbering([desk.account])
    assert lead_of(numbering, "elsewhere", "ben", "103") is None
    assert lead_of(numbering, desk.account.key, "nobody", "103") is None


def test_a_slot_parks_for_whoever_transferred_who_is_rung_when_time_is_up(desk: Desk) -> None:
    went = desk.call(**ben_transfers("702"))
    (parked,) = [event for event in went.events if isinstance(event, CallParked)]
    assert (parked.slot, parked.by) == ("702", "ben")
    assert [event.shown for event in went.events if isinstance(event, Ringing)][-1] == "Parked 702: +31612345678"


def test_a_person_who_called_transfers_by_keys_and_is_gone(desk: Desk) -> None:
    keys = [(4 + number * 0.3, key) for number, key in enumerate("*73103#")]
    went = desk.dial("102", ANN, keys=keys, phones={"102": Phone(answers_after=1, talks=60)})
    (told,) = [event for event in went.events if isinstance(event, CallTransferred)]
    assert (told.by, told.who, told.to) == ("ann", "ben", "103")
    assert (went.ended.by, went.ended.reason) == (Side.CALLER, "transferred the call")
    assert [one.what for one in went.heard][-1] == "transferred.wav"


def test_a_person_who_called_parks_by_the_code(desk: Desk) -> None:
    keys = [(4 + number * 0.3, key) for number, key in enumerate("*70")]
    went = desk.dial("102", ANN, keys=keys, phones={"102": Phone(answers_after=1, talks=60)})
    assert (went.ended.by, went.ended.reason) == (Side.CALLER, "transferred the call")
    assert [event.to for event in went.events if isinstance(event, CallTransferred)] == ["701"]


def test_a_number_is_taken_as_it_is_after_a_pause(desk: Desk) -> None:
    keys = [(4 + number * 0.3, key) for number, key in enumerate("*73103")]
    went = desk.dial("102", ANN, keys=keys, phones={"102": Phone(answers_after=1, talks=60)})
    (told,) = [event for event in went.events if isinstance(event, CallTransferred)]
    assert told.at == pytest.approx(keys[-1][0] + NUMBER_SECONDS)


@pytest.mark.parametrize("keys", ["*73#", "*73999#"])
def test_a_number_that_leads_nowhere_is_said_to_be_none(desk: Desk, keys: str) -> None:
    typed = [(4 + number * 0.3, key) for number, key in enumerate(keys)]
    went = desk.dial("102", ANN, keys=typed, phones={"102": Phone(answers_after=1, talks=20)})
    assert talked_to(went) == ["ben"]
    assert [one.what for one in went.heard][-1] == "transfer-refused.wav"


def test_two_phones_that_send_each_other_every_call_come_to_an_end(desk: Desk) -> None:
    phones = {"102": Phone(answers_after=1, talks=9, transfers=(1, "103"))}
    phones["103"] = Phone(answers_after=1, talks=9, transfers=(1, "102"))
    went = desk.call(phones=phones)
    assert len(talked_to(went)) == MAX_TRANSFERS + 1


def test_callers_from_outside_ask_for_nothing(desk: Desk) -> None:
    keys = [(4 + number * 0.3, key) for number, key in enumerate("*73103#")]
    went = desk.call(keys=keys, phones={"102": Phone(answers_after=1, talks=20)})
    assert not [event for event in went.events if isinstance(event, CallTransferred)]


def test_every_account_has_the_codes_and_can_switch_them_off(load: Load) -> None:
    account = load(OFFICE)
    assert account.in_call is not None
    assert isinstance(account.in_call.requests["*73"], ToTransfer)
    assert isinstance(account.in_call.requests["*74"], ToConsult)
    without = load(OFFICE.replace('"*60"', '"*73": off\n  "*74": off\n  "*5": {transfer: blind}\n  "*60"'))
    assert without.in_call is not None
    assert sorted(without.in_call.requests) == ["*5", "*70"]


def test_a_code_for_conversations_is_of_no_use_to_an_idle_phone(desk: Desk) -> None:
    went = desk.dial("*73", ANN)
    assert [one.what for one in went.heard] == ["not-allowed.wav"]


def test_the_lists_of_kinds_name_kinds() -> None:
    assert set(KINDS) >= OWN_PHONE_ONLY | SERVING_KINDS


def test_a_menu_whose_keys_do_something_asks_for_the_key_of_whoever_is_led_there(desk: Desk) -> None:
    assert can_be_led_to(desk.account.menus["settings"])
    assert not can_be_led_to(desk.account.features["*64#"])
