"""Bytes to messages: a datagram or a framed piece of a stream becomes a Request or a Response, or a ProtocolError.

Line ends may be CRLF or LF (RFC 3261 demands CRLF; some senders do not know); a lone CR is refused.
Heads are UTF-8; a line that is not is read as Latin-1, as old phones write it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sip.errors import DropReason, ProtocolError
from sip.message.bounds import (
    MAX_BODY,
    MAX_HEAD,
    MAX_HEADER_LINE,
    MAX_HEADERS,
    MAX_KEEP_ALIVE,
    MAX_MESSAGE,
    MAX_METHOD,
    MAX_URI,
)
from sip.message.envelope import Header, Message, Request, Response
from sip.message.grammar import is_token
from sip.message.names import canonical
from sip.message.uri import Uri

UNREADABLE_URI: Final = Uri("invalid", "")
"""Stands for the Request-URI of a `ProtocolError.partial` whose own cannot be read."""

_HEAD_END: Final = re.compile(rb"\n\r?\n")
_LENGTH_LINE: Final = re.compile(rb"\n(?:Content-Length|l)[ \t]*+:((?:[^\n]|\n[ \t])*+)", re.IGNORECASE)
_FOLD: Final = re.compile(r"\n[ \t]++")
_VERSION: Final = re.compile(r"SIP/([0-9]{1,3})\.([0-9]{1,3})", re.IGNORECASE)
_SINGLE: Final = frozenset({"From", "To", "Call-ID", "CSeq", "Max-Forwards"})
_BLANK: Final = b"\r\n"


def parse(data: bytes | bytearray | memoryview) -> Request | Response:
    """Read one message: a datagram, or the bytes of a stream that `frame` found to be one message.

    Without Content-Length the body reaches to the end; with it, what follows the body is cut off, and a body that is
    too short is refused (section 18.3). The topmost Via, From, To, Call-ID, CSeq, Max-Forwards and the Request-URI are
    read; all other headers when they are asked for.

    Raises ProtocolError and nothing else. Its ``partial`` is the Request to answer with ``status_hint``; where there is
    none (a response, an ACK, no way back) ``status_hint`` is 0: silence.
    """
    data = bytes(data)
    if len(data) > MAX_MESSAGE:
        raise ProtocolError(0, DropReason.TOO_LARGE, f"{len(data)} bytes")
    if data[:1] in (b"\r", b"\n"):
        data = data.lstrip(_BLANK)
        if not data:
            raise ProtocolError(0, DropReason.KEEP_ALIVE)
    if not data:
        raise ProtocolError(0, DropReason.EMPTY)
    end = _HEAD_END.search(data, 0, MAX_HEAD)
    head, body = (data[: end.start()], data[end.end() :]) if end else (data[:MAX_HEAD], b"")
    lines = _lines(head)
    problem = None
    if end is None:
        reason, status = (DropReason.TOO_LARGE, 513) if len(data) > MAX_HEAD else (DropReason.BAD_HEADER, 400)
        problem = ProtocolError(status, reason, "no empty line after the headers")
    headers, length, bad = _read_headers(lines)
    problem = problem or bad
    start = lines[0]
    if start[:4].upper() == "SIP/":
        return _read_response(start, headers, body, length, problem)
    return _read_request(start, headers, body, length, problem)


def _lines(head: bytes) -> list[str]:
    head = head.replace(b"\r\n", b"\n").rstrip(b"\r")
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = "\n".join(map(_decode_line, head.split(b"\n")))
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    return text.split("\n")


def _decode_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _read_headers(lines: list[str]) -> tuple[list[Header], int | None, ProtocolError | None]:
    """Headers but for Content-Length, its figure, and the first thing wrong; what is wrong is left out."""
    headers: list[Header] = []
    length: int | None = None
    problem: ProtocolError | None = None
    seen: set[str] = set()
    if len(lines) > MAX_HEADERS + 1:
        problem = ProtocolError(400, DropReason.TOO_MANY_HEADERS, f"{len(lines) - 1} headers")
        lines = lines[: MAX_HEADERS + 1]
    for line in lines[1:]:
        try:
            if len(line) > MAX_HEADER_LINE:
                raise ProtocolError(400, DropReason.HEADER_TOO_LONG, line[:40])
            name, colon, value = line.partition(":")
            if not colon or "\r" in value:
                raise ProtocolError(400, DropReason.BAD_HEADER, line[:40])
            name = canonical(name.rstrip(" \t"))
            value = value.strip(" \t")
            if name == "Content-Length":
                figure = _content_length(value)
                if length is not None and figure != length:
                    raise ProtocolError(400, DropReason.BAD_CONTENT_LENGTH, "two lengths")
                length = figure
                continue
            if name in _SINGLE:
                if name in seen:
                    raise ProtocolError(400, DropReason.BAD_HEADER, f"{name} twice")
                seen.add(name)
            headers.append((name, value))
        except ValueError as error:
            problem = problem or ProtocolError(400, DropReason.BAD_HEADER, str(error))
        except ProtocolError as error:
            problem = problem or error
    return headers, length, problem


def _content_length(text: str) -> int:
    if len(text) > 10 or not (text.isascii() and text.isdigit()):
        raise ProtocolError(400, DropReason.BAD_CONTENT_LENGTH, text[:40])
    figure = int(text)
    if figure > MAX_BODY:
        raise ProtocolError(413, DropReason.TOO_LARGE, f"a body of {figure} bytes")
    return figure


def _read_request(
    start: str, headers: list[Header], body: bytes, length: int | None, problem: ProtocolError | None
) -> Request:
    method, _, rest = start.partition(" ")
    target, _, version = rest.rpartition(" ")
    numbers = _VERSION.fullmatch(version)
    if numbers is None or not is_token(method):
        reason = DropReason.BAD_START_LINE if "SIP/" in start[-20:].upper() else DropReason.NOT_SIP
        raise ProtocolError(0, reason, start[:40])
    request = Request.received(headers, body)
    request.method = method
    request.uri = UNREADABLE_URI
    try:
        if len(target) > MAX_URI:
            raise ProtocolError(414, DropReason.URI_TOO_LONG, target[:40])
        if len(method) > MAX_METHOD:
            raise ProtocolError(400, DropReason.BAD_START_LINE, method)
        if (int(numbers[1]), int(numbers[2])) != (2, 0):
            raise ProtocolError(505, DropReason.BAD_VERSION, version)
        request.uri = Uri.parse(target)
        if problem is not None:
            raise problem
        _look_at(request)
        if request.cseq.method != method:
            raise ProtocolError(400, DropReason.CSEQ_METHOD_MISMATCH, f"{method} with {request.cseq}")
        request.body = _cut_body(body, length)
    except ProtocolError as error:
        request.body = b""
        if method != "ACK" and _answerable(request):
            error.partial = request
        else:
            error.status_hint = 0
        raise
    return request


def _read_response(
    start: str, headers: list[Header], body: bytes, length: int | None, problem: ProtocolError | None
) -> Response:
    """Nobody answers a response: whatever is wrong with one is met with silence."""
    version, _, rest = start.partition(" ")
    status, _, reason = rest.partition(" ")
    response = Response.received(headers, body)
    try:
        if len(start) > MAX_HEADER_LINE:
            raise ProtocolError(0, DropReason.HEADER_TOO_LONG, start[:40])
        if _VERSION.fullmatch(version) is None:
            raise ProtocolError(0, DropReason.BAD_START_LINE, start[:40])
        if version.upper() != "SIP/2.0":
            raise ProtocolError(0, DropReason.BAD_VERSION, version)
        if len(status) != 3 or not (status.isascii() and status.isdigit()) or not "100" <= status <= "699":
            raise ProtocolError(0, DropReason.BAD_START_LINE, start[:40])
        if problem is not None:
            raise problem
        _look_at(response)
        response.body = _cut_body(body, length)
    except ProtocolError as error:
        error.status_hint = 0
        raise
    response.status = int(status)
    response.reason = reason
    return response


def _look_at(message: Message) -> None:
    """Parse what every message must have (section 8.1.1) and the layers above take for granted."""
    _ = message.via, message.from_, message.to, message.call_id, message.cseq, message.max_forwards


def _answerable(request: Request) -> bool:
    """True if a response can be made that finds its way and its transaction: Via, From, To, Call-ID, CSeq are there."""
    try:
        _ = request.via, request.from_, request.to, request.call_id, request.cseq
    except ProtocolError:
        return False
    return True


def _cut_body(body: bytes, length: int | None) -> bytes:
    if length is None:
        length = len(body)
    if length > len(body):
        raise ProtocolError(400, DropReason.BAD_CONTENT_LENGTH, f"{len(body)} of {length} bytes")
    if length > MAX_BODY:
        raise ProtocolError(413, DropReason.TOO_LARGE, f"a body of {length} bytes")
    return body[:length] if length < len(body) else body


@dataclass(frozen=True, slots=True)
class Frame:
    """What a stream's buffer begins with.

    ``start`` bytes are blank lines, to be dropped in any case; among them are ``pings`` double CRLFs, to be answered
    with one CRLF each by the side that accepted the connection. ``buffer[start:end]`` is the message for `parse` once
    the buffer holds ``end`` bytes; ``end`` is None while the head is not complete.
    """

    start: int
    end: int | None
    pings: int = 0


def frame(buffer: bytes | bytearray, scanned: int = 0) -> Frame:
    """Find the first message of a stream's buffer (RFC 3261 section 18.3, keep-alives by RFC 5626 section 4.4.1).

    ``scanned`` is how many bytes at the front of the buffer an earlier call has searched in vain, that is with ``end``
    None; they are not searched again, so that a head arriving byte by byte costs no more than its length.

    Raises ProtocolError if the stream cannot be framed: no end of the head within MAX_HEAD (513), no Content-Length or
    an unreadable one (400), a body above MAX_BODY (413), more than MAX_KEEP_ALIVE blanks (0). The caller answers
    ``partial`` with ``status_hint``, where it is set, and closes the connection.
    """
    size = len(buffer)
    start = 0
    while start < size and buffer[start] in _BLANK:
        start += 1
        if start > MAX_KEEP_ALIVE:
            raise ProtocolError(0, DropReason.TOO_LARGE, "blank lines without end")
    pings = whole = 0
    while (ping := buffer.find(b"\r\n\r\n", whole, start)) >= 0:
        pings += 1
        whole = ping + 4
    if start == size:
        # What follows the last whole ping may be the first half of another, so it stays.
        return Frame(whole, None, pings)
    head_end = _HEAD_END.search(buffer, max(start, scanned - 2), start + MAX_HEAD)
    if head_end is None:
        if size - start >= MAX_HEAD:
            raise _unframable(bytes(buffer[start : start + MAX_HEAD]), ProtocolError(513, DropReason.TOO_LARGE, "head"))
        return Frame(start, None, pings)
    head = bytes(buffer[start : head_end.end()])
    try:
        return Frame(start, head_end.end() + _framed_length(head), pings)
    except ProtocolError as error:
        raise _unframable(head, error) from None


def _framed_length(head: bytes) -> int:
    figures = {_content_length(match[1].decode("latin-1").strip(" \t\r\n")) for match in _LENGTH_LINE.finditer(head)}
    if len(figures) != 1:
        raise ProtocolError(400, DropReason.BAD_CONTENT_LENGTH, "two lengths" if figures else "no length on a stream")
    return figures.pop()


def _unframable(head: bytes, error: ProtocolError) -> ProtocolError:
    """``error`` with what can be answered in ``head``; what is no SIP at all is called so."""
    try:
        message = parse(head)
    except ProtocolError as closer:
        if closer.reason in (DropReason.NOT_SIP, DropReason.BAD_START_LINE):
            return closer
        error.partial = closer.partial
    else:
        error.partial = message if isinstance(message, Request) and message.method != "ACK" else None
    if error.partial is None:
        error.status_hint = 0
    return error
