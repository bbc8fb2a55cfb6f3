"""Who is let in as whom, and where a call leads: people of several accounts, callers from outside, and liars."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.dialplan.account import Account
from engine.dialplan.load import load_account
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.nodes.ring import Ring
from engine.dialplan.nodes.switch import TurnSwitch
from engine.dialplan.path import Path as CallPath
from engine.numbering import WITHHOLD, Numbering
from engine.router import ANONYMOUS_CALLER, MAX_SHOWN, Route, Router, route_person
from engine.settings import Settings
from engine.store.store import Store
from sip.core import Admit, Challenge, Decision, Refuse
from sip.digest import Authenticator, authorize
from sip.flow import Flow
from sip.message.build import request
from sip.message.credentials import parse_schemes
from sip.message.envelope import Request
from sip.message.values import NameAddr, Uri

FLOW = Flow("udp", ("192.0.2.1", 5060), ("198.51.100.7", 40000))
NOW = 100.0
BAKERY = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567", others: ["+31 20 123 4568"]}
people:
  front-desk: {extension: 101, name: Front Desk, number: "+31 20 123 4568"}
  orders: {extension: 102}
callers:
  customers: {file: customers.csv}
block: [anonymous, "+49*"]
main_number: {ring: orders}
switches: [night]
features:
  "*60": {switch: night, set: on}
  "#8": {switch: night}
"""
CLINIC = """\
account: {name: The Clinic, country: NL, timezone: Europe/Amsterdam, domain: clinic.test}
numbers: {main: "+31 20 999 0000"}
people:
  doctor: {extension: 101, name: Doctor}
main_number: {ring: doctor}
"""
PASSWORDS = {
    ("bakery", "101"): "bread-101-bread",
    ("bakery", "102"): "bread-102-bread",
    ("clinic", "101"): "pills-101-pills",
}
MAIN = "sip:+31201234567@192.0.2.1"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> list[Account]:
    folder = tmp_path_factory.mktemp("accounts")
    loaded = []
    (folder / "customers.csv").write_text(
        "number,name\n+31 70 444 5566,Anna Bakker\n+31 20 999 0000,The Clinic Next Door\n"
    )
    for key, text in (("bakery", BAKERY), ("clinic", CLINIC)):
        (folder / f"{key}.yaml").write_text(text)
        loaded.append(load_account(folder / f"{key}.yaml", sounds_cache=folder / "cache", prompts_dir=Path("prompts")))
    return loaded


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(Settings(state=tmp_path_factory.mktemp("state"))) as store:
        for (account, extension), password in PASSWORDS.items():
            store.passwords.set(account, extension, password)
        yield store


@pytest.fixture
def router(accounts: list[Account], store: Store) -> Router:
    return Router(Numbering(accounts), store.passwords, Authenticator(b"0123456789abcdef"))


@pytest.fixture
def alone(accounts: list[Account], store: Store) -> Router:
    """The router of an engine with one account."""
    return Router(Numbering(accounts[:1]), store.passwords, Authenticator(b"0123456789abcdef"))


def invite(to: str, from_: str = "<sip:+31701112233@provider.test>", *headers: tuple[str, str]) -> Request:
    caller = NameAddr.parse(f"{from_};tag=1")
    target = Uri.parse(to)
    return request("INVITE", target, from_=caller, to=NameAddr("", target), call_id="c", cseq=1, headers=headers)


def register(to: str, registrar: str = "sip:bakery.test", *headers: tuple[str, str]) -> Request:
    me = NameAddr.parse(f"<{to}>;tag=1")
    return request(
        "REGISTER", Uri.parse(registrar), from_=me, to=NameAddr("", me.uri), call_id="c", cseq=1, headers=headers
    )


def signed(router: Router, asked: Request, user: str, password: str) -> Request:
    """The request again, with an answer to the router's challenge."""
    challenge = router.admit(asked, FLOW, NOW)
    assert isinstance(challenge, Challenge)
    line = authorize(challenge.values, asked.method, asked.uri, user, password)
    assert line is not None
    return asked.with_header("Proxy-Authorization" if challenge.proxy else "Authorization", line)


