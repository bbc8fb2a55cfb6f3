"""Up and down: three silences, one answer, and a call that found nobody."""

from __future__ import annotations

from engine.trunks.health import FAILURES, FAST_SECONDS, Health


def test_three_silences_in_a_row_and_it_is_down_one_answer_and_it_is_up() -> None:
    health = Health(30.0, 0.0)
    for number in range(1, FAILURES + 1):
        assert health.silent(float(number)) is (number == FAILURES)
        assert health.up is (number < FAILURES)
    assert health.silent(10.0) is False, "that is known"
    assert health.next_at == 40.0
    assert health.answered(40.0) is True
    assert (health.up, health.next_at) == (True, 70.0)
    assert health.answered(70.0) is False


def test_a_silence_is_looked_into_soon_and_forgotten_by_an_answer() -> None:
    health = Health(30.0, 0.0)
    health.silent(30.0)
    assert health.next_at == 30.0 + FAST_SECONDS
    health.answered(32.0)
    for number in range(FAILURES - 1):
        assert not health.silent(62.0 + number)
    assert health.up


def test_a_call_that_was_not_heard_has_it_asked_at_once_and_counts() -> None:
    health = Health(30.0, 0.0)
    health.suspect(5.0)
    assert health.next_at == 5.0
    assert health.silent(5.0) is True


def test_one_that_is_never_asked_stays_up() -> None:
    health = Health(0.0, 0.0)
    health.suspect(1.0)
    assert (health.up, health.next_at) == (True, None)
