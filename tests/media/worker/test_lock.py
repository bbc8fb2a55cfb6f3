"""The source lock: whom a leg believes."""

from __future__ import annotations

import random

import pytest

from media.worker.lock import (
    FOREIGN_PACKETS,
    LOCK_PACKETS,
    MAX_CANDIDATES,
    SETTLE_SECONDS,
    Source,
    SourceLock,
    usable_address,
)

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
    lock.expect(PHONE, ROUTER[0])
    assert judge(lock, ROUTER, 65534, LOCK_PACKETS) == [Source.TENTATIVE] * (LOCK_PACKETS - 1) + [Source.LOCKED]
    assert lock.locked == ROUTER


def test_scattered_packets_are_not_believed() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    for n in range(50):
        assert lock.judge(STRANGER, (n * 7919) & 0xFFFF, 1, n * 0.02) is Source.TENTATIVE
    assert lock.locked is None


def test_a_stranger_who_sends_too_keeps_nobody_out() -> None:
    lock, chance = SourceLock(), random.Random(1)
    lock.expect(PHONE, ROUTER[0])
    for n in range(LOCK_PACKETS):
        for _ in range(3):
            stranger = (STRANGER[0], chance.randrange(1024, 65535))
            assert lock.judge(stranger, chance.getrandbits(16), chance.getrandbits(32), n * 0.02) is Source.TENTATIVE
        verdict = lock.judge(ROUTER, 100 + n, 1, n * 0.02 + 0.001)
    assert verdict is Source.LOCKED
    assert len(lock._candidates) == 0


def test_candidates_are_bounded() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    for port in range(2000, 3000):
        lock.judge((STRANGER[0], port), 1, 1, 0.0)
    assert len(lock._candidates) == MAX_CANDIDATES


def test_the_signalled_address_takes_over_from_a_stranger_who_came_first() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    assert judge(lock, STRANGER, 1, FOREIGN_PACKETS)[-1] is Source.LOCKED
    assert not lock.settled
    assert lock.judge(PHONE, 7, 2, 0.5) is Source.LOCKED
    assert (lock.locked, lock.settled) == (PHONE, True)
    assert lock.judge(STRANGER, 9, 1, 0.6) is Source.STRANGER


def test_a_source_is_settled_after_a_while() -> None:
    lock = SourceLock()
    lock.expect(PHONE, ROUTER[0])
    judge(lock, ROUTER, 1, LOCK_PACKETS)
    assert lock.judge(STRANGER, 1, 2, 0.1) is Source.STRANGER
    assert lock.judge(ROUTER, 9, 1, SETTLE_SECONDS + 0.1) is Source.LOCKED
    assert lock.settled
    assert lock.judge(PHONE, 1, 1, SETTLE_SECONDS + 0.2) is Source.STRANGER


def test_where_nothing_was_signalled_the_first_is_settled_at_once() -> None:
    lock = SourceLock()
    lock.expect(None)
    judge(lock, ROUTER, 1, LOCK_PACKETS)
    assert (lock.locked, lock.settled) == (ROUTER, True)


def test_media_goes_on_to_the_known_source_while_it_is_learnt_anew() -> None:
    lock = SourceLock()
    lock.expect(PHONE, ROUTER[0])
    assert lock.aim == PHONE
    judge(lock, ROUTER, 1, LOCK_PACKETS)
    lock.expect(PHONE, ROUTER[0])
    assert (lock.locked, lock.aim) == (None, ROUTER), "the same was signalled: the phone is where it was"
    lock.expect(PHONE, ROUTER[0])
    assert lock.aim == ROUTER
    lock.expect(("192.0.2.1", 4002))
    assert lock.aim == ("192.0.2.1", 4002)


def test_the_signalled_address_wins_over_one_being_tried() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    lock.judge(STRANGER, 1, 1, 0.0)
    assert lock.judge(PHONE, 9, 2, 0.01) is Source.LOCKED


