"""Offers and answers of one side of a call: what the media leg is told, and what the peer reads of us."""

from __future__ import annotations

from typing import Any, cast

import pytest

from engine.call.line import Line, stream_of
from media.commands import DigitPressed, Sound, Stream, Tone
from media.plane import Leg
from sip.errors import ProtocolError
from sip.rim.calls import CallLeg
from sip.sdp.answer import NotAcceptable, Refusal
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
        on_offer = on_answer = on_info = None

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
