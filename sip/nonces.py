"""Nonces that nobody has to remember until they are used: signed, of limited life, each count good once (RFC 7616 3.3).

A nonce carries the time it was made, random bits, a witness of whom it was made for, and a signature over all of it
and the realm. State begins with the first right answer, so a stranger cannot fill memory: from then on a bounded table
knows which of its counts were used, and an overheard answer is good for nothing. The witness tells whether an answer
came from where the nonce was sent; one that did not is worth no more than one to a nonce that is over.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from typing import Final

from sip.errors import DropReason

NONCE_LIFETIME: Final = 300.0
"""Seconds a nonce is good for; later answers are challenged again with stale=true, which asks the user nothing."""

MAX_NONCES: Final = 20_000
"""Nonces in use whose counts are remembered; beyond that the oldest become stale."""

COUNT_WINDOW: Final = 64
"""How far behind the highest nonce count one may come, as datagrams overtake each other."""

MIN_KEY: Final = 16
"""Bytes."""

_TIME, _RANDOM, _WITNESS, _SIGNATURE = 6, 3, 3, 12
_STAMP = _TIME + _RANDOM + _WITNESS
_ALL_SEEN: Final = (1 << COUNT_WINDOW) - 1


class Nonces:
    """Makes nonces and takes them back.

    ``key`` is secret. ``now`` is in seconds of a clock that does not go backwards; a nonce of the future is stale. So
    is one made before this object was first used, as nobody knows any more which counts an earlier process has seen.
    """

    def __init__(self, key: bytes, *, lifetime: float = NONCE_LIFETIME, limit: int = MAX_NONCES) -> None:
        if len(key) < MIN_KEY:
            raise ValueError(f"a key of less than {MIN_KEY} bytes")
        self._key = key
        self._lifetime = lifetime
        self._limit = limit
        self._used: dict[bytes, tuple[float, int, int]] = {}  # made at, highest count, a bit for each below it
        self._forgotten_until: float | None = (
            None  # seconds; of nonces made until then only those in the table are good
        )

    def make(self, realm: str, now: float, source: str = "") -> str:
        """A new nonce for somebody at ``source``: 32 characters of the URL-safe base64 alphabet."""
        self._begin(now)
        stamp = int(now * 1000).to_bytes(_TIME, "big") + os.urandom(_RANDOM) + self._witness(source)
        return base64.urlsafe_b64encode(stamp + self._sign(stamp, realm)).decode()

    def use(self, nonce: str, realm: str, count: int, now: float) -> DropReason | None:
        """Take one count of a nonce; the reason if that may not be: STALE_NONCE or REPLAYED_CREDENTIALS.

        To be called only for an answer that was right. Count 0 stands for an answer without counts: good once.
        """
        begun = self._begin(now)
        stamp = self._opened(nonce, realm)
        if stamp is None:
            return DropReason.STALE_NONCE
        made_at = int.from_bytes(stamp[:_TIME], "big") / 1000
        if not made_at <= now <= made_at + self._lifetime:
            return DropReason.STALE_NONCE
        if stamp in self._used:
            return self._use_again(stamp, count)
        if made_at <= begun:
            return DropReason.STALE_NONCE
        self._forget(now - self._lifetime)
        self._used[stamp] = (made_at, count, 1)
        return None

    def counts(self, nonce: str, realm: str, source: str | None, now: float) -> bool:
        """Whether a nonce is not over, and was made for ``source``: whoever answers it is there, or hears what is.

        None for anybody.
        """
        stamp = self._opened(nonce, realm)
        if stamp is None:
            return False
        if source is not None and not hmac.compare_digest(stamp[-_WITNESS:], self._witness(source)):
            return False
        return 0.0 <= now - int.from_bytes(stamp[:_TIME], "big") / 1000 <= self._lifetime

    def _opened(self, nonce: str, realm: str) -> bytes | None:
        """What a nonce of ours says; None if it is none."""
        try:
            data = base64.urlsafe_b64decode(nonce)
        except (binascii.Error, ValueError):
            return None
        stamp = data[:_STAMP]
        return stamp if hmac.compare_digest(data[_STAMP:], self._sign(stamp, realm)) else None

    def _begin(self, now: float) -> float:
        if self._forgotten_until is None:
            self._forgotten_until = int(now * 1000 - 1) / 1000
        return self._forgotten_until

    def _use_again(self, stamp: bytes, count: int) -> DropReason | None:
        made_at, highest, seen = self._used[stamp]
        if count == 0:
            return DropReason.REPLAYED_CREDENTIALS
        if count > highest:
            self._used[stamp] = (made_at, count, (seen << min(count - highest, COUNT_WINDOW) | 1) & _ALL_SEEN)
            return None
        behind = highest - count
        if behind >= COUNT_WINDOW or seen >> behind & 1:
            return DropReason.REPLAYED_CREDENTIALS
        self._used[stamp] = (made_at, highest, seen | 1 << behind)
        return None

    def _forget(self, expired_before: float) -> None:
        """Make room. What was made before a nonce forgotten in its lifetime goes stale too, or it could be replayed."""
        while self._used:
            oldest = next(iter(self._used))
            made_at = self._used[oldest][0]
            if made_at >= expired_before:
                if len(self._used) < self._limit:
                    return
                self._forgotten_until = max(self._forgotten_until or 0.0, made_at)
            del self._used[oldest]

    def _sign(self, stamp: bytes, realm: str) -> bytes:
        return hmac.digest(self._key, stamp + realm.encode("utf-8", "replace"), "sha256")[:_SIGNATURE]

    def _witness(self, source: str) -> bytes:
        return hmac.digest(self._key, b"source " + source.encode("utf-8", "replace"), "sha256")[:_WITNESS]

    def __len__(self) -> int:
        """Nonces whose counts are remembered."""
        return len(self._used)
