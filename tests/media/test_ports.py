"""Ports: pairs of a range, handed out once, rested before they are used again."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from media.ports import PortPool, PortsExhausted


def test_pairs_begin_with_an_even_port_and_stay_in_the_range() -> None:
    pool = PortPool(10001, 10008)
    assert sorted(pool.take(0.0) for _ in range(3)) == [10002, 10004, 10006]


def test_an_exhausted_range_is_said_in_a_sentence() -> None:
    pool = PortPool(10000, 10003, rest=5.0)
    pool.give_back(pool.take(0.0), 0.0)
    pool.take(0.0)
    with pytest.raises(PortsExhausted, match=r"10000-10003 are taken: 1 pairs in use, 1 resting"):
        pool.take(4.9)


def test_a_pair_rests_before_it_is_used_again() -> None:
    pool = PortPool(10000, 10001, rest=5.0)
    port = pool.take(0.0)
    pool.give_back(port, 1.0)
    with pytest.raises(PortsExhausted):
        pool.take(5.9)
    assert pool.take(6.0) == port


def test_giving_back_twice_makes_no_second_pair() -> None:
    pool = PortPool(10000, 10003, rest=0.0)
    port = pool.take(0.0)
    pool.give_back(port, 0.0)
    pool.give_back(port, 0.0)
    assert len({pool.take(1.0), pool.take(1.0)}) == 2
    assert pool.taken == 2


def test_which_pair_comes_next_is_a_matter_of_chance() -> None:
    assert len({PortPool(10000, 19999, chance=random.Random(seed)).take(0.0) for seed in range(20)}) > 10
    pool = PortPool(10000, 10999, chance=random.Random(1))
    taken = [pool.take(0.0) for _ in range(500)]
    assert len(set(taken)) == 500
    assert sum(later - earlier == 2 for earlier, later in pairwise(taken)) < 10


@pytest.mark.parametrize("bad", [(10001, 10002), (0, 0), (65535, 65536), (12, 10)])
def test_a_range_without_a_pair_is_refused(bad: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no even/odd pair"):
        PortPool(*bad)
