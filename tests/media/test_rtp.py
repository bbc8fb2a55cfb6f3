"""RTP headers and wrap-around arithmetic."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.rtp import MAX_PACKET_BYTES, Drop, Outgoing, payload_span, sequence_step, timestamp_step


def packet(first: int = 0x80, rest: bytes = b"x" * 160) -> bytes:
    return struct.pack("!BBHII", first, 0, 1, 2, 3) + rest


@pytest.mark.parametrize(
    ("data", "span"),
    [
        (packet(), (12, 172)),
        (packet(0x82, bytes(8) + b"abc"), (20, 23)),
        (packet(0x90, struct.pack("!HH", 0xBEDE, 2) + bytes(8) + b"abc"), (24, 27)),
        (packet(0xA0, b"abc\x00\x00\x03"), (12, 15)),
    ],
)
def test_the_payload_lies_between_the_lists_and_the_padding(data: bytes, span: tuple[int, int]) -> None:
    assert payload_span(data, len(data)) == span


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x80" * 11, Drop.SHORT),
        (packet(rest=bytes(MAX_PACKET_BYTES)), Drop.LONG),
        (packet(0x40), Drop.VERSION),
        (packet(0x00), Drop.VERSION),
        (packet(0x8F, bytes(20)), Drop.LENGTH),
        (packet(0x90, b"\x00\x00"), Drop.LENGTH),
        (packet(0x90, struct.pack("!HH", 0, 0xFFFF) + bytes(100)), Drop.LENGTH),
        (packet(0xA0, b"abc\xff"), Drop.LENGTH),
        (packet(0xA0, b"abc\x00"), Drop.LENGTH),
        (packet(0xA0, b"a\x02"), Drop.EMPTY),
        (packet(rest=b""), Drop.EMPTY),
    ],
)
def test_what_is_no_rtp_is_dropped_with_its_reason(data: bytes, why: Drop) -> None:
    assert payload_span(data, len(data)) is why


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_no_bytes_lead_outside_of_the_packet(data: bytes) -> None:
    span = payload_span(data, len(data))
    if not isinstance(span, Drop):
        assert 12 <= span[0] < span[1] <= len(data)


def test_sequence_numbers_wrap() -> None:
    assert sequence_step(2, 0xFFFF) == 3
    assert sequence_step(0xFFFF, 2) == -3
    assert sequence_step(5, 5) == 0


def test_timestamps_wrap() -> None:
    assert timestamp_step(100, 0xFFFFFFFF) == 101
    assert timestamp_step(0xFFFFFFFF, 100) == -101


def test_a_stream_goes_on_where_the_clock_is() -> None:
    out = Outgoing(random.Random(1))
    out.timestamp, out.packets, out.sent_at = 0xFFFFFFFF, 1, 10.0
    assert out.timestamp_at(10.001) == 159
    assert out.timestamp_at(11.0) == 7999
