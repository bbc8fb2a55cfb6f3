"""Dropped messages: all counted, told of and logged within bounds."""

from __future__ import annotations

import logging

import pytest

from sip.errors import DropReason
from sip.flow import Flow
from sip.rim.drops import LOGGED_EVERY, MAX_DROPS_TOLD, Drops

FLOW = Flow("udp", ("192.0.2.1", 5060), ("203.0.113.9", 5060))


def test_all_are_counted_and_only_so_many_told_of_in_a_second() -> None:
    drops = Drops()
    told: list[tuple[DropReason, Flow]] = []
    drops.on_dropped = lambda *drop: told.append(drop)
    for number in range(MAX_DROPS_TOLD + 50):
        drops.note(DropReason.NOT_SIP, FLOW, 1000.0 + number / 1000)
    assert told == [(DropReason.NOT_SIP, FLOW)] * MAX_DROPS_TOLD
    assert drops.counts == {DropReason.NOT_SIP: MAX_DROPS_TOLD + 50}
    drops.note(DropReason.BAD_URI, FLOW, 1001.0)
    assert told[-1] == (DropReason.BAD_URI, FLOW)


def test_they_are_logged_now_and_then_and_harmless_ones_never(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    drops = Drops()
    drops.note(DropReason.KEEP_ALIVE, FLOW, 1000.0)
    assert caplog.messages == []
    drops.note(DropReason.NOT_SIP, FLOW, 1000.0)
    drops.note(DropReason.BAD_URI, FLOW, 1000.0 + LOGGED_EVERY)
    assert caplog.messages == ["dropped a message: not_sip"]
    drops.note(DropReason.BAD_URI, FLOW, 1000.5 + LOGGED_EVERY)
    assert caplog.messages[1:] == ["dropped a message: bad_uri"]


def test_a_listener_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    caplog.set_level(logging.WARNING)
    drops = Drops()
    drops.on_dropped = fails
    drops.note(DropReason.NOT_SIP, FLOW, 1000.0)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
