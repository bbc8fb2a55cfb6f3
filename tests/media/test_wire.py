"""Messages over the socketpair: all of them, in order, in bounded packets."""

from __future__ import annotations

import pytest

from media.commands import File, Play, Stop, Tone
from media.wire import MAX_PACKET_BYTES, MAX_WAITING, Outbox, ReaderStuck, read_commands


def test_what_is_put_comes_out_in_order_in_few_packets() -> None:
    outbox = Outbox()
    commands = [Play(n, n, (File("a.wav"), Tone("busy")), True) for n in range(5000)]
    for command in commands:
        outbox.put(command)
    packets: list[bytes] = []
    assert outbox.flush(packets.append)
    assert [command for packet in packets for command in read_commands(packet)] == commands
    assert max(map(len, packets)) <= MAX_PACKET_BYTES
    assert len(packets) < 20
    assert not outbox


def test_a_full_socket_keeps_the_packet_for_later() -> None:
    outbox = Outbox()
    outbox.put(Stop(1))

    def full(_packet: bytes) -> None:
        raise BlockingIOError

    assert not outbox.flush(full)
    outbox.put(Stop(2))
    packets: list[bytes] = []
    assert outbox.flush(packets.append)
    assert [command for packet in packets for command in read_commands(packet)] == [Stop(1), Stop(2)]


def test_a_reader_that_does_not_read_costs_bounded_memory() -> None:
    outbox = Outbox()
    for _ in range(MAX_WAITING):
        outbox.put(Stop(1))
    with pytest.raises(ReaderStuck):
        outbox.put(Stop(1))


def test_a_message_longer_than_a_packet_is_refused() -> None:
    with pytest.raises(ValueError, match="Play of"):
        Outbox().put(Play(1, 1, (File("x" * MAX_PACKET_BYTES),)))
