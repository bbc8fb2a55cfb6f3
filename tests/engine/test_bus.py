"""The bus: everybody hears everything, and nobody's mistake is anybody else's."""

from __future__ import annotations

import logging

import pytest

from engine.bus import Bus
from engine.events import CallAnswered, CallEvent

EVENT = CallAnswered("call-1", 1.0)


def test_every_listener_hears_each_event_in_order() -> None:
    bus, heard = Bus(), []
    bus.listen(lambda event: heard.append(("first", event)))
    bus.listen(lambda event: heard.append(("second", event)))
    bus.emit(EVENT)
    assert heard == [("first", EVENT), ("second", EVENT)]


def test_undo_stops_one_listening_and_may_be_called_again() -> None:
    bus, heard = Bus(), list[CallEvent]()
    undo = bus.listen(heard.append)
    bus.listen(heard.append)
    undo()
    undo()
    bus.emit(EVENT)
    assert heard == [EVENT]


def test_a_listener_that_fails_is_logged_and_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = Bus(), list[CallEvent]()

    def fails(event: CallEvent) -> None:
        raise RuntimeError("no")

    bus.listen(fails)
    bus.listen(heard.append)
    with caplog.at_level(logging.ERROR):
        bus.emit(EVENT)
    assert heard == [EVENT]
    (record,) = caplog.records
    assert record.__dict__["call"] == "call-1"
    assert "CallAnswered" in record.getMessage()


def test_a_listener_may_stop_listening_while_it_hears() -> None:
    bus, heard = Bus(), list[CallEvent]()

    def once(event: CallEvent) -> None:
        heard.append(event)
        undo()

    undo = bus.listen(once)
    bus.emit(EVENT)
    bus.emit(EVENT)
    assert heard == [EVENT]
