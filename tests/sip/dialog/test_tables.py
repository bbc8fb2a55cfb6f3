"""The session's table is whole: no pair of state and input is left to chance."""

import runpy
from collections import Counter
from pathlib import Path

import pytest

from sip.dialog.capabilities import ALLOW
from sip.dialog.features import FEATURES
from sip.dialog.tables import ARROWS, IGNORED, MOVES, OVER, Action, Input, State

ROOT = Path(__file__).resolve().parents[3]
PAIRS = [(state, on) for state in State for on in Input]
IGNORED_PAIRS = [(state, ignored.on) for ignored in IGNORED for state in ignored.states]


@pytest.mark.parametrize(("state", "on"), PAIRS)
def test_each_pair_is_an_arrow_or_deliberately_ignored(state: State, on: Input):
    assert ((state, on) in MOVES) + IGNORED_PAIRS.count((state, on)) == 1


def test_no_arrow_is_drawn_twice():
    assert max(Counter((arrow.state, arrow.on) for arrow in ARROWS).values()) == 1


def test_every_arrow_names_its_section_and_every_ignored_pair_its_reason():
    assert all(arrow.section for arrow in ARROWS)
    assert all(ignored.why for ignored in IGNORED)


def test_the_end_is_told_once_on_every_way():
    """Whatever leads into an over state tells the end; nothing does afterwards."""
    telling = {Action.TELL_ENDED, Action.TELL_FAILED}
    for arrow in ARROWS:
        told = sum(action in telling for action in arrow.actions)
        assert told == (arrow.state not in OVER and arrow.to in OVER), arrow


def test_only_a_call_of_ours_that_was_never_answered_fails():
    for arrow in ARROWS:
        if Action.TELL_FAILED in arrow.actions:
            assert arrow.state in (State.CALLING, State.CANCELLING), arrow


def test_every_state_is_reached_and_all_but_ended_are_left():
    reached = {State.INVITED, State.CALLING}
    while more := {arrow.to for arrow in ARROWS if arrow.state in reached} - reached:
        reached |= more
    assert reached == set(State)
    left = {arrow.state for arrow in ARROWS if arrow.to is not arrow.state}
    assert left == set(State) - {State.ENDED}


def test_a_2xx_is_acknowledged_in_every_state_it_can_come_in():
    """But where the ACK must wait for our answer to the offer it brings."""
    for arrow in ARROWS:
        if arrow.on in (Input.SUCCESS, Input.UNUSABLE_SUCCESS) or (
            arrow.on is Input.SUCCESS_WITH_OFFER and arrow.state is not State.CALLING
        ):
            assert Action.SEND_ACK in arrow.actions, arrow


def test_allow_says_what_is_registered():
    assert set(ALLOW.split(", ")) == {*FEATURES, "ACK", "CANCEL"}


def test_the_page_is_drawn_from_this_table():
    drawn = runpy.run_path(str(ROOT / "tools" / "draw_sessions.py"))
    assert (ROOT / "docs" / "sessions.md").read_text(encoding="utf-8") == drawn["render"]()
