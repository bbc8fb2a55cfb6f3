"""Phones that call the outside: who may call what, what hears who may not, and help for everybody."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from engine.call.protocol import Caller
from engine.call.ring_plan import OutsideTarget
from engine.call.script import Phone, Script, Simulation
from engine.call.simulated import SimulatedCall
from engine.call.simulator import Simulator
from engine.call.surroundings import CallFacts
from engine.call.trunk import Trunk
from engine.dialplan.account import Account
from engine.dialplan.calling_out import MAX_BEGINNINGS, MAX_EMERGENCY, may_send_calls, number_of, refusal
from engine.dialplan.check import check
from engine.dialplan.difference import differences
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.load import load_account
from engine.dialplan.nodes.call_outside import CallOutside
from engine.dialplan.walk import walk
from engine.events import CallEnded, Ringing, Verdict
from engine.narrate import narrate
from engine.numbering import Numbering
from engine.office.office import Office
from engine.office.standing import Remembered
from engine.outside_events import AnsweredOutside, CeilingReached, EmergencyCalled, MinutesEnding, OutsideRefused
from engine.records import CallRecorder
from engine.router import Router, route_person
from engine.settings import Settings
from engine.store.records import CallRecord
from engine.store.store import Store
from engine.trunks.incoming import Incoming
from sip.core import Admit, Challenge, Refuse
from sip.digest import Authenticator, authorize
from sip.flow import Flow
from sip.guard.guard import Guard
from sip.message.build import request
from sip.message.envelope import Request
from sip.message.values import NameAddr, Uri

FILE = """
account: {name: Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567", others: ["+31 20 123 4568", "+31 20 123 4569"]}
outside:
  calls: national
  block: ["+31 14", "+49 137"]
  allow: "+32"
  minutes_a_day: 10
  warn_after: 3
  emergency: "144"
people:
  anna: {extension: 101, name: Anna, number: "+31 20 123 4568"}
  ben: {extension: 102, calls: international, minutes_a_day: 2, show: anonymous, outside_forward: yes}
  carl: {extension: 103, calls: none, show: main, outside_forward: yes}
  dora: {extension: 104, calls: premium, show: "+31 20 123 4569"}
main_number: {ring: anna}
features: {"*32": {call_outside: shown}, "*33": {call_outside: anonymous}}
"""
MOBILE, BERLIN, ANTWERP, PREMIUM = "+31687654321", "+4930123456", "+3232123456", "+319000101"
NOON = 1_795_690_800.0  # 2026-11-26 12:00 in Amsterdam
ANSWERS = Phone(answers_after=1.0, talks=5.0)
PASSWORD = "bread-101-bread"
FLOW = Flow("udp", ("192.0.2.1", 5060), ("198.51.100.7", 5060))
PROVIDER = Flow("udp", ("192.0.2.1", 5060), ("203.0.113.20", 5060))


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    return loaded(tmp_path_factory.mktemp("bakery"), FILE)


def loaded(folder: Path, text: str) -> Account:
    path = folder / "bakery.yaml"
    path.write_text(text)
    return load_account(path, sounds_cache=folder, prompts_dir=Path("prompts"))


class Phones:
    """The account's phones, and what came of their calls."""

    def __init__(self, account: Account, simulator: Simulator) -> None:
        self.account = account
        self.office = Office(Remembered())
        self._simulator = simulator

    def dial(self, extension: str, called: str, phone: Phone = ANSWERS, **script: object) -> Simulation:
        route = route_person(Numbering([self.account]), "bakery.test", extension, called)
        assert route is not None

        async def flow(call: SimulatedCall) -> None:
            await walk(call, self.account, route.entry)

        numbers = (MOBILE, BERLIN, ANTWERP, PREMIUM, "tel:112", "tel:144")
        return self._simulator.run(
            Script(caller=route.caller, called=called, begins_at=NOON, office=self.office,
                   phones=dict.fromkeys(numbers, phone), **script),  # type: ignore[arg-type]
            flow,
        )  # fmt: skip


@pytest.fixture
def phones(account: Account, simulator: Simulator) -> Phones:
    return Phones(account, simulator)


@pytest.fixture
def simulator() -> object:
    with Simulator() as made:
        yield made


def why(simulation: Simulation) -> str:
    return next((event.why for event in simulation.events if isinstance(event, OutsideRefused)), "")


# --- permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "number", "refused"),
    [
        ("anna", MOBILE, ""),
        ("anna", BERLIN, "permission"),
        ("anna", PREMIUM, "permission"),
        ("anna", ANTWERP, ""),
        ("anna", "+31141234567", "blocked"),
        ("anna", "+31000000000", "no_number"),
        ("anna", "1888", "permission"),
        ("ben", MOBILE, ""),
        ("ben", BERLIN, ""),
        ("ben", PREMIUM, "permission"),
        ("ben", "+491371234567", "blocked"),
        ("carl", MOBILE, "permission"),
        ("carl", ANTWERP, "permission"),
        ("carl", "+31000000000", "permission"),
        ("dora", PREMIUM, ""),
        ("dora", "+870773123456", ""),
        ("dora", "+31141234567", "blocked"),
    ],
)
def test_who_may_call_what(account: Account, person: str, number: str, refused: str) -> None:
    assert refusal(account, person, number) == refused


