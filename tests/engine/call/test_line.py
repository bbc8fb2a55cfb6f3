"""Offers and answers of one side of a call: what the media leg is told, and what the peer reads of us."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any, cast

import pytest

from engine.call.line import Line, stream_of
from media.commands import DigitPressed, Sound, Stream, Tone
from media.plane import Leg
from sip.errors import ProtocolError
from sip.rim.calls import CallLeg, ReofferRefused
from sip.sdp.answer import Codec, LocalMedia, NotAcceptable, Refusal, make_answer, make_offer
from sip.sdp.crypto import Crypto, Encryption, new_keys
from sip.sdp.description import SessionDescription
from tests.engine.call.exchange import sdp


class NotedLeg:
    """A media leg of which only is known what it was told."""

    def __init__(self) -> None:
        self.address, self.port = "192.0.2.1", 17000
        self.streams: list[Stream] = []
        self.held: list[tuple[bool, tuple[Sound, ...]]] = []
        self.on_digit: Any = None

    def configure(self, stream: Stream) -> None:
        self.streams.append(stream)

    def hold(self, on: bool, sounds: tuple[Sound, ...] = ()) -> None:
        self.held.append((on, tuple(sounds)))


@pytest.fixture
def leg() -> NotedLeg:
    return NotedLeg()


@pytest.fixture
def line(leg: NotedLeg) -> Line:
    return Line(cast(Leg, leg), timeout=30.0, hold_timeout=600.0)


def origin(description: bytes) -> tuple[str, int]:
    """The session id and the version of a description."""
    sent = SessionDescription.parse(description)
    return sent.origin.session_id, int(sent.origin.version)


def test_an_offer_is_answered_and_the_leg_told(line: Line, leg: NotedLeg) -> None:
    answer = line.take_offer(sdp(port=40000, host="192.0.2.9"))
    assert b"m=audio 17000 RTP/AVP 0 101" in answer
    assert b"c=IN IP4 192.0.2.1" in answer
    (stream,) = leg.streams
    assert (stream.codec, stream.remote_address, stream.remote_port) == ("PCMU", "192.0.2.9", 40000)
    assert (stream.event_send_payload, stream.event_receive_payload) == (101, 101)
    assert (stream.send, stream.receive, stream.timeout) == (True, True, 30.0)
    assert line.codec is not None
    assert line.codec.name == "PCMU"


def test_an_offer_of_ours_is_answered(line: Line, leg: NotedLeg) -> None:
    offer = line.make_offer()
    assert b"m=audio 17000 RTP/AVP 9 8 0 96 101 127" in offer
    assert leg.streams == [], "nothing is known of the peer yet"
    line.take_answer(sdp(port=40002, payload="8 101"))
    assert [(stream.codec, stream.remote_port) for stream in leg.streams] == [("PCMA", 40002)]


def test_the_address_told_may_differ_from_the_legs(leg: NotedLeg) -> None:
    line = Line(cast(Leg, leg), shown="203.0.113.5", timeout=30.0, hold_timeout=600.0)
    assert b"c=IN IP4 203.0.113.5" in line.make_offer()


@pytest.mark.parametrize(
    ("offer", "send", "receive", "held"),
    [
        (sdp(direction="sendrecv"), True, True, False),
        (sdp(direction="sendonly"), False, True, True),
        (sdp(direction="inactive"), False, False, True),
        (sdp(host="0.0.0.0"), False, True, True),
        (sdp(direction="recvonly"), True, False, False),
    ],
)
def test_hold_by_direction_and_by_address(
    line: Line, leg: NotedLeg, offer: bytes, send: bool, receive: bool, held: bool
) -> None:
    line.take_offer(sdp())
    line.take_offer(offer)
    stream = leg.streams[-1]
    assert (stream.send, line.held) == (send, held)
    assert stream.timeout == (600.0 if held or not receive else 30.0), "a leg on hold may be silent for longer"


def test_hold_is_told_once_and_so_is_its_end(line: Line) -> None:
    told: list[bool] = []
    line.on_hold = told.append
    for direction in ("sendrecv", "sendonly", "inactive", "sendrecv", "sendrecv"):
        line.take_offer(sdp(direction=direction))
    line.take_offer(sdp(host="0.0.0.0"))
    assert told == [True, False, True]


def test_the_session_id_stays_and_the_version_rises_by_one_when_something_changed(line: Line) -> None:
    first = line.take_offer(sdp(port=40000))
    same = line.take_offer(sdp(port=40010, version=2))
    assert same == first, "we say what we said"
    changed = line.take_offer(sdp(direction="sendonly", version=3))
    again = line.take_offer(sdp(version=4))
    ours = line.make_offer()
    (session, version), *later = [origin(each) for each in (first, changed, again, ours)]
    assert later == [(session, version + 1), (session, version + 2), (session, version + 3)]
    assert line.make_offer() == ours


def test_every_line_is_a_session_of_its_own(line: Line, leg: NotedLeg) -> None:
    other = Line(cast(Leg, leg), timeout=30.0, hold_timeout=600.0)
    assert origin(line.make_offer())[0] != origin(other.make_offer())[0]


def test_an_offer_we_cannot_use_changes_nothing(line: Line, leg: NotedLeg) -> None:
    first = line.take_offer(sdp())
    with pytest.raises(NotAcceptable) as refused:
        line.take_offer(sdp(payload="18"))
    assert refused.value.refusal is Refusal.NO_COMMON_CODEC
    with pytest.raises(ProtocolError):
        line.take_offer(b"no SDP")
    assert len(leg.streams) == 1
    assert line.take_offer(sdp()) == first, "not even the version"


def test_answers_that_cannot_be_used(line: Line, leg: NotedLeg) -> None:
    with pytest.raises(NotAcceptable) as refused:
        line.take_answer(sdp())
    assert refused.value.refusal is Refusal.NOT_AN_ANSWER, "to no offer"
    line.make_offer()
    for answer in (sdp(payload="18"), sdp(port=0)):
        with pytest.raises(NotAcceptable):
            line.take_answer(answer)
    with pytest.raises(ProtocolError):
        line.take_answer(b"")
    assert leg.streams == []


def test_without_an_offer_the_peer_gets_ours(line: Line, leg: NotedLeg) -> None:
    offer = line.take_offer(None)
    assert b"RTP/AVP 9 8 0 96 101 127" in offer
    line.take_answer(sdp())
    assert leg.streams[-1].codec == "PCMU"


def test_other_streams_keep_their_places_in_a_later_offer_of_ours(line: Line) -> None:
    video = sdp() + b"m=video 5000 RTP/AVP 96\r\n"
    assert b"m=video 0" in line.take_offer(video)
    later = line.make_offer()
    assert later.index(b"m=audio 17000") < later.index(b"m=video 0")


async def test_keys_come_by_every_way_and_once(line: Line, leg: NotedLeg) -> None:
    class Dialog:
        on_offer = on_answer = on_info = on_proved = host = proved_host = None

    dialog = cast(CallLeg, Dialog())
    line.attach(dialog)
    assert dialog.on_info is not None
    dialog.on_info("application/dtmf-relay", b"Signal=7\r\n")
    dialog.on_info("application/dtmf-relay", b"Signal=flash\r\n")
    dialog.on_info("text/plain", b"7")
    press = await line.keys.next(0.0)
    assert press is not None
    assert (press.digit, press.method) == ("7", "info")
    leg.on_digit(DigitPressed(1, "7", "rfc4733", press.at + 0.1))
    leg.on_digit(DigitPressed(1, "8", "inband", press.at + 0.1))
    press = await line.keys.next(0.0)
    assert press is not None
    assert (press.digit, press.method) == ("8", "inband")
    assert dialog.on_offer == line.take_offer
    assert dialog.on_answer == line.take_answer


def test_sounds_in_place_of_the_partner(line: Line, leg: NotedLeg) -> None:
    line.hear_instead((Tone("busy"),))
    line.hear_instead(())
    line.hear_partner()
    assert leg.held == [(True, (Tone("busy"),)), (True, ()), (False, ())], "silence, if there is no music"


def test_a_phone_without_events_is_listened_to(line: Line, leg: NotedLeg) -> None:
    line.take_offer(sdp(payload="0").replace(b"a=rtpmap:101 telephone-event/8000\r\n", b""))
    assert leg.streams[-1].event_receive_payload is None
    assert line.agreement is not None
    assert stream_of(line.agreement, 5.0, 60.0).timeout == 5.0


async def test_keys_that_come_as_info_are_told_for_the_other_side(line: Line) -> None:
    passed: list[str] = []
    line._take_info("application/dtmf", b"5")
    line.on_info_digit = passed.append
    line._take_info("application/dtmf-relay", b"Signal=7\r\nDuration=100\r\n")
    line._take_info("application/dtmf", b"nonsense")
    assert passed == ["7"]


async def test_the_media_leg_is_told_where_the_peer_has_shown_to_be(line: Line, leg: NotedLeg) -> None:
    class Dialog:
        on_offer = on_answer = on_info = on_proved = proved_host = None
        host = "192.0.2.9"

    dialog = Dialog()
    line.attach(cast(CallLeg, dialog))
    line.take_offer(sdp(port=40000, host="192.0.2.9"))
    assert (leg.streams[-1].beside, leg.streams[-1].proved) == ("192.0.2.9", None)
    dialog.proved_host = dialog.host  # type: ignore[assignment]
    assert dialog.on_proved is not None
    dialog.on_proved()
    assert leg.streams[-1].proved == "192.0.2.9"


# --- encryption -------------------------------------------------------------------------------------------------------


def secretive(leg: NotedLeg, encryption: Encryption) -> Line:
    return Line(cast(Leg, leg), timeout=30.0, hold_timeout=600.0, encryption=encryption)


def answered_by(offer: bytes, encryption: Encryption) -> bytes:
    """What a peer of another maker, with keys of its own, says to an offer."""
    peer = LocalMedia("192.0.2.2", 20000, (Codec("PCMA"), Codec("PCMU")), 9, 1, encryption=encryption)
    answer, _ = make_answer(replace(peer, keys=new_keys(secrets.token_bytes)), SessionDescription.parse(offer))
    return bytes(answer)


def test_an_encrypted_call_keeps_its_keys_when_it_is_held_and_resumed(leg: NotedLeg) -> None:
    line = secretive(leg, Encryption.OFFERED)
    offer = line.make_offer()
    assert b"RTP/SAVP" in offer
    line.take_answer(answered_by(offer, Encryption.OFFERED))
    first = leg.streams[-1].keys
    assert first is not None
    again = line.make_offer()
    assert b"RTP/SAVP" in again
    line.take_answer(answered_by(again, Encryption.OFFERED))
    assert leg.streams[-1].keys is not None
    assert leg.streams[-1].keys.send == first.send


def test_a_peer_that_answers_the_second_offer_talks_plainly_from_then_on(leg: NotedLeg) -> None:
    line = secretive(leg, Encryption.OFFERED)
    line.make_offer()
    second = line.second_offer()
    assert second is not None
    assert b"RTP/AVP" in second
    assert b"crypto" not in second
    line.take_answer(answered_by(second, Encryption.OFF))
    assert leg.streams[-1].keys is None
    assert b"RTP/AVP" in line.make_offer()


@pytest.mark.parametrize("encryption", [Encryption.OFF, Encryption.REQUIRED])
def test_there_is_no_second_offer_where_nothing_is_offered_or_all_is_required(
    leg: NotedLeg, encryption: Encryption
) -> None:
    line = secretive(leg, encryption)
    line.make_offer()
    assert line.second_offer() is None


def offering(address: str, keys: tuple[Crypto, ...]) -> bytes:
    peer = LocalMedia(address, 20000, (Codec("PCMA"),), 9, 1, encryption=Encryption.REQUIRED, keys=keys)
    return bytes(make_offer(peer))


def test_another_device_at_the_other_end_gets_another_key(leg: NotedLeg) -> None:
    line = secretive(leg, Encryption.OFFERED)
    one, other = new_keys(secrets.token_bytes), new_keys(secrets.token_bytes)
    line.take_offer(offering("192.0.2.2", one))
    line.take_offer(offering("192.0.2.2", one))
    line.take_offer(offering("192.0.2.3", one))
    line.take_offer(offering("192.0.2.3", other))
    line.take_offer(offering("192.0.2.4", one))
    sent = [stream.keys.send for stream in leg.streams if stream.keys is not None]
    assert len(sent) == 5
    assert sent[0] == sent[1] == sent[2] == sent[3], "a new address, or a new key, is the same device"
    assert sent[4] != sent[3]


def test_plain_callers_cost_no_keys(leg: NotedLeg) -> None:
    line = secretive(leg, Encryption.OFFERED)
    line.take_offer(sdp())
    assert line._keys == ()
    assert leg.streams[-1].keys is None


# --- hold, with refreshes and early media -----------------------------------------------------------------------------


def test_a_refresh_of_a_call_on_hold_leaves_it_on_hold(line: Line, leg: NotedLeg) -> None:
    """What is said again is our last answer, recvonly; the phone that holds answers as before."""
    line.take_offer(sdp())
    ours = line.take_offer(sdp(direction="sendonly"))
    assert b"a=recvonly" in ours
    line.take_answer(sdp(direction="sendonly"))
    assert line.held
    assert not leg.streams[-1].send


def test_a_re_invite_without_offer_lets_the_phone_decide_whether_hold_ends(line: Line) -> None:
    line.take_offer(sdp())
    line.take_offer(sdp(direction="sendonly"))
    assert b"a=sendrecv" in line.take_offer(None)
    line.take_answer(sdp(direction="sendonly"))
    assert line.held
    line.take_offer(None)
    line.take_answer(sdp())
    assert not line.held


def test_a_stream_that_is_switched_off_is_hold(line: Line, leg: NotedLeg) -> None:
    line.take_offer(sdp())
    line.take_offer(sdp(port=0))
    assert (line.held, leg.streams[-1].send, leg.streams[-1].receive) == (True, False, False)
    line.take_offer(sdp())
    assert not line.held


def test_before_the_answer_nobody_has_to_send_and_hold_counts_afterwards(line: Line, leg: NotedLeg) -> None:
    line.make_offer()
    heard: list[bool] = []
    line.take_early(sdp(payload="8"), lambda: heard.append(True))
    assert (leg.streams[-1].timeout, leg.streams[-1].tell_heard) == (None, True)
    line.take_offer(sdp(payload="8", direction="sendonly"))
    assert line.held
    line.answered()
    assert (leg.streams[-1].timeout, leg.streams[-1].tell_heard) == (600.0, False)


@pytest.mark.parametrize("offered_off_first", [False, True])
def test_a_stream_switched_off_is_no_way_to_plain_sound_where_encryption_is_required(
    leg: NotedLeg, offered_off_first: bool
) -> None:
    line = secretive(leg, Encryption.REQUIRED)
    if not offered_off_first:
        line.take_answer(answered_by(line.make_offer(), Encryption.REQUIRED))
    line.take_offer(sdp(port=0, version=2))
    assert not leg.streams[-1].send
    assert not leg.streams[-1].receive
    offer = line.make_offer()
    assert b"RTP/SAVP" in offer
    assert b"a=crypto:" in offer
    with pytest.raises(NotAcceptable) as refused:
        line.take_answer(sdp(port=40000, version=3).replace(b"m=audio", b"m=audio 0 RTP/AVP 0\r\nm=audio"))
    assert refused.value.refusal is Refusal.NOT_ENCRYPTED


async def test_a_refresh_after_a_refused_change_of_codec_is_answered_by_what_was_said_before(leg: NotedLeg) -> None:
    class Refusing:
        host = proved_host = None

        async def reoffer(self, _sdp: bytes) -> bytes:
            raise ReofferRefused(488)

    line = secretive(leg, Encryption.OFFERED)
    keys = new_keys(secrets.token_bytes, ["AES_CM_128_HMAC_SHA1_80"])
    peer = LocalMedia("192.0.2.9", 40000, (Codec("PCMU", 8000, 0), Codec("PCMA", 8000, 8)), 7, 1)
    peer = replace(peer, encryption=Encryption.REQUIRED, keys=keys)
    said = line.take_offer(bytes(make_offer(peer)))
    line.attach(cast(CallLeg, Refusing()))
    assert not await line.change_codec(Codec("PCMA", 8000, 8))
    answer, _ = make_answer(peer, SessionDescription.parse(said))
    line.take_answer(bytes(answer))
    assert leg.streams[-1].keys is not None
