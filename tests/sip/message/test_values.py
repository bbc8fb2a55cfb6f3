"""URIs, addresses, Via and CSeq: read, refused, compared, written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import DropReason, ProtocolError
from sip.message.bounds import MAX_CSEQ, MAX_URI
from sip.message.values import CSeq, NameAddr, Uri, Via

INSTANCE = "<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"


@pytest.mark.parametrize(
    "text",
    [
        "sip:alice@example.com",
        "sips:alice:secret@example.com:5061;transport=tcp;lr?subject=project%20x&priority=urgent",
        "sip:+31-20-123;phone-context=+31@gw.example.com;user=phone",
        "sip:[2001:db8::9]:5060;transport=udp",
        "sip:phone_1.local",
        "sip:*72%23@pbx",
        "sip:Caf%E9@pbx",
        "tel:+31201234567",
        "tel:863-1234;phone-context=+1-914-555",
        "urn:service:sos",
        "urn:uuid:00000000-0000-1000-8000-000A95A0E128",
        "http://example.com/a?b=c;d",
    ],
)
def test_uris_are_written_as_they_were_read(text: str) -> None:
    assert str(Uri.parse(text)) == text


def test_a_sip_uri_is_taken_apart() -> None:
    uri = Uri.parse("SIP:j%40doe:pw@Example_1.COM:5070;Transport=TCP;lr?Replaces=a%40b%3Bto-tag%3D1")
    assert (uri.scheme, uri.user, uri.password, uri.host, uri.port) == ("sip", "j@doe", "pw", "example_1.com", 5070)
    assert uri.param("transport") == "TCP"
    assert uri.param("LR") == ""
    assert uri.param("maddr") is None
    assert uri.header("replaces") == "a@b;to-tag=1"
    assert uri.without_headers().headers == ()
    assert str(uri.with_params(lr=None, ob="")) == (
        "sip:j%40doe:pw@example_1.com:5070;transport=TCP;ob?Replaces=a%40b%3Bto-tag%3D1"
    )


def test_an_ipv6_host_has_no_brackets() -> None:
    assert Uri.parse("sip:a@[::1]:5060").host == "::1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip",
        "sip:",
        "sip:@host",
        "sip:a@",
        "sip:a@host:99999",
        "sip:a@host:123456",
        "sip:a@host:-1",
        "sip:a@host:",
        "sip:a@ho st",
        "sip:a@host;=x",
        "sip:a@host?x",
        "sip:a b@host",
        "<sip:a@host>",
        "sip:a@host\r\nX: y",
        "sip:a@[::1",
        "sip:a@h\u00f6st",
        "sip:a@1٢.2.3.4",
        "tel:alice",
        "1sip:a@b",
        "sip:a@h" + ";p" * 100,
    ],
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        Uri.parse(text)
    assert (caught.value.status_hint, caught.value.reason) == (400, DropReason.BAD_URI)


def test_a_uri_is_bounded() -> None:
    Uri.parse("sip:" + "a" * (MAX_URI - 4))
    with pytest.raises(ProtocolError) as caught:
        Uri.parse("sip:" + "a" * (MAX_URI - 3))
    assert (caught.value.status_hint, caught.value.reason) == (414, DropReason.URI_TOO_LONG)


def test_a_uri_that_grows_when_written_is_bounded_as_written() -> None:
    most = (MAX_URI - len("sip:@x")) // len("%5C")
    assert len(str(Uri.parse(f"sip:{chr(92) * most}@x"))) <= MAX_URI
    with pytest.raises(ProtocolError) as caught:
        Uri.parse(f"sip:{chr(92) * (most + 1)}@x")
    assert caught.value.reason is DropReason.URI_TOO_LONG


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp", True),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", True),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;newparam=6", False),
        ("sip:a@b.com?to=x&from=y", "sip:a@b.com?from=y&to=x", True),
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", False),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", False),
        ("sip:a@b", "sips:a@b", False),
        ("sip:a@b", "sip:a:pw@b", False),
        ("tel:+1-201-555-0123", "tel:+12015550123", True),
        ("tel:7042;phone-context=example.com", "tel:7042", False),
        ("urn:service:sos", "urn:service:sos.fire", False),
    ],
)
def test_uris_are_compared_by_rfc_3261_section_19_1_4(one: str, other: str, same: bool) -> None:
    assert Uri.parse(one).equivalent(Uri.parse(other)) is same
    assert Uri.parse(other).equivalent(Uri.parse(one)) is same


@given(st.text(min_size=1, max_size=20), st.none() | st.text(max_size=10))
def test_any_user_part_survives_the_wire(user: str, password: str | None) -> None:
    uri = Uri("sip", user.encode("utf-8", "replace").decode(), password, "example.com")
    if password is not None:
        uri = Uri("sip", uri.user, password.encode("utf-8", "replace").decode(), "example.com")
    assert Uri.parse(str(uri)) == uri


@pytest.mark.parametrize(
    ("text", "display", "uri", "params"),
    [
        ('"A. G. Bell" <sip:agb@bell.com> ;tag=a48s', "A. G. Bell", "sip:agb@bell.com", (("tag", "a48s"),)),
        (
            "Anonymous <sip:c8oqz84zk7z@privacy.org>;TAG=hyh8",
            "Anonymous",
            "sip:c8oqz84zk7z@privacy.org",
            (("tag", "hyh8"),),
        ),
        ("sip:+12125551212@phone2net.com;tag=887s", "", "sip:+12125551212@phone2net.com", (("tag", "887s"),)),
        ("<sip:a@b;lr>;q=0.7", "", "sip:a@b;lr", (("q", "0.7"),)),
        ('"\\"J\\\\R\\" <x>"<sip:a@b>', '"J\\R" <x>', "sip:a@b", ()),
        ("t. watson <sip:w@b>", "t. watson", "sip:w@b", ()),
        ("a\x00b\x1f <sip:w@b>", "a b", "sip:w@b", ()),
        ("<sip:b@x?Replaces=425928%40bobster.example.org%3Bto-tag%3D7743>", "", None, ()),
        ("<urn:service:sos>", "", "urn:service:sos", ()),
        ("<tel:+31201234567>;tag=1", "", "tel:+31201234567", (("tag", "1"),)),
        (
            f'<sip:a@b>;+sip.instance="{INSTANCE}";reg-id=1',
            "",
            "sip:a@b",
            (("+sip.instance", f'"{INSTANCE}"'), ("reg-id", "1")),
        ),
    ],
)
def test_addresses_in_every_form(text: str, display: str, uri: str | None, params: object) -> None:
    address = NameAddr.parse(text)
    assert address.display == display
    assert address.params == params
    if uri is not None:
        assert address.uri == Uri.parse(uri)
    assert NameAddr.parse(str(address)) == address


def test_an_instance_id_is_written_back_as_it_came() -> None:
    text = f'<sip:a@b>;+sip.instance="{INSTANCE}";reg-id=1'
    address = NameAddr.parse(text)
    assert address.param("+sip.instance") == INSTANCE
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    [
        '"Mr. J <sip:j@x>',
        "<sip:a@b",
        'J" <sip:a@b>',
        '"J" sip:a@b',
        "<sip:a@b> x",
        "sip:a@b?Route=x",
        "",
        "<>",
        "a>b <sip:a@b>",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        NameAddr.parse(text)
    assert caught.value.status_hint == 400


def test_a_display_name_cannot_begin_a_header() -> None:
    assert str(NameAddr('Eve"\r\nX-Evil: 1', Uri.parse("sip:e@x"))) == '"Eve\\" X-Evil: 1" <sip:e@x>'


@pytest.mark.parametrize(
    ("text", "host", "port", "written"),
    [
        ("SIP/2.0/UDP erlang.bell.com:5060;branch=z9hG4bK87", "erlang.bell.com", 5060, None),
        (
            "SIP / 2.0 / udp first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7",
            "first.example.com",
            4000,
            "SIP/2.0/UDP first.example.com:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7",
        ),
        ("SIP/2.0/TCP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3", "2001:db8::9:1", None, None),
        ("SIP/2.0/TLS phone_1;rport;branch=z9hG4bK1", "phone_1", None, None),
    ],
)
def test_via(text: str, host: str, port: int | None, written: str | None) -> None:
    via = Via.parse(text)
    assert (via.host, via.port) == (host, port)
    assert str(via) == (written or text)


def test_via_tells_where_the_request_came_from() -> None:
    via = Via.parse("SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff")
    assert (via.branch, via.rport, via.param("rport"), via.received) == ("z9hG4bKkjshdyff", None, "", None)
    back = via.with_params(received="2001:db8::1", rport="9988")
    assert str(back).endswith(";rport=9988;branch=z9hG4bKkjshdyff;received=2001:db8::1")
    assert (back.rport, back.received) == (9988, "2001:db8::1")
    assert Via.parse("SIP/2.0/UDP h;received=[::1];rport=99999").received == "::1"
    assert Via.parse("SIP/2.0/UDP h;received=[::1];rport=99999").rport is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "UDP host",
        "SIP/2.0/UDP host:99999",
        "SIP/2.0/UDP ho st",
        "SIP/2.0/UDP h x;branch=1",
        "SIP/2.0/UDP h\u00e9",
    ],
)
def test_what_is_no_via_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        Via.parse(text)
    assert caught.value.reason is DropReason.BAD_HEADER


def test_cseq() -> None:
    assert CSeq.parse("0009 \t INVITE") == CSeq(9, "INVITE")
    assert str(CSeq(4711, "ACK")) == "4711 ACK"
    assert CSeq.parse(f"{MAX_CSEQ} BYE").number == MAX_CSEQ


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "INVITE",
        "-1 BYE",
        "1_0 BYE",
        "\u0661 BYE",
        f"{MAX_CSEQ + 1} BYE",
        "9" * 6000 + " BYE",
        "1 B YE",
        "1 <BYE>",
    ],
)
def test_what_is_no_cseq_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        CSeq.parse(text)
    assert (caught.value.status_hint, caught.value.reason) == (400, DropReason.BAD_HEADER)
