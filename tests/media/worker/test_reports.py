"""Whose RTCP is listened to, what it shows, and that none is ever answered."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.commands import Stream
from media.rtp import Drop
from media.worker.leg_table import LegTable
from media.worker.legs import Leg
from media.worker.reports import Reports, receive, report
from media.worker.rtcp import COMPENSATION, INTERVAL_SECONDS, compose
from media.worker.sockets import PortPair

PHONE, STRANGER = ("192.0.2.1", 4000), ("198.51.100.66", 5555)


class Socket:
    """A socket whose datagrams are given, and kept."""

    def __init__(self) -> None:
        self.waiting: list[tuple[bytes, tuple[str, int]]] = []
        self.sent: list[tuple[str, int]] = []

    def recvfrom_into(self, buffer: bytearray) -> tuple[int, tuple[str, int]]:
        data, sender = self.waiting.pop(0)
        size = min(len(data), len(buffer))
        buffer[:size] = data[:size]
        return size, sender

    def recv_into(self, buffer: bytearray) -> int:
        return self.recvfrom_into(buffer)[0]

    def sendto(self, _data: bytes, to: tuple[str, int]) -> None:
        self.sent.append(to)


class Case:
    def __init__(self) -> None:
        self.socket = Socket()
        wire: Any = self.socket
        self.leg = Leg(1, PortPair("192.0.2.9", 2, wire, wire), 0, random.Random(1), 0.0)
        self.leg.configure(Stream("PCMU", 0, 0, *PHONE), 0.0)
        self.leg.expect_source()

    def arrive(self, data: bytes, sender: tuple[str, int], now: float = 1.0) -> bool:
        self.socket.waiting.append((data, sender))
        return receive(self.leg, bytearray(1501), now, 0)


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_phone_that_only_reports_shows_where_it_is_and_is_alive(case: Case) -> None:
    assert case.arrive(compose(7, "phone", None), (PHONE[0], 4001))
    assert case.leg.lock.proved
    assert case.leg.heard_at == 1.0
    assert not case.arrive(compose(7, "phone", None), (PHONE[0], 4001)), "nothing new"
    report(case.leg, "us", 2.0, 0)
    assert case.socket.sent == [(PHONE[0], 4001)]


def test_a_stranger_shows_nothing_and_is_sent_nothing(case: Case) -> None:
    assert not case.arrive(compose(7, "x", None), STRANGER)
    report(case.leg, "us", 2.0, 0)
    assert (case.leg.drops, case.leg.lock.proved, case.socket.sent) == ({Drop.STRANGER: 1}, False, [])
    assert case.leg.heard_at == 0.0


def test_whoever_is_silent_for_a_while_is_still_heard_by_its_reports(case: Case) -> None:
    case.leg.lock.judge(PHONE, 1, 7, 0.5)
    case.leg.statistics.update(1, 160, 7, 0.5)
    case.leg.lock.doubt(7)
    case.arrive(compose(7, "phone", None), (PHONE[0], 4001), 9.0)
    assert case.leg.heard_at == 9.0
    assert case.leg.drops == {}


def test_reports_of_another_ssrc_neither_keep_a_call_alive_nor_move_ours(case: Case) -> None:
    case.leg.lock.judge(PHONE, 1, 7, 0.5)
    case.leg.statistics.update(1, 160, 7, 0.5)
    case.arrive(compose(666, "x", None, bye=True), (PHONE[0], 9999))
    report(case.leg, "us", 2.0, 0)
    assert case.leg.drops == {Drop.SSRC: 1}
    assert case.leg.heard_at == 0.0
    assert case.socket.sent == [(PHONE[0], PHONE[1] + 1)]


def test_a_flood_of_reports_makes_us_send_no_more_than_the_clock_does(case: Case) -> None:
    legs = LegTable()
    legs.add(case.leg)
    clock = Reports(legs, "us")
    clock.begin(case.leg, 0.0)
    for tick in range(60_000):
        now = tick * 0.001
        case.arrive(compose(7, "phone", None), (PHONE[0], 4001), now)
        if tick % 5 == 0:
            clock.send_due(now, 0)
    assert len(case.socket.sent) <= 60 / (INTERVAL_SECONDS * 0.5 / COMPENSATION) + 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=120), st.sampled_from([PHONE, STRANGER])), max_size=10))
def test_no_bytes_raise_or_are_answered(datagrams: list[tuple[bytes, tuple[str, int]]]) -> None:
    """Whatever comes to the RTCP port, nothing escapes and nothing is sent."""
    case = Case()
    for tail, sender in datagrams:
        case.arrive(tail, sender)
        case.arrive(b"\x80\xc8" + tail, sender)
        case.arrive(compose(7, "phone", None) + tail, sender)
    assert case.socket.sent == []
