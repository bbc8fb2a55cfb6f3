"""Session descriptions (RFC 8866): parsed within bounds and with the tolerance real phones need, written strictly.

Unknown lines are skipped, line ends may be CR LF, LF or CR, and of the mandatory lines only ``m=`` is missed where a
stream is wanted. What cannot be made sense of is refused with ProtocolError(400, BAD_SDP).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sip.errors import DropReason, ProtocolError

MAX_SDP = 16_384
"""Bytes of a description: browsers with many candidates stay below 10,000."""
MAX_LINES = 512
MAX_MEDIA = 16
"""Streams of a description: an answer repeats each of them."""
MAX_FORMATS = 64
"""Formats of one stream."""

Attribute = tuple[str, str | None]
"""An ``a=`` line: name and value, None for a mere flag."""

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")

_LINE_END = re.compile(r"\r\n|\n|\r")


def _refused(detail: str) -> ProtocolError:
    return ProtocolError(400, DropReason.BAD_SDP, detail)


def _port(text: str) -> int:
    """A decimal number of ASCII digits, as ``int`` takes more than that."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5) or int(text) > 65535:
        raise _refused(f"port {text[:20]!r}")
    return int(text)


@dataclass(frozen=True, slots=True)
class Origin:
    """``o=``: who describes, and which version of the session it is (RFC 8866 section 5.2)."""

    session_id: str = "0"
    version: str = "0"
    address: str = "0.0.0.0"
    username: str = "-"

    @classmethod
    def parse(cls, text: str) -> Origin:
        """Odd lines give a default: nobody is refused for a field that decides nothing. User names may hold spaces."""
        parts = text.rsplit(None, 5)
        if len(parts) < 6:
            return cls()
        username, session_id, version, _, _, address = parts
        return cls(session_id, version, address, "_".join(username.split()))

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} {network(self.address)} {self.address}"


def network(address: str) -> str:
    """``IN IP4`` or ``IN IP6``, as ``address`` looks."""
    return "IN IP6" if ":" in address else "IN IP4"


def _parse_connection(text: str) -> str | None:
    """The address of a ``c=`` line, with its multicast TTL if it has one (section 5.7); None for an odd line, which
    harms only a stream that has no other."""
    parts = text.split()
    if len(parts) < 3 or parts[0].upper() != "IN" or parts[1].upper() not in ("IP4", "IP6"):
        return None
    return parts[2]


@dataclass(frozen=True, slots=True)
class RtpMap:
    """``a=rtpmap``: what a payload number means. ``name`` as written; compare without regard to case."""

    payload: int
    name: str
    clock_rate: int
    channels: int = 1

    @classmethod
    def parse(cls, text: str) -> RtpMap | None:
        """None where the line is none we understand: a stream is not refused for one odd codec."""
        number, _, encoding = text.strip().partition(" ")
        name, *rest = encoding.strip().split("/")
        if not (number.isascii() and number.isdigit() and len(number) <= 3 and int(number) <= 127 and name):
            return None
        if not rest or not all(part.isascii() and part.isdigit() and 0 < len(part) <= 7 for part in rest[:2]):
            return None
        return cls(int(number), name, int(rest[0]), int(rest[1]) if len(rest) > 1 else 1)

    def __str__(self) -> str:
        return f"{self.payload} {self.name}/{self.clock_rate}" + (f"/{self.channels}" if self.channels != 1 else "")


