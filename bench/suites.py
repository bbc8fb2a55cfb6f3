"""The crypto-suites that are measured, and keys for them."""

from __future__ import annotations

from media.commands import Keys

SUITES = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AES_256_CM_HMAC_SHA1_80": 46,
    "AES_256_CM_HMAC_SHA1_32": 46,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
"""Crypto-suites, and how long the key with its salt is."""


def bench_keys(suite: str) -> Keys:
    """The same for both directions: what is measured knows no better."""
    key = bytes(range(SUITES[suite]))
    return Keys(suite, key, key)
