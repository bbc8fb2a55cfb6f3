"""Where a person's calls go: forwards of the file and by phone, do not disturb, follow-me; and telephones outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.call.protocol import Caller
from engine.call.script import Phone, Script, Simulation
from engine.call.simulator import Simulator
from engine.call.words import name_of
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.difference import differences
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.forwards import ToNumber, ToPerson, ToVoicemail, forward_of, set_forward, undisturbed
from engine.dialplan.graph import Graph
from engine.dialplan.load import load_account
from engine.dialplan.outside import may_be_set_by_phone
from engine.dialplan.reach import question
from engine.dialplan.walk import walk
from engine.events import Bridged, NodeEntered, NodeLeft, Ringing, RingingEnded
from engine.forward_events import AcceptanceAsked, DoNotDisturbSet, Forwarded, ForwardSet
from engine.numbering import Numbering
from engine.office.office import Office
from engine.office.standing import Remembered
from engine.rehearsal.situation import Situation

ROOT = Path(__file__).parents[3]
PROMPTS = ROOT / "prompts"
WELCOME = ROOT / "dialplans" / "sounds" / "welcome.wav"
Load = Callable[..., Account]

MOBILE = "+31687654321"
FRAME = """
account: {{name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}}
numbers: {{main: "+31 20 123 4567"}}
people:
  anna: {{extension: 101, name: Anna{anna}}}
  ben: {{extension: 102{ben}}}
  carl: {{extension: 103{carl}}}
groups:
  sales: {{members: [anna, ben], strategy: in_order, each: 5s}}
main_number: {main}
menus:
  welcome: {{greeting: welcome.wav, keys: {{1: anna, 2: sales}}, no_input: {{tries: 1, then: hang_up}}}}
