"""Messages as they are remembered: their order, their number, and what becomes of those that are gone."""

from __future__ import annotations

import msgspec

from engine.office.messages import MAX_MESSAGES, Count, Message, RememberedMessages, count, in_order


def message(name: str, left_at: float, **more: object) -> Message:
    return Message(name, "bakery", "orders", "x", "c", left_at=left_at, seconds=3.0, **more)  # type: ignore[arg-type]


OLD, NEW = message("old", 1.0, heard_at=5.0), message("new", 3.0)
URGENT, DRAFT = message("urgent", 4.0, urgent=True), message("draft", 2.0, taking=True)


def test_they_are_counted_and_played_in_their_order() -> None:
    there = RememberedMessages([NEW, URGENT, OLD, DRAFT])
    assert there.of("orders") == [OLD, NEW, URGENT]
    assert there.of("sales") == []
    assert in_order(there.of("orders")) == [URGENT, NEW, OLD]
    assert count(there.of("orders")) == Count(new=2, urgent=1, saved=1)
    assert len(there.all()) == 4


def test_an_urgent_message_that_was_heard_is_no_longer_before_others() -> None:
    heard = msgspec.structs.replace(URGENT, heard_at=9.0)
    assert in_order([heard, NEW]) == [NEW, heard]
    assert count([heard]) == Count(saved=1)


def test_what_is_gone_cannot_be_changed() -> None:
    there = RememberedMessages([NEW])
    assert there.change(msgspec.structs.replace(NEW, heard_at=1.0))
    there.delete(NEW, 5.0)
    there.delete(NEW, 5.0)
    assert not there.change(NEW)
    assert there.of("orders") == []


def test_a_mailbox_is_full_of_what_is_there_and_what_is_being_taken() -> None:
    there = RememberedMessages(message(str(number), number) for number in range(MAX_MESSAGES - 1))
    assert not there.full("orders")
    there.put(DRAFT)
    assert there.full("orders")
    assert not there.full("sales")