def routed(router: Router, asked: Request) -> Route | None:
    decision = router.admit(asked, FLOW, NOW)
    assert isinstance(decision, Admit), decision
    return router.route(asked, decision.identity)


def rings(route: Route | None) -> tuple[str, str]:
    """The account and the person that a route rings."""
    assert route is not None
    assert isinstance(route.entry, Ring)
    return route.account.key, route.entry.ring


# --- registering ------------------------------------------------------------------------------------------------------


def test_a_phone_registers_as_itself(router: Router) -> None:
    asked = register("sip:101@bakery.test")
    challenge = router.admit(asked, FLOW, NOW)
    assert isinstance(challenge, Challenge)
    assert not challenge.proxy
    assert all('realm="bakery.test"' in value for value in challenge.values)
    answered = signed(router, asked, "101", "bread-101-bread")
    assert router.admit(answered, FLOW, NOW) == Admit("101@bakery.test", "101@bakery.test")


def test_nobody_registers_as_somebody_else(router: Router) -> None:
    asked = signed(router, register("sip:102@bakery.test"), "101", "bread-101-bread")
    decision = router.admit(asked, FLOW, NOW)
    assert isinstance(decision, Refuse)
    assert decision.status == 403


def test_equal_extensions_of_two_accounts_never_meet(router: Router) -> None:
    asked = register("sip:101@clinic.test", "sip:clinic.test")
    assert router.admit(signed(router, asked, "101", "pills-101-pills"), FLOW, NOW) == Admit(
        "101@clinic.test", "101@clinic.test"
    )
    assert isinstance(router.admit(signed(router, asked, "101", "bread-101-bread"), FLOW, NOW), Challenge)
    elsewhere = signed(router, register("sip:101@bakery.test"), "101", "bread-101-bread")
    moved = register("sip:101@clinic.test", "sip:clinic.test", ("Authorization", elsewhere.required("Authorization")))
    assert isinstance(router.admit(moved, FLOW, NOW), Challenge), "an answer for one realm is none for another"


def shape(decision: Decision) -> list[tuple[str, dict[str, str]]]:
    """All that a challenge tells, without the nonce."""
    assert isinstance(decision, Challenge)
    told = [scheme for value in decision.values for scheme in parse_schemes(value)]
    return [(name, {key: value for key, value in params.items() if key != "nonce"}) for name, params in told]


def test_a_wrong_password_and_an_unknown_user_are_told_the_same(router: Router) -> None:
    known = router.admit(signed(router, register("sip:101@bakery.test"), "101", "wrong-wrong"), FLOW, NOW)
    unknown = router.admit(signed(router, register("sip:999@bakery.test"), "999", "wrong-wrong"), FLOW, NOW)
    other = router.admit(signed(router, register("sip:102@bakery.test"), "101", "wrong-wrong"), FLOW, NOW)
    assert shape(known) == shape(unknown) == shape(other)


def test_an_unknown_domain_is_challenged_for_ever(router: Router) -> None:
    asked = register("sip:101@nowhere.test", "sip:nowhere.test")
    assert isinstance(router.admit(signed(router, asked, "101", "bread-101-bread"), FLOW, NOW), Challenge)


@pytest.mark.parametrize("host", ["192.0.2.1", "[2001:db8::1]", "pbx.local", "phones.example.net"])
def test_an_engine_with_one_account_is_it_under_any_name(alone: Router, host: str) -> None:
    asked = register(f"sip:101@{host}", f"sip:{host}")
    assert router_identity(alone, asked, "101", "bread-101-bread") == "101@bakery.test"
    call = invite(f"sip:102@{host}", f"<sip:101@{host}>")
    assert router_identity(alone, call, "101", "bread-101-bread") == "101@bakery.test"
    main = invite(f"sip:+31201234567@{host}", f"<sip:101@{host}>")
    assert router_identity(alone, main, "101", "bread-101-bread") == "101@bakery.test"


