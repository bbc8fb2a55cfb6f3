"""RTCP packets: ours as the RFC draws them, the peer's however broken."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.rtp import Drop
from media.worker.rtcp import (
    BYE,
    INTERVAL_SECONDS,
    RR,
    SDES,
    SR,
    RtcpState,
    SenderInfo,
    compose,
    middle,
    ntp_time,
    parse,
)
from media.worker.statistics import ReportBlock

BLOCK = ReportBlock(0xDECAF, 12, -3, 70000, 44, 0x1234, 0x10000)


def types(packet: bytes) -> list[int]:
    found, at = [], 0
    while at < len(packet):
        found.append(packet[at + 1])
        at += 4 + 4 * struct.unpack_from("!H", packet, at + 2)[0]
    assert at == len(packet)
    return found


def test_a_sender_report_comes_back_as_it_was_written() -> None:
    ntp = ntp_time(1_700_000_000.5)
    packet = compose(7, "a@b", SenderInfo(ntp, 160, 10, 1600), [BLOCK])
    assert types(packet) == [SR, SDES]
    reports = parse(packet)
    assert not isinstance(reports, Drop)
    assert [(r.ssrc, r.ntp, r.blocks) for r in reports] == [(7, middle(ntp), (BLOCK,))]


def test_without_packets_sent_it_is_a_receiver_report_and_a_leg_ends_with_bye() -> None:
    assert types(compose(7, "a@b", None, [BLOCK], bye=True)) == [RR, SDES, BYE]


@pytest.mark.parametrize("name", ["a", "ab", "abc", "abcd", "x" * 300])
def test_the_name_is_padded_to_words_and_ended(name: str) -> None:
    packet = compose(7, name, None)
    assert len(packet) % 4 == 0
    assert packet[-1] == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\xc8\x00",
        b"\x80\x00\x00\x01" + bytes(4),
        compose(1, "x", None)[:-4],
        b"\x81\xc9\x00\x01" + bytes(4),
        b"\x9f\xc8\x00\x06" + bytes(24),
        b"\xa0\xc9\x00\x01" + bytes(4),
        b"\x80\xc9\xff\xff" + bytes(4),
        compose(1, "x", None) + b"\x00\x00\x00\x00",
        compose(1, "x", None) + bytes(1500),
    ],
)
def test_what_is_no_compound_packet_is_dropped(data: bytes) -> None:
    assert parse(data) is Drop.RTCP


@settings(max_examples=300)
@given(st.binary(max_size=120).map(lambda tail: b"\x81\xc8\x00\x0c" + tail))
def test_no_bytes_raise(data: bytes) -> None:
    parse(data)


def test_round_trip_and_remote_loss_are_read_from_the_blocks_about_us_only() -> None:
    state = RtcpState(random.Random(1))
    sent = ntp_time(1000.0)
    mine = ReportBlock(5, 0, 9, 0, 0, middle(sent), int(0.25 * 65536))
    other = ReportBlock(6, 0, 99, 0, 0, middle(sent), 0)
    reports = parse(compose(1, "x", None, [other, mine]))
    assert not isinstance(reports, Drop)
    state.take(reports, 5, 50.0, ntp_time(1000.75))
    assert state.remote_lost == 9
    assert state.round_trip == pytest.approx(0.5, abs=0.001)


def test_a_round_trip_below_zero_is_no_round_trip() -> None:
    state = RtcpState(random.Random(1))
    block = ReportBlock(5, 0, 0, 0, 0, middle(ntp_time(1000.0)), 65536 * 10)
    reports = parse(compose(1, "x", None, [block]))
    assert not isinstance(reports, Drop)
    state.take(reports, 5, 50.0, ntp_time(1001.0))
    assert state.round_trip is None


def test_our_next_block_says_when_the_last_sender_report_came() -> None:
    state = RtcpState(random.Random(1))
    assert state.heard_since(5.0) == (0, 0)
    ntp = ntp_time(77.0)
    reports = parse(compose(1, "x", SenderInfo(ntp, 0, 1, 1)))
    assert not isinstance(reports, Drop)
    state.take(reports, 5, 50.0, ntp)
    assert state.heard_since(52.0) == (middle(ntp), 2 * 65536)


def test_reports_are_about_five_seconds_apart_and_never_regular() -> None:
    state = RtcpState(random.Random(1))
    gaps = [state.next_after(0.0) for _ in range(1000)]
    assert 0.4 * INTERVAL_SECONDS < min(gaps) < 0.5 * INTERVAL_SECONDS
    assert 1.2 * INTERVAL_SECONDS < max(gaps) < 1.3 * INTERVAL_SECONDS
