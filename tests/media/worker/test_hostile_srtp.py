"""Encrypted legs: what was not made with the peer's keys, or was sent before, is dropped and counted; nothing grows."""

from __future__ import annotations

import os
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from media.commands import Keys
from media.rtp import RECEIVED, Drop
from media.srtp import MAX_SOURCES, Srtp
from media.worker.rtcp import compose
from sip.sdp.crypto import KEY_BYTES
from tests.media.worker.test_receive import PHONE, STRANGER, Case, rtp

SUITES = sorted(KEY_BYTES)


def keys_of(suite: str) -> tuple[Keys, Keys]:
    """Those of a leg and those of its peer."""
    ours, theirs = (os.urandom(KEY_BYTES[suite]) for _ in range(2))
    return Keys(suite, ours, theirs), Keys(suite, theirs, ours)


class SecureCase(Case):
    def __init__(self, suite: str = SUITES[0]) -> None:
        super().__init__()
        ours, theirs = keys_of(suite)
        assert self.leg.stream is not None
        self.leg.configure(replace(self.leg.stream, keys=ours), 0.0)
        self.peer = Srtp(theirs)


@pytest.mark.parametrize("suite", SUITES)
def test_packets_of_other_keys_plain_ones_and_repeated_ones_are_counted_and_not_heard(suite: str) -> None:
    case = SecureCase(suite)
    good = [case.peer.protect(rtp(n, n * 160)) for n in range(1, 4)]
    case.arrive(rtp(1), PHONE)
    case.arrive(Srtp(keys_of(suite)[1]).protect(rtp(1)), PHONE)
    case.arrive(good[0][:-1] + bytes((good[0][-1] ^ 1,)), PHONE)
    assert (case.leg.drops, case.leg.lock.locked) == ({Drop.UNPROVED: 3}, None)
    for packet in (*good, *good):
        case.arrive(packet, PHONE)
    assert case.leg.statistics.received == 3
    assert case.leg.drops == {Drop.UNPROVED: 6}
    assert case.leg.heard_at == 1.0


def test_whoever_has_the_keys_is_believed_at_once_wherever_it_is() -> None:
    case = SecureCase()
    case.arrive(case.peer.protect(rtp(1)), STRANGER)
    assert (case.leg.lock.locked, case.leg.lock.settled) == (STRANGER, True)


def test_a_peer_of_many_sources_is_heard_with_the_first_ones_only() -> None:
    ours, theirs = keys_of(SUITES[0])
    secure, peer = Srtp(ours), Srtp(theirs)
    plain = [secure.unprotect(peer.protect(rtp(1, ssrc=ssrc))) for ssrc in range(2 * MAX_SOURCES)]
    assert [bool(packet) for packet in plain] == [True] * MAX_SOURCES + [False] * MAX_SOURCES
    assert secure.unprotect(peer.protect(rtp(2, ssrc=0)))


def test_the_rollover_counter_goes_on_over_the_wrap_of_sequence_numbers() -> None:
    case = SecureCase()
    sent = case.bridge()
    for number, sequence in zip(count(), [*range(65500, 65536), *range(300)], strict=False):
        case.arrive(case.peer.protect(rtp(sequence, number * 160)), PHONE, 1.0 + number * 0.02)
    assert case.leg.statistics.received == len(sent) == 336
    assert case.leg.drops == {}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=10), st.sampled_from(SUITES), st.integers(0, 200))
def test_no_bytes_raise_or_are_taken_for_the_peers(datagrams: list[bytes], suite: str, at: int) -> None:
    """No bytes but the peer's own come through, of RTP or RTCP, and none raise; a bit more or less is enough."""
    ours, theirs = keys_of(suite)
    secure, peer = Srtp(ours), Srtp(theirs)
    packet, report = peer.protect(rtp(9, 9)), peer.protect_rtcp(compose(7, "phone", None))
    for data in datagrams:
        RECEIVED[: len(data)] = data
        assert secure.decrypt(len(data)) == 0
    for data in (*datagrams, packet[:at] if at < len(packet) else packet + b"x", report[: at % len(report)]):
        assert secure.unprotect(data) == b""
        assert secure.unprotect_rtcp(data) == b""
    assert secure.unprotect(packet) == rtp(9, 9)
    assert secure.unprotect_rtcp(report) == compose(7, "phone", None)
    assert secure.unprotect(packet) == secure.unprotect_rtcp(report) == b""