def test_nobody_may_where_the_file_says_nothing(tmp_path: Path, simulator: Simulator) -> None:
    text = "\n".join(
        line
        for line in FILE.splitlines()
        if not line.startswith(("outside", "  calls", "  block", "  allow", "  minutes", "  warn", "  emerg"))
    )
    account = loaded(tmp_path, text)
    assert refusal(account, "anna", MOBILE) == "permission"
    assert route_person(Numbering([account]), "bakery.test", "101", "112") is not None


def test_nobody_gets_further_by_a_forward_than_by_dialling(account: Account) -> None:
    assert may_send_calls(account, "ben", BERLIN)
    assert may_send_calls(account, "carl", MOBILE), "who may send their calls outside may do so within the country"
    for person, number in (("carl", BERLIN), ("ben", PREMIUM), ("ben", "+491371234567"), ("carl", "+31141234567")):
        assert not may_send_calls(account, person, number)


@pytest.mark.parametrize(
    ("extension", "called", "heard", "status"),
    [
        ("101", "0049 30 123456", "outside-not-allowed", 403),
        ("101", "014 1234567", "outside-not-allowed", 403),
        ("102", "0900 0101", "outside-not-allowed", 403),
        ("103", "06 8765 4321", "outside-not-allowed", 403),
        ("101", "+31000000000", "not-in-service", 404),
    ],
)
def test_who_may_not_hears_why_and_is_told_so(
    phones: Phones, extension: str, called: str, heard: str, status: int
) -> None:
    went = phones.dial(extension, called)
    assert [Path(one.what).stem for one in went.heard] == [heard]
    assert (went.ended.verdict, went.ended.status) == (Verdict.REFUSED, status)
    assert not any(isinstance(event, Ringing) for event in went.events)


def test_no_trunk_is_heard_too(phones: Phones) -> None:
    went = phones.dial("101", "0687654321", Phone(unreachable=True))
    assert [Path(one.what).stem for one in went.heard] == ["outside-unreachable"]
    assert went.ended.status == 503


def test_a_caller_from_outside_is_led_nowhere_by_such_a_node(account: Account, simulator: Simulator) -> None:
    async def flow(call: SimulatedCall) -> None:
        await walk(call, account, CallOutside.to(MOBILE))

    went = simulator.run(Script(caller=Caller("+31611112222")), flow)
    assert [Path(one.what).stem for one in went.heard] == ["not-allowed"]
    assert not any(isinstance(event, Ringing) for event in went.events)


# --- the order in which a number is looked for ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("called", "kind", "name"),
    [
        ("112", "call_outside", "112"),
        ("144", "call_outside", "144"),
        ("102", "ring", "ben"),
        ("0201234568", "ring", "anna"),
        ("0031201234567", "ring", "anna"),
        ("0687654321", "call_outside", MOBILE),
        ("+4930123456", "call_outside", BERLIN),
        ("1888", "call_outside", "1888"),
    ],
)
def test_help_then_extensions_then_ones_own_numbers_then_the_outside(
    account: Account, called: str, kind: str, name: str
) -> None:
    route = route_person(Numbering([account]), "bakery.test", "103", called)
    assert route is not None
    assert (route.entry.kind, route.entry.name) == (kind, name)
    assert route.emergency == (called in ("112", "144"))
    hidden = route_person(Numbering([account]), "bakery.test", "103", f"*31#{called}")
    assert hidden is not None
    assert hidden.caller.withheld == (not route.emergency), "help has to know who calls"