def test_learning_anew_trusts_the_old_source() -> None:
    lock = SourceLock()
    lock.expect(PHONE, ROUTER[0])
    judge(lock, ROUTER, 1, LOCK_PACKETS)
    lock.expect(PHONE, ROUTER[0])
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


def settled_at(source: tuple[str, int], ssrc: int = 1) -> SourceLock:
    lock = SourceLock()
    lock.expect(source)
    assert lock.judge(source, 1, ssrc, 0.0) is Source.LOCKED
    assert lock.settled
    return lock


def test_a_silent_source_is_followed_to_another_port_by_its_ssrc() -> None:
    lock = settled_at(ROUTER)
    moved = (ROUTER[0], ROUTER[1] + 7)
    assert lock.judge(moved, 2, 1, 0.5) is Source.STRANGER, "not while the old one is trusted"
    lock.doubt(1)
    assert lock.aim == ROUTER, "until the new one is known"
    assert judge(lock, moved, 3, LOCK_PACKETS, 2.0)[-1] is Source.LOCKED
    assert (lock.locked, lock.aim, lock.settled) == (moved, moved, True)


def test_nobody_else_takes_the_place_of_a_silent_source() -> None:
    lock = settled_at(ROUTER, ssrc=77)
    lock.doubt(77)
    assert judge(lock, STRANGER, 2, 10 * LOCK_PACKETS) == [Source.STRANGER] * 10 * LOCK_PACKETS
    assert len(lock._candidates) == 0
    assert lock.judge(ROUTER, 2, 78, 2.0) is Source.LOCKED, "the old one may begin anew"
    assert lock.settled


def test_a_foreigner_is_heard_late_and_only_until_somebody_nearer_speaks() -> None:
    lock = SourceLock()
    lock.expect(PHONE, ROUTER[0])
    assert judge(lock, STRANGER, 1, FOREIGN_PACKETS)[-2:] == [Source.TENTATIVE, Source.LOCKED]
    assert lock.judge(STRANGER, 99, 1, 60.0) is Source.LOCKED
    assert not lock.settled, "however long it speaks"
    assert judge(lock, ("198.51.100.67", 5), 1, 2 * FOREIGN_PACKETS)[-1] is Source.STRANGER, "one at a time"
    assert judge(lock, ROUTER, 1, LOCK_PACKETS, 61.0)[-1] is Source.LOCKED
    assert judge(lock, STRANGER, 100, 2 * FOREIGN_PACKETS, 62.0)[-1] is Source.STRANGER
    assert lock.judge(PHONE, 1, 3, 61.5) is Source.LOCKED


def test_where_sip_and_sdp_name_one_host_no_foreigner_is_believed() -> None:
    lock = SourceLock()
    lock.expect(PHONE, PHONE[0])
    assert set(judge(lock, STRANGER, 1, 10 * FOREIGN_PACKETS)) == {Source.STRANGER}
    assert judge(lock, (PHONE[0], 4444), 1, LOCK_PACKETS)[-1] is Source.LOCKED, "another port of the phone's"


def test_only_a_peer_that_has_shown_to_be_there_is_proved() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    assert not lock.proved
    assert not lock.prove(ROUTER[0]), "it is somewhere, but not where media goes"
    assert not lock.proved
    assert lock.prove(PHONE[0])
    assert lock.proved
    assert not lock.prove(PHONE[0]), "known before"
    lock.expect(STRANGER)
    assert not lock.proved, "its SDP names another host now"
    lock.judge(STRANGER, 1, 1, 0.0)
    assert lock.proved
    lock.expect(STRANGER)
    assert lock.proved, "it has not moved"


def test_sip_that_moves_is_followed_without_learning_anew() -> None:
    lock = SourceLock()
    lock.expect(PHONE)
    lock.judge(PHONE, 1, 1, 0.0)
    lock.sit_beside(ROUTER[0])
    assert (lock.locked, lock.settled) == (PHONE, True)
    assert lock.is_near(ROUTER[0])
    assert lock.is_near(PHONE[0])
    assert not lock.is_near(STRANGER[0])