def router_identity(router: Router, asked: Request, user: str, password: str) -> str | None:
    decision = router.admit(signed(router, asked, user, password), FLOW, NOW)
    assert isinstance(decision, Admit)
    return decision.identity


def test_with_several_accounts_an_address_names_none(router: Router) -> None:
    asked = register("sip:101@192.0.2.1", "sip:192.0.2.1")
    assert isinstance(router.admit(signed(router, asked, "101", "bread-101-bread"), FLOW, NOW), Challenge)


# --- callers from outside ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("called", "leads"),
    [
        (MAIN, ("bakery", "orders")),
        ("sip:0201234567@192.0.2.1", ("bakery", "orders")),
        ("sip:+31201234567@192.0.2.1;user=phone", ("bakery", "orders")),
        ("sip:+31201234567;npdi;rn=+3120@192.0.2.1;user=phone", ("bakery", "orders")),
        ("sip:%2B31201234567@192.0.2.1", ("bakery", "orders")),
        ("sips:+31201234568@bakery.test", ("bakery", "front-desk")),
        ("tel:+31201234567", ("bakery", "orders")),
        ("tel:+31-20-123-4568;isub=1", ("bakery", "front-desk")),
        ("sip:+31209990000@bakery.test", ("clinic", "doctor")),
    ],
)
def test_every_form_of_our_numbers_is_reached_from_outside(router: Router, called: str, leads: tuple[str, str]) -> None:
    route = routed(router, invite(called))
    assert rings(route) == leads
    assert route is not None
    assert route.caller.number == "+31701112233"
    assert route.caller.person is None


@pytest.mark.parametrize(
    "called",
    [
        "sip:101@bakery.test",
        "sip:101@192.0.2.1",
        "sip:+4930123456@bakery.test",
        "sip:+31701112233@192.0.2.1",
        "sip:bakery.test",
        "sip:front-desk@bakery.test",
        "sip:112@bakery.test",
        "sip:+31201234567%40evil@bakery.test",
        "tel:101",
        "sip:*%23@bakery.test",
        "mailto:desk@bakery.test",
    ],
)
@pytest.mark.parametrize("who", ["router", "alone"])
def test_nothing_else_is_reached_from_outside(request: pytest.FixtureRequest, who: str, called: str) -> None:
    router: Router = request.getfixturevalue(who)
    decision = router.admit(invite(called), FLOW, NOW)
    assert isinstance(decision, Challenge), "there is no saying who exists"
    assert router.route(invite(called), None) is None


def test_who_claims_to_be_an_extension_must_prove_it(router: Router, alone: Router) -> None:
    assert isinstance(router.admit(invite(MAIN, "<sip:101@bakery.test>"), FLOW, NOW), Challenge)
    assert isinstance(router.admit(invite(MAIN, "<sip:101@BAKERY.test>"), FLOW, NOW), Challenge)
    assert isinstance(alone.admit(invite(MAIN, "<sip:101@192.0.2.1>"), FLOW, NOW), Challenge)
    assert isinstance(router.admit(invite(MAIN, "<sip:999@bakery.test>"), FLOW, NOW), Challenge), "nor who exists"
    for outside in ("9999", "+31201112233", "anonymous"):
        assert isinstance(router.admit(invite(MAIN, f"<sip:{outside}@bakery.test>"), FLOW, NOW), Admit)


def test_a_stranger_with_the_number_of_an_extension_is_not_shown_as_one(router: Router) -> None:
    route = routed(router, invite(MAIN, "Front Desk <sip:101@evil.test>"))
    assert route is not None
    assert (route.caller.number, route.caller.person) == ("101@evil.test", None)


