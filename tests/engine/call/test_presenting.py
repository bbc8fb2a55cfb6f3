"""The name and the ring tone as they go out in an INVITE: what phones read, and nothing that ends a header early."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call.presenting import alert_info, asserted_headers, caller_shown, headers_of
from engine.call.protocol import Caller
from engine.call.ring_plan import PLAIN, Presentation
from sip.message.build import request
from sip.message.envelope import Request
from sip.message.intake import parse
from sip.message.values import NameAddr, Uri

JAN = Caller("+31612345678", "Jan")


@pytest.mark.parametrize(
    ("tone", "value"),
    [
        ("Bellcore-dr2", "<http://127.0.0.1/Bellcore-dr2>;info=Bellcore-dr2"),
        ("alert-internal", "<http://127.0.0.1/alert-internal>;info=alert-internal"),
        ("urn:alert:source:external", "<urn:alert:source:external>"),
        ("http://example.com/moo.wav", "<http://example.com/moo.wav>"),
    ],
)
def test_a_ring_tone_is_an_alert_info_that_can_be_read(tone: str, value: str) -> None:
    assert alert_info(tone) == value
    assert headers_of(Presentation(ring_tone=tone)) == (("Alert-Info", value),)


def test_a_call_nothing_was_set_for_is_shown_as_it_came() -> None:
    assert str(caller_shown(JAN, "bakery.test", PLAIN)) == '"Jan" <sip:+31612345678@bakery.test>'
    assert headers_of(PLAIN) == ()


def test_phones_are_told_the_identity_of_who_is_vouched_for_and_of_nobody_else() -> None:
    shown = caller_shown(JAN, "bakery.test", PLAIN)
    assert asserted_headers(JAN, shown) == ()
    known = replace(JAN, vouched=True)
    assert asserted_headers(known, shown) == (("P-Asserted-Identity", '"Jan" <sip:+31612345678@bakery.test>'),)
    assert asserted_headers(replace(known, withheld=True), shown) == ()


def test_the_prefix_stands_before_the_name_or_else_the_number() -> None:
    sales = Presentation(name_prefix="Sales: ")
    assert caller_shown(JAN, "bakery.test", sales).display == "Sales: Jan"
    assert caller_shown(Caller("anonymous"), "bakery.test", sales).display == "Sales: anonymous"


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_the_names_hold_the_invite_has_no_header_more(prefix: str, name: str) -> None:
    """The INVITE is read back with the very headers it was made of."""
    shown = caller_shown(Caller("+316", name), "bakery.test", Presentation(name_prefix=prefix))
    uri = Uri.parse("sip:102@127.0.0.1")
    made = request("INVITE", uri, from_=shown, to=NameAddr("", uri, ()), call_id="c", cseq=1)
    made = made.with_header("Via", "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1")
    read = parse(made.encode())
    assert isinstance(read, Request)
    assert [header for header, _ in read.headers] == [header for header, _ in made.headers]
    assert read.from_.uri == shown.uri
