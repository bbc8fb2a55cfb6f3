"""The subscription's table is whole: no pair of state and input is left to chance."""

import runpy
from collections import Counter
from pathlib import Path

import pytest

from sip.dialog.subscription import ARROWS, IGNORED, MOVES, OVER, Action, Input, State

ROOT = Path(__file__).resolve().parents[3]
PAIRS = [(state, on) for state in State for on in Input]
IGNORED_PAIRS = [(state, ignored.on) for ignored in IGNORED for state in ignored.states]
UNDER_WAY = {State.NOTIFYING, State.BEHIND, State.CLOSING, State.LAST}


@pytest.mark.parametrize(("state", "on"), PAIRS)
def test_each_pair_is_an_arrow_or_deliberately_ignored(state: State, on: Input):
    assert ((state, on) in MOVES) + IGNORED_PAIRS.count((state, on)) == 1


def test_no_arrow_is_drawn_twice_and_all_say_why():
    assert max(Counter((arrow.state, arrow.on) for arrow in ARROWS).values()) == 1
    assert all(arrow.section for arrow in ARROWS)
    assert all(ignored.why for ignored in IGNORED)


def test_at_most_one_notify_is_under_way():
    """One is sent only where none is, or where the one before has just been taken."""
    for arrow in ARROWS:
        if {Action.SEND, Action.SEND_LAST} & set(arrow.actions):
            assert arrow.state not in UNDER_WAY or arrow.on is Input.TAKEN, arrow
            assert arrow.to in (State.NOTIFYING, State.LAST), arrow


def test_the_last_notify_is_the_one_that_says_terminated():
    for arrow in ARROWS:
        assert (Action.SEND_LAST in arrow.actions) == (arrow.to is State.LAST and arrow.state is not State.LAST), arrow


def test_every_state_is_reached_and_all_but_ended_are_left():
    reached = {State.ACTIVE}
    while more := {arrow.to for arrow in ARROWS if arrow.state in reached} - reached:
        reached |= more
    assert reached == set(State)
    assert {arrow.state for arrow in ARROWS if arrow.to is not arrow.state} == set(State) - {State.ENDED}


def test_nothing_comes_back_from_over():
    for arrow in ARROWS:
        if arrow.state in OVER:
            assert arrow.to in OVER, arrow


def test_the_page_is_drawn_from_this_table():
    drawn = runpy.run_path(str(ROOT / "tools" / "draw_sessions.py"))
    assert (ROOT / "docs" / "subscriptions.md").read_text(encoding="utf-8") == drawn["render_subscriptions"]()
