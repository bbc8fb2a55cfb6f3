"""Keys of SRTP in session descriptions: ``a=crypto`` (SDES, RFC 4568), which the signalling must keep secret.

A line that asks for what we cannot do is passed over as if it were not there (section 6.2), and what cannot be read as
well: the peer then gets the next one, or is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

KEY_BYTES: Final = {
    "AEAD_AES_256_GCM": 44,
    "AEAD_AES_128_GCM": 28,
    "AES_256_CM_HMAC_SHA1_80": 46,
    "AES_256_CM_HMAC_SHA1_32": 46,
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
}
"""The crypto-suites we speak, the preferred first, with the bytes of master key and salt (RFC 4568, 6188 and 7714)."""
MAX_LINES: Final = 16
"""Lines of one stream that are looked at."""
MAX_LINE: Final = 512
"""Characters."""

_LINE: Final = re.compile(r"(\d{1,9}) +([A-Za-z0-9_]{1,40}) +(\S+)((?: +\S+)*) *")
_INLINE: Final = re.compile(r"inline:([A-Za-z0-9+/]{1,80}={0,2})(\|(?:2\^\d{1,2}|\d{1,15}))?")
_HARMLESS: Final = re.compile(r"WSH=\d+|-\S+")
"""Session parameters that change nothing for us (section 6.3): the window is a hint, those with - may be ignored."""


class Encryption(StrEnum):
    """Whether sound is encrypted: never, where the peer can, or else there is no call."""

    OFF = "never"
    OFFERED = "offered"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Crypto:
    """One line: ``key`` is master key and salt together, which whoever sends encrypts with."""

    tag: int
    suite: str
    key: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode()}"


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What both sides have settled on: a suite, our key and the peer's."""

    suite: str
    send: bytes = field(repr=False)
    receive: bytes = field(repr=False)


def new_keys(random_bytes: Callable[[int], bytes], suites: Iterable[str] = KEY_BYTES) -> tuple[Crypto, ...]:
    """Lines of our own, one a suite; ``random_bytes`` must be fit for secrets."""
    return tuple(Crypto(tag, suite, random_bytes(KEY_BYTES[suite])) for tag, suite in enumerate(suites, 1))


def read_lines(values: Sequence[str]) -> list[Crypto]:
    """The lines of a stream that we can do what they ask for, in the peer's order."""
    return [crypto for value in values[:MAX_LINES] if (crypto := read_line(value)) is not None]


def read_line(value: str) -> Crypto | None:
    """One line; None for one that cannot be read, has an unknown suite, several keys, an MKI or unknown parameters."""
    found = _LINE.fullmatch(value) if len(value) <= MAX_LINE else None
    if found is None:
        return None
    tag, suite, inline, parameters = found.groups()
    key = _INLINE.fullmatch(inline)
    if suite not in KEY_BYTES or key is None or not all(map(_HARMLESS.fullmatch, parameters.split())):
        return None
    try:
        decoded = base64.b64decode(key[1] + "=" * (-len(key[1]) % 4), validate=True)
    except binascii.Error:
        return None
    return Crypto(int(tag), suite, decoded) if len(decoded) == KEY_BYTES[suite] else None


def answer_to(offered: Sequence[Crypto], ours: Sequence[Crypto]) -> tuple[Crypto, SrtpKeys] | None:
    """The line that answers the first of theirs that we have a key for (section 5.1.2), and the keys; None for none."""
    keys = {crypto.suite: crypto.key for crypto in ours}
    for theirs in offered:
        if theirs.suite in keys:
            mine = keys[theirs.suite]
            return Crypto(theirs.tag, theirs.suite, mine), SrtpKeys(theirs.suite, mine, theirs.key)
    return None


def settled(offered: Sequence[Crypto], answered: Sequence[Crypto]) -> SrtpKeys | None:
    """The keys after the answer to our lines, which has one line, with tag and suite of one of ours (section 5.1.3)."""
    if len(answered) != 1:
        return None
    (theirs,) = answered
    mine = next((each for each in offered if (each.tag, each.suite) == (theirs.tag, theirs.suite)), None)
    return None if mine is None else SrtpKeys(mine.suite, mine.key, theirs.key)