"""
RINGS, ANSWERS = Phone(), Phone(answers_after=2, talks=5)
ALL = {"101": RINGS, "102": RINGS, "103": RINGS}
ANNA, BEN = Caller("101", "Anna", "anna"), Caller("102", "ben", "ben")


class House:
    """An account, its office, and calls to it."""

    def __init__(self, load: Load, simulator: Simulator, main: str = "anna", **people: str) -> None:
        fields = {name: people.get(name, "") for name in ("anna", "ben", "carl")}
        self.account = load(FRAME.format(main=main, **fields))
        self.office = Office(Remembered())
        self._simulator = simulator

    def call(self, phones: dict[str, Phone] | None = None, **script: object) -> Simulation:
        given = {"phones": ALL if phones is None else phones, "office": self.office, **script}
        entry = script.pop("entry", None) or self.account.main
        given.pop("entry", None)
        return self._simulator.run(Script(**given), lambda call: walk(call, self.account, entry))

    def dial(self, code: str, caller: Caller = ANNA, keys: str = "", at: float = 5.0) -> Simulation:
        route = Situation(0.0, caller.number, code, home="bakery").route(Numbering([self.account]))
        assert route is not None, code
        pressed = [(at + 0.3 * number, key) for number, key in enumerate(keys)]
        return self.call(entry=route.entry, caller=caller, keys=pressed, hangs_up_at=60.0)

    def set(self, person: str, why: str, to: str) -> None:
        self.office.standing.put(f"person/{person}/forward/{why}", to)


@pytest.fixture
def house(load: Load, simulator: Simulator) -> Callable[..., House]:
    return lambda main="anna", **people: House(load, simulator, main, **people)


def rung(simulation: Simulation) -> list[str]:
    return [event.person for event in simulation.events if isinstance(event, Ringing)]


def forwarded(simulation: Simulation) -> list[tuple[str, str, str]]:
    return [(event.person, event.to, event.why) for event in simulation.events if isinstance(event, Forwarded)]


def left_by(simulation: Simulation, kind: str = "ring") -> list[str]:
    return [event.exit for event in simulation.events if isinstance(event, NodeLeft) and event.kind == kind]


def heard(simulation: Simulation) -> list[str]:
    return [one.what.removesuffix(".wav") for one in simulation.heard]


# --- forwards ---------------------------------------------------------------------------------------------------------


def test_all_calls_go_to_somebody_else_and_their_own_phones_stay_quiet(house: Callable[..., House]) -> None:
    simulation = house(anna=", forward: {always: ben}").call({"101": RINGS, "102": ANSWERS})
    assert rung(simulation) == ["ben"]
    assert forwarded(simulation) == [("anna", "ben", "always")]
    assert left_by(simulation) == ["answered"]


@pytest.mark.parametrize(
    ("why", "phone"),
    [
        ("busy", Phone(busy=True)),
        ("busy", Phone(declines_after=1)),
        ("no_answer", RINGS),
        ("not_registered", None),
    ],
)
def test_calls_go_on_in_the_case_that_is_named(house: Callable[..., House], why: str, phone: Phone | None) -> None:
    for named in ("busy", "no_answer", "not_registered"):
        simulation = house(anna=f", forward: {{{named}: 102}}").call(
            {"102": ANSWERS} | ({"101": phone} if phone else {})
        )
        expected = [("anna", "ben", why)] if named == why else []
        assert forwarded(simulation) == expected
        assert (left_by(simulation) == ["answered"]) == bool(expected)


def test_the_ways_of_the_ringing_hold_for_whom_calls_are_forwarded_to(house: Callable[..., House]) -> None:
    office = house("{ring: anna, no_answer: {voicemail: anna}}", anna=", forward: {always: ben}")
    assert left_by(office.call()) == ["no_answer"]
    assert left_by(office.call(), "voicemail") == ["recorded"]


def test_a_destination_is_a_way_of_its_own(house: Callable[..., House]) -> None:
    office = house(anna=", forward: {busy: {voicemail: anna}, no_answer: {group: sales, else: hang_up}}")
    assert left_by(office.call({"101": Phone(busy=True)})) == ["forwarded_busy"]
    simulation = office.call({"101": RINGS, "102": ANSWERS})
    assert left_by(simulation) == ["forwarded_no_answer"]
    assert rung(simulation) == ["anna", "anna", "ben"]
    places = {place.label for place in Graph(office.account).ways}
    assert {"voicemail anna", "group sales"} <= places, "check and drawings see them"


def test_to_and_fro_ends_where_everybody_was_called(house: Callable[..., House]) -> None:
    circle = {
        "anna": ", forward: {always: ben}",
        "ben": ", forward: {always: carl}",
        "carl": ", forward: {always: anna}",
    }
    simulation = house(**circle).call()
    assert rung(simulation) == ["carl"]
    assert forwarded(simulation) == [("anna", "ben", "always"), ("ben", "carl", "always")]
    pair = {"anna": ", forward: {no_answer: ben}", "ben": ", forward: {no_answer: anna}"}
    assert rung(house(**pair).call()) == ["anna", "ben"], "nobody twice"


def test_blocks_that_ring_each_other_end_as_well(house: Callable[..., House]) -> None:
    pair = {"anna": ", forward: {always: {ring: ben}}", "ben": ", forward: {always: {ring: anna}}"}
    assert rung(house(**pair).call()) == ["anna"]


def test_whoever_calls_are_forwarded_to_reaches_the_person_themselves(house: Callable[..., House]) -> None:
    office = house(anna=", forward: {always: ben}")
    assert rung(office.call(caller=BEN)) == ["anna"]
    office = house(anna=f', forward: {{always: "{MOBILE}"}}')
    assert rung(office.call(caller=Caller(MOBILE))) == ["anna"]
    assert rung(office.call(caller=Caller("0687654321"))) == ["anna"]


def test_a_menu_begins_the_chain_anew(house: Callable[..., House]) -> None:
    office = house("welcome", anna=", forward: {no_answer: ben}")
    simulation = office.call(keys=[(1.0, "1"), (56.0, "1")], hangs_up_at=130.0)
    assert rung(simulation) == ["anna", "ben", "anna", "ben"]


def test_groups_know_no_forwards_but_who_is_undisturbed_is_busy(house: Callable[..., House]) -> None:
    office = house("sales", anna=", forward: {always: carl}")
    assert rung(office.call()) == ["anna", "ben"]
    office = house("sales", anna=", do_not_disturb: yes")
    simulation = office.call({"101": ANSWERS, "102": RINGS})
    assert rung(simulation) == ["ben"]
    ended = {event.person: event.outcome for event in simulation.events if isinstance(event, RingingEnded)}
    assert ended == {"ben": "no_answer", "anna": "busy"}


def test_do_not_disturb_is_busy_and_so_is_a_forward_on_busy(house: Callable[..., House]) -> None:
    assert left_by(house(anna=", do_not_disturb: yes").call()) == ["busy"]
    office = house(anna=", do_not_disturb: yes, forward: {busy: ben}")
    assert forwarded(office.call()) == [("anna", "ben", "busy")]
    office = house(anna=", do_not_disturb: yes, forward: {always: ben}")
    assert forwarded(office.call()) == [("anna", "ben", "always")]


# --- outside and follow-me --------------------------------------------------------------------------------------------


def test_calls_go_to_a_telephone_outside(house: Callable[..., House]) -> None:
    office = house(anna=', forward: {not_registered: "06 87654321"}')
    simulation = office.call({MOBILE: ANSWERS})
    assert rung(simulation) == [MOBILE]
    assert simulation.ended.answered_by == MOBILE
    assert not office.office.presence._talking
    assert not office.office.presence._free_since
    assert left_by(office.call({MOBILE: Phone(unreachable=True)})) == ["not_registered"]


FOLLOW = ', follow_me: [{after: 5s, ring: ben, for: 20s}, {after: 10s, dial: "+31 6 87654321", for: 20s}]'


def test_others_ring_as_well_after_a_while_and_the_outside_one_is_asked(house: Callable[..., House]) -> None:
    office = house(anna=FOLLOW)
    simulation = office.call({**ALL, MOBILE: Phone(answers_after=3, presses=(2, "1"), talks=4)})
    began = {event.person: event.at for event in simulation.events if isinstance(event, Ringing)}
    assert began == {"anna": 0.0, "ben": 5.0, MOBILE: 10.0}
    (asked,) = [event for event in simulation.events if isinstance(event, AcceptanceAsked)]
    (bridged,) = [event for event in simulation.events if isinstance(event, Bridged)]
    assert (asked.at, bridged.at, bridged.person) == (13.0, 15.0, MOBILE)


def test_a_voicemail_outside_does_not_take_the_call(house: Callable[..., House]) -> None:
    simulation = house(anna=FOLLOW).call({"101": Phone(answers_after=20), MOBILE: Phone(answers_after=1)})
    assert simulation.ended.answered_by == "anna"
    ended = {event.person: event.outcome for event in simulation.events if isinstance(event, RingingEnded)}
    assert ended[MOBILE] in ("no_answer", "elsewhere")


def test_whoever_is_asked_hears_for_whom_unless_nothing_can_speak(
    house: Callable[..., House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = house(anna=FOLLOW)
    asked = [name_of(sound) for sound in question(office.account, office.account.people["anna"])]
    assert (asked[0], asked[1][:4], asked[2]) == ("accept-for.wav", "say-", "accept-press.wav")
    assert [name_of(sound) for sound in question(office.account)] == ["accept-call.wav"]
    plan = tmp_path / "bakery.yaml"
    plan.write_text(FRAME.format(main="anna", anna=FOLLOW, ben="", carl="").replace("welcome.wav", str(WELCOME)))
    monkeypatch.setenv("PATH", "")
    account = load_account(plan, sounds_cache=tmp_path / "cache", prompts_dir=PROMPTS)
    assert [name_of(sound) for sound in question(account, account.people["anna"])] == ["accept-call.wav"]


def test_without_accept_answering_is_enough(house: Callable[..., House]) -> None:
    office = house(anna=', follow_me: [{after: 5s, dial: "+31 6 87654321", accept: no}]')
    assert office.call({"101": RINGS, MOBILE: ANSWERS}).ended.answered_by == MOBILE


def test_who_is_undisturbed_is_not_followed_and_nobody_follows_themselves(house: Callable[..., House]) -> None:
    assert rung(house(anna=FOLLOW + ", do_not_disturb: yes").call()) == []
    assert rung(house(anna=FOLLOW).call(caller=BEN)) == ["anna", MOBILE]


def test_where_no_phone_is_there_the_next_begins_at_once(house: Callable[..., House]) -> None:
    simulation = house(anna=FOLLOW).call({"102": RINGS})
    began = {event.person: event.at for event in simulation.events if isinstance(event, Ringing)}
    assert began["ben"] == 0.0


def test_the_node_that_dials_leaves_by_what_came_of_it(house: Callable[..., House]) -> None:
    office = house('{dial: "020 765 4321", for: 10s, show: caller}')
    number = "+31207654321"
    phones = [ANSWERS, Phone(busy=True), RINGS, Phone(declines_after=1), Phone(unreachable=True)]
    exits = [left_by(office.call({number: phone}), "dial")[0] for phone in phones]
    assert exits == ["answered", "busy", "no_answer", "declined", "unreachable"]


# --- by phone ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialled", ["*21102", "*21*102#", "*21*102"])
def test_a_star_code_sets_a_forward_and_says_so(house: Callable[..., House], dialled: str) -> None:
    office = house()
    simulation = office.dial(dialled)
    assert heard(simulation) == ["forward-always", "forward-to", "digit-1", "digit-0", "digit-2"]
    (event,) = [event for event in simulation.events if isinstance(event, ForwardSet)]
    assert (event.person, event.why, event.to) == ("anna", "always", "ben")
    assert rung(office.call()) == ["ben"]
    assert heard(office.dial("*#21#"))[:2] == ["forward-always", "forward-to"]
    assert heard(office.dial("#21#")) == ["forward-always", "forward-off"]
    assert rung(office.call()) == ["anna"]


def test_without_digits_it_asks_for_them(house: Callable[..., House]) -> None:
    office = house()
    simulation = office.dial("*61", keys="102#")
    assert heard(simulation)[0] == "forward-where"
    assert forward_of(office.account, "anna", "no_answer", office.office.standing) == ToPerson("ben")
    simulation = office.dial("*67", keys="999#")
    assert "forward-wrong" in heard(simulation)
    assert forward_of(office.account, "anna", "busy", office.office.standing) is None


@pytest.mark.parametrize("dialled", ["*62*0#", "*62101"])
def test_calls_go_to_the_voicemail(house: Callable[..., House], dialled: str) -> None:
    office = house()
    assert heard(office.dial(dialled)) == ["forward-not-registered", "forward-voicemail"]
    simulation = office.call({})
    assert left_by(simulation) == ["forwarded"]
    assert [event.kind for event in simulation.events if isinstance(event, NodeEntered)] == [
        "ring",
        "voicemail",
        "hang_up",
    ]


def test_numbers_outside_need_permission(house: Callable[..., House]) -> None:
    office = house()
    assert heard(office.dial("*210687654321")) == ["forward-wrong"]
    assert rung(office.call()) == ["anna"]
    office = house(anna=", outside_forward: yes")
    assert heard(office.dial("*21*0687654321#"))[:3] == ["forward-always", "forward-to", "digit-3"]
    assert rung(office.call()) == [MOBILE]


def test_a_permission_taken_back_ends_what_was_set(house: Callable[..., House]) -> None:
    office = house()
    office.set("anna", "always", f"number {MOBILE}")
    assert rung(office.call()) == ["anna"]
    office.set("anna", "always", "extension 999")
    assert rung(office.call()) == ["anna"]


def test_what_is_set_by_phone_goes_before_the_file_and_can_end_it(house: Callable[..., House]) -> None:
    office = house(anna=", forward: {always: ben}")
    office.dial("*21103")
    assert rung(office.call()) == ["carl"]
    office.dial("##002#")
    assert rung(office.call()) == ["anna"]
    assert heard(office.dial("*#002#")) == ["forward-none"]
    assert not [event for event in office.dial("##002#").events if isinstance(event, ForwardSet)], "nothing changes"
    assert office.office.standing.get("person/anna/forward/always") == "off"
    assert office.office.standing.get("person/anna/forward/busy") is None


def test_do_not_disturb_by_star_code(house: Callable[..., House]) -> None:
    office = house()
    simulation = office.dial("*26")
    assert heard(simulation) == ["do-not-disturb-on"]
    assert [event.on for event in simulation.events if isinstance(event, DoNotDisturbSet)] == [True]
    assert left_by(office.call()) == ["busy"]
    assert undisturbed(office.account, "anna", office.office.standing)
    assert heard(office.dial("#26#")) == ["do-not-disturb-off"]
    assert rung(office.call()) == ["anna"]


def test_the_rest_of_a_code_that_takes_none_reaches_nothing(house: Callable[..., House]) -> None:
    office = house()
    assert Situation(0.0, "101", "*2612", home="bakery").route(Numbering([office.account])) is None


@pytest.mark.parametrize("node", ["{forward: always}", "{forward: all, set: off}", "{do_not_disturb: toggle}"])
def test_callers_from_outside_change_nothing(house: Callable[..., House], node: str) -> None:
    office = house(node, anna=", forward: {always: ben}")
    simulation = office.call(keys=[(1.0, "1"), (1.3, "0"), (1.6, "2")], hangs_up_at=60.0)
    assert not [event for event in simulation.events if isinstance(event, ForwardSet | DoNotDisturbSet)]
    assert list(office.office.standing.names("")) == []


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        (MOBILE, True),
        ("+31800123456", True),
        ("+441632960001", False),  # given out to nobody
        ("+31900123456", False),  # premium rate
        ("+447012345678", False),  # a personal number, which costs as much
        ("+881612345678", False),  # satellite
        ("+97912345", False),
        ("+49110", False),
        ("+31201234567", False),  # our own
    ],
)
def test_which_numbers_may_be_set(house: Callable[..., House], number: str, allowed: bool) -> None:
    assert may_be_set_by_phone(number, house().account) == allowed


def test_facts_are_written_as_they_are_read(house: Callable[..., House]) -> None:
    office = house(anna=", outside_forward: yes")
    for leads in (ToPerson("ben"), ToNumber(MOBILE), ToVoicemail("anna")):
        set_forward(office.account, "anna", "busy", leads, office.office.standing)
        assert forward_of(office.account, "anna", "busy", office.office.standing) == leads


# --- before a caller hears it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ({"anna": ", forward: {busy: anna}"}, "'anna' forwards calls to themselves"),
        ({"anna": ", forward: {busy: ben, always: carl}"}, "calls of 'anna' never go where 'busy' says"),
        (
            {"anna": ", forward: {always: ben}", "ben": ", forward: {always: anna}"},
            "calls are forwarded in a circle: anna -> ben -> anna",
        ),
        (
            {"anna": ", ring_time: 10s, follow_me: [{after: 15s, ring: ben}]"},
            "it stops ringing for 'anna' after 10 s, before follow-me rings others",
        ),
        ({"anna": ", follow_me: [{after: 5s, ring: anna}]"}, "'anna' rings already when follow-me rings them"),
        ({"anna": ', forward: {always: "020 123 4567"}'}, "+31201234567 is a number of the account itself"),
        ({"anna": ', forward: {always: "+44 1632 960001"}'}, "+441632960001 is no number that is given out anywhere"),
        ({"anna": ', forward: {always: "06 87654321"}'}, "no trunk can call +31687654321"),
        ({"anna": FOLLOW}, "no trunk can call +31687654321"),
        ({"anna": ", outside_forward: yes"}, "'anna' may forward calls to the outside, and there is no trunk"),
    ],
)
def test_check_tells_it(house: Callable[..., House], people: dict[str, str], told: str) -> None:
    account = house(**people).account
    assert told in [finding.what for finding in check(account, trunks=())]


def test_check_is_content_with_what_makes_sense(house: Callable[..., House]) -> None:
    before = house("{menu: welcome}").account
    after = house("{menu: welcome}", anna=FOLLOW + ", outside_forward: yes", ben=", forward: {no_answer: 103}").account
    assert {f.what for f in check(after, trunks=("provider",))} <= {f.what for f in check(before)} | {
        "no caller from outside can reach 'carl'"
    }


def test_check_tells_of_a_node_that_no_trunk_serves(house: Callable[..., House]) -> None:
    account = house('{dial: "+31 20 765 4321", show: "+31 30 1234567"}').account
    told = {finding.what for finding in check(account, trunks=())}
    assert {"no trunk can call +31207654321", "+31301234567 is no number of the account"} <= told


@pytest.mark.parametrize(
    ("anna", "told"),
    [
        (", forward: {always: nobody}", "'nobody' is no menu"),
        (", forward: {sometimes: ben}", "'sometimes' means nothing here"),
        (", forward: ben", "'ben' will not do here"),
        (', forward: {always: "+31 20 1"}', "is too short or too long"),
        (", follow_me: [{after: 5s}]", "a step of follow-me rings one telephone"),
        (", follow_me: [{after: 5s, ring: ben, dial: '0612345678'}]", "a step of follow-me rings one telephone"),
        (", follow_me: [{ring: ben}]", "'after' is missing"),
        (", do_not_disturb: perhaps", "'do_not_disturb' cannot be 'perhaps'"),
    ],
)
def test_what_is_wrong_is_told(house: Callable[..., House], anna: str, told: str) -> None:
    with pytest.raises(DialplanErrors, match=told):
        house(anna=anna)


def test_a_reload_tells_what_is_different(house: Callable[..., House]) -> None:
    before = house(anna=", forward: {always: ben}").account
    after = house(anna=", forward: {always: carl}, follow_me: [{after: 5s, ring: ben}]").account
    assert differences([before], [after]) == [
        "person anna: forward: always is now carl (was ben)",
        "person anna: follow me is now after 5s, ring ben, dial left out, for 25s, accept true (was left out)",
    ]
