"""What a receiver counts (RFC 3550 A.1, A.3, A.8)."""

from __future__ import annotations

from media.rtp import MAX_DROPOUT
from media.worker.statistics import SourceStatistics


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
    feed(statistics, [60000, 60001], ssrc=2)
    feed(statistics, [(60001 + MAX_DROPOUT + 500) & 0xFFFF], ssrc=2)
    assert statistics.lost == 2
    assert statistics.received == 6


def test_jitter_follows_the_arrival_times() -> None:
    statistics = SourceStatistics()
    for n in range(500):
        statistics.update(n, n * 160, 1, n * 0.02 + (0.005 if n % 2 else 0.0))
    assert 0.0045 < statistics.jitter_seconds < 0.0055
