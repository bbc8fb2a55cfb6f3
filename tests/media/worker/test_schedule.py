"""The schedule: phases in turn, late ones once."""

from __future__ import annotations

from itertools import pairwise

import pytest

from media.worker.schedule import PHASE_SECONDS, PHASES, Schedule


def test_each_phase_is_due_every_twenty_milliseconds() -> None:
    schedule = Schedule(100.0)
    seen = []
    for step in range(2000):
        now = 100.0 + step / 1000
        seen += [(phase, now) for phase, frames in schedule.due(now) if frames == 1]
    assert len(seen) == 400
    for phase in range(PHASES):
        times = [now for which, now in seen if which == phase]
        assert all(abs(later - earlier - 0.02) < 0.0011 for earlier, later in pairwise(times))


def test_nothing_is_due_before_its_time() -> None:
    schedule = Schedule(1.0)
    assert list(schedule.due(0.99)) == []
    assert list(schedule.due(1.0)) == [(0, 1)]
    assert list(schedule.due(1.004)) == []
    assert schedule.next_at == pytest.approx(1.0 + PHASE_SECONDS)


def test_a_little_late_is_caught_up_in_order() -> None:
    schedule = Schedule(0.0)
    assert list(schedule.due(0.0126)) == [(0, 1), (1, 1), (2, 1)]


def test_after_a_stall_each_phase_sends_once_with_the_frames_that_went_by() -> None:
    schedule = Schedule(0.0)
    due = list(schedule.due(0.0726))  # ticks 0 to 14
    assert due == [(3, 3), (0, 4), (1, 4), (2, 4)]
    assert schedule.skipped_frames == 2 + 3 + 3 + 3
    assert list(schedule.due(0.0751)) == [(3, 1)]


def test_lateness_is_counted() -> None:
    schedule = Schedule(0.0)
    for tick in range(100):
        late = 0.0101 if tick == 50 else 0.0001
        list(schedule.due(tick * PHASE_SECONDS + late))
    assert schedule.late_p99() <= 0.011
    assert schedule.late_p99() == 0.0
