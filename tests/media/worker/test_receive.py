"""What arrives: the packets of odd phones, and of those who mean harm."""

from __future__ import annotations

import random
import struct
from collections import deque
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.commands import Stream
from media.record import Recording
from media.rtp import HEADER, MAX_PACKET_BYTES, Drop
from media.worker.legs import Leg
from media.worker.lock import LOCK_PACKETS
from media.worker.receive import Receiver
from media.worker.sockets import PortPair
from media.worker.statistics import SOURCE_PACKETS
from media.worker.transmit import send_own

PHONE, ROUTER, STRANGER = ("127.0.0.1", 4000), ("127.0.0.1", 5000), ("127.0.0.1", 6666)


class Socket:
    """A socket whose datagrams are given."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[bytes, tuple[str, int]]] = deque()

    def recvfrom_into(self, buffer: bytearray, room: int = 0) -> tuple[int, tuple[str, int]]:
        if not self.waiting:
            raise BlockingIOError
        data, sender = self.waiting.popleft()
        size = min(len(data), room or len(buffer))
        buffer[:size] = data[:size]
        return size, sender

    def recv_into(self, buffer: bytearray, room: int = 0) -> int:
        return self.recvfrom_into(buffer, room)[0]


class Listener:
    def __init__(self) -> None:
        self.digits: list[tuple[str, str]] = []
        self.pressed: list[str] = []

    def digit(self, leg: Leg, digit: str, method: str, now: float) -> None:
        self.digits.append((digit, method))

    def press(self, leg: Leg, digit: str) -> None:
        self.pressed.append(digit)

    def source_learnt(self, leg: Leg) -> None:
        leg.connected = True


class Case:
    """A leg, its socket, and who listens."""

    def __init__(self) -> None:
        self.listener = Listener()
        self.receiver = Receiver(self.listener)
        self.leg, self.socket, self.sent = self.make(1)

    def make(self, number: int, codec: str = "PCMU", events: int | None = 101) -> tuple[Leg, Socket, list[bytes]]:
        socket: Any = Socket()
        leg = Leg(number, PortPair("127.0.0.1", 2, socket, socket), 0, random.Random(number), 0.0)
        payload = 0 if codec == "PCMU" else 8
        stream = Stream(codec, payload, payload, *PHONE, event_send_payload=events, event_receive_payload=events)
        leg.configure(stream, 0.0)
        leg.expect_source()
        sent: list[bytes] = []
        leg.emit = lambda packet: sent.append(bytes(packet))
        return leg, socket, sent

    def arrive(self, data: bytes, sender: tuple[str, int] = PHONE, now: float = 1.0) -> None:
        self.socket.waiting.append((data, sender))
        self.receiver.rtp_ready(self.leg, now)

    def bridge(self, codec: str = "PCMU", events: int | None = 101) -> list[bytes]:
        other, _, sent = self.make(2, codec, events)
        self.leg.partner, other.partner = other, self.leg
        self.leg.choose()
        other.choose()
        return sent


def rtp(sequence: int = 1, timestamp: int = 160, payload: int = 0, body: bytes = b"\x7f" * 160, first: int = 0x80,
        ssrc: int = 7) -> bytes:  # fmt: skip
    return HEADER.pack(first, payload, sequence & 0xFFFF, timestamp, ssrc) + body


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.mark.parametrize("learnt", [False, True])
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x80", Drop.SHORT),
        (rtp(first=0x40), Drop.VERSION),
        (rtp(first=0x8F, body=b""), Drop.LENGTH),
        (rtp(body=b""), Drop.EMPTY),
        (rtp(payload=77), Drop.PAYLOAD),
        (rtp(body=bytes(MAX_PACKET_BYTES)), Drop.LONG),
    ],
)
def test_each_drop_has_its_reason(case: Case, data: bytes, why: Drop, learnt: bool) -> None:
    if learnt:
        case.arrive(rtp())
    case.arrive(data)
    assert case.leg.drops == {why: 1}
    assert case.leg.statistics.received == learnt


def test_strangers_are_counted_while_learning_and_do_not_keep_a_leg_alive(case: Case) -> None:
    for number in range(1, LOCK_PACKETS + 1):
        case.arrive(rtp(number), ROUTER, 1.0)
    case.leg.connected = False
    for number in range(10):
        case.arrive(rtp(number), STRANGER, 2.0)
    assert case.leg.drops == {Drop.STRANGER: 10}
    assert case.leg.heard_at == 1.0


def test_a_tentative_source_presses_no_keys(case: Case) -> None:
    for number in range(1, LOCK_PACKETS):
        case.arrive(rtp(number, payload=101, body=bytes((5, 10, 0, 160))), STRANGER)
    assert case.listener.digits == []
    case.arrive(rtp(1, payload=101, body=bytes((6, 10, 0, 160))))
    assert case.listener.digits == [("6", "rfc4733")]


def test_what_strangers_sent_before_the_lock_is_not_heard_after_it(case: Case) -> None:
    case.socket.waiting.append((rtp(1), PHONE))
    case.socket.waiting.append((rtp(9, payload=101, body=bytes((5, 10, 0, 160))), STRANGER))
    case.socket.waiting.append((rtp(2), PHONE))
    case.receiver.rtp_ready(case.leg, 1.0)
    assert case.leg.statistics.received == 2
    assert case.leg.drops == {Drop.STRANGER: 1}
    assert case.listener.digits == []


def test_audio_with_extension_padding_and_sources_is_forwarded_as_plain_audio(case: Case) -> None:
    sent = case.bridge()
    case.arrive(rtp())
    body = bytes(8) + b"\xbe\xde\x00\x01" + bytes(4) + b"abc" + b"\x00\x00\x03"
    case.arrive(rtp(2, 320, first=0x80 | 0x20 | 0x10 | 2, body=body))
    assert sent[-1][0] == 0x80
    assert sent[-1][12:] == b"abc"


def test_g711_in_the_other_law_is_understood(case: Case) -> None:
    sent = case.bridge()
    case.arrive(rtp(payload=8, body=b"\xd5" * 160))
    assert sent[0][1] & 0x7F == 0
    assert set(sent[0][12:]) <= {0xFF, 0x7F, 0xFE, 0x7E}


def test_what_was_not_agreed_on_does_not_pass_a_bridge_of_opus(case: Case) -> None:
    """G.711 would need an encoder for each direction, in packets of its own lengths, under another clock."""
    case.bridge()
    assert case.leg.partner is not None
    opus = Stream("opus", 107, 107, *PHONE)
    case.leg.configure(opus, 0.0)
    case.leg.partner.configure(opus, 0.0)
    for number, body in enumerate((b"\xd5", b"\xd5" * 161, b"\xd5" * 1300, b"\xd5\x01")):
        case.arrive(rtp(1 + number, payload=8, body=body, first=0xA0 if number == 3 else 0x80))
    assert case.leg.drops == {Drop.PAYLOAD: 4}


def test_what_is_recorded_lasts_as_long_as_it_did_in_a_codec_that_was_not_agreed_on(case: Case) -> None:
    case.leg.configure(Stream("opus", 107, 107, *PHONE), 0.0)
    case.leg.recording = recording = Recording(1, "x", 1.0, limit=60)
    case.leg.choose()
    for number in range(50):
        case.arrive(rtp(number, 160 * number, 8, b"\x2a" * 160), now=1.0 + 0.02 * number)
    assert recording.heard.available() >= 160 * (50 - LOCK_PACKETS)
    assert not np.any(recording.heard.take(160 * 40) == 0)


def test_a_busy_partner_is_sent_nothing(case: Case) -> None:
    sent = case.bridge()
    assert case.leg.partner is not None
    case.leg.partner.occupied = True
    case.arrive(rtp())
    case.arrive(rtp(2, 320))
    assert sent == []


def test_a_leg_that_may_not_be_heard_is_not(case: Case) -> None:
    sent = case.bridge()
    assert case.leg.stream is not None
    from msgspec.structs import replace

    case.leg.configure(replace(case.leg.stream, receive=False), 0.0)
    case.arrive(rtp())
    case.arrive(rtp(2, payload=101, body=bytes((5, 10, 0, 160))))
    assert (sent, case.listener.digits) == ([], [])
    assert case.leg.heard_at == 1.0


def test_a_new_source_with_an_older_clock_can_press_keys(case: Case) -> None:
    case.arrive(rtp(1, 0x7000_0000, payload=101, body=bytes((5, 138, 0, 160))))
    for number in range(SOURCE_PACKETS):
        case.arrive(rtp(number, 160, payload=101, body=bytes((5, 138, 0, 160)), ssrc=8), now=2.0)
    assert case.listener.digits == [("5", "rfc4733")] * 2


def test_events_from_a_source_of_their_own_are_one_press(case: Case) -> None:
    for number in range(6):
        case.arrive(rtp(number, number * 160))
        case.arrive(rtp(number, 5000, payload=101, body=bytes((3, 10, 0, 160)), ssrc=99))
    assert case.listener.digits == [("3", "rfc4733")]


def test_a_key_for_a_partner_without_events_is_pressed_there_as_a_tone(case: Case) -> None:
    sent = case.bridge(events=None)
    for number in range(3):
        case.arrive(rtp(number, 160, payload=101, body=bytes((3, 10, 0, 160))))
    assert case.listener.pressed == ["3"]
    assert sent == []


def test_a_press_goes_on_under_one_timestamp_though_comfort_silence_was_heard_in_it(case: Case) -> None:
    sent = case.bridge()
    partner = case.leg.partner
    assert partner is not None
    case.arrive(rtp(1, 160))
    for number in (2, 3):
        case.arrive(rtp(number, 320, payload=101, body=struct.pack("!BBH", 5, 10, 160 * number)))
    for number in range(4):
        send_own(partner, b"\xff" * 160, 160, 1, 1.2 + number * 0.02)
    for number in (4, 5):
        case.arrive(rtp(number, 320, payload=101, body=struct.pack("!BBH", 5, 138, 160 * number)), now=1.3)
    case.arrive(rtp(6, 1120), now=1.32)
    headers = [HEADER.unpack_from(packet) for packet in sent]
    assert len({timestamp for _, second, _, timestamp, _ in headers if second & 0x7F == 101}) == 1
    sequences = [sequence for _, _, sequence, _, _ in headers]
    assert sequences == [(sequences[0] + number) & 0xFFFF for number in range(len(sent))]
    audio = [timestamp for _, second, _, timestamp, _ in headers if second & 0x7F == 0]
    assert all(0 < (later - earlier) & 0xFFFFFFFF < 8000 for earlier, later in pairwise(audio))


def test_events_of_a_source_of_their_own_pass_a_bridge_as_one_press(case: Case) -> None:
    sent = case.bridge()
    for number in range(6):
        case.arrive(rtp(number, number * 160))
        case.arrive(rtp(number, 5000, payload=101, body=bytes((3, 10, 0, 160)), ssrc=99))
    headers = [HEADER.unpack_from(packet) for packet in sent]
    assert len({timestamp for _, second, _, timestamp, _ in headers if second & 0x7F == 101}) == 1


def test_what_is_said_after_a_long_press_comes_after_it(case: Case) -> None:
    sent = case.bridge()
    case.arrive(rtp(1, 160))
    for number in range(2, 152):
        case.arrive(rtp(number, 320, payload=101, body=struct.pack("!BBH", 7, 10, 160 * (number - 1))))
    case.arrive(rtp(152, 320 + 24000))
    first, *_, event, last = [HEADER.unpack_from(packet) for packet in sent]
    assert (last[3] - event[3]) & 0xFFFFFFFF == 24000
    assert (event[3] - first[3]) & 0xFFFFFFFF == 160
    assert not last[1] & 0x80


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=60), st.sampled_from([PHONE, STRANGER])), max_size=12))
def test_no_bytes_raise(datagrams: list[tuple[bytes, tuple[str, int]]]) -> None:
    case = Case()
    case.bridge("PCMA")
    for number, (tail, sender) in enumerate(datagrams):
        case.arrive(tail, sender)
        case.arrive(HEADER.pack(0x80 | number % 64, (0, 8, 101, 0x80)[number % 4], number, 160, 7) + tail, sender)
