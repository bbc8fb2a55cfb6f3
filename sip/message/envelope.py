"""Messages: a start line, headers, a body; each header's value is parsed when first asked for, and once.

A message is never changed: `with_header` and its kin give a copy, which keeps the parsed values that still hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, Self, TypeVar

from sip.errors import DropReason, ProtocolError
from sip.flow import Flow
from sip.message.bounds import MAX_DELTA_SECONDS, MAX_FORWARDS, MAX_LIST
from sip.message.grammar import bad_header, split_list
from sip.message.names import canonical
from sip.message.values import CSeq, NameAddr, Uri, Via

T = TypeVar("T")
Header = tuple[str, str]
DEFAULT_MAX_FORWARDS: Final = 70
MALFORMED_EXPIRES: Final = 3600
_LINE_BREAK: Final = re.compile(r"[\r\n]+[ \t]*")


class _Parsed(Generic[T]):
    """An attribute made from one header at its first use; then it lies in the message's ``__dict__``."""

    def __init__(self, header: str, parse: Callable[[Message], T]) -> None:
        self.header = header
        self._parse = parse
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        _DERIVED.setdefault(self.header, []).append(name)

    def __get__(self, message: Message, owner: type) -> T:
        value = self._parse(message)
        message.__dict__[self._name] = value
        return value


_DERIVED: Final[dict[str, list[str]]] = {}


class Message:
    """What `Request` and `Response` share.

    ``headers`` holds (canonical long name, value) in their order, values unfolded and trimmed, without Content-Length,
    which `encode` writes. Every attribute named after a header may raise ProtocolError(400) if that header is
    malformed, and the singular ones if it is missing; ``via``, ``from_``, ``to``, ``call_id`` and ``cseq`` of a message
    that came out of `intake.parse` never do, since it looked at them.
    """

    headers: tuple[Header, ...]
    body: bytes

    def __init__(self, headers: Iterable[tuple[str, object]] = (), body: bytes = b"") -> None:
        self.headers = tuple((canonical(name), str(value)) for name, value in headers)
        self.body = body

    @classmethod
    def received(cls, headers: list[Header], body: bytes) -> Self:
        """A message of headers whose names are canonical, without its start line, which `intake` adds."""
        message = object.__new__(cls)
        message.headers = tuple(headers)
        message.body = body
        return message

    @property
    def start_line(self) -> str:
        raise NotImplementedError

    def header(self, name: str) -> str | None:
        """The first value line of a header (any spelling of its name), None if it is not there."""
        name = canonical(name)
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def header_all(self, name: str) -> list[str]:
        """All value lines of a header in their order; a line may hold a list (`split_list`)."""
        name = canonical(name)
        return [value for key, value in self.headers if key == name]

    def required(self, name: str) -> str:
        """As `header`; raises ProtocolError(400, MISSING_HEADER) if it is not there."""
        value = self.header(name)
        if value is None:
            raise ProtocolError(400, DropReason.MISSING_HEADER, name)
        return value

    def items(self, name: str) -> list[str]:
        """The items of a list header over all its lines; raises ProtocolError above MAX_LIST of them."""
        found = [item for line in self.header_all(name) for item in split_list(line)]
        if len(found) > MAX_LIST:
            bad_header(f"more than {MAX_LIST} values of {name}")
        return found

    # Copies -----------------------------------------------------------------------------------------------------------

    def with_header(self, name: str, *values: object) -> Self:
        """A copy in which ``values`` (anything that ``str`` writes) are the only lines of this header."""
        name = canonical(name)
        lines = [(name, str(value)) for value in values]
        headers: list[Header] = []
        placed = False
        for header in self.headers:
            if header[0] != name:
                headers.append(header)
            elif not placed:
                headers += lines
                placed = True
        if not placed:
            headers += lines
        return self._copy(headers, name)

    def with_added(self, name: str, *values: object) -> Self:
        """A copy with lines added after all other headers."""
        name = canonical(name)
        return self._copy([*self.headers, *((name, str(value)) for value in values)], name)

    def with_prepended(self, name: str, *values: object) -> Self:
        """A copy with lines put before all other headers, as a hop does with its Via or Record-Route."""
        name = canonical(name)
        return self._copy([*((name, str(value)) for value in values), *self.headers], name)

    def without(self, *names: str) -> Self:
        """A copy without these headers."""
        gone = {canonical(name) for name in names}
        return self._copy([header for header in self.headers if header[0] not in gone], *gone)

    def with_top_via(self, via: Via | None) -> Self:
        """A copy whose topmost Via is replaced, or with None taken away, also where it shares a line with others."""
        for index, (name, line) in enumerate(self.headers):
            if name == "Via":
                rest = split_list(line)[1:]
                values = [str(via), *rest] if via is not None else rest
                lines = [("Via", ", ".join(values))] if values else []
                return self._copy([*self.headers[:index], *lines, *self.headers[index + 1 :]], "Via")
        return self if via is None else self.with_prepended("Via", via)

    def with_body(self, content_type: str | None, body: bytes) -> Self:
        """A copy with this body and Content-Type; None takes both header and type away."""
        copy = self.without("Content-Type") if content_type is None else self.with_header("Content-Type", content_type)
        copy.body = body
        return copy

    def _copy(self, headers: Iterable[Header], *changed: str) -> Self:
        copy = object.__new__(type(self))
        attributes = copy.__dict__
        attributes.update(self.__dict__)
        for name in changed:
            for derived in _DERIVED.get(name, ()):
                attributes.pop(derived, None)
        copy.headers = tuple(headers)
        return copy

    # Values -----------------------------------------------------------------------------------------------------------

    via = _Parsed[Via]("Via", lambda message: Via.parse(_first_item(message.required("Via"))))
    """The topmost Via."""
    vias = _Parsed[tuple[Via, ...]]("Via", lambda message: tuple(map(Via.parse, message.items("Via"))))
    from_ = _Parsed[NameAddr]("From", lambda message: NameAddr.parse(message.required("From")))
    to = _Parsed[NameAddr]("To", lambda message: NameAddr.parse(message.required("To")))
    call_id = _Parsed[str]("Call-ID", lambda message: _parse_call_id(message.required("Call-ID")))
    cseq = _Parsed[CSeq]("CSeq", lambda message: CSeq.parse(message.required("CSeq")))
    contacts = _Parsed[tuple[NameAddr, ...]]("Contact", lambda message: _parse_contacts(message.items("Contact")))
    """All Contacts; empty for ``Contact: *`` (`contact_star`). A ``*`` beside others raises ProtocolError."""
    contact_star = _Parsed[bool]("Contact", lambda message: message.header_all("Contact") == ["*"])
    routes = _Parsed[tuple[NameAddr, ...]]("Route", lambda message: _parse_addresses(message.items("Route")))
    record_routes = _Parsed[tuple[NameAddr, ...]](
        "Record-Route", lambda message: _parse_addresses(message.items("Record-Route"))
    )
    max_forwards = _Parsed[int]("Max-Forwards", lambda message: _parse_max_forwards(message.header("Max-Forwards")))
    """Hops left; 70 where the header is missing, as older user agents leave it out."""
    expires = _Parsed["int | None"]("Expires", lambda message: parse_delta_seconds(message.header("Expires")))
    """Seconds, None if the header is missing. Never raises: see `parse_delta_seconds`."""
    content_type = _Parsed["str | None"]("Content-Type", lambda message: _media_type(message.header("Content-Type")))
    """``application/sdp``: in lower case, without parameters. Never raises."""
    supported = _Parsed[frozenset[str]]("Supported", lambda message: _option_tags(message.items("Supported")))
    require = _Parsed[frozenset[str]]("Require", lambda message: _option_tags(message.items("Require")))

    @property
    def from_tag(self) -> str | None:
        return self.from_.tag

    @property
    def to_tag(self) -> str | None:
        return self.to.tag

    # Writing ----------------------------------------------------------------------------------------------------------

    def encode(self) -> bytes:
        """The message as bytes, with its Content-Length.

        A line break inside a start line or value becomes a space, so that no value can begin a header of its own.
        """
        lines = [self.start_line]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        head = "\r\n".join(lines)
        breaks = len(lines) + 1
        if head.count("\n") != breaks or head.count("\r") != breaks:
            lines = [_LINE_BREAK.sub(" ", line) for line in lines[:-1]]
            head = "\r\n".join([*lines, f"Content-Length: {len(self.body)}\r\n\r\n"])
        return head.encode("utf-8", "replace") + self.body

    def __repr__(self) -> str:
        return f"<{self.start_line}>"