@pytest.mark.parametrize(
    ("from_", "number", "name"),
    [
        ('"Jo\\"e" <sip:+31701112233@provider.test>', "+31701112233", 'Jo"e'),
        ("<sip:+31701112233%0d%0aVia:%20x@provider.test>", "+31701112233Via", ""),
        ('"a\x01b\u202ec" <sip:+31701112233@provider.test>', "+31701112233", "a bc"),
        ("<tel:+31701112233;cpc=ordinary>", "+31701112233", ""),
        ("<sip:+31701112233;cpc=payphone@provider.test;user=phone>", "+31701112233", ""),
        ("Anonymous <sip:anonymous@anonymous.invalid>", "anonymous", "Anonymous"),
        ("<sip:provider.test>", "anonymous", ""),
        ("<sip:%00@provider.test>", "anonymous", ""),
        (f'"{"n" * 200}" <sip:{"7" * 200}@provider.test>', "7" * MAX_SHOWN, "n" * MAX_SHOWN),
    ],
)
def test_what_is_shown_of_a_caller(router: Router, from_: str, number: str, name: str) -> None:
    route = routed(router, invite(MAIN, from_))
    assert route is not None
    assert (route.caller.number, route.caller.name) == (number, name)


# --- callers of our own -----------------------------------------------------------------------------------------------


def from_phone(router: Router, called: str, from_: str = "<sip:101@bakery.test>") -> Route | None:
    asked = signed(router, invite(called, from_), "101", "bread-101-bread")
    return routed(router, asked)


def test_extension_to_extension(router: Router) -> None:
    route = from_phone(router, "sip:102@bakery.test")
    assert rings(route) == ("bakery", "orders")
    assert route is not None
    assert (route.caller.number, route.caller.name, route.caller.person) == ("101", "Front Desk", "front-desk")


def test_a_phone_reaches_its_own_accounts_numbers(router: Router) -> None:
    assert rings(from_phone(router, MAIN)) == ("bakery", "orders")
    assert rings(from_phone(router, "tel:+31201234567")) == ("bakery", "orders")
    assert rings(from_phone(router, "sip:0201234568@bakery.test")) == ("bakery", "front-desk")
    outside = from_phone(router, "sip:+4930123456@bakery.test")
    assert outside is not None
    assert (outside.entry.kind, outside.entry.name) == ("call_outside", "+4930123456")
    assert from_phone(router, "sip:12345678@bakery.test") is None
    assert from_phone(router, "sip:999@bakery.test") is None
    assert from_phone(router, "sip:bakery.test") is None


@pytest.mark.parametrize("called", ["sip:+31209990000@bakery.test", "sip:0209990000@bakery.test"])
def test_a_phone_reaches_other_accounts_numbers_as_anybody_does(router: Router, called: str) -> None:
    route = from_phone(router, called)
    assert rings(route) == ("clinic", "doctor")
    assert route is not None
    assert (route.caller.number, route.caller.name, route.caller.person) == ("+31201234568", "The Bakery", None)


@pytest.mark.parametrize(
    ("called", "rung"),
    [
        ("sip:101@clinic.test", None),  # the doctor of the clinic, not whoever has 101 here
        ("sip:102@elsewhere.test", None),
        ("sip:102@192.0.2.1", ("bakery", "orders")),
    ],
)
def test_a_domain_that_is_not_the_phones_own_has_other_extensions(
    router: Router, called: str, rung: tuple[str, str] | None
) -> None:
    route = from_phone(router, called)
    assert (None if route is None else rings(route)) == rung


@pytest.mark.parametrize("user", ["101;x=1", "101%20", "%20101"])
def test_no_spelling_of_a_persons_address_goes_unproved(router: Router, user: str) -> None:
    assert isinstance(router.admit(invite(MAIN, f"<sip:{user}@bakery.test>"), FLOW, NOW), Challenge)


@pytest.mark.parametrize(
    "from_", ["<sip:101%40bakery.test@evil.test>", "<sip:101%20@evil.test>", "<sip:101@evil.test>"]
)
def test_an_outside_caller_is_never_shown_as_a_person(router: Router, from_: str) -> None:
    route = routed(router, invite(MAIN, from_))
    assert route is not None
    assert route.caller.number.endswith("@evil.test")
    assert route.caller.person is None


