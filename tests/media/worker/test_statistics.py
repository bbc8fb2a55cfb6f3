"""What a receiver counts (RFC 3550 A.1, A.3, A.8)."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from media.rtp import MAX_DROPOUT, MAX_MISORDER, Drop
from media.worker.statistics import SILENT_SECONDS, SOURCE_PACKETS, SourceStatistics


def feed(statistics: SourceStatistics, sequences: list[int], ssrc: int = 1) -> None:
    for sequence in sequences:
        statistics.update(sequence & 0xFFFF, sequence * 160, ssrc, sequence * 0.02)


def test_nothing_is_reported_before_anything_came() -> None:
    assert SourceStatistics().report() is None
    assert SourceStatistics().lost == 0


def test_a_steady_source_over_the_wrap_loses_nothing_and_has_no_jitter() -> None:
    statistics = SourceStatistics()
    feed(statistics, list(range(65500, 65700)))
    block = statistics.report()
    assert block is not None
    assert (statistics.received, statistics.lost, block.fraction_lost) == (200, 0, 0)
    assert block.highest == 0x10000 + (65699 & 0xFFFF)
    assert statistics.jitter < 1


def test_loss_and_its_fraction_since_the_last_report() -> None:
    statistics = SourceStatistics()
    feed(statistics, [n for n in range(100) if n % 4])
    first = statistics.report()
    feed(statistics, list(range(100, 200)))
    second = statistics.report()
    assert first is not None
    assert second is not None
    assert (first.lost, second.lost, statistics.lost) == (24, 24, 24)
    assert 60 <= first.fraction_lost <= 64
    assert second.fraction_lost == 0


def test_reordered_packets_are_not_lost_and_duplicates_make_up_for_none_below_zero() -> None:
    statistics = SourceStatistics()
    feed(statistics, [1, 2, 4, 3, 5, 5, 5])
    assert statistics.lost == 0


def test_a_new_ssrc_and_a_great_jump_begin_anew_and_keep_what_was_lost() -> None:
    statistics = SourceStatistics()
    feed(statistics, [1, 2, 5])
    feed(statistics, [60000, 60001, 60002, 60003], ssrc=2)
    far = 60003 + MAX_DROPOUT + 500
    feed(statistics, [far, far + 1], ssrc=2)
    assert statistics.lost == 2
    assert statistics.received == 3 + (4 + 1 - SOURCE_PACKETS) + 1


def test_one_packet_far_from_the_others_is_dropped_and_two_are_a_new_beginning() -> None:
    statistics = SourceStatistics()
    feed(statistics, [1, 2, 3])
    for far in (9000, 20000, 9001, 50000):
        assert statistics.update(far, 0, 1, 0.1) is Drop.SEQUENCE
    assert statistics.update(4, 4 * 160, 1, 0.1) is None
    assert statistics.update(30000, 0, 1, 0.2) is Drop.SEQUENCE
    assert statistics.update(30001, 0, 1, 0.2) is None
    assert statistics.lost == 0


def test_what_came_before_is_dropped_and_what_comes_late_is_not() -> None:
    statistics = SourceStatistics()
    feed(statistics, [65533, 65534, 65537, 65538])
    assert statistics.update(0, 0, 1, 1.0) is None
    assert statistics.update(0, 0, 1, 1.0) is Drop.DUPLICATE
    assert statistics.update(65535, 0, 1, 1.0) is None
    assert statistics.update(65534, 0, 1, 1.0) is Drop.DUPLICATE
    assert statistics.update(2, 0, 1, 1.0) is Drop.DUPLICATE
    assert statistics.lost == 0


def test_an_intruder_is_not_heard_while_the_source_speaks_however_much_it_sends() -> None:
    statistics, sequence = SourceStatistics(), 0
    for tick in range(500):
        now = tick * 0.02
        assert statistics.update(tick, tick * 160, 1, now) is None
        for _ in range(10):
            sequence += 1
            assert statistics.update(sequence, sequence * 160, 666, now + 0.01) is Drop.SSRC
    assert statistics.received == 500


def test_another_source_is_heard_once_the_one_before_is_silent() -> None:
    statistics = SourceStatistics()
    feed(statistics, [1, 2, 3])
    after = 0.06 + SILENT_SECONDS + 0.001
    said = [statistics.update(100 + n, n * 160, 2, after + n * 0.02) for n in range(SOURCE_PACKETS + 2)]
    assert said == [Drop.SSRC] * (SOURCE_PACKETS - 1) + [None] * 3


def test_whoever_was_there_before_is_believed_again_at_once_and_the_intruder_is_not() -> None:
    statistics = SourceStatistics()
    feed(statistics, [1, 2, 3])
    for n in range(SOURCE_PACKETS):
        intruded = statistics.update(100 + n, n * 160, 666, 1.0)
    assert intruded is None, "in a pause of the source"
    assert statistics.update(4, 4 * 160, 1, 1.01) is None
    assert statistics.update(200, 0, 666, 1.02) is Drop.SSRC


def test_a_wary_one_does_not_believe_a_single_packet() -> None:
    statistics = SourceStatistics(wary=True)
    assert [statistics.count(n, 7, 0.0) for n in range(4)] == [Drop.SSRC] * (SOURCE_PACKETS - 1) + [None] * 2
    assert statistics.lost == 0


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 0xFFFF), st.integers(50, 400))
def test_whatever_the_network_does_nothing_counts_twice_and_memory_is_bounded(
    seed: int, first: int, count: int
) -> None:
    """Lost, repeated and reordered by up to 20: each number counts at most once, and all that came counts."""
    chance, statistics = random.Random(seed), SourceStatistics()
    came = [n for n in range(1, count) if chance.random() > 0.2 for _ in range(chance.choice((1, 1, 1, 2)))]
    came = [0, *(n for _, n in sorted((n + chance.uniform(0, 20), n) for n in came))]
    good = [n for n in came if statistics.update((first + n) & 0xFFFF, n * 160, 1, n * 0.02) is None]
    assert len(good) == len(set(good)) == len(set(came)) == statistics.received
    assert len(statistics._missing) <= 2 * MAX_MISORDER


def test_jitter_follows_the_arrival_times() -> None:
    statistics = SourceStatistics()
    for n in range(500):
        statistics.update(n, n * 160, 1, n * 0.02 + (0.005 if n % 2 else 0.0))
    assert 0.0045 < statistics.jitter_seconds < 0.0055
