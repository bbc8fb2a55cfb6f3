"""What goes to an address that a peer has named and not shown to be at."""

from __future__ import annotations

from media.worker.proving import FIRST_PACKETS, THEN_ONE_IN, Trial


def test_a_few_packets_go_and_then_one_a_second() -> None:
    sent: list[bytes | memoryview] = []
    emit = Trial().holding(sent.append)
    for _ in range(FIRST_PACKETS + 10):
        emit(b"x")
    assert len(sent) == FIRST_PACKETS
    for _ in range(30 * THEN_ONE_IN):
        emit(b"x")
    assert len(sent) <= FIRST_PACKETS + 31


def test_new_addresses_begin_nothing_anew() -> None:
    trial, sent = Trial(), [0] * 100
    for victim in range(100):

        def send(_packet: bytes | memoryview, victim: int = victim) -> None:
            sent[victim] += 1

        emit = trial.holding(send)
        for _ in range(THEN_ONE_IN):
            emit(b"x")
    assert sent[0] == FIRST_PACKETS + 1
    assert max(sent[1:]) == 1