def test_the_digest_and_not_the_from_says_who_calls(router: Router) -> None:
    route = from_phone(router, "sip:102@bakery.test", "Boss <sip:102@bakery.test>")
    assert route is not None
    assert (route.caller.number, route.caller.name) == ("101", "Front Desk")
    withheld = from_phone(router, "sip:102@bakery.test", "<sip:anonymous@anonymous.invalid>")
    assert withheld is not None
    assert withheld.caller.person == "front-desk"


def test_who_was_a_person_before_a_reload_is_let_go(router: Router, accounts: list[Account]) -> None:
    asked = signed(router, invite("sip:102@bakery.test", "<sip:101@bakery.test>"), "101", "bread-101-bread")
    router.numbering = Numbering(accounts[1:])
    assert router.route(asked, "101@bakery.test") is None


def test_requests_that_neither_call_nor_register_need_no_proof(router: Router) -> None:
    asked = invite(MAIN)
    options = request("OPTIONS", asked.uri, from_=asked.from_, to=asked.to, call_id="o", cseq=1)
    assert router.admit(options, FLOW, NOW) == Admit(None, None)


# --- star codes -------------------------------------------------------------------------------------------------------

DESK = "<sip:101@bakery.test>"


def feature(route: Route | None) -> tuple[str, str | None, str]:
    """The account, the person and the rest of a route to a star code."""
    assert route is not None
    path = CallPath(route.account)
    assert isinstance(route.entry.arrive(path), TurnSwitch)
    return route.account.key, route.caller.person, path.dialled_rest


@pytest.mark.parametrize(
    ("dialled", "rest"),
    [("*60", ""), ("%2A60", ""), ("*281", ""), ("*2811", "1"), ("%238", ""), ("%2381", "1"), ("#81", "1")],
)
def test_a_person_dials_a_star_code(router: Router, dialled: str, rest: str) -> None:
    asked = signed(router, invite(f"sip:{dialled}@bakery.test", DESK), "101", "bread-101-bread")
    assert feature(routed(router, asked)) == ("bakery", "front-desk", rest)


def test_a_star_code_is_nobodys_outside(router: Router, alone: Router) -> None:
    for one in (router, alone):
        asked = invite("sip:*60@bakery.test")
        assert isinstance(one.admit(asked, FLOW, NOW), Challenge), "first say who you are"
        assert one.route(asked, None) is None, "even if it were let in"


def test_a_star_code_is_that_of_ones_own_account(router: Router) -> None:
    doctor = "<sip:101@clinic.test>"
    asked = signed(router, invite("sip:*60@clinic.test", doctor), "101", "pills-101-pills")
    assert routed(router, asked) is None
    asked = signed(router, invite("sip:*60@bakery.test", doctor), "101", "pills-101-pills")
    assert routed(router, asked) is None


def test_a_code_that_nobody_gave_a_meaning_leads_nowhere(router: Router) -> None:
    for dialled in ("*99", "*601", "*28", "%23"):
        asked = signed(router, invite(f"sip:{dialled}@bakery.test", DESK), "101", "bread-101-bread")
        assert routed(router, asked) is None


# --- known and blocked callers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("from_", "name"),
    [
        ("<sip:+31704445566@provider.test>", "Anna Bakker"),
        ('"Your Bank" <sip:0704445566@provider.test>', "Anna Bakker"),
        ('"Your Bank" <sip:+31704445567@provider.test>', "Your Bank"),
        ('"Front Desk" <sip:101%20@evil.test>', "Front Desk"),
    ],
)
def test_known_callers_are_shown_by_the_name_the_account_gave_them(router: Router, from_: str, name: str) -> None:
    route = router.route(invite(MAIN, from_), None)
    assert route is not None
    assert route.caller.name == name


@pytest.mark.parametrize("called", [MAIN, "sip:+31201234568@192.0.2.1"])
def test_blocked_callers_reach_no_number_of_the_account(router: Router, called: str) -> None:
    for who in ("<sip:anonymous@anonymous.invalid>", "<sip:+493012345678@provider.test>"):
        route = router.route(invite(called, who), None)
        assert route is not None
        assert isinstance(route.entry, HangUp)
    elsewhere = router.route(invite("sip:+31209990000@192.0.2.1", "<sip:anonymous@anonymous.invalid>"), None)
    assert elsewhere is not None
    assert isinstance(elsewhere.entry, Ring), "another account blocks nobody"


