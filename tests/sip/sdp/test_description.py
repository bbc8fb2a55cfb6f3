"""Descriptions are read as leniently as real phones need, within bounds, and written strictly (RFC 8866)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.errors import DropReason, ProtocolError
from sip.sdp.description import (
    MAX_FORMATS,
    MAX_LINES,
    MAX_MEDIA,
    MAX_SDP,
    MediaDescription,
    Origin,
    RtpMap,
    SessionDescription,
)

MINIMAL = b"v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


def refused(data: bytes) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        SessionDescription.parse(data)
    assert (caught.value.status_hint, caught.value.reason) == (400, DropReason.BAD_SDP)
    return caught.value


def test_lines_are_read_into_their_fields():
    sd = SessionDescription.parse(MINIMAL + b"a=sendonly\r\na=rtpmap:0 PCMU/8000\r\n")
    assert sd.origin == Origin("1", "2", "192.0.2.1", "-")
    assert sd.address == "192.0.2.1"
    (audio,) = sd.media
    assert (audio.kind, audio.port, audio.protocol, audio.formats) == ("audio", 4000, "RTP/AVP", ("0",))
    assert audio.direction == "sendonly"
    assert audio.rtpmaps == {0: RtpMap(0, "PCMU", 8000)}


def test_writing_what_was_read_gives_the_same_again():
    data = MINIMAL + b"a=rtpmap:0 PCMU/8000\r\na=sendrecv\r\nm=video 0 RTP/AVP 31\r\n"
    sd = SessionDescription.parse(data)
    assert bytes(sd) == data
    assert SessionDescription.parse(bytes(sd)) == sd


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_any_line_end_will_do(end: bytes):
    assert SessionDescription.parse(MINIMAL.replace(b"\r\n", end)) == SessionDescription.parse(MINIMAL)


@pytest.mark.parametrize("missing", [b"v=0\r\n", b"o=- 1 2 IN IP4 192.0.2.1\r\n", b"s=-\r\n", b"t=0 0\r\n"])
def test_a_missing_mandatory_line_is_forgiven(missing: bytes):
    assert len(SessionDescription.parse(MINIMAL.replace(missing, b"")).media) == 1


def test_unknown_lines_and_nonsense_are_skipped():
    sd = SessionDescription.parse(MINIMAL + b"y=1\r\nnonsense\r\n=\r\na\r\nb=AS:64\r\nk=clear:x\r\na=ptime:30\r\n")
    assert sd.media[0].attribute("ptime") == "30"


def test_attribute_names_are_read_without_regard_to_case_and_blanks():
    sd = SessionDescription.parse(MINIMAL + b"a=PTIME: 30 \r\na=SendOnly\r\n")
    assert sd.media[0].attribute("ptime") == "30"
    assert sd.media[0].direction == "sendonly"


def test_a_flag_is_told_from_no_attribute():
    sd = SessionDescription.parse(MINIMAL + b"a=rtcp-mux\r\n")
    assert sd.media[0].attribute("rtcp-mux") == ""
    assert sd.media[0].attribute("rtcp") is None


def test_attributes_before_the_first_stream_belong_to_the_session():
    sd = SessionDescription.parse(MINIMAL.replace(b"t=0 0\r\n", b"t=0 0\r\na=inactive\r\n"))
    assert sd.attributes == (("inactive", None),)
    assert sd.direction_of(sd.media[0]) == "inactive"


def test_a_stream_says_more_than_the_session():
    session_wide = MINIMAL.replace(b"t=0 0\r\n", b"t=0 0\r\na=inactive\r\n")
    sd = SessionDescription.parse(session_wide + b"c=IN IP4 192.0.2.99\r\na=recvonly\r\n")
    assert sd.direction_of(sd.media[0]) == "recvonly"
    assert sd.address_of(sd.media[0]) == "192.0.2.99"


def test_without_a_direction_a_stream_goes_both_ways():
    sd = SessionDescription.parse(MINIMAL)
    assert sd.direction_of(sd.media[0]) == "sendrecv"


def test_an_odd_connection_line_harms_only_a_stream_without_another():
    sd = SessionDescription.parse(MINIMAL.replace(b"c=IN IP4 192.0.2.1", b"c=ATM x") + b"c=IN IP4 192.0.2.5\r\n")
    assert sd.address is None
    assert sd.address_of(sd.media[0]) == "192.0.2.5"


def test_of_several_connection_lines_the_first_counts():
    more = b"c=IN IP4 192.0.2.7\r\n"
    sd = SessionDescription.parse(MINIMAL.replace(b"t=0 0\r\n", more + b"t=0 0\r\n") + b"c=IN IP4 192.0.2.8\r\n" + more)
    assert (sd.address, sd.address_of(sd.media[0])) == ("192.0.2.1", "192.0.2.8")


def test_the_user_name_of_an_origin_may_hold_blanks():
    assert Origin.parse("Front Desk 3 4 IN IP4 192.0.2.1") == Origin("3", "4", "192.0.2.1", "Front_Desk")


def test_an_ipv6_address_is_written_as_such():
    sd = SessionDescription(Origin("1", "1", "2001:db8::1"), address="2001:db8::1")
    assert b"o=- 1 1 IN IP6 2001:db8::1\r\n" in bytes(sd)
    assert b"c=IN IP6 2001:db8::1\r\n" in bytes(sd)


@pytest.mark.parametrize(
    "line",
    ["", "0", "x PCMU/8000", "0 PCMU", "0 PCMU/x", "200 PCMU/8000", "0 /8000", "0 PCMU/8000/x", "\u0663 PCMU/8000"],
)
def test_an_odd_rtpmap_explains_nothing(line: str):
    assert RtpMap.parse(line) is None


def test_the_first_explanation_of_a_payload_number_counts():
    media = MediaDescription("audio", 1, "RTP/AVP", ("96",), None, (("rtpmap", "96 A/1"), ("rtpmap", "96 B/1")))
    assert media.rtpmaps[96].name == "A"


def test_a_second_channel_is_read_and_written():
    assert str(RtpMap.parse("96 opus/48000/2")) == "96 opus/48000/2"


@pytest.mark.parametrize("port", [b"-1", b"65536", b"99999999999", b"1_0", b"x", "\u0663".encode(), b""])
def test_a_port_that_is_none_is_refused(port: bytes):
    refused(MINIMAL.replace(b"audio 4000", b"audio " + port))


def test_a_port_count_is_read_over():
    assert SessionDescription.parse(MINIMAL.replace(b"4000", b"4000/2")).media[0].port == 4000


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"hello", b"\0\0\0\0", b"<xml/>"])
def test_what_is_no_description_is_refused(data: bytes):
    refused(data)


def test_another_version_is_refused():
    refused(MINIMAL.replace(b"v=0", b"v=1"))


def test_the_bounds():
    SessionDescription.parse(MINIMAL + b"m=video 0 RTP/AVP 31\r\n" * (MAX_MEDIA - 1))
    assert "too many streams" in refused(MINIMAL + b"m=video 0 RTP/AVP 31\r\n" * MAX_MEDIA).detail
    assert str(MAX_SDP + 1) in refused(MINIMAL.ljust(MAX_SDP + 1)).detail
    assert "lines" in refused(MINIMAL + b"a=x\r\n" * MAX_LINES).detail
    SessionDescription.parse(MINIMAL.replace(b"AVP 0", b"AVP" + b" 0" * MAX_FORMATS))
    refused(MINIMAL.replace(b"AVP 0", b"AVP" + b" 0" * (MAX_FORMATS + 1)))


def test_a_line_end_cannot_be_smuggled_in():
    with pytest.raises(ValueError, match="line end"):
        bytes(SessionDescription(name="a\r\nm=audio 1 RTP/AVP 0"))


LINES = st.lists(
    st.one_of(
        st.sampled_from(MINIMAL.split(b"\r\n")),
        st.sampled_from([b"a=rtpmap:0 PCMU/8000", b"a=ptime:20", b"a=inactive", b"c=IN IP6 ::1", b"m=audio 0 RTP/AVP"]),
        st.binary(max_size=30),
        st.builds(lambda kind, rest: kind + b"=" + rest, st.sampled_from([b"m", b"c", b"o", b"t", b"a"]), st.binary()),
    )
)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=400), LINES.map(b"\r\n".join)))
def test_any_bytes_give_a_description_that_can_be_written_or_a_protocol_error(data: bytes):
    try:
        sd = SessionDescription.parse(data)
    except ProtocolError:
        refused(data)
    else:
        assert SessionDescription.parse(bytes(sd)).media == sd.media
