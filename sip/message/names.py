"""Header names: any spelling and the compact forms (RFC 3261 section 7.3.3) to the one canonical long name."""

from __future__ import annotations

import re
from typing import Final

COMPACT: Final = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
"""IANA registry of SIP compact header forms."""

_KNOWN: Final = (
    "Accept Accept-Encoding Accept-Language Alert-Info Allow Authentication-Info Authorization Call-Info"
    " Content-Disposition Content-Language CSeq Date Diversion Error-Info Expires Feature-Caps Flow-Timer Geolocation"
    " History-Info In-Reply-To Info-Package Join Max-Forwards MIME-Version Min-Expires Min-SE Organization"
    " P-Asserted-Identity P-Preferred-Identity Path Priority Privacy Proxy-Authenticate Proxy-Authorization"
    " Proxy-Require RAck Reason Record-Route Recv-Info Remote-Party-ID Replaces Reply-To Require Retry-After Route RSeq"
    " Server Service-Route SIP-ETag SIP-If-Match Subscription-State Target-Dialog Timestamp Unsupported User-Agent"
    " Warning WWW-Authenticate"
)

_TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")


def _spellings() -> dict[str, str]:
    table: dict[str, str] = {}
    for name in (*_KNOWN.split(), *COMPACT.values()):
        table[name] = table[name.lower()] = table[name.upper()] = name
    for short, name in COMPACT.items():
        table[short] = table[short.upper()] = name
    return table


_SPELLINGS: Final = _spellings()


def canonical(name: str) -> str:
    """The long name as RFCs write it: ``"i"``, ``"call-id"`` and ``"CALL-ID"`` are all ``"Call-ID"``.

    An unknown name is written with a capital after each hyphen. Raises ValueError if ``name`` is no token.
    """
    known = _SPELLINGS.get(name)
    if known is not None:
        return known
    known = _SPELLINGS.get(name.lower())
    if known is not None:
        return known
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"not a header name: {name[:40]!r}")
    return "-".join(part.capitalize() for part in name.split("-"))