def test_whoever_calls_for_help_talks_as_their_phone_can(tmp_path: Path) -> None:
    account = loaded(tmp_path, FILE.replace("country: NL,", "country: NL, encryption: required, codecs: opus,"))
    for called in ("102", "112", "*31#112", "*33112", "*330687654321"):
        route = route_person(Numbering([account]), "bakery.test", "101", called)
        assert route is not None
        facts = CallFacts.of(account, route.caller, called, emergency=route.emergency)
        wanted = ("", ()) if "112" in called else ("required", ("opus",))
        assert (facts.encryption, facts.codecs) == wanted


# --- who is shown -----------------------------------------------------------------------------------------------------


def test_the_number_shown_is_ones_own_the_main_one_another_or_none(account: Account) -> None:
    assert number_of(account, "anna") == ("+31201234568", False)
    assert number_of(account, "ben") == ("+31201234567", True)
    assert number_of(account, "carl") == ("+31201234567", False)
    assert number_of(account, "dora") == ("+31201234569", False)


@pytest.mark.parametrize(
    ("extension", "called", "hidden"),
    [
        ("101", "0687654321", False),
        ("101", "*31#0687654321", True),
        ("101", "*31*0687654321", True),
        ("101", "#31#0687654321", True),
        ("102", "0687654321", True),
        ("102", "*32*0687654321", False),
        ("101", "*33", True),
    ],
)
def test_a_code_hides_and_shows_it_for_one_call(
    phones: Phones, monkeypatch: pytest.MonkeyPatch, extension: str, called: str, hidden: bool
) -> None:
    rung: list[OutsideTarget] = []
    ring = SimulatedCall.ring

    async def watched(call: SimulatedCall, plan: object) -> object:
        rung.extend(plan.targets)  # type: ignore[attr-defined]
        return await ring(call, plan)  # type: ignore[arg-type]

    monkeypatch.setattr(SimulatedCall, "ring", watched)
    keys = [(2.0 + 0.3 * at, key) for at, key in enumerate("0687654321#")] if called == "*33" else []
    phones.dial(extension, called, keys=keys)
    assert [(target.number, target.hidden) for target in rung] == [(MOBILE, hidden)]


def test_a_hidden_caller_is_told_to_the_provider_alone() -> None:
    trunk = Trunk("t", "sip.example")
    shown = trunk.caller_shown("Anna", "+31201234568", "NL", hidden=True)
    assert str(shown) == '"Anonymous" <sip:anonymous@anonymous.invalid>'
    assert trunk.caller_headers("+31201234568", "NL", hidden=True) == (
        ("P-Asserted-Identity", "<sip:+31201234568@sip.example>"),
        ("Privacy", "id"),
    )
    assert trunk.caller_headers("+31201234568", "NL") == ()
    preferred = replace(trunk, identity="preferred", user_phone=True, shows="+31201234567", writes="national")
    assert preferred.caller_headers("+31201234568", "NL") == (
        ("P-Preferred-Identity", "<sip:0201234567@sip.example;user=phone>"),
    )


def test_numbers_as_tel_uris_go_by_the_provider() -> None:
    trunk = Trunk("t", "sip.example", writes="tel")
    assert str(trunk.uri_of(MOBILE, "NL")) == f"tel:{MOBILE}"
    assert [str(route) for route in trunk.routes] == ["<sip:sip.example;lr>"]
    assert str(trunk.uri_of("112", "NL")) == "sip:112@sip.example"


# --- limits -----------------------------------------------------------------------------------------------------------


def test_minutes_of_a_person_end_a_call_after_a_tone(phones: Phones) -> None:
    went = phones.dial("102", "004930123456", Phone(answers_after=1.0, talks=500.0))
    assert isinstance(went.ended, CallEnded)
    assert went.ended.talked == pytest.approx(120.0, abs=0.1)
    assert went.ended.reason == "no minutes for calls to the outside are left today"
    (ending,) = [event for event in went.events if isinstance(event, MinutesEnding)]
    assert ending.at - NOON == pytest.approx(61.0, abs=0.1)
    assert [one.what for one in went.heard] == ["beep"]
    assert why(phones.dial("102", "004930123456")) == "minutes"
    assert why(phones.dial("101", "0687654321")) == "", "others have theirs"


