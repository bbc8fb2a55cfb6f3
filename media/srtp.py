"""SRTP (RFC 3711, RFC 7714) at the edge of a leg: what is sent is encrypted last, what comes is decrypted first.

Encryption is libsrtp's, by pylibsrtp. Each direction has its own master key; a new key begins a new context, with its
rollover counter at zero, the same key goes on with the old one.
"""

from __future__ import annotations

from collections.abc import Callable

from pylibsrtp import Error, Policy, Session

from media.commands import Keys

PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AEAD_AES_256_GCM": Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}
WINDOW = 256
"""Packets by which one may be late and still count; RFC 3711 section 3.3.2 asks for 64 at least."""
MAX_SOURCES = 64
"""SSRCs of a peer: libsrtp keeps something of each, and has to find it for each packet."""


class Srtp:
    """Both directions of one leg. Raises KeyError for an unknown suite, ValueError for a key of a wrong length.

    What may not be sent (sent already, or too late by the window) and what the peer did not send, or not now, comes to
    nothing: empty bytes.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._out = _session(keys.suite, keys.send, Policy.SSRC_ANY_OUTBOUND)
        self._in = _session(keys.suite, keys.receive, Policy.SSRC_ANY_INBOUND)
        self._sources: set[bytes] = set()

    def change(self, keys: Keys) -> None:
        """Go on with these keys."""
        old, self._keys = self._keys, keys
        if (keys.suite, keys.send) != (old.suite, old.send):
            self._out = _session(keys.suite, keys.send, Policy.SSRC_ANY_OUTBOUND)
        if (keys.suite, keys.receive) != (old.suite, old.receive):
            self._in = _session(keys.suite, keys.receive, Policy.SSRC_ANY_INBOUND)
            self._sources.clear()

    def protect(self, packet: bytes) -> bytes:
        return _or_nothing(self._out.protect, packet)

    def protect_rtcp(self, packet: bytes) -> bytes:
        return _or_nothing(self._out.protect_rtcp, packet)

    def unprotect(self, packet: bytes) -> bytes:
        return self._of_the_peer(self._in.unprotect, packet, packet[8:12])

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        return self._of_the_peer(self._in.unprotect_rtcp, packet, packet[4:8])

    def _of_the_peer(self, work: Callable[[bytes], bytes], packet: bytes, source: bytes) -> bytes:
        known = source in self._sources
        if not known and len(self._sources) >= MAX_SOURCES:
            return b""
        plain = _or_nothing(work, packet)
        if plain and not known:
            self._sources.add(source)
        return plain


def _or_nothing(work: Callable[[bytes], bytes], packet: bytes) -> bytes:
    try:
        return work(packet)
    except (Error, ValueError):
        return b""


def _session(suite: str, key: bytes, direction: int) -> Session:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=PROFILES[suite])
    policy.window_size = WINDOW
    return Session(policy)