@dataclass(frozen=True)
class MediaDescription:
    """One ``m=`` line and what follows: ``port`` 0 is a refused or ended stream, ``address`` None the session's own."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    address: str | None = None
    attributes: tuple[Attribute, ...] = ()

    @classmethod
    def parse_line(cls, text: str) -> MediaDescription:
        """The ``m=`` line alone (section 5.14)."""
        parts = text.split()
        if len(parts) < 3 or len(parts) > 3 + MAX_FORMATS:
            raise _refused(f"m= has {len(parts)} fields")
        kind, port, protocol = parts[:3]
        return cls(kind.lower(), _port(port.partition("/")[0]), protocol.upper(), tuple(parts[3:]))

    def attribute(self, name: str) -> str | None:
        """The value of the first attribute of that name, "" for a flag, None if there is none."""
        return _attribute(self.attributes, name)

    def values_of(self, name: str) -> list[str]:
        """The values of all attributes of that name."""
        return [value for present, value in self.attributes if present == name and value is not None]

    @property
    def direction(self) -> str | None:
        """The direction given for this stream itself (RFC 8866 section 6.7)."""
        return _direction(self.attributes)

    @cached_property
    def rtpmaps(self) -> dict[int, RtpMap]:
        """The payload numbers explained by ``a=rtpmap``; the first explanation of a number counts."""
        found: dict[int, RtpMap] = {}
        for name, value in self.attributes:
            if name == "rtpmap" and value and (rtpmap := RtpMap.parse(value)) is not None:
                found.setdefault(rtpmap.payload, rtpmap)
        return found

    def lines(self) -> Iterator[str]:
        yield " ".join((f"m={self.kind}", str(self.port), self.protocol, *self.formats))
        if self.address is not None:
            yield f"c={network(self.address)} {self.address}"
        yield from _attribute_lines(self.attributes)


@dataclass(frozen=True)
class SessionDescription:
    """A whole description; ``time`` is the first ``t=`` line, which an answer repeats (RFC 3264 section 6)."""

    origin: Origin = field(default_factory=Origin)
    name: str = "-"
    address: str | None = None
    time: str = "0 0"
    attributes: tuple[Attribute, ...] = ()
    media: tuple[MediaDescription, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> SessionDescription:
        """Read a body of type application/sdp. Raises ProtocolError(400, BAD_SDP)."""
        if len(data) > MAX_SDP:
            raise _refused(f"{len(data)} bytes")
        lines = _LINE_END.split(data.decode("utf-8", "replace"))
        if len(lines) > MAX_LINES:
            raise _refused(f"{len(lines)} lines")
        return _Reader().read(lines)

    def attribute(self, name: str) -> str | None:
        """The value of the first session-level attribute of that name, "" for a flag, None if there is none."""
        return _attribute(self.attributes, name)

    def direction_of(self, media: MediaDescription) -> str:
        """The direction of a stream: its own, else the session's, else sendrecv (RFC 8866 section 6.7)."""
        return media.direction or _direction(self.attributes) or "sendrecv"

    def address_of(self, media: MediaDescription) -> str | None:
        """The address of a stream: its own, else the session's (section 5.7)."""
        return media.address or self.address

    def __bytes__(self) -> bytes:
        """The description with CR LF. Raises ValueError if a value holds a line end of its own."""
        lines = list(self._lines())
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a line end inside a value of a session description")
        return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")

    def _lines(self) -> Iterator[str]:
        yield "v=0"
        yield f"o={self.origin}"
        yield f"s={self.name or '-'}"
        if self.address is not None:
            yield f"c={network(self.address)} {self.address}"
        yield f"t={self.time}"
        yield from _attribute_lines(self.attributes)
        for media in self.media:
            yield from media.lines()


def _attribute(attributes: tuple[Attribute, ...], name: str) -> str | None:
    for present, value in attributes:
        if present == name:
            return value or ""
    return None


def _direction(attributes: tuple[Attribute, ...]) -> str | None:
    for name, _ in attributes:
        if name in DIRECTIONS:
            return name
    return None


def _attribute_lines(attributes: tuple[Attribute, ...]) -> Iterator[str]:
    for name, value in attributes:
        yield f"a={name}" if value is None else f"a={name}:{value}"


class _Reader:
    """Collects the lines of a description; those after an ``m=`` belong to that stream."""

    def __init__(self) -> None:
        self.origin = Origin()
        self.name = "-"
        self.address: str | None = None
        self.time = "0 0"
        self.attributes: list[Attribute] = []
        self.media: list[MediaDescription] = []
        self.media_address: str | None = None
        self.media_attributes: list[Attribute] = []

    def read(self, lines: list[str]) -> SessionDescription:
        known = 0
        for raw in lines:
            line = raw.strip(" \t\0")
            if line[1:2] == "=" and line[0] in "vostcma":
                self._take(line[0], line[2:].strip())
                known += 1
        if not known:
            raise _refused("no line of a session description")
        self._finish_media()
        return SessionDescription(
            self.origin, self.name, self.address, self.time, tuple(self.attributes), tuple(self.media)
        )

    def _take(self, kind: str, value: str) -> None:
        if kind == "a":
            name, colon, text = value.partition(":")
            found = (name.strip().lower(), text.strip() if colon else None)
            (self.media_attributes if self.media else self.attributes).append(found)
        elif kind == "m":
            self._finish_media()
            if len(self.media) == MAX_MEDIA:
                raise _refused("too many streams")
            self.media.append(MediaDescription.parse_line(value))
        elif kind == "c":
            self._take_connection(_parse_connection(value))
        elif kind == "v":
            if value != "0":
                raise _refused(f"v={value[:20]!r}")
        elif not self.media:
            self._take_session_line(kind, value)

    def _take_connection(self, address: str | None) -> None:
        if not self.media:
            self.address = self.address or address
        else:
            self.media_address = self.media_address or address

    def _take_session_line(self, kind: str, value: str) -> None:
        if kind == "o":
            self.origin = Origin.parse(value)
        elif kind == "s":
            self.name = value or "-"
        elif kind == "t":
            parts = value.split()
            if len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) <= 20 for part in parts):
                self.time = f"{parts[0]} {parts[1]}"

    def _finish_media(self) -> None:
        if self.media:
            media = self.media[-1]
            self.media[-1] = MediaDescription(
                media.kind, media.port, media.protocol, media.formats, self.media_address, tuple(self.media_attributes)
            )
        self.media_address, self.media_attributes = None, []
