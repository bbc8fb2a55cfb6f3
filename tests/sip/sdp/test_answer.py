"""Offer and answer (RFC 3264): what is agreed, and why sometimes nothing is."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.errors import ProtocolError
from sip.sdp.answer import (
    EVENT_PAYLOAD,
    Agreement,
    Codec,
    LocalMedia,
    NotAcceptable,
    Refusal,
    make_answer,
    make_offer,
    read_answer,
)
from sip.sdp.description import SessionDescription
from sip.sdp.reading import MAX_PTIME_MS

PCMU, PCMA = Codec("PCMU"), Codec("PCMA")
LOCAL = LocalMedia("192.0.2.1", 16384, (PCMA, PCMU), session_id=7, version=1)
LOCAL6 = replace(LOCAL, address="2001:db8::1")
HEAD = "v=0\no=- 5 5 IN IP4 192.0.2.9\ns=-\nc=IN IP4 192.0.2.9\nt=0 0\n"
AUDIO = "m=audio 4000 RTP/AVP 0 8\n"


def offer(body: str = AUDIO, head: str = HEAD) -> SessionDescription:
    return SessionDescription.parse((head + body).encode())


def agreed(body: str = AUDIO, head: str = HEAD, local: LocalMedia = LOCAL) -> Agreement:
    return make_answer(local, offer(body, head))[1]


def answered(body: str = AUDIO, head: str = HEAD, local: LocalMedia = LOCAL) -> str:
    return bytes(make_answer(local, offer(body, head))[0]).decode()


def refusal(body: str = AUDIO, head: str = HEAD, local: LocalMedia = LOCAL) -> Refusal:
    with pytest.raises(NotAcceptable) as caught:
        make_answer(local, offer(body, head))
    assert caught.value.warning in range(300, 400)
    return caught.value.refusal


def test_a_plain_answer_in_full():
    assert answered("m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n") == (
        "v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        "m=audio 16384 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )


# --- codecs and payload numbers ---


def test_the_first_common_codec_in_the_offers_order_is_taken():
    assert agreed("m=audio 4000 RTP/AVP 18 0 8\n").codec is PCMU
    assert agreed("m=audio 4000 RTP/AVP 9 8 0\n").codec is PCMA


def test_a_codec_may_come_under_any_number_and_spelling():
    agreement = agreed("m=audio 4000 RTP/AVP 110 8\na=rtpmap:110 pcmu/8000/1\n")
    assert (agreement.codec, agreement.send_payload, agreement.receive_payload) == (PCMU, 110, 110)


def test_a_static_number_may_be_given_another_meaning():
    assert agreed("m=audio 4000 RTP/AVP 0 8\na=rtpmap:0 X-OTHER/8000\n").codec is PCMA


def test_another_clock_rate_or_two_channels_are_another_codec():
    body = "m=audio 4000 RTP/AVP 96 97 8\na=rtpmap:96 PCMU/16000\na=rtpmap:97 PCMU/8000/2\n"
    assert agreed(body).codec is PCMA


def test_a_number_without_an_explanation_means_nothing():
    assert refusal("m=audio 4000 RTP/AVP 96 97\n") is Refusal.NO_COMMON_CODEC


@pytest.mark.parametrize(("payload", "rate"), [(101, 8000), (96, 8000), (121, 48000)])
def test_telephone_event_is_taken_under_any_number_and_rate(payload: int, rate: int):
    agreement = agreed(f"m=audio 4000 RTP/AVP 0 {payload}\na=rtpmap:{payload} telephone-event/{rate}\n")
    assert (agreement.event_send_payload, agreement.event_receive_payload) == (payload, payload)
    assert agreement.event_rate == rate


def test_of_several_telephone_events_the_codecs_own_rate_is_taken():
    body = "m=audio 4000 RTP/AVP 98 0 99\na=rtpmap:98 telephone-event/48000\na=rtpmap:99 Telephone-Event/8000\n"
    assert (agreed(body).event_send_payload, agreed(body).event_rate) == (99, 8000)


def test_telephone_event_is_neither_invented_nor_taken_where_we_want_none():
    assert agreed().event_send_payload is None
    body = "m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000\n"
    without = replace(LOCAL, events=False)
    assert agreed(body, local=without).event_receive_payload is None
    assert "telephone-event" not in answered(body, local=without)


def test_an_explanation_of_a_number_that_is_not_offered_is_no_offer():
    assert agreed(AUDIO + "a=rtpmap:101 telephone-event/8000\n").event_send_payload is None


# --- streams ---


def test_every_other_stream_is_refused_in_its_place():
    lines = answered("m=video 5000 RTP/AVP 96 97\n" + AUDIO + "m=audio 6000 RTP/AVP 0\nm=image 7000 udptl t38\n")
    streams = [line for line in lines.split("\r\n") if line.startswith("m=")]
    assert streams == [
        "m=video 0 RTP/AVP 96 97",
        "m=audio 16384 RTP/AVP 0",
        "m=audio 0 RTP/AVP 0",
        "m=image 0 UDPTL t38",
    ]


def test_the_first_stream_that_fits_is_taken():
    body = "m=audio 4000 RTP/SAVP 0\nm=audio 4002 RTP/AVP 18\nm=audio 0 RTP/AVP 0\nm=audio 4004 RTP/AVP 0\n"
    assert agreed(body).remote_port == 4004


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", Refusal.NO_AUDIO),
        ("m=video 5000 RTP/AVP 96\n", Refusal.NO_AUDIO),
        ("m=audio 0 RTP/AVP 8\nm=image 4812 udptl t38\n", Refusal.NO_AUDIO),
        ("m=audio 4000 RTP/SAVP 0\n", Refusal.ENCRYPTED_ONLY),
        ("m=audio 4000 UDP/TLS/RTP/SAVPF 0\n", Refusal.ENCRYPTED_ONLY),
        ("m=audio 4000 RTP/ABC 0\n", Refusal.OTHER_PROFILE),
        ("m=audio 4000 RTP/AVP 18\n", Refusal.NO_COMMON_CODEC),
        (AUDIO + "c=IN IP4 phone.example\n", Refusal.NOT_AN_IP_ADDRESS),
        (AUDIO + "c=IN IP4 224.2.1.1/127\n", Refusal.MULTICAST),
        (AUDIO + "c=IN IP6 fe80::1%eth0\n", Refusal.NOT_AN_IP_ADDRESS),
        (AUDIO + "c=IN IP6 2001:db8::9\n", Refusal.OTHER_ADDRESS_FAMILY),
    ],
)
def test_what_cannot_be_agreed_on_is_refused_with_the_reason(body: str, why: Refusal):
    assert refusal(body) is why


def test_a_stream_without_any_address_is_refused():
    assert refusal(head="v=0\ns=-\n") is Refusal.NO_ADDRESS


def test_the_reason_comes_with_the_warning_code_of_section_20_43():
    with pytest.raises(NotAcceptable, match="no_common_codec: 18") as caught:
        make_answer(LOCAL, offer("m=audio 4000 RTP/AVP 18\n"))
    assert caught.value.warning == 305


def test_a_peer_that_switches_its_only_stream_off_gets_it_off():
    body = "m=audio 0 RTP/AVP 0\n"
    agreement = agreed(body)
    assert (agreement.remote_port, agreement.direction, agreement.remote_holds) == (0, "inactive", True)
    assert "m=audio 0 RTP/AVP 0" in answered(body)


# --- direction and hold ---


@pytest.mark.parametrize(
    ("offered", "ours", "holds"),
    [
        ("sendrecv", "sendrecv", False),
        ("sendonly", "recvonly", True),
        ("recvonly", "sendonly", False),
        ("inactive", "inactive", True),
    ],
)
def test_the_answer_mirrors_the_direction(offered: str, ours: str, holds: bool):
    for body, head in ((AUDIO + f"a={offered}\n", HEAD), (AUDIO, HEAD + f"a={offered}\n")):
        agreement = agreed(body, head)
        assert (agreement.direction, agreement.remote_holds) == (ours, holds)
        assert answered(body, head).endswith(f"a={ours}\r\n")


@pytest.mark.parametrize(
    ("local", "offered", "ours"),
    [
        ("sendonly", "sendrecv", "sendonly"),
        ("sendonly", "sendonly", "inactive"),
        ("recvonly", "sendrecv", "recvonly"),
        ("inactive", "sendrecv", "inactive"),
    ],
)
def test_our_own_hold_stays_in_an_answer(local: str, offered: str, ours: str):
    assert agreed(AUDIO + f"a={offered}\n", local=replace(LOCAL, direction=local)).direction == ours


@pytest.mark.parametrize("where", ["IN IP4 0.0.0.0", "IN IP6 ::"])
def test_the_unspecified_address_is_hold(where: str):
    agreement = agreed(AUDIO + f"c={where}\n")
    assert (agreement.direction, agreement.remote_holds) == ("recvonly", True)


def test_hold_and_back_again():
    assert agreed(AUDIO + "a=sendonly\n").remote_holds
    assert not agreed(AUDIO + "a=sendrecv\n").remote_holds


# --- addresses, ptime, rtcp ---


def test_ipv6():
    agreement = agreed(AUDIO + "c=IN IP6 2001:0DB8::9\n", local=LOCAL6)
    assert agreement.remote_address == "2001:db8::9"
    assert "c=IN IP6 2001:db8::1" in answered(AUDIO + "c=IN IP6 2001:db8::9\n", local=LOCAL6)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", 20),
        ("a=ptime:30\n", 30),
        ("a=ptime:30\na=maxptime:20\n", 20),
        ("a=maxptime:10\n", 10),
        ("a=ptime:20.0\n", 20),
        ("a=ptime:200\n", MAX_PTIME_MS),
        ("a=ptime\n", 20),
        ("a=ptime:0\n", 20),
        ("a=ptime:-5\na=maxptime:x\n", 20),
        ("a=ptime:99999999\n", 20),
    ],
)
def test_the_length_of_packets_is_the_peers_wish_within_reason(lines: str, expected: int):
    assert agreed(AUDIO + lines).ptime_ms == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", 4001),
        ("a=rtcp:53020\n", 53020),
        ("a=rtcp:53020 IN IP4 192.0.2.77\n", 53020),
        ("a=rtcp:0\n", 4001),
        ("a=rtcp:x\n", 4001),
        ("a=rtcp-mux\n", 4001),
    ],
)
def test_the_port_of_rtcp(lines: str, expected: int):
    assert agreed(AUDIO + lines).remote_rtcp_port == expected


def test_there_is_no_port_beyond_the_last():
    assert agreed("m=audio 65535 RTP/AVP 0\n").remote_rtcp_port is None


def test_rtcp_mux_is_declined_by_silence_and_an_odd_port_of_ours_is_told():
    assert "rtcp" not in answered(AUDIO + "a=rtcp-mux\n")
    assert "a=rtcp:20001\r\n" in answered(local=replace(LOCAL, rtcp_port=20001))
    assert "rtcp" not in answered(local=replace(LOCAL, rtcp_port=16385))


def test_the_times_of_the_offer_are_repeated():
    assert "t=2873397496 2873404696\r\n" in answered(head=HEAD.replace("t=0 0", "t=2873397496 2873404696"))


# --- our offers ---


def test_an_offer_in_full():
    assert bytes(make_offer(LOCAL)).decode() == (
        "v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        "m=audio 16384 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def test_codecs_without_a_number_get_free_ones():
    codecs = (Codec("opus", 48000, fmtp="useinbandfec=1"), Codec("X", 16000, payload_type=96), Codec("Y"))
    lines = bytes(make_offer(replace(LOCAL, codecs=codecs))).decode()
    assert "m=audio 16384 RTP/AVP 97 96 98 101 127\r\n" in lines
    assert "a=rtpmap:127 telephone-event/48000\r\n" in lines
    assert "a=fmtp:97 useinbandfec=1\r\n" in lines


def test_the_events_give_way_to_a_codec_on_their_number():
    media = make_offer(replace(LOCAL, codecs=(replace(PCMU, payload_type=EVENT_PAYLOAD),))).media[0]
    assert media.formats == (str(EVENT_PAYLOAD), "127")


def test_the_version_goes_up_when_and_only_when_something_changes():
    held = LOCAL.revised(direction="sendonly")
    assert (held.version, held.direction) == (2, "sendonly")
    assert held.revised(direction="sendonly") is held
    assert held.revised(direction="sendrecv").version == 3


def test_a_new_offer_keeps_the_places_of_the_streams():
    sent, _ = make_answer(LOCAL, offer("m=video 5000 RTP/AVP 96\n" + AUDIO))
    again = make_offer(LOCAL.revised(direction="sendonly"), previous=sent)
    assert [(media.kind, media.port) for media in again.media] == [("video", 0), ("audio", 16384)]
    assert again.origin.version == "2"
    off, _ = make_answer(LOCAL, offer("m=audio 0 RTP/AVP 0\n"))
    assert [media.port for media in make_offer(LOCAL, previous=off).media] == [0, 16384]


# --- answers to our offers ---


def test_each_side_is_sent_the_numbers_it_named():
    answer = offer("m=audio 4000 RTP/AVP 0 97\na=rtpmap:97 telephone-event/8000\n")
    agreement = read_answer(LOCAL, make_offer(LOCAL), answer)
    assert (agreement.codec, agreement.send_payload, agreement.receive_payload) == (PCMU, 0, 0)
    assert (agreement.event_send_payload, agreement.event_receive_payload) == (97, EVENT_PAYLOAD)


def test_a_moved_dynamic_codec_keeps_a_number_for_each_way():
    local = replace(LOCAL, codecs=(Codec("X", 16000, payload_type=96),))
    answer = offer("m=audio 4000 RTP/AVP 99\na=rtpmap:99 X/16000\n")
    agreement = read_answer(local, make_offer(local), answer)
    assert (agreement.send_payload, agreement.receive_payload) == (99, 96)


def test_our_hold_is_answered():
    held = LOCAL.revised(direction="sendonly")
    agreement = read_answer(held, make_offer(held), offer(AUDIO + "a=recvonly\n"))
    assert (agreement.direction, agreement.remote_holds) == ("sendonly", False)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("m=audio 0 RTP/AVP 8\n", Refusal.STREAM_REFUSED),
        ("m=video 4000 RTP/AVP 8\n", Refusal.NOT_AN_ANSWER),
        ("", Refusal.NOT_AN_ANSWER),
        ("m=audio 4000 RTP/SAVP 8\n", Refusal.ENCRYPTED_ONLY),
        ("m=audio 4000 RTP/AVP 18\n", Refusal.NO_COMMON_CODEC),
    ],
)
def test_an_answer_that_settles_nothing(body: str, why: Refusal):
    with pytest.raises(NotAcceptable) as caught:
        read_answer(LOCAL, make_offer(LOCAL), offer(body))
    assert caught.value.refusal is why


def test_two_of_us_agree_with_each_other():
    bob = replace(LOCAL, address="192.0.2.2", port=20000, codecs=(PCMU, PCMA))
    sent = make_offer(LOCAL)
    answer, theirs = make_answer(bob, SessionDescription.parse(bytes(sent)))
    ours = read_answer(LOCAL, sent, SessionDescription.parse(bytes(answer)))
    assert ours.codec == theirs.codec == PCMA
    assert (ours.remote_address, ours.remote_port) == ("192.0.2.2", 20000)
    assert (theirs.remote_address, theirs.remote_port) == ("192.0.2.1", 16384)
    assert ours.event_send_payload == theirs.event_receive_payload


BITS = st.sampled_from(
    [
        *("m=audio 4000 RTP/AVP 0 8 101", "m=audio 0 RTP/AVP 0", "m=video 1 RTP/AVP 31", "m=audio 9 RTP/SAVP 0"),
        *("a=rtpmap:101 telephone-event/8000", "a=rtpmap:0 PCMU/0", "a=rtpmap:101 telephone-event/0", "a=ptime:30"),
        *(
            "a=sendonly",
            "a=inactive",
            "c=IN IP4 0.0.0.0",
            "c=IN IP4 ::1",
            "c=IN IP6 1.2.3.4",
            "a=rtcp:1 2 3",
            "a=maxptime",
        ),
        *("c=IN IP4 192.0.2.5", "m=audio 4000 RTP/AVP 999 -1 x 0", "t=1 2", "v=0", "s="),
    ]
)


@settings(max_examples=300)
@given(st.lists(BITS | st.text(max_size=20), max_size=12))
def test_whatever_is_offered_is_answered_stream_by_stream_or_refused(lines: list[str]):
    try:
        theirs = SessionDescription.parse("\n".join(lines).encode())
        answer, agreement = make_answer(LOCAL, theirs)
    except (ProtocolError, NotAcceptable):
        return
    assert [media.kind for media in SessionDescription.parse(bytes(answer)).media] == [m.kind for m in theirs.media]
    assert sum(media.port != 0 for media in answer.media) == (agreement.remote_port != 0)
    assert agreement.event_rate > 0
