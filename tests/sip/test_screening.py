"""What is refused before anyone looks at what it wants: RFC 3261 section 8.2."""

import pytest

from sip.errors import DropReason
from sip.message.envelope import Request
from sip.message.values import Uri
from sip.outside import OUTSIDE
from sip.screening import ALLOW_OUTSIDE, INSIDE_ONLY, screen_inside, screen_outside, without_optional_body


def request(method: str = "INVITE", *headers: tuple[str, object], uri: str = "sip:desk@x.example", body: bytes = b""):
    return Request(method, Uri.parse(uri), headers, body)


SDP = ("Content-Type", "application/sdp")
CASES = [
    (request(), None),
    (request(uri="tel:+31201234567"), None),
    (request("INVITE", SDP, body=b"v=0"), None),
    (request("INVITE", ("Content-Type", "Application/SDP;charset=utf-8"), body=b"v=0"), None),
    (request("INVITE", SDP, ("Content-Encoding", "identity"), body=b"v=0"), None),
    (request("OPTIONS", ("Max-Forwards", 0)), None),
    (request("REGISTER", ("Require", "path")), None),
    (request("INFO", ("Content-Type", "application/dtmf"), body=b"1"), None),
    (request("INVITE", ("Max-Forwards", 0)), (483, DropReason.TOO_MANY_HOPS)),
    (request(uri="mailto:desk@x.example"), (416, DropReason.UNSUPPORTED_SCHEME)),
    (request("OPTIONS", uri="urn:service:sos"), (416, DropReason.UNSUPPORTED_SCHEME)),
    (request("PUBLISH"), (405, DropReason.UNSUPPORTED_METHOD)),
    (request("invite"), (405, DropReason.UNSUPPORTED_METHOD)),
    (request("INVITE", ("Require", "precondition, Path")), (420, DropReason.UNSUPPORTED_EXTENSION)),
    (request("INVITE", ("Content-Type", "text/plain"), body=b"x"), (415, DropReason.UNSUPPORTED_BODY)),
    (request("INVITE", body=b"x"), (415, DropReason.UNSUPPORTED_BODY)),
    (request("INVITE", SDP, ("Content-Encoding", "gzip"), body=b"x"), (415, DropReason.UNSUPPORTED_BODY)),
]


@pytest.mark.parametrize(("message", "expected"), CASES)
def test_outside_a_dialog(message: Request, expected: tuple[int, DropReason] | None):
    refusal = screen_outside(message)
    assert (refusal and (refusal.status, refusal.reason)) == expected


def test_a_refusal_says_what_would_do():
    refused = {405: request("BREW"), 415: request(body=b"x"), 420: request("INVITE", ("Require", "b, path, a"))}
    said = {}
    for status, message in refused.items():
        refusal = screen_outside(message)
        assert refusal is not None
        assert refusal.status == status
        said[status] = dict(refusal.headers)
    assert said == {
        405: {"Allow": "ACK, BYE, CANCEL, INFO, INVITE, OPTIONS, PRACK, REFER, UPDATE, MESSAGE, REGISTER, SUBSCRIBE"},
        415: {"Accept": "application/sdp", "Accept-Encoding": "identity"},
        420: {"Unsupported": "a, b"},
    }


@pytest.mark.parametrize("message", [request(uri="mailto:desk@x"), request("INVITE", ("Max-Forwards", 0))])
def test_inside_a_dialog_the_request_uri_is_our_own_and_hops_do_not_count(message: Request):
    assert screen_inside(message) is None


def test_register_does_not_belong_in_a_call():
    refusal = screen_inside(request("REGISTER"))
    assert refusal is not None
    assert dict(refusal.headers) == {"Allow": "ACK, BYE, CANCEL, INFO, INVITE, OPTIONS, PRACK, REFER, UPDATE"}


def test_an_optional_body_we_cannot_read_is_left_out():
    with_isup = [("Content-Type", "application/isup"), ("Content-Disposition", "signal; Handling = optional")]
    assert without_optional_body(request("INVITE", *with_isup, body=b"x")).body == b""
    assert without_optional_body(request("INVITE", *with_isup[:1], body=b"x")).body == b"x"
    readable = [SDP, ("Content-Disposition", "session;handling=optional")]
    assert without_optional_body(request("INVITE", *readable, body=b"v=0")).body == b"v=0"


def test_what_we_say_we_allow_is_what_rooms_are_there_for():
    assert set(ALLOW_OUTSIDE.split(", ")) == {*OUTSIDE, "ACK", "CANCEL"}
    assert set(INSIDE_ONLY) < set(OUTSIDE)
