"""What real phones and providers offer (shapes typical of each, in offers/*.sdp) and what we make of it."""

from pathlib import Path

import pytest
from aiosipua.sdp import parse_sdp
from aiosipua.sdp_negotiate import negotiate_sdp

from sip.sdp.answer import Codec, LocalMedia, NotAcceptable, Refusal, make_answer
from sip.sdp.description import SessionDescription

OFFERS = Path(__file__).parent / "offers"
LOCAL = LocalMedia("192.0.2.1", 16384, (Codec("PCMA"), Codec("PCMU")), session_id=7, version=1)
LOCAL6 = LocalMedia("2001:db8::1", 16384, (Codec("PCMA"), Codec("PCMU")), session_id=7, version=1)

# name: codec, its number, event number, address, port, RTCP port, our direction, ptime
TAKEN = {
    "linphone": ("PCMU", 0, 100, "192.0.2.20", 7078, 7079, "sendrecv", 20),
    "baresip": ("PCMU", 0, 101, "192.0.2.21", 10052, 10053, "sendrecv", 20),
    "pjsua": ("PCMU", 0, 96, "192.0.2.22", 4000, 4001, "sendrecv", 20),
    "zoiper": ("PCMU", 0, 101, "192.0.2.23", 50120, 50121, "sendrecv", 20),
    "yealink": ("PCMA", 8, 101, "192.0.2.24", 11796, 11797, "sendrecv", 20),
    "grandstream": ("PCMA", 8, 101, "192.0.2.25", 5004, 5005, "sendrecv", 20),
    "snom": ("PCMU", 0, 101, "192.0.2.26", 61250, 61251, "sendrecv", 20),
    "cisco-spa": ("PCMU", 0, 101, "192.0.2.27", 16430, 16431, "sendrecv", 30),
    "asterisk": ("PCMA", 8, 101, "192.0.2.28", 18334, 18335, "sendrecv", 20),
    "freeswitch": ("PCMU", 0, 101, "192.0.2.29", 24610, 24611, "sendrecv", 20),
    "provider-sbc": ("PCMA", 8, 101, "198.51.100.12", 31876, 31877, "sendrecv", 20),
    "provider-ipv6": ("PCMA", 8, 96, "2001:db8:1::9", 40000, 40001, "sendrecv", 20),
    "old-gateway": ("PCMA", 8, 121, "192.0.2.31", 8000, 8001, "sendrecv", 20),
    "sendonly-hold": ("PCMA", 8, 101, "192.0.2.24", 11796, 11797, "recvonly", 20),
}
REFUSED = {"webrtc": Refusal.ENCRYPTED_ONLY, "t38-switch": Refusal.NO_AUDIO}


def read(name: str) -> bytes:
    return (OFFERS / f"{name}.sdp").read_bytes()


def local_for(name: str) -> LocalMedia:
    return LOCAL6 if "ipv6" in name else LOCAL


def test_every_file_has_its_expectation():
    assert {path.stem for path in OFFERS.glob("*.sdp")} == TAKEN.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", TAKEN)
def test_an_offer_is_taken(name: str):
    _, agreement = make_answer(local_for(name), SessionDescription.parse(read(name)))
    assert (
        agreement.codec.name,
        agreement.send_payload,
        agreement.event_send_payload,
        agreement.remote_address,
        agreement.remote_port,
        agreement.remote_rtcp_port,
        agreement.direction,
        agreement.ptime_ms,
    ) == TAKEN[name]
    assert agreement.event_rate == 8000


@pytest.mark.parametrize("name", REFUSED)
def test_an_offer_is_refused(name: str):
    with pytest.raises(NotAcceptable) as caught:
        make_answer(LOCAL, SessionDescription.parse(read(name)))
    assert caught.value.refusal is REFUSED[name]


@pytest.mark.parametrize("name", TAKEN)
def test_the_answer_has_the_streams_of_the_offer(name: str):
    offer = SessionDescription.parse(read(name))
    answer, _ = make_answer(local_for(name), offer)
    assert [(m.kind, m.protocol) for m in answer.media] == [(m.kind, m.protocol) for m in offer.media]
    assert all(m.formats for m in answer.media)


@pytest.mark.parametrize("name", sorted(TAKEN.keys() - {"snom", "old-gateway", "linphone", "zoiper"}))
def test_a_second_opinion_agrees(name: str):
    """aiosipua chooses the same codec and number. It takes the first audio stream whatever its profile, and of several
    telephone-events another, so that a few are left out."""
    offer = SessionDescription.parse(read(name))
    _, ours = make_answer(local_for(name), offer)
    _, chosen = negotiate_sdp(
        offer=parse_sdp(read(name).decode()),
        local_ip=local_for(name).address,
        rtp_port=16384,
        supported_codecs=[0, 8],
    )
    assert chosen == ours.send_payload


@pytest.mark.parametrize("name", TAKEN)
def test_a_second_opinion_can_read_our_answer(name: str):
    answer, ours = make_answer(local_for(name), SessionDescription.parse(read(name)))
    seen = parse_sdp(bytes(answer).decode())
    taken = next(m for m in seen.media if m.port)
    assert seen.connection is not None
    assert (seen.connection.address, taken.port) == (local_for(name).address, 16384)
    assert [codec.payload_type for codec in taken.codecs] == [ours.receive_payload, ours.event_receive_payload]
    assert taken.direction == ours.direction
