"""The values of headers: frozen, read by ``parse(text)``, written by ``str()``, the same after a round trip.

Every ``parse`` raises ProtocolError(400, ...) and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from sip.message.bounds import MAX_CSEQ, MAX_PORT, MAX_RSEQ
from sip.message.grammar import (
    TOKEN,
    Params,
    bad_header,
    format_params,
    get_param,
    parse_params,
    quote,
    quoted_end,
    set_params,
    split_list,
    unquote,
    writable,
)
from sip.message.uri import HOST, Uri

__all__ = [
    "CSeq",
    "NameAddr",
    "Params",
    "RAck",
    "Uri",
    "Via",
    "get_param",
    "parse_params",
    "parse_rseq",
    "quote",
    "split_list",
    "unquote",
]

_VIA: Final = re.compile(
    rf"[ \t]*+SIP[ \t]*+/[ \t]*+[0-9]\.[0-9][ \t]*+/[ \t]*+({TOKEN})[ \t]++"
    rf"({HOST})[ \t]*+(?::[ \t]*+([0-9]{{1,5}})[ \t]*+)?(?=;|$)",
    re.IGNORECASE,
)
_CSEQ: Final = re.compile(rf"([0-9]{{1,20}})[ \t]++({TOKEN})")


@dataclass(frozen=True, slots=True)
class NameAddr:
    """An address with a display name and header parameters: From, To, Contact, Route, Refer-To (section 20.10).

    ``display`` is without quotes and escapes. ``str()`` always writes ``<>``, and quotes around a display name.
    """

    display: str
    uri: Uri
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> NameAddr:
        """Read ``"display" <uri>;params``, ``display <uri>;params`` or ``uri;params``.

        In the last form parameters belong to the header, and the URI can have no headers (section 20).
        """
        text = text.strip(" \t")
        display = ""
        if text[:1] == '"':
            end = quoted_end(text, 0)
            display = unquote(text[:end])
            left = end
            while text[left : left + 1] in (" ", "\t"):
                left += 1
            if text[left : left + 1] != "<":
                bad_header(f"a display name without '<': {text[:40]!r}")
        else:
            left = text.find("<")
            if left > 0:
                display = writable(text[:left]).strip(" \t")
                if '"' in display or ">" in display:
                    bad_header(f"not a display name: {display[:40]!r}")
        if left < 0:
            address, semicolon, params = text.partition(";")
            address = address.rstrip(" \t")
            if "?" in address or "," in address:
                bad_header(f"an address that needs '<>': {address[:40]!r}")
            return cls("", Uri.parse(address), parse_params(semicolon + params))
        right = text.find(">", left)
        if right < 0:
            bad_header("'<' without '>'")
        return cls(display, Uri.parse(text[left + 1 : right]), parse_params(text[right + 1 :]))

    def __str__(self) -> str:
        name = f"{quote(self.display)} " if self.display else ""
        return f"{name}<{self.uri}>{format_params(self.params)}"

    @property
    def tag(self) -> str | None:
        """The dialog identifier's part of this side (section 19.3)."""
        return get_param(self.params, "tag") or None

    def param(self, name: str) -> str | None:
        """The unquoted value of a header parameter: ``""`` for a flag, None if it is not there."""
        return get_param(self.params, name)

    def with_params(self, **params: str | None) -> NameAddr:
        """A copy with header parameters set (``""`` for a flag) or, for None, taken away."""
        return replace(self, params=set_params(self.params, params))


@dataclass(frozen=True, slots=True)
class Via:
    """One hop of a request's way, which its responses take back (section 20.42). An IPv6 host has no brackets."""

    transport: str
    host: str
    port: int | None = None
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> Via:
        """Read ``SIP/2.0/UDP host:port;params``, with white space wherever the grammar has it."""
        match = _VIA.match(text)
        if match is None:
            bad_header(f"not a Via: {text[:60]!r}")
        transport, host, digits = match.groups()
        port = int(digits) if digits else None
        if port is not None and port > MAX_PORT:
            bad_header(f"Via port {port}")
        return cls(transport.upper(), host.strip("[]").lower(), port, parse_params(text[match.end() :]))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {host}{port}{format_params(self.params)}"

    @property
    def branch(self) -> str | None:
        """The transaction's name, with the cookie z9hG4bK where the peer knows RFC 3261 (section 8.1.1.7)."""
        return get_param(self.params, "branch") or None

    @property
    def received(self) -> str | None:
        """The address the request came from, as its receiver saw it, without brackets (section 18.2.1)."""
        received = get_param(self.params, "received")
        return received.strip("[]") if received else None

    @property
    def rport(self) -> int | None:
        """The port the request came from; None also where it is only asked for: ``param("rport") == ""`` (RFC 3581)."""
        digits = get_param(self.params, "rport")
        if not digits or len(digits) > 5 or not (digits.isascii() and digits.isdigit()):
            return None
        return int(digits) if int(digits) <= MAX_PORT else None

    def param(self, name: str) -> str | None:
        """The value of a parameter: ``""`` for a flag, None if it is not there."""
        return get_param(self.params, name)

    def with_params(self, **params: str | None) -> Via:
        """A copy with parameters set (``""`` for a flag) or, for None, taken away."""
        return replace(self, params=set_params(self.params, params))


@dataclass(frozen=True, slots=True)
class CSeq:
    """A request's number within its dialog, and its method (section 20.16)."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> CSeq:
        """Read ``4711 INVITE``; a number of 2**31 or more is refused (section 8.1.1.5)."""
        match = _CSEQ.fullmatch(text.strip(" \t"))
        if match is None or int(match[1]) > MAX_CSEQ:
            bad_header(f"not a CSeq: {text[:40]!r}")
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


@dataclass(frozen=True, slots=True)
class RAck:
    """Which provisional response a PRACK acknowledges: its RSeq, and the CSeq of its request (RFC 3262 section 7.2)."""

    number: int
    cseq: CSeq

    @classmethod
    def parse(cls, text: str) -> RAck:
        """Read ``776656 1 INVITE``."""
        digits, _, rest = text.strip(" \t").partition(" ")
        return cls(parse_rseq(digits), CSeq.parse(rest))

    def __str__(self) -> str:
        return f"{self.number} {self.cseq}"


def parse_rseq(text: str) -> int:
    """The number of a reliable provisional response (RFC 3262 section 7.1): 1 to 2**32-1."""
    digits = text.strip(" \t")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10 and 0 < int(digits) <= MAX_RSEQ):
        bad_header(f"not an RSeq: {text[:40]!r}")
    return int(digits)
