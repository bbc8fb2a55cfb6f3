"""The lengths of the timers (RFC 3261 table 4, RFC 6026) and the queue of deadlines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.transaction.timers import NEVER, Deadlines, Timer, Timers, lengths

UDP_INVITE = lengths(Timers(), reliable=False, invite=True)
TCP_INVITE = lengths(Timers(), reliable=True, invite=True)


@pytest.mark.parametrize(
    ("letter", "udp", "tcp"),
    [
        *(("A", 0.5, None), ("B", 32, 32), ("C", 660, 660), ("D", 32, 0), ("E", 0.5, None), ("F", 32, 32)),
        *(("G", 0.5, None), ("H", 32, 32), ("I", 5, 0), ("J", 32, 0), ("K", 5, 0), ("L", 32, 32), ("M", 32, 32)),
        *(("100", 0.2, 0.2), ("cancelled", 32, 32), ("unanswered", 32, 32)),
    ],
)
def test_table_4(letter: str, udp: float, tcp: float | None):
    assert UDP_INVITE[Timer(f"timer {letter}")] == udp
    assert TCP_INVITE[Timer(f"timer {letter}")] == tcp


def test_all_follow_from_the_base_values():
    quick = lengths(Timers(t1=0.1, t2=0.4, t4=1), reliable=False, invite=True)
    assert (quick[Timer.A], quick[Timer.B], quick[Timer.I]) == (0.1, pytest.approx(6.4), 1)


def test_other_methods_get_their_100_when_the_client_has_slowed_down():
    # Timer E: sent at 0, 0.5, 1.5, 3.5; the next interval is T2.
    assert lengths(Timers(), reliable=False, invite=False)[Timer.TRYING] == 3.5


class Item:
    def __init__(self, deadline: float = NEVER) -> None:
        self.deadline = deadline
        self.wake_at = NEVER


def test_the_earliest_comes_first_and_an_item_only_once():
    queue: Deadlines[Item] = Deadlines()
    late, soon, never = Item(9), Item(3), Item()
    queue.note([late, soon, never, late])
    assert queue.next() == 3
    assert len(queue) == 2
    assert list(queue.due(2.9)) == []
    assert list(queue.due(9)) == [soon, late]
    assert queue.next() is None


def test_a_deadline_that_moves_later_or_disappears_is_corrected_at_the_top():
    queue: Deadlines[Item] = Deadlines()
    moved, gone = Item(1), Item(2)
    queue.note([moved, gone])
    moved.deadline, gone.deadline = 5, NEVER
    assert queue.next() == 5
    assert list(queue.due(4)) == []
    assert len(queue) == 1
    assert list(queue.due(5)) == [moved]


def test_a_deadline_that_moves_earlier_is_noted_anew():
    queue: Deadlines[Item] = Deadlines()
    item = Item(5)
    queue.note([item])
    item.deadline = 1
    queue.note([item])
    assert queue.next() == 1
    assert list(queue.due(1)) == [item]
    item.deadline = NEVER
    assert queue.next() is None


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0, 1, 2, 3, 5, 8, NEVER]))))
def test_the_next_deadline_is_the_least_of_all(changes: list[tuple[int, float]]):
    queue: Deadlines[Item] = Deadlines()
    items = [Item() for _ in range(6)]
    for which, deadline in changes:
        items[which].deadline = deadline
        queue.note([items[which]])
        least = min(item.deadline for item in items)
        assert queue.next() == (least if least < NEVER else None)
