"""A second opinion: what sipmessage reads rightly, we read alike (its known mistakes are in the other tests)."""

from __future__ import annotations

import pytest
import sipmessage

from sip.message.intake import parse
from sip.message.values import CSeq, NameAddr, Uri, Via
from tests.sip.message.messages import invite

URIS = [
    "sip:alice@example.com",
    "sips:alice:secret@example.com:5061",
    "sip:example.com;transport=tcp;lr",
    "sip:+31201234567@192.0.2.1:5060;user=phone",
    "sip:a@[2001:db8::1]:5060",
    "tel:+31201234567",
]


@pytest.mark.parametrize("text", URIS)
def test_uris(text: str) -> None:
    ours, theirs = Uri.parse(text), sipmessage.URI.parse(text)
    if ours.scheme != "tel":
        assert ours.host == theirs.host.strip("[]")
        assert (ours.user, ours.password, ours.port) == (theirs.user, theirs.password, theirs.port)
        assert {name: value or None for name, value in ours.params} == dict(theirs.parameters)
    assert str(ours) == str(theirs)


@pytest.mark.parametrize(
    "text",
    [
        '"Alice" <sip:alice@example.com>;tag=1;x=y',
        "Bob Jones <sip:b@x>;tag=2",
        "<sip:a@b;lr>",
        "sip:a@b;tag=3",
        '"A, \\"B\\"" <sip:a@b>',
    ],
)
def test_addresses(text: str) -> None:
    ours, theirs = NameAddr.parse(text), sipmessage.Address.parse(text)
    assert ours.display == (theirs.name or "")
    assert str(ours.uri) == str(theirs.uri)
    assert dict(ours.params) == dict(theirs.parameters)


@pytest.mark.parametrize(
    "text", ["SIP/2.0/UDP a.example;branch=z9hG4bK1;rport", "SIP/2.0/TCP 192.0.2.1:5070;branch=2;received=192.0.2.9"]
)
def test_vias(text: str) -> None:
    ours, theirs = Via.parse(text), sipmessage.Via.parse(text)
    assert (ours.transport, ours.host, ours.port) == (theirs.transport, theirs.host, theirs.port)
    assert dict(ours.params) == dict(theirs.parameters)
    assert str(ours) == str(theirs)


def test_a_message() -> None:
    data = invite("Content-Type: application/sdp", "Content-Length: 3", "Supported: timer, 100rel", body=b"v=0")
    ours, theirs = parse(data), sipmessage.Message.parse(data)
    assert isinstance(theirs, sipmessage.Request)
    assert (ours.start_line, ours.body) == (f"{theirs.method} {theirs.uri} SIP/2.0", theirs.body)
    assert [str(via) for via in ours.vias] == [str(via) for via in theirs.via]
    assert (ours.call_id, ours.from_tag) == (theirs.call_id, theirs.from_address.parameters["tag"])
    assert ours.cseq == CSeq(theirs.cseq.sequence, theirs.cseq.method)
    assert ours.max_forwards == theirs.max_forwards
    assert [str(contact) for contact in ours.contacts] == [str(contact) for contact in theirs.contact]


def test_what_we_write_it_reads() -> None:
    message = sipmessage.Message.parse(parse(invite("Subject: x", body=b"abc")).encode())
    assert message.body == b"abc"
    assert message.call_id == "a84b4c76e66710@pc33.atlanta.com"
