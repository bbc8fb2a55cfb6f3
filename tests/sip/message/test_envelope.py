"""A message's headers: read once, changed by copy, written so that no value can become a header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.message import envelope
from sip.message.bounds import MAX_DELTA_SECONDS, MAX_LIST
from sip.message.envelope import MALFORMED_EXPIRES, Envelope, Message, Request
from sip.message.intake import parse
from sip.message.names import COMPACT, canonical
from sip.message.values import NameAddr, Uri, Via
from tests.sip.message.messages import invite


def test_each_header_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    message = parse(invite("Contact: <sip:b@x>", "Supported: timer"))
    names = ("via", "from_", "to", "cseq", "contacts", "supported")
    first = [getattr(message, name) for name in names]

    def must_not_run(*_: object) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr(NameAddr, "parse", must_not_run)
    monkeypatch.setattr(Via, "parse", must_not_run)
    monkeypatch.setattr(envelope, "split_list", must_not_run)
    assert all(getattr(message, name) is value for name, value in zip(names, first, strict=True))


def test_a_copy_keeps_what_still_holds_and_forgets_what_does_not() -> None:
    message = parse(invite())
    contacts = message.contacts
    copy = message.with_header("contact", "<sip:new@x>")
    assert copy.from_ is message.from_
    assert [str(contact.uri) for contact in copy.contacts] == ["sip:new@x"]
    assert message.contacts is contacts
    assert message.header("Contact") == "<sip:alice@pc33.atlanta.com>"


def test_headers_are_set_added_put_first_and_taken_away() -> None:
    message = Request("OPTIONS", Uri.parse("sip:x"), [("v", "a"), ("Route", "<sip:1>"), ("via", "b"), ("Subject", 5)])
    assert message.headers == (("Via", "a"), ("Route", "<sip:1>"), ("Via", "b"), ("Subject", "5"))
    assert message.with_header("v", "c", "d").header_all("Via") == ["c", "d"]
    assert message.with_header("v", "c").headers[0] == ("Via", "c")
    assert message.with_header("k", "timer").headers[-1] == ("Supported", "timer")
    assert message.with_prepended("Via", "z").header_all("Via") == ["z", "a", "b"]
    assert message.with_added("Via", "z").header_all("Via") == ["a", "b", "z"]
    assert message.without("via", "Subject").headers == (("Route", "<sip:1>"),)
    assert message.with_uri(Uri.parse("tel:+31")).start_line == "OPTIONS tel:+31 SIP/2.0"
    assert str(message.uri) == "sip:x"


def test_a_body_comes_with_its_type_and_goes_with_it() -> None:
    message = parse(invite()).with_body("Application/SDP; charset=utf-8", b"v=0")
    assert (message.content_type, message.body) == ("application/sdp", b"v=0")
    assert parse(message.encode()).body == b"v=0"
    bare = message.with_body(None, b"")
    assert (bare.content_type, bare.body) == (None, b"")
    assert bare.encode().endswith(b"\r\nContent-Length: 0\r\n\r\n")


def test_vias_over_several_lines_and_the_topmost_replaced() -> None:
    message = parse(
        invite(
            "v: SIP/2.0/UDP c;branch=3, SIP/2.0/TCP d;branch=4", instead="Via: SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b"
        )
    )
    assert [via.host for via in message.vias] == ["a", "b", "c", "d"]
    top = message.via.with_params(received="192.0.2.1")
    assert [str(via) for via in message.with_top_via(top).vias][:2] == [
        "SIP/2.0/UDP a;branch=1;received=192.0.2.1",
        "SIP/2.0/UDP b",
    ]
    assert [via.host for via in message.with_top_via(None).vias] == ["b", "c", "d"]
    assert message.without("Via").with_top_via(top).header_all("Via") == [str(top)]


def test_contacts_with_quoted_commas_and_a_star() -> None:
    line = 'm: "Doe, J" <sip:a@x>;+sip.instance="<urn:uuid:1>", "R, S" <sip:b@x>;text="1,2"'
    message = parse(invite(line, without="Contact"))
    assert [(c.display, c.uri.user) for c in message.contacts] == [("Doe, J", "a"), ("R, S", "b")]
    assert message.contacts[0].param("+sip.instance") == "<urn:uuid:1>"
    star = parse(invite(instead="Contact: *"))
    assert (star.contact_star, star.contacts) == (True, ())
    assert parse(invite()).contact_star is False
    mixed = parse(invite(instead="Contact: *, <sip:a@x>"))
    assert mixed.contact_star is False
    with pytest.raises(ProtocolError):
        _ = mixed.contacts


def test_routes_and_option_tags() -> None:
    message = parse(
        invite("Route: <sip:a;lr>, <sip:b>", "Route: <sip:c>", "Record-Route: <sip:r;lr>", "Require: 100rel, Foo", "k:")
    )
    assert [route.uri.host for route in message.routes] == ["a", "b", "c"]
    assert message.record_routes[0].uri.param("lr") == ""
    assert message.require == {"100rel", "foo"}
    assert message.supported == frozenset()


def test_values_of_one_header_are_bounded_over_its_lines() -> None:
    half = ", ".join(["<sip:a>"] * (MAX_LIST // 2 + 1))
    message = parse(invite(f"Route: {half}", f"Route: {half}"))
    with pytest.raises(ProtocolError) as caught:
        _ = message.routes
    assert caught.value.reason is DropReason.BAD_HEADER


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60),
        ("0", 0),
        ("99999999999", MAX_DELTA_SECONDS),
        ("9" * 5000, MAX_DELTA_SECONDS),
        ("-1", MALFORMED_EXPIRES),
        ("1_0", MALFORMED_EXPIRES),
        ("\u0663", MALFORMED_EXPIRES),
        ("soon", MALFORMED_EXPIRES),
        ("", MALFORMED_EXPIRES),
    ],
)
def test_expires_never_raises(text: str, seconds: int) -> None:
    assert parse(invite(f"Expires: {text}")).expires == seconds


def test_what_may_be_missing() -> None:
    message = parse(invite(without="Max-Forwards"))
    assert (message.expires, message.content_type, message.max_forwards) == (None, None, 70)
    assert parse(invite(instead="Max-Forwards: 0068")).max_forwards == 68
    with pytest.raises(ProtocolError) as caught:
        message.required("Refer-To")
    assert (caught.value.status_hint, caught.value.reason) == (400, DropReason.MISSING_HEADER)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\r\n\r\nbody", "a\r\n\r\n"])
def test_no_value_can_begin_a_header(value: str) -> None:
    message: Message = parse(invite()).with_header("Subject", value).with_header("Reason", value)
    again = parse(message.encode())
    assert [name for name, _ in again.headers] == [name for name, _ in message.headers]
    assert again.header("X-Evil") is None
    assert again.body == b""


def test_no_start_line_can_begin_a_header() -> None:
    message = Request("OPTIONS", Uri("sip", "a", host="x\r\nX-Evil: 1\r\n"), parse(invite()).headers)
    assert b"\nX-Evil" not in message.encode()


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "\u00e9", "a\n"])
def test_a_name_that_is_no_token_is_our_own_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="not a header name"):
        parse(invite()).with_header(name, "x")


def test_names_in_any_spelling() -> None:
    for short, name in COMPACT.items():
        assert (
            canonical(short) == canonical(short.upper()) == canonical(name.lower()) == canonical(name.upper()) == name
        )
    assert canonical("cAlL-iD") == "Call-ID"
    assert canonical("x-asterisk-hangupcause") == "X-Asterisk-Hangupcause"


@given(st.text(max_size=60))
def test_whatever_is_set_comes_out_as_one_header(value: str) -> None:
    message = parse(invite(without="Contact")).with_added("Subject", value)
    data = message.encode()
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") == len(message.headers) + 3


def test_an_envelope_holds_where_and_when() -> None:
    flow = Flow("udp", ("127.0.0.1", 5060), ("127.0.0.1", 5062))
    held = Envelope(parse(invite()), flow, 12.5)
    assert (held.flow, held.at) == (flow, 12.5)
