"""Messages we make: what a response takes over, what a request must have, ACK and CANCEL of the same hop."""

from __future__ import annotations

import pytest

from sip.message.build import (
    BRANCH_COOKIE,
    REASON_PHRASES,
    ack_for_failure,
    cancel_for,
    new_branch,
    new_call_id,
    new_tag,
    reason_phrase,
    request,
    response,
)
from sip.message.envelope import Request, Response
from sip.message.grammar import is_token
from sip.message.intake import parse
from sip.message.values import NameAddr, Uri
from tests.sip.message.messages import invite


def received(*more: str, **changes: str) -> Request:
    message = parse(invite(*more, **changes))
    assert isinstance(message, Request)
    return message


def test_a_response_takes_over_what_section_8_2_6_names() -> None:
    offer = received("v: SIP/2.0/UDP  proxy ; branch=z2", "Record-Route: <sip:p;lr>", "Subject: x", "Timestamp: 54")
    answer = response(
        offer, 200, headers=[("m", "<sip:us@x>")], body=b"v=0", content_type="application/sdp", to_tag="t1"
    )
    assert answer.headers == (
        ("Via", "SIP/2.0/UDP pc33.atlanta.com:5066;branch=z9hG4bK776asdhds;rport"),
        ("To", "Bob <sip:bob@biloxi.com>;tag=t1"),
        ("From", "Alice <sip:alice@atlanta.com>;tag=1928301774"),
        ("Call-ID", "a84b4c76e66710@pc33.atlanta.com"),
        ("CSeq", "314159 INVITE"),
        ("Via", "SIP/2.0/UDP  proxy ; branch=z2"),
        ("Record-Route", "<sip:p;lr>"),
        ("Contact", "<sip:us@x>"),
        ("Content-Type", "application/sdp"),
    )
    assert (answer.reason, answer.body, answer.to_tag) == ("OK", b"v=0", "t1")
    again = parse(answer.encode())
    assert isinstance(again, Response)
    assert again.headers == answer.headers
    assert [via.branch for via in again.vias] == ["z9hG4bK776asdhds", "z2"]


def test_the_tag_of_to() -> None:
    plain = received(instead="To: sip:bob@biloxi.com")
    assert response(plain, 180, to_tag="abc").header("To") == "sip:bob@biloxi.com;tag=abc"
    assert response(plain, 180, to_tag="abc").to_tag == "abc"
    assert response(plain, 100).to_tag is None
    assert response(plain, 404).to_tag != response(plain, 404).to_tag
    assert response(received(instead="To: <sip:bob@biloxi.com>;tag=theirs"), 200, to_tag="ours").to_tag == "theirs"


def test_record_route_where_a_dialog_may_begin_and_timestamp_in_100() -> None:
    offer = received("Record-Route: <sip:p;lr>", "Timestamp: 54")
    assert response(offer, 100).header("Timestamp") == "54"
    assert response(offer, 180).header("Timestamp") is None
    assert [response(offer, status).header("Record-Route") for status in (100, 180, 200, 404)] == [
        *(None, "<sip:p;lr>", "<sip:p;lr>", None)
    ]


def test_reason_phrases() -> None:
    assert response(received(), 486).reason == "Busy Here"
    assert response(received(), 486, "Later").start_line == "SIP/2.0 486 Later"
    assert reason_phrase(499) == "Bad Request"
    assert reason_phrase(299) == "OK"
    assert reason_phrase(699) == "Busy Everywhere"
    assert all(phrase.isascii() for phrase in REASON_PHRASES.values())


def test_a_request() -> None:
    made = request(
        "INVITE",
        Uri.parse("sip:bob@192.0.2.4"),
        from_=NameAddr('Al, "1"', Uri.parse("sip:a@x"), (("tag", "1"),)),
        to=NameAddr("", Uri.parse("sip:b@x")),
        call_id="c1",
        cseq=7,
        routes=[NameAddr("", Uri.parse("sip:p1;lr")), NameAddr("", Uri.parse("sip:p2;lr"))],
        contact=NameAddr("", Uri.parse("sip:a@192.0.2.1")),
        headers=[("Subject", "x")],
        body=b"v=0",
        content_type="application/sdp",
    )
    assert made.header("Via") is None
    assert made.cseq.method == "INVITE"
    again = parse(made.with_prepended("Via", f"SIP/2.0/UDP a;branch={new_branch()}").encode())
    assert isinstance(again, Request)
    assert (again.method, again.uri, again.from_, again.to) == ("INVITE", made.uri, made.from_, made.to)
    assert (again.call_id, again.cseq, again.max_forwards, again.body) == ("c1", made.cseq, 70, b"v=0")
    assert [route.uri.host for route in again.routes] == ["p1", "p2"]
    assert [contact.uri.host for contact in again.contacts] == ["192.0.2.1"]
    assert again.content_type == "application/sdp"


def test_ack_to_a_failure_and_cancel_go_where_the_invite_went() -> None:
    invitation = received(
        "v: SIP/2.0/UDP second", "Route: <sip:p1;lr>", "Route: <sip:p2;lr>", "Require: 100rel", body=b"v=0"
    )
    failure = parse(response(invitation, 486, to_tag="far").encode())
    assert isinstance(failure, Response)
    for made, method, to in (
        (ack_for_failure(invitation, failure), "ACK", "Bob <sip:bob@biloxi.com>;tag=far"),
        (cancel_for(invitation), "CANCEL", "Bob <sip:bob@biloxi.com>"),
    ):
        assert (made.method, made.uri) == (method, invitation.uri)
        assert made.header_all("Via") == [str(invitation.via)]
        assert made.header_all("Route") == ["<sip:p1;lr>", "<sip:p2;lr>"]
        assert made.header("From") == invitation.header("From")
        assert made.header("To") == to
        assert made.call_id == invitation.call_id
        assert (made.cseq.number, made.cseq.method) == (314159, method)
        assert made.header("Require") is None
        assert made.body == b""


@pytest.mark.parametrize("make", [new_tag, new_branch, new_call_id])
def test_names_are_tokens_and_never_the_same(make: object) -> None:
    assert callable(make)
    made = {make() for _ in range(100)}
    assert len(made) == 100
    assert all(is_token(name) and len(name) >= 16 for name in made)


def test_a_branch_bears_the_cookie() -> None:
    assert new_branch().startswith(BRANCH_COOKIE)