def test_the_account_is_warned_once_and_ends_with_its_own(phones: Phones) -> None:
    went = [phones.dial("101", "0687654321", Phone(answers_after=1.0, talks=110.0)) for _ in range(6)]
    told = [event for each in went for event in each.events if isinstance(event, CeilingReached)]
    assert [(event.account, event.seconds) for event in told] == [("bakery", 180.0)]
    assert sum(each.ended.talked for each in went) == pytest.approx(600.0, abs=0.5)
    assert why(phones.dial("104", "0687654321")) == "minutes"
    assert why(phones.dial("104", "112")) == ""


# --- help -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["112", "144"])
def test_help_is_called_whatever_somebody_may_and_whatever_is_left(phones: Phones, number: str) -> None:
    phones.office.standing.put("outside-seconds/account", "2026-11-26 999999")
    went = phones.dial("103", number)
    (told,) = [event for event in went.events if isinstance(event, EmergencyCalled)]
    assert (told.account, told.number, told.person, told.shows) == ("bakery", number, "carl", "+31201234567")
    assert (went.ended.verdict, went.ended.answered_by) == (Verdict.TALKED, f"tel:{number}")
    assert narrate(told) == f"EMERGENCY: carl calls {number}, and can be called back at +31201234567"
    anonymous = phones.dial("102", number)
    assert next(event.shows for event in anonymous.events if isinstance(event, EmergencyCalled)) == "+31201234567"


def test_help_that_cannot_be_reached_is_said_at_once(phones: Phones) -> None:
    went = phones.dial("101", "112", Phone(unreachable=True))
    assert [Path(one.what).stem for one in went.heard] == ["emergency-unreachable"]


def test_what_costs_is_in_the_record(phones: Phones) -> None:
    kept: list[CallRecord] = []

    class Records:
        def put(self, record: CallRecord) -> None:
            kept.append(record)

    recorder = CallRecorder(Records())
    for event in phones.dial("101", "0687654321").events:
        recorder(event)
    ((trunk, number, seconds),) = kept[-1].outside
    assert (trunk, number) == ("world", MOBILE)
    assert seconds == pytest.approx(5.0, abs=0.1)
    for event in phones.dial("101", "112").events:
        recorder(event)
    assert kept[-1].outside[0][1] == "112"
    assert any(isinstance(event, AnsweredOutside) for event in phones.dial("101", "0687654321").events)


# --- check and reload -------------------------------------------------------------------------------------------------


def test_check_tells_permissions_without_a_trunk_and_that_no_help_comes(account: Account) -> None:
    alone = [finding.what for finding in check(account, trunks=(), helps=())]
    assert "people may call the outside, and there is no trunk" in alone
    assert "'ben' may call the outside, and there is no trunk" in alone
    assert "no trunk carries calls to emergency numbers" in alone
    assert "no trunk carries calls to emergency numbers" in [
        finding.what for finding in check(account, trunks=["voip"], helps=())
    ]
    assert not [finding for finding in check(account, trunks=["voip"], helps=["voip"]) if "trunk" in finding.what]


def test_check_tells_numbers_shown_that_are_somebody_elses(tmp_path: Path) -> None:
    strange = loaded(tmp_path, FILE.replace('show: "+31 20 123 4569"', 'show: "+31 20 765 4321"'))
    assert "'dora' shows +31207654321, which is no number of the account" in [
        finding.what for finding in check(strange)
    ]


def test_a_reload_tells_what_became_of_permissions(account: Account, tmp_path: Path) -> None:
    after = loaded(
        tmp_path, FILE.replace("  calls: national", "  calls: premium").replace("calls: none", "calls: national")
    )
    assert differences([account], [after]) == [
        "person carl: calls is now national (was none)",
        "outside: calls is now premium (was national)",
    ]


# --- the gate ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def router(account: Account, tmp_path: Path) -> object:
    with Store(Settings(state=tmp_path / "state")) as store:
        store.passwords.set("bakery", "101", PASSWORD)
        yield Router(Numbering([account]), store.passwords, Authenticator(b"0123456789abcdef"), Guard())


def invite(to: str, from_: str = "<sip:101@bakery.test>") -> Request:
    target = Uri.parse(to)
    return request(
        "INVITE", target, from_=NameAddr.parse(f"{from_};tag=1"), to=NameAddr("", target), call_id="c", cseq=1
    )