class Request(Message):
    """A request: ``method`` (case-sensitive), Request-URI, headers, body."""

    method: str
    uri: Uri

    def __init__(self, method: str, uri: Uri, headers: Iterable[tuple[str, object]] = (), body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.method = method
        self.uri = uri

    @property
    def start_line(self) -> str:
        return f"{self.method} {self.uri} SIP/2.0"

    def with_uri(self, uri: Uri) -> Self:
        """A copy to another Request-URI."""
        copy = self._copy(self.headers)
        copy.uri = uri
        return copy


class Response(Message):
    """A response: status 100-699, reason phrase, headers, body."""

    status: int
    reason: str

    def __init__(self, status: int, reason: str, headers: Iterable[tuple[str, object]] = (), body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.status = status
        self.reason = reason

    @property
    def start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message with the flow it came on and the time it came at (seconds of the caller's monotonic clock)."""

    message: Request | Response
    flow: Flow
    at: float


def parse_delta_seconds(text: str | None) -> int | None:
    """A duration of Expires and its kin in seconds; None for None.

    As section 20.19 has it for REGISTER, malformed text counts as 3600; a figure above 2**32-1 counts as that.
    """
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        return MALFORMED_EXPIRES
    return min(int(text), MAX_DELTA_SECONDS) if len(text) <= 20 else MAX_DELTA_SECONDS


def _first_item(line: str) -> str:
    items = split_list(line)
    if not items:
        bad_header("an empty header")
    return items[0]


def _parse_call_id(text: str) -> str:
    if not text or " " in text or "\t" in text:
        bad_header(f"not a Call-ID: {text[:40]!r}")
    return text


def _parse_addresses(items: list[str]) -> tuple[NameAddr, ...]:
    return tuple(map(NameAddr.parse, items))


def _parse_contacts(items: list[str]) -> tuple[NameAddr, ...]:
    return () if items == ["*"] else _parse_addresses(items)


def _parse_max_forwards(text: str | None) -> int:
    if text is None:
        return DEFAULT_MAX_FORWARDS
    if len(text) > 10 or not (text.isascii() and text.isdigit()) or int(text) > MAX_FORWARDS:
        bad_header(f"not a Max-Forwards: {text[:40]!r}")
    return int(text)


def _media_type(text: str | None) -> str | None:
    return None if text is None else text.partition(";")[0].strip(" \t").lower()


def _option_tags(items: list[str]) -> frozenset[str]:
    return frozenset(item.lower() for item in items)
