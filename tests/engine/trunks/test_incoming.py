"""Providers' calls: told from others by the Contact or the address, and by nothing that anybody may write."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from engine.call.trunk import Trunk
from engine.dialplan.load import load_accounts
from engine.numbering import Numbering
from engine.router import route_from_trunk
from engine.trunks.incoming import Incoming, read_number
from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.intake import parse
from sip.message.uri import Uri

CONTACT = "t0123456789ab"
PROVIDER, STRANGER = "203.0.113.20", "198.51.100.7"
MAIN, DESK = "+31201234567", "+31201234568"
BAKERY = """
account: {name: Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567", others: ["+31 20 123 4568"]}
people: {desk: {extension: 101, number: "+31 20 123 4568"}}
main_number: desk
"""
CLINIC = """
account: {name: Clinic, country: DE, timezone: Europe/Berlin, domain: clinic.test}
numbers: {main: "+49 30 123456"}
people: {reception: {extension: 101}}
main_number: reception
"""


@pytest.fixture(scope="module")
def numbering(tmp_path_factory: pytest.TempPathFactory) -> Numbering:
    folder = tmp_path_factory.mktemp("accounts")
    (folder / "bakery.yaml").write_text(BAKERY)
    (folder / "clinic.yaml").write_text(CLINIC)
    return Numbering(load_accounts(folder, sounds_cache=folder, prompts_dir=folder))


def invite(uri: str, to: str = "", from_: str = "<sip:+31611112222@provider.test>", *headers: str) -> Request:
    lines = [
        f"INVITE {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 203.0.113.20:5060;branch=z9hG4bKx",
        f"From: {from_};tag=1",
        f"To: {to or f'<{uri}>'}",
        "Call-ID: 1@x",
        "CSeq: 1 INVITE",
        "Max-Forwards: 70",
        *headers,
        "Content-Length: 0",
    ]
    message = parse("\r\n".join([*lines, "", ""]).encode())
    assert isinstance(message, Request)
    return message


def flow(host: str = PROVIDER) -> Flow:
    return Flow("udp", ("192.0.2.1", 5060), (host, 5060))


VOIP = Trunk("voip", "sip.provider.test", user="31201234567", registers=600.0, accounts=frozenset({"bakery"}))
FIXED = Trunk("fixed", PROVIDER, addresses=(ip_network("203.0.113.16/28"),), accounts=frozenset({"bakery"}))
INCOMING = Incoming((VOIP, FIXED), {"voip": CONTACT, "fixed": "tother"})


def found(numbering: Numbering, request: Request, host: str, incoming: Incoming = INCOMING) -> tuple[str, str] | None:
    call = incoming.find(request, flow(host), numbering)
    return None if call is None else (call.trunk.name, call.reached.person or "main")


@pytest.mark.parametrize("number", [MAIN, "31201234567", "0031201234567", "0201234567", "+31-20-123-4567"])
def test_a_call_to_our_contact_is_the_providers_wherever_it_comes_from(numbering: Numbering, number: str) -> None:
    request = invite(f"sip:{CONTACT}@192.0.2.1", f"<sip:{number}@provider.test>")
    assert found(numbering, request, STRANGER) == ("voip", "main")


def test_the_number_dialled_stands_where_providers_write_it(numbering: Numbering) -> None:
    to_us = f"sip:{CONTACT}@192.0.2.1"
    called = "P-Called-Party-ID: <sip:0201234568@provider.test;user=phone>"
    for request in (
        invite(to_us, "<sip:31201234567@x>", "<sip:a@b>", called),
        invite(f"sip:{DESK}@192.0.2.1", "<sip:whoever@x>"),
        invite("tel:0201234568;phone-context=+31", "<sip:whoever@x>"),
        invite(f"sip:{DESK};npdi@192.0.2.1", "<sip:whoever@x>"),
    ):
        assert found(numbering, request, PROVIDER) in (("voip", "desk"), ("fixed", "desk"))


def test_a_call_that_names_none_of_our_numbers_goes_where_the_trunk_says(numbering: Numbering) -> None:
    request = invite(f"sip:{CONTACT}@192.0.2.1", f"<sip:{CONTACT}@192.0.2.1>")
    assert found(numbering, request, STRANGER) is None
    incoming = Incoming((replace(VOIP, number=DESK),), {"voip": CONTACT})
    assert found(numbering, request, STRANGER, incoming) == ("voip", "desk")


def test_a_trunk_leads_to_its_own_accounts_only(numbering: Numbering) -> None:
    assert found(numbering, invite("sip:+4930123456@192.0.2.1"), PROVIDER) is None
    everybodys = Incoming((replace(FIXED, accounts=frozenset()),), {})
    assert found(numbering, invite("sip:+4930123456@192.0.2.1"), PROVIDER, everybodys) == ("fixed", "main")


@pytest.mark.parametrize(
    "request_",
    [
        invite(f"sip:{MAIN}@192.0.2.1", "", "<sip:31201234567@sip.provider.test>"),
        invite(f"sip:{MAIN}@192.0.2.1", "", "<sip:voip@203.0.113.20>"),
        invite(f"sip:{MAIN}@192.0.2.1", "", "<sip:x@y>", f"P-Asserted-Identity: <sip:{CONTACT}@x>"),
        invite(f"sip:{MAIN}@192.0.2.1", f"<sip:{CONTACT}@x>", "<sip:x@y>", "Contact: <sip:x@203.0.113.20>"),
    ],
)
def test_nothing_else_in_a_request_makes_it_a_providers(numbering: Numbering, request_: Request) -> None:
    assert found(numbering, request_, STRANGER) is None


def test_an_address_as_it_comes_in_from_ipv6_sockets_counts(numbering: Numbering) -> None:
    assert found(numbering, invite(f"sip:{MAIN}@192.0.2.1"), f"::ffff:{PROVIDER}") == ("fixed", "main")
    assert found(numbering, invite(f"sip:{MAIN}@192.0.2.1"), "no address") is None


@pytest.mark.parametrize(
    ("from_", "headers", "number", "name"),
    [
        ('"Jan" <sip:0611112222@p>', [], "+31611112222", "Jan"),
        ("<sip:31611112222@p>", [], "+31611112222", ""),
        ("<sip:004930123456@p>", [], "+4930123456", ""),
        ("<tel:0611112222;phone-context=+31>", [], "+31611112222", ""),
        ('"Jan" <sip:x@p>', ["P-Asserted-Identity: <sip:+31611112222@p>"], "+31611112222", "Jan"),
        ('"Jan" <sip:0100@p>', ['P-Asserted-Identity: "Piet" <sip:0611112222@p>'], "+31611112222", "Piet"),
        ("<sip:anonymous@anonymous.invalid>", ["P-Asserted-Identity: <sip:+31611112222@p>"], "anonymous", ""),
        ("<sip:+31611112222@p>", ["Privacy: id"], "anonymous", ""),
        ("<sip:+31611112222@p>", ["Privacy: user;id"], "anonymous", ""),
        ("<sip:unknown@p>", [], "anonymous", ""),
        ("<sip:1234@p>", [], "1234", ""),
        ("<sip:whoever@p>", ["P-Asserted-Identity: <<<"], "anonymous", ""),
    ],
)
def test_who_calls_is_what_the_provider_says(
    numbering: Numbering, from_: str, headers: list[str], number: str, name: str
) -> None:
    request = invite(f"sip:{MAIN}@192.0.2.1", "", from_, *headers)
    call = INCOMING.find(request, flow(), numbering)
    assert call is not None
    caller = route_from_trunk(call, request).caller
    assert (caller.number, caller.name, caller.person) == (number, name, None)


@pytest.mark.parametrize(
    ("uri", "country", "number"),
    [
        ("sip:0611112222@p", "NL", "+31611112222"),
        ("sip:+1%20212%20555%200100@p", "NL", "+12125550100"),
        ("sip:2125550100@p", "US", "+12125550100"),
        ("sip:12125550100@p", "NL", "+12125550100"),
        ("sip:abc@p", "NL", ""),
        ("sip:p", "NL", ""),
        (f"sip:{'1' * 200}@p", "NL", "1" * 64),
    ],
)
def test_numbers_in_the_forms_of_providers(uri: str, country: str, number: str) -> None:
    assert read_number(Uri.parse(uri), country) == number
