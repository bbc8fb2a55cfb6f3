"""Whose turn it is in a group: fair over many calls, and round robin's place outlives a restart."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine.office.standing import Remembered
from engine.office.turns import Turns

TRIO = ["ann", "ben", "eva"]


def test_round_robin_begins_with_the_next_each_time() -> None:
    turns = Turns(Remembered())
    assert [turns.round_robin("group/sales", TRIO, TRIO) for _ in range(4)] == [
        ["ann", "ben", "eva"],
        ["ben", "eva", "ann"],
        ["eva", "ann", "ben"],
        ["ann", "ben", "eva"],
    ]


def test_round_robin_passes_over_who_is_not_free_and_gives_nobody_two_turns() -> None:
    turns = Turns(Remembered())
    assert turns.round_robin("group/sales", TRIO, ["ben", "eva"]) == ["ben", "eva"]
    assert turns.round_robin("group/sales", TRIO, ["ann", "ben"]) == ["ann", "ben"]
    assert turns.round_robin("group/sales", TRIO, []) == []
    assert turns.round_robin("group/sales", TRIO, TRIO)[0] == "ben", "the call for which nobody was free took no turn"


def test_groups_take_turns_of_their_own_that_outlive_a_restart() -> None:
    standing = Remembered()
    turns = Turns(standing)
    turns.round_robin("group/sales", TRIO, TRIO)
    turns.round_robin("group/sales", TRIO, TRIO)
    assert turns.round_robin("service", TRIO, TRIO)[0] == "ann"
    assert Turns(standing).round_robin("group/sales", TRIO, TRIO)[0] == "eva"


def test_a_member_who_has_left_the_group_does_not_matter() -> None:
    turns = Turns(Remembered())
    turns.round_robin("group/sales", TRIO, TRIO)
    assert turns.round_robin("group/sales", ["ben", "eva"], ["ben", "eva"])[0] == "ben"
    weights = {"ann": 5, "ben": 1}
    turns.weighted("group/sales", weights, ["ann", "ben"])
    assert [turns.weighted("group/sales", {"ben": 1}, ["ben"]) for _ in range(2)] == [["ben"], ["ben"]]


def test_weights_are_spread_evenly_and_not_in_runs() -> None:
    turns, weights = Turns(Remembered()), {"ann": 5, "ben": 1, "eva": 1}
    firsts = "".join(turns.weighted("group/sales", weights, TRIO)[0][0] for _ in range(7))
    assert firsts == "aabaeaa"


def test_a_member_who_is_not_free_neither_gets_calls_nor_saves_them_up() -> None:
    turns, weights = Turns(Remembered()), {"ann": 1, "ben": 1}
    assert {turns.weighted("group/sales", weights, ["ann"])[0] for _ in range(50)} == {"ann"}
    firsts = Counter(turns.weighted("group/sales", weights, ["ann", "ben"])[0] for _ in range(10))
    assert firsts == {"ann": 5, "ben": 5}


@given(st.lists(st.integers(1, 100), min_size=1, max_size=12))
def test_in_each_round_everybody_comes_first_exactly_as_often_as_their_weight_says(weights: list[int]) -> None:
    turns = Turns(Remembered())
    shares = {f"member {number}": weight for number, weight in enumerate(weights)}
    for _ in range(2):
        firsts = Counter(turns.weighted("group/sales", shares, list(shares))[0] for _ in range(sum(weights)))
        assert firsts == shares
