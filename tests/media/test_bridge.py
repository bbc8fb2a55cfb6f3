"""Bridging: one stream out of several feeders, without a seam."""

from __future__ import annotations

import random

import pytest

from media.bridge import MAX_JUMP_SECONDS, Path
from media.rtp import MAX_DROPOUT, SAMPLE_RATE, Outgoing

JUMP = MAX_JUMP_SECONDS * SAMPLE_RATE


@pytest.fixture
def out() -> Outgoing:
    stream = Outgoing(random.Random(4))
    stream.sequence, stream.timestamp, stream.packets, stream.sent_at = 65534, 0xFFFFFFF0, 5, 0.0
    return stream


def test_the_first_packet_goes_on_where_the_stream_was_with_a_new_talkspurt(out: Outgoing) -> None:
    path = Path()
    assert path.place(out, 100, 5000, 1, 0.02) == (65535, 0xFFFFFFF0 + 160 & 0xFFFFFFFF, True)
    assert path.place(out, 101, 5160, 1, 0.04) == (0, 0xFFFFFFF0 + 320 & 0xFFFFFFFF, False)


def test_gaps_order_and_pauses_of_the_source_are_kept(out: Outgoing) -> None:
    path = Path()
    path.place(out, 10, 1600, 1, 0.02)
    base, stamp = out.sequence, out.timestamp
    placed = [path.place(out, n, n * 160 + pause, 1, n * 0.02) for n, pause in ((13, 0), (12, 0), (14, 800))]
    assert placed == [
        (base + 3 & 0xFFFF, stamp + 480 & 0xFFFFFFFF, False),
        (base + 2 & 0xFFFF, stamp + 320 & 0xFFFFFFFF, False),
        (base + 4 & 0xFFFF, stamp + 1440 & 0xFFFFFFFF, False),
    ]
    assert out.sequence == base + 4 & 0xFFFF


def test_packets_of_one_event_keep_one_timestamp(out: Outgoing) -> None:
    path = Path()
    path.place(out, 1, 160, 1, 0.02)
    stamps = {placed[1] for n in range(2, 20) if (placed := path.place(out, n, 320, 1, n * 0.02))}
    assert len(stamps) == 1


def test_after_something_else_was_sent_the_numbers_follow_on_that(out: Outgoing) -> None:
    path = Path()
    path.place(out, 1, 160, 1, 0.02)
    out.feeder, out.sequence, out.timestamp, out.sent_at = None, out.sequence + 10 & 0xFFFF, out.timestamp + 1600, 0.22
    sequence, timestamp = out.sequence, out.timestamp
    assert path.place(out, 2, 320, 1, 0.24) == (sequence + 1 & 0xFFFF, timestamp + 160 & 0xFFFFFFFF, True)


def test_a_packet_from_before_its_time_on_the_stream_is_left_out(out: Outgoing) -> None:
    path = Path()
    path.place(out, 50, 8000, 1, 0.02)
    path.place(out, 51, 8160, 1, 0.04)
    assert path.place(out, 49, 7840, 1, 0.05) is None
    assert path.place(out, 50, 8000, 1, 0.05) is not None


@pytest.mark.parametrize(
    ("sequence", "timestamp", "ssrc"),
    [
        (2, 320, 9),
        (2 + MAX_DROPOUT, 320, 1),
        (40000, 320, 1),
        (2, 160 + JUMP, 1),
        (2, (160 - JUMP) & 0xFFFFFFFF, 1),
    ],
)
def test_a_source_that_starts_afresh_leaves_no_jump_in_the_stream(
    out: Outgoing, sequence: int, timestamp: int, ssrc: int
) -> None:
    path = Path()
    path.place(out, 1, 160, 1, 0.02)
    before, stamp = out.sequence, out.timestamp
    assert path.place(out, sequence, timestamp, ssrc, 0.04) == (before + 1 & 0xFFFF, stamp + 160 & 0xFFFFFFFF, True)
