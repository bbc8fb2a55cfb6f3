"""The source lock: whom a leg believes."""

from __future__ import annotations

import pytest

from media.worker.lock import LOCK_PACKETS, TENTATIVE_SECONDS, Source, SourceLock, usable_address

PHONE, ROUTER, STRANGER = ("192.0.2.1", 4000), ("203.0.113.9", 61000), ("198.51.100.66", 5555)


def judge(lock: SourceLock, source: tuple[str, int], first: int, count: int, now: float = 0.0) -> list[Source]:
    return [lock.judge(source, (first + n) & 0xFFFF, 1, now + n * 0.02) for n in range(count)]


def test_the_signalled_address_is_believed_at_once() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    assert lock.judge(PHONE, 1, 1, 0.0) is Source.LOCKED
    assert lock.locked == PHONE


def test_a_phone_behind_a_router_is_believed_after_packets_in_sequence() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    assert judge(lock, ROUTER, 65534, LOCK_PACKETS) == [Source.TENTATIVE] * (LOCK_PACKETS - 1) + [Source.LOCKED]
    assert lock.locked == ROUTER


def test_scattered_packets_are_not_believed() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    for n in range(50):
        assert lock.judge(STRANGER, (n * 7919) & 0xFFFF, 1, n * 0.02) is Source.TENTATIVE
    assert lock.locked is None


def test_who_comes_second_does_not_take_the_place_of_one_being_tried() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    lock.judge(ROUTER, 1, 1, 0.0)
    assert judge(lock, STRANGER, 500, 5, 0.01) == [Source.STRANGER] * 5
    lock.judge(ROUTER, 2, 1, 0.2)
    lock.judge(ROUTER, 3, 1, 0.22)
    assert lock.judge(ROUTER, 4, 1, 0.24) is Source.LOCKED


def test_a_stray_packet_of_an_earlier_call_keeps_nobody_out_for_long() -> None:
    lock = SourceLock()
    lock.expect(None)
    lock.judge(STRANGER, 1, 1, 0.0)
    assert judge(lock, ROUTER, 7, LOCK_PACKETS, TENTATIVE_SECONDS + 0.01)[-1] is Source.LOCKED


def test_the_signalled_address_wins_over_one_being_tried() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    lock.judge(STRANGER, 1, 1, 0.0)
    assert lock.judge(PHONE, 9, 2, 0.01) is Source.LOCKED


def test_learning_anew_trusts_the_old_source() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    judge(lock, ROUTER, 1, LOCK_PACKETS)
    lock.expect(PHONE)
    assert lock.locked is None
    assert lock.judge(ROUTER, 99, 1, 9.0) is Source.LOCKED


@pytest.mark.parametrize(
    ("host", "port", "ipv6", "usable"),
    [
        ("127.0.0.1", 4000, False, ("127.0.0.1", 4000)),
        ("0:0::1", 4000, True, ("::1", 4000)),
        ("::1", 4000, False, None),
        ("127.0.0.1", 4000, True, None),
        ("0.0.0.0", 4000, False, None),
        ("239.1.2.3", 4000, False, None),
        ("255.255.255.255", 4000, False, None),
        ("phone.example", 4000, False, None),
        ("127.0.0.1", 0, False, None),
        ("127.0.0.1", 70000, False, None),
    ],
)
def test_media_is_sent_to_addresses_of_one_host_only(
    host: str, port: int, ipv6: bool, usable: tuple[str, int] | None
) -> None:
    assert usable_address(host, port, ipv6=ipv6) == usable
