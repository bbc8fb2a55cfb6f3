"""What a packet is, from its first bytes: enough to count it by, before anything of it is parsed."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final


class Kind(Enum):
    """What is counted apart. IN_CALL are requests that only make sense within a call, and responses."""

    REGISTER = "REGISTER"
    INVITE = "INVITE"
    OPTIONS = "OPTIONS"
    IN_CALL = "in a call"
    OTHER = "other"


_METHODS: Final = {
    b"REGISTER": Kind.REGISTER,
    b"INVITE": Kind.INVITE,
    b"OPTIONS": Kind.OPTIONS,
    b"SIP/2.0": Kind.IN_CALL,
    **dict.fromkeys((b"ACK", b"BYE", b"CANCEL", b"PRACK", b"UPDATE", b"INFO", b"NOTIFY", b"REFER"), Kind.IN_CALL),
}
_LONGEST: Final = 9
_BLANK: Final = b"\r\n"
_TO_TAG: Final = re.compile(rb"\n(?:To|t)[ \t]*:[^\n]*;[ \t]*tag[ \t]*=", re.IGNORECASE)
_CALL_ID: Final = re.compile(rb"\n(?:Call-ID|i)[ \t]*:[ \t]*([^\s]+)", re.IGNORECASE)
_SCANNER: Final = re.compile(
    rb"\nUser-Agent[ \t]*:[ \t]*(?:friendly-scanner|friendly-request|sipvicious|sip-scan|sipcli|sundayddr|smap\b"
    rb"|iWar\b|VaxSIPUserAgent|VaxIPUserAgent|pplsip|sipptk|siparmyknife|Test Agent\b|scan\b|gulp\b)",
    re.IGNORECASE,
)
"""What scanners call themselves when nobody has told them otherwise. Tools that admins use (sipsak, SIPp) are none."""


def kind_of(data: bytes) -> Kind:
    """The kind of a packet; what is no SIP at all is OTHER."""
    if data[:1] in _BLANK:
        data = data[:64].lstrip(_BLANK)
    return _METHODS.get(data[: max(data.find(b" ", 0, _LONGEST), 0)], Kind.OTHER)


def call_id_of(data: bytes) -> bytes:
    """The Call-ID as written; empty if there is none."""
    found = _CALL_ID.search(data)
    return found[1] if found is not None else b""


def has_to_tag(data: bytes) -> bool:
    """Whether a request says that it belongs to a dialog."""
    return _TO_TAG.search(data) is not None


def names_a_scanner(data: bytes) -> bool:
    """Whether its User-Agent is one of a scanner that says so."""
    return _SCANNER.search(data) is not None