def signed(router: Router, asked: Request, password: str, flow: Flow = FLOW) -> Request:
    challenge = router.admit(asked, flow, 100.0)
    assert isinstance(challenge, Challenge)
    line = authorize(challenge.values, asked.method, asked.uri, "101", password)
    assert line is not None
    return asked.with_header("Proxy-Authorization", line)


def test_only_a_registered_phone_calls_for_help_without_the_right_password(router: Router) -> None:
    router.authentication.is_registered = lambda aor, flow: (aor, flow) == ("101@bakery.test", FLOW)
    help_ = invite("sip:112@bakery.test")
    assert isinstance(router.admit(help_, FLOW, 100.0), Challenge), "asked first, as ever"
    urgent = Admit("101@bakery.test", "101@bakery.test", urgent=True)
    assert router.admit(signed(router, help_, "stale"), FLOW, 100.0) == urgent
    for called in ("112", "*31*112", "*32112", "*31**32112"):
        asked = invite(f"sip:{called}@bakery.test")
        assert router.admit(signed(router, asked, PASSWORD), FLOW, 100.0) == urgent, "there is always room for it"
    ordinary = invite("sip:0687654321@bakery.test")
    verdict = router.admit(signed(router, ordinary, PASSWORD), FLOW, 100.0)
    assert verdict == Admit("101@bakery.test", "101@bakery.test", urgent=False)
    hidden = invite("sip:*31*112@bakery.test")
    assert router.admit(signed(router, hidden, "stale"), FLOW, 100.0) == urgent
    elsewhere = Flow("udp", FLOW.local, ("198.51.100.8", 5060))
    assert isinstance(router.admit(signed(router, help_, "stale", elsewhere), elsewhere, 100.0), Challenge)
    other = invite("sip:0687654321@bakery.test")
    assert isinstance(router.admit(signed(router, other, "stale"), FLOW, 100.0), Challenge)
    as_another = invite("sip:112@bakery.test", "<sip:102@bakery.test>")
    assert isinstance(router.admit(signed(router, as_another, "stale"), FLOW, 100.0), Challenge)


def test_a_call_in_a_providers_name_leads_to_our_numbers_and_never_outside(router: Router) -> None:
    fixed = Trunk("fixed", "203.0.113.20", addresses=(ip_network("203.0.113.20"),))
    router.incoming = Incoming((fixed,), {"fixed": "tsecret"})
    ours = invite("sip:+31201234567@192.0.2.1", "<sip:+31611112222@p>")
    assert router.admit(ours, PROVIDER, 100.0) == Admit(None, None)
    route = router.route(ours, None, PROVIDER)
    assert route is not None
    assert (route.entry.kind, route.caller.person) == ("ring", None)
    for called in (
        "sip:+31687654321@192.0.2.1",
        "sip:112@192.0.2.1",
        "sip:*31*0687654321@192.0.2.1",
        "sip:*32*0687654321@192.0.2.1",
    ):
        stranger = invite(called, "<sip:+31611112222@p>")
        assert isinstance(router.admit(stranger, PROVIDER, 100.0), Challenge | Refuse)
        assert router.route(stranger, None, PROVIDER) is None
        to_contact = invite("sip:tsecret@192.0.2.1", "<sip:101@bakery.test>")
        to_contact = to_contact.with_header("To", f"<{called}>")
        assert router.admit(to_contact, FLOW, 100.0) == Refuse(404)
    phone = invite("sip:+31201234567@bakery.test")
    assert isinstance(router.admit(phone, PROVIDER, 100.0), Challenge), "a phone there is one of ours, and proves it"


def test_lists_are_bounded(tmp_path: Path) -> None:
    many = "[" + ", ".join(f'"+{number}"' for number in range(1, MAX_BEGINNINGS + 2)) + "]"
    with pytest.raises(DialplanErrors, match="'block'"):
        loaded(tmp_path, FILE.replace('["+31 14", "+49 137"]', many))
    numbers = "[" + ", ".join(f'"{number}"' for number in range(100, 100 + MAX_EMERGENCY + 1)) + "]"
    with pytest.raises(DialplanErrors, match="'emergency'"):
        loaded(tmp_path, FILE.replace('"144"', numbers))
