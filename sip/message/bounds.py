"""How large a SIP message and its parts may be; whatever is larger is refused before it is looked at.

Sizes are in bytes where they concern what arrives, in characters where they concern text. Every figure is several times
what phones and providers send: an INVITE with 10 hops, an identity token and a long SDP has 40 headers and 6 kB.
"""

from __future__ import annotations

from typing import Final

MAX_DATAGRAM: Final = 65_535
"""The largest UDP payload that can arrive."""

MAX_HEAD: Final = 32_768
"""Start line and headers together, up to the empty line. Larger: 513 (RFC 3261 section 21.5.7)."""

MAX_BODY: Final = 65_536
"""Larger: 413 (section 21.4.11)."""

MAX_MESSAGE: Final = MAX_HEAD + MAX_BODY

MAX_HEADERS: Final = 200
"""Header lines in one message. More: 400."""

MAX_HEADER_LINE: Final = 8_192
"""One header after unfolding, name included. Longer: 400."""

MAX_URI: Final = 2_048
"""One URI, wherever it stands. Longer: 414 (section 21.4.12)."""

MAX_METHOD: Final = 64
"""A method's name. Longer: 400."""

MAX_LIST: Final = 128
"""Values of one header, over all its lines: Via, Contact, Route ... More: 400."""

MAX_PARAMS: Final = 64
"""Parameters of one value. More: 400."""

MAX_CSEQ: Final = 2**31 - 1
"""Section 8.1.1.5."""

MAX_RSEQ: Final = 2**32 - 1
"""RFC 3262 section 7.1."""

MAX_DELTA_SECONDS: Final = 2**32 - 1
"""Section 20.19; a larger Expires counts as this."""

MAX_FORWARDS: Final = 255
"""Section 20.22."""

MAX_PORT: Final = 65_535

MAX_KEEP_ALIVE: Final = 1_024
"""CR and LF before a message, on a stream or in a datagram (section 7.5, RFC 5626 section 3.5.1)."""
