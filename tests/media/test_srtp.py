"""SRTP at the edge of a leg: what goes out can be read with the key, and nothing else comes in."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import Any

import pytest

from media.commands import Keys
from media.srtp import BY_NAME, PROFILES, WINDOW, Srtp
from sip.sdp.crypto import KEY_BYTES
from tests.media.conftest import HEADER
from tests.media.sounds import assert_hear_each_other

SUITE = "AES_CM_128_HMAC_SHA1_80"


def pair(suite: str = SUITE) -> tuple[Srtp, Srtp]:
    """Both ends of one stream."""
    one, other = os.urandom(KEY_BYTES[suite]), os.urandom(KEY_BYTES[suite])
    return Srtp(Keys(suite, one, other)), Srtp(Keys(suite, other, one))


def packet(number: int, ssrc: int = 7) -> bytes:
    return HEADER.pack(0x80, 0, number & 0xFFFF, number * 160, ssrc) + b"\x55" * 160


@pytest.mark.parametrize("suite", KEY_BYTES)
def test_each_suite_goes_through(suite: str) -> None:
    ours, theirs = pair(suite)
    sent = ours.protect(packet(1))
    assert sent[12:100] != packet(1)[12:100]
    assert theirs.unprotect(sent) == packet(1)
    report = b"\x80\xc9\x00\x01" + b"\x00\x00\x00\x07"
    assert theirs.unprotect_rtcp(ours.protect_rtcp(report)) == report


def test_all_suites_of_the_signalling_are_known() -> None:
    assert {*PROFILES, *BY_NAME} == set(KEY_BYTES)


def test_what_is_damaged_replayed_or_anothers_is_nothing() -> None:
    ours, theirs = pair()
    sent = ours.protect(packet(1))
    assert theirs.unprotect(sent[:-1] + bytes([sent[-1] ^ 1])) == b""
    assert theirs.unprotect(pair()[0].protect(packet(1))) == b""
    assert theirs.unprotect(packet(1)) == b""
    assert theirs.unprotect(b"") == b""
    assert theirs.unprotect(sent) == packet(1)
    assert theirs.unprotect(sent) == b"", "each counts once"


def test_late_packets_count_within_the_window() -> None:
    ours, theirs = pair()
    early = ours.protect(packet(1))
    for number in range(2, WINDOW):
        assert theirs.unprotect(ours.protect(packet(number)))
    assert theirs.unprotect(early) == packet(1)


def test_the_same_keys_go_on_and_others_begin_anew() -> None:
    one, other = os.urandom(30), os.urandom(30)
    ours, theirs = Srtp(Keys(SUITE, one, other)), Srtp(Keys(SUITE, other, one))
    first = ours.protect(packet(1))
    assert theirs.unprotect(first)
    theirs.change(Keys(SUITE, other, one))
    assert theirs.unprotect(first) == b"", "what was heard is remembered"
    fresh = os.urandom(30)
    ours.change(Keys(SUITE, fresh, other))
    theirs.change(Keys(SUITE, other, fresh))
    assert theirs.unprotect(ours.protect(packet(2))) == packet(2)


def test_no_key_is_shown() -> None:
    keys = Keys(SUITE, b"secret" * 5, b"hidden" * 5)
    assert "secret" not in repr(keys)
    assert "hidden" not in f"{keys}"


# --- legs -------------------------------------------------------------------------------------------------------------


@dataclass
class Ends:
    """Wraps a telephone of conftest, so that what it sends and hears is encrypted."""

    phone: Any
    srtp: Srtp

    def __post_init__(self) -> None:
        plain_send, plain_hear = self.phone.rtp.sendto, self.phone.datagram_received
        self.phone.rtp = _Sealed(self.phone.rtp, lambda data, to: plain_send(self.srtp.protect(data), to))
        self.phone.datagram_received = lambda data, addr: (
            plain_hear(plain, addr) if (plain := self.srtp.unprotect(data)) else None
        )


class _Sealed:
    def __init__(self, transport: Any, send: Any) -> None:
        self._transport, self.sendto = transport, send

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


async def encrypted(office: Any, **how: Any) -> tuple[Any, Any]:
    one, other = os.urandom(30), os.urandom(30)
    phone, leg = await office.phone(keys=Keys(SUITE, one, other), **how)
    Ends(phone, Srtp(Keys(SUITE, other, one)))
    return phone, leg


@pytest.mark.parametrize("codec", ["PCMU", "opus"])
async def test_an_encrypted_and_a_plain_leg_hear_each_other(office: Any, codec: str) -> None:
    alice, mine = await encrypted(office)
    bob, theirs = await office.phone(codec=codec, near=mine)
    await assert_hear_each_other(alice, mine, bob, theirs)


async def test_two_encrypted_legs_hear_each_other_each_under_its_own_keys(office: Any) -> None:
    alice, mine = await encrypted(office)
    bob, theirs = await encrypted(office, near=mine)
    await assert_hear_each_other(alice, mine, bob, theirs)
    alice.assert_one_stream()
    bob.assert_one_stream()


async def test_whoever_has_no_key_is_not_heard(office: Any) -> None:
    alice, mine = await encrypted(office)
    bob, theirs = await office.phone(near=mine)
    mine.join(theirs)
    alice.talk()
    bob.talk()
    await asyncio.sleep(0.2)
    sealed = alice.rtp
    alice.rtp = sealed._transport
    alice.talk(700.0)
    await asyncio.sleep(0.2)
    assert await bob.hear(0.3) == 0.0
    closed = await mine.close()
    assert closed is not None
    assert closed.invalid > 10
