"""Nonces: signed, of limited life, each count good once, and no memory for strangers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import DropReason
from sip.nonces import COUNT_WINDOW, MIN_KEY, NONCE_LIFETIME, Nonces

REALM = "bakery.example"
STALE = DropReason.STALE_NONCE
REPLAYED = DropReason.REPLAYED_CREDENTIALS


@pytest.fixture
def nonces() -> Nonces:
    return Nonces(b"k" * MIN_KEY)


def test_a_count_is_good_once(nonces: Nonces) -> None:
    nonce = nonces.make(REALM, 10.0)
    assert nonces.use(nonce, REALM, 1, 10.5) is None
    assert nonces.use(nonce, REALM, 1, 10.5) is REPLAYED
    assert nonces.use(nonce, REALM, 2, 10.5) is None


def test_counts_may_overtake_each_other_within_the_window(nonces: Nonces) -> None:
    nonce = nonces.make(REALM, 0.0)
    highest = COUNT_WINDOW + 5
    assert nonces.use(nonce, REALM, highest, 1.0) is None
    assert nonces.use(nonce, REALM, highest - COUNT_WINDOW + 1, 1.0) is None
    assert nonces.use(nonce, REALM, highest - COUNT_WINDOW + 1, 1.0) is REPLAYED
    assert nonces.use(nonce, REALM, highest - COUNT_WINDOW, 1.0) is REPLAYED
    assert nonces.use(nonce, REALM, 2**32 - 1, 1.0) is None
    assert nonces.use(nonce, REALM, highest, 1.0) is REPLAYED


@given(st.lists(st.integers(0, 200), max_size=80))
def test_no_count_is_ever_good_twice(counts: list[int]) -> None:
    nonces = Nonces(b"k" * MIN_KEY)
    nonce = nonces.make(REALM, 0.0)
    good = [count for count in counts if nonces.use(nonce, REALM, count, 1.0) is None]
    assert len(good) == len(set(good))


def test_an_answer_without_counts_is_good_once_for_a_nonce(nonces: Nonces) -> None:
    nonce = nonces.make(REALM, 0.0)
    assert nonces.use(nonce, REALM, 0, 1.0) is None
    assert nonces.use(nonce, REALM, 0, 1.0) is REPLAYED
    counted = nonces.make(REALM, 0.0)
    assert nonces.use(counted, REALM, 1, 1.0) is None
    assert nonces.use(counted, REALM, 0, 1.0) is REPLAYED


def test_a_nonce_lives_for_its_lifetime(nonces: Nonces) -> None:
    nonce = nonces.make(REALM, 100.0)
    assert nonces.use(nonce, REALM, 1, 100.0 + NONCE_LIFETIME) is None
    assert nonces.use(nonce, REALM, 2, 100.1 + NONCE_LIFETIME) is STALE
    assert nonces.use(nonces.make(REALM, 100.0), REALM, 1, 99.0) is STALE, "of the future"


def test_a_restart_opens_no_replay(nonces: Nonces) -> None:
    nonce = nonces.make(REALM, 10.0)
    assert nonces.use(nonce, REALM, 1, 11.0) is None
    restarted = Nonces(b"k" * MIN_KEY)
    assert restarted.use(nonce, REALM, 1, 12.0) is STALE
    assert restarted.use(restarted.make(REALM, 12.0), REALM, 1, 12.0) is None


def test_a_nonce_that_is_not_ours_is_stale(nonces: Nonces) -> None:
    nonce = nonces.make(REALM, 0.0)
    assert nonces.use(nonce, "other.example", 1, 1.0) is STALE
    assert Nonces(b"j" * MIN_KEY).use(nonce, REALM, 1, 1.0) is STALE
    for text in ("", "x", "!", "\u00e9", nonce[:-1], nonce[1:], nonce.swapcase(), "A" * 5000):
        assert nonces.use(text, REALM, 1, 1.0) is STALE
    assert len(nonces) == 0


def test_the_table_is_bounded_and_forgetting_opens_no_replay() -> None:
    nonces = Nonces(b"k" * MIN_KEY, limit=10)
    made = [nonces.make(REALM, float(second)) for second in range(30)]
    for nonce in made[5:]:
        assert nonces.use(nonce, REALM, 1, 30.0) is None
        assert len(nonces) <= 10
    for nonce in made[:20]:
        assert nonces.use(nonce, REALM, 1, 30.0) is STALE
        assert nonces.use(nonce, REALM, 2, 30.0) is STALE
    for nonce in made[20:]:
        assert nonces.use(nonce, REALM, 2, 30.0) is None


def test_expired_nonces_leave_the_table(nonces: Nonces) -> None:
    for second in range(20):
        nonces.use(nonces.make(REALM, float(second)), REALM, 1, 20.0)
    late = 20.0 + NONCE_LIFETIME
    assert nonces.use(nonces.make(REALM, late), REALM, 1, late) is None
    assert len(nonces) == 1


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        Nonces(b"k" * (MIN_KEY - 1))