# --- who is shown -----------------------------------------------------------------------------------------------------

PROVEN = ("P-Asserted-Identity", "<sip:+31704445566@provider.test>")


def test_what_a_provider_asserts_is_the_caller(router: Router) -> None:
    asked = invite(MAIN, "<sip:+31201110000@provider.test>", PROVEN)
    trusted, anybody = router.route(asked, None, trusted=True), router.route(asked, None)
    assert trusted is not None
    assert anybody is not None
    assert (trusted.caller.number, trusted.caller.name) == ("+31704445566", "Anna Bakker")
    assert anybody.caller.number == "+31201110000"


def test_who_withholds_their_number_is_anonymous_to_rules_as_well(router: Router) -> None:
    for trusted in (True, False):
        route = router.route(
            invite(MAIN, "<sip:+31704445566@x.test>", PROVEN, ("Privacy", "id")), None, trusted=trusted
        )
        assert route is not None
        assert route.caller == ANONYMOUS_CALLER
        assert isinstance(route.entry, HangUp), "the account blocks anonymous callers"


def test_a_diverted_call_tells_from_where(router: Router) -> None:
    asked = invite(MAIN, "<sip:+31201110000@p.test>", ("Diversion", "<tel:+31205550001>;reason=no-answer"))
    route = router.route(asked, None, trusted=True)
    assert route is not None
    assert [each.number for each in route.diversions] == ["+31205550001"]


@pytest.mark.parametrize("code", WITHHOLD)
def test_a_code_before_the_number_withholds_ones_own(router: Router, code: str) -> None:
    me = "<sip:102@bakery.test>"
    inside = router.route(invite(f"sip:{code.replace('#', '%23')}101@bakery.test", me), "102@bakery.test")
    assert inside is not None
    assert (inside.caller.person, inside.caller.withheld, inside.called) == ("orders", True, "101")
    outside = router.route(invite(f"sip:{code.replace('#', '%23')}0209990000@bakery.test", me), "102@bakery.test")
    assert outside is not None
    assert (outside.account.key, outside.caller) == ("clinic", ANONYMOUS_CALLER)


@pytest.mark.parametrize(("privacy", "withheld"), [("id", True), ("user;critical", True), ("none", False)])
def test_a_phone_that_wants_privacy_is_shown_to_nobody(router: Router, privacy: str, withheld: bool) -> None:
    """As phones say it whose users have set that they call without being shown (RFC 3323), under any From."""
    me, wish = "<sip:anonymous@anonymous.invalid>", ("Privacy", privacy)
    inside = router.route(invite("sip:101@bakery.test", me, wish), "102@bakery.test")
    assert inside is not None
    assert (inside.caller.person, inside.caller.withheld) == ("orders", withheld)
    outside = router.route(invite("sip:0209990000@bakery.test", me, wish), "102@bakery.test")
    assert outside is not None
    assert (outside.caller == ANONYMOUS_CALLER) == withheld


def test_only_who_has_proved_it_or_comes_from_a_provider_is_vouched_for(router: Router) -> None:
    person = router.route(invite("sip:101@bakery.test", "<sip:102@bakery.test>"), "102@bakery.test")
    trusted = router.route(invite(MAIN, "<sip:+31201110000@provider.test>", PROVEN), None, trusted=True)
    anybody = router.route(invite(MAIN, "<sip:+31201110000@provider.test>", PROVEN), None)
    assert [route.caller.vouched for route in (person, trusted, anybody) if route is not None] == [True, True, False]


@pytest.mark.parametrize("called", ["*31#", "*31#999", "*31#" * 400 + "101"])
def test_a_code_before_nothing_leads_nowhere(router: Router, called: str) -> None:
    assert route_person(router.numbering, "bakery.test", "102", called) is None
