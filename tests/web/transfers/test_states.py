"""The table of what may happen to an order: whole, and each row as it is meant."""

from __future__ import annotations

import pytest

from web.transfers.states import ARROWS, OPEN, REFUSED, TITLES, Action, Event, OutOfTurn, State, move, possible

ENDS = {State.COMPLETE, State.CANCELLED}


def test_each_pair_of_state_and_event_is_an_arrow_or_refused_and_never_both() -> None:
    arrows = [(arrow.state, arrow.on) for arrow in ARROWS]
    refused = [(state, each.on) for each in REFUSED for state in each.states]
    assert len(arrows) == len(set(arrows))
    assert len(refused) == len(set(refused))
    assert set(arrows).isdisjoint(refused)
    assert set(arrows) | set(refused) == {(state, event) for state in State for event in Event}


@pytest.mark.parametrize("arrow", ARROWS, ids=lambda arrow: f"{arrow.state}: {arrow.on}")
def test_an_arrow_is_followed(arrow: object) -> None:
    assert move(arrow.state, arrow.on) is arrow  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("state", "event", "why"), [(state, each.on, each.why) for each in REFUSED for state in each.states], ids=str
)
def test_what_is_out_of_turn_is_refused_with_its_sentence(state: State, event: Event, why: object) -> None:
    with pytest.raises(OutOfTurn) as caught:
        move(state, event)
    assert caught.value.why is why
    assert len(str(why)) > 20


def test_every_state_is_reached_and_left_but_for_the_two_ends() -> None:
    assert {arrow.to for arrow in ARROWS} == set(State)
    assert {arrow.state for arrow in ARROWS} == set(State) - ENDS
    assert frozenset(State) - ENDS == OPEN
    assert set(TITLES) == set(State)


def test_numbers_are_freed_where_an_order_ends_and_only_there() -> None:
    for arrow in ARROWS:
        assert (Action.FREE_NUMBERS in arrow.actions) == (arrow.to in ENDS)


def test_the_carrier_is_told_of_what_it_has_and_everyone_of_what_it_says() -> None:
    withdrawn = {arrow.state for arrow in ARROWS if Action.WITHDRAW in arrow.actions}
    assert withdrawn == {State.SUBMITTED, State.ACCEPTED}
    handed_in = {arrow.on for arrow in ARROWS if Action.HAND_IN in arrow.actions}
    assert handed_in == {Event.SUBMIT}
    for arrow in ARROWS:
        if arrow.on in (Event.SUBMIT, Event.ACCEPT, Event.REJECT, Event.LIVE, Event.NOT_LIVE):
            assert Action.TELL in arrow.actions


def test_nobody_but_belplan_says_that_numbers_are_in_place() -> None:
    assert all(not {Event.LIVE, Event.NOT_LIVE} & possible(state) for state in State)
    assert possible(State.COMPLETE) == frozenset()
    assert possible(State.DRAFT) == {Event.CHANGE, Event.PLACE, Event.SIGN, Event.SUBMIT, Event.CANCEL}
