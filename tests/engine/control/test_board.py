"""The board: where each call is, as its events tell."""

from __future__ import annotations

from engine.control.board import MAX_PATH, Board
from engine.control.messages import Call, CallNews, CallOver, CallState
from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallEvent,
    CallOffered,
    CallParked,
    CallPickedUp,
    ConferenceJoined,
    ConferenceLeft,
    DigitHeard,
    NodeEntered,
    PickUpEnded,
    QueueJoined,
    QueueLeft,
    Ringing,
    RingingEnded,
    Side,
    Unbridged,
    Verdict,
)

OFFERED = CallOffered("c", 1.0, "bakery", "+31701112233", "+31201234567")
ENDED = CallEnded("c", 9.0, Verdict.TALKED, Side.CALLER, "hung up", 8.0, 3.0, "anna")


def seen(*events: CallEvent) -> list[tuple[CallState, tuple[str, ...], float]]:
    """State, with whom and since when, after each event that is news; the first is the offer."""
    board, found = Board(), []
    for event in (OFFERED, *events):
        if board.note(event):
            call = board.news(event).call
            found.append((call.state, call.with_whom, call.state_since))
        board.forget(event)
    return found


def only(board: Board) -> Call:
    (call,) = board.calls()
    return call


def test_a_call_through_a_menu() -> None:
    assert seen(
        CallAnswered("c", 1.5),
        NodeEntered("c", 2.0, "menu", "welcome"),
        DigitHeard("c", 2.5, "1", "rfc4733"),
        NodeEntered("c", 3.0, "ring", "anna"),
        Ringing("c", 3.1, "anna", "101", 1),
        Ringing("c", 3.2, "bob", "102", 1),
        RingingEnded("c", 4.0, "bob", "102", "elsewhere", 1.0),
        RingingEnded("c", 4.0, "anna", "101", "answered", 1.0),
        Bridged("c", 4.1, "anna", "101"),
        Unbridged("c", 8.0, "anna", 3.9, Side.CALLEE),
        ENDED,
    ) == [
        (CallState.OFFERED, (), 1.0),
        (CallState.OFFERED, (), 1.0),
        (CallState.NODE, (), 2.0),
        (CallState.NODE, (), 3.0),
        (CallState.RINGING, ("anna",), 3.1),
        (CallState.RINGING, ("anna", "bob"), 3.1),
        (CallState.RINGING, ("anna",), 3.1),
        (CallState.NODE, (), 4.0),
        (CallState.TALKING, ("anna",), 4.1),
        (CallState.NODE, (), 8.0),
        (CallState.NODE, (), 8.0),
    ]


def test_a_caller_in_a_queue_stays_there_while_agents_ring_and_talks_though_they_left_it() -> None:
    assert [(state, whom) for state, whom, _ in seen(
        QueueJoined("c", 2.0, "helpdesk", 1, 1),
        Ringing("c", 3.0, "anna", "101", 1),
        RingingEnded("c", 4.0, "anna", "101", "answered", 1.0),
        Bridged("c", 4.0, "anna", "101"),
        QueueLeft("c", 4.0, "helpdesk", "served", 2.0),
    )][1:] == [
        (CallState.QUEUE, ("helpdesk",)),
        (CallState.QUEUE, ("helpdesk", "anna")),
        (CallState.QUEUE, ("helpdesk",)),
        (CallState.TALKING, ("anna",)),
    ]  # fmt: skip


def test_parked_picked_up_and_in_a_conference() -> None:
    assert [(state, whom) for state, whom, _ in seen(
        CallParked("c", 2.0, "701", "anna"),
        Ringing("c", 3.0, "anna", "101", 1),
        CallPickedUp("c", 4.0, "+31701110000", "701"),
        PickUpEnded("c", 5.0, "+31701110000", 1.0, Side.CALLER),
        ConferenceJoined("c", 6.0, "monday", 1, False),
        ConferenceLeft("c", 7.0, "monday", 0, "left", 1.0),
    )][1:] == [
        (CallState.PARKED, ("701",)),
        (CallState.PARKED, ("701", "anna")),
        (CallState.TALKING, ("+31701110000",)),
        (CallState.RINGING, ("anna",)),
        (CallState.CONFERENCE, ("monday", "anna")),
        (CallState.RINGING, ("anna",)),
    ]  # fmt: skip


def test_the_end_tells_how_and_the_board_forgets() -> None:
    board = Board()
    for event in (OFFERED, CallAnswered("c", 2.0), NodeEntered("c", 2.0, "menu", "welcome")):
        assert board.note(event)
    assert only(board) == Call(
        "c", "bakery", "+31701112233", "+31201234567", 1.0, CallState.NODE, 2.0, answered_at=2.0,
        path=("menu:welcome",),
    )  # fmt: skip
    assert board.note(ENDED)
    assert board.news(ENDED) == CallOver(9.0, only(board), "talked", "caller", "hung up", 8.0, 3.0, "anna")
    board.forget(ENDED)
    assert len(board) == 0


def test_news_name_what_happened() -> None:
    board = Board()
    board.note(OFFERED)
    assert board.news(OFFERED) == CallNews("CallOffered", 1.0, only(board))


def test_calls_are_those_of_the_account_that_is_asked_for() -> None:
    board = Board()
    board.note(OFFERED)
    board.note(CallOffered("d", 2.0, "garage", "+31701112233", "+31201234599"))
    assert [call.id for call in board.calls()] == ["c", "d"]
    assert [call.id for call in board.calls("garage")] == ["d"]


def test_an_event_of_a_call_that_is_not_known_is_no_news() -> None:
    assert not Board().note(ENDED)


def test_a_caller_who_goes_round_in_circles_fills_no_memory() -> None:
    board = Board()
    board.note(OFFERED)
    for number in range(3 * MAX_PATH):
        board.note(NodeEntered("c", 2.0, "menu", str(number)))
    path = only(board).path
    assert len(path) == MAX_PATH
    assert path[-1] == f"menu:{3 * MAX_PATH - 1}"
