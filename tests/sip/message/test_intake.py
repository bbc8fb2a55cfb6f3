"""Bytes to messages: what is read, what is refused, with which status, and what there is to answer."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.errors import DropReason, ProtocolError
from sip.message.bounds import (
    MAX_BODY,
    MAX_DATAGRAM,
    MAX_HEAD,
    MAX_HEADER_LINE,
    MAX_HEADERS,
    MAX_KEEP_ALIVE,
    MAX_MESSAGE,
    MAX_METHOD,
    MAX_URI,
)
from sip.message.build import response
from sip.message.envelope import Request, Response
from sip.message.intake import UNREADABLE_URI, Frame, frame, parse
from tests.sip.message.messages import HEADERS, attempt, datagram, invite, ok


def refused(data: bytes) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        parse(data)
    error = caught.value
    assert (error.status_hint == 0) == (error.partial is None), "an answer needs a request, and the other way round"
    return error


def answered(data: bytes) -> tuple[int, DropReason]:
    """The status and reason of a refusal that can be sent: the answer is built and read again."""
    error = refused(data)
    assert isinstance(error.partial, Request)
    answer = parse(response(error.partial, error.status_hint).encode())
    assert isinstance(answer, Response)
    assert answer.header_all("Via") == error.partial.header_all("Via")
    assert answer.call_id == error.partial.call_id
    return error.status_hint, error.reason


def silent(data: bytes) -> DropReason:
    error = refused(data)
    assert error.status_hint == 0
    return error.reason


# Reading --------------------------------------------------------------------------------------------------------------


def test_a_request() -> None:
    request = parse(invite("Content-Type: application/sdp", "Content-Length: 5", body=b"v=0\r\n"))
    assert isinstance(request, Request)
    assert (request.method, str(request.uri)) == ("INVITE", "sip:bob@biloxi.com")
    assert [name for name, _ in request.headers] == [
        *("Via", "Max-Forwards", "To", "From", "Call-ID", "CSeq", "Contact", "Content-Type")
    ]
    assert request.body == b"v=0\r\n"
    assert request.via.branch == "z9hG4bK776asdhds"
    assert (request.from_tag, request.to_tag) == ("1928301774", None)
    assert (request.cseq.number, request.cseq.method) == (314159, "INVITE")


def test_a_response() -> None:
    message = parse(ok(start="SIP/2.0 183 Session  Progress: voil\u00e0"))
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (183, "Session  Progress: voil\u00e0")
    empty = parse(ok(start="SIP/2.0 100"))
    assert isinstance(empty, Response)
    assert empty.reason == ""


def test_compact_and_odd_spellings_of_names() -> None:
    message = parse(
        datagram(
            "OPTIONS sip:x SIP/2.0",
            "v: SIP/2.0/UDP a;branch=z9hG4bK1",
            "F:<sip:a@x>;tag=1",
            "t  : <sip:b@x>",
            "I: 1",
            "cseq\t: 1 OPTIONS",
            "k: timer",
            "m: *",
            "L: 0",
            "www-authenticate: x",
            "x-odd-NAME: y",
        )
    )
    assert [name for name, _ in message.headers] == [
        *("Via", "From", "To", "Call-ID", "CSeq", "Supported", "Contact", "WWW-Authenticate", "X-Odd-Name")
    ]
    assert message.supported == {"timer"}


def test_folded_headers_are_unfolded() -> None:
    message = parse(
        invite("Subject: I know\r\n  you're\r\n\tthere ", instead="To:\r\n <sip:bob@biloxi.com>\r\n ;tag=5")
    )
    assert message.header("subject") == "I know you're there"
    assert message.to_tag == "5"


def test_leading_blank_lines_are_skipped() -> None:
    assert parse(b"\r\n\r\n" + invite()).call_id == "a84b4c76e66710@pc33.atlanta.com"


def test_lines_may_end_in_lf_alone() -> None:
    message = parse(invite("Subject: a\r\n b", body=b"x\r\ny").replace(b"\r\n", b"\n"))
    assert message.header("Subject") == "a b"


def test_latin_1_is_read_and_utf_8_beside_it() -> None:
    message = parse(invite("Subject: LATIN", "Organization: Caf\u00e9").replace(b"LATIN", b"Caf\xe9"))
    assert message.header("Subject") == "Caf\u00e9"
    assert message.header("Organization") == "Caf\u00e9"


def test_unknown_headers_may_say_anything() -> None:
    message = parse(invite('X-Weird: ;;,,;;,;"<', "Subject:"))
    assert message.header("X-Weird") == ';;,,;;,;"<'
    assert message.header("Subject") == ""


# The body -------------------------------------------------------------------------------------------------------------


def test_without_content_length_the_body_reaches_to_the_end() -> None:
    assert parse(invite(body=b"abc\r\n")).body == b"abc\r\n"


def test_what_follows_the_body_is_cut_off() -> None:
    assert parse(invite("Content-Length: 3", body=b"abcINVITE sip:x SIP/2.0\r\n\r\n")).body == b"abc"


@pytest.mark.parametrize("length", ["4", "-1", "+3", "3 3", "1_0", "\u0663", "0x3", "", "9" * 5000])
def test_a_body_too_short_or_a_length_that_is_none_is_a_bad_request(length: str) -> None:
    assert answered(invite(f"Content-Length: {length}", body=b"abc")) == (400, DropReason.BAD_CONTENT_LENGTH)


def test_two_lengths_must_agree() -> None:
    assert parse(invite("Content-Length: 2", "l: 2", body=b"abc")).body == b"ab"
    assert answered(invite("Content-Length: 2", "l: 3", body=b"abc")) == (400, DropReason.BAD_CONTENT_LENGTH)


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", DropReason.EMPTY),
        (b"\r\n", DropReason.KEEP_ALIVE),
        (b"\r\n\r\n", DropReason.KEEP_ALIVE),
        (b"\x00" * 4, DropReason.NOT_SIP),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", DropReason.NOT_SIP),
        (b"\x16\x03\x01\x02\x00\x01", DropReason.NOT_SIP),
        (b"INVITE sip:x\r\n\r\n", DropReason.NOT_SIP),
        (b"INV<ITE sip:x SIP/2.0\r\n\r\n", DropReason.BAD_START_LINE),
        (b"INVITE sip:x SIP/2.0\r\n\r\n", DropReason.MISSING_HEADER),
        (b"a" * (MAX_MESSAGE + 1), DropReason.TOO_LARGE),
    ],
)
def test_what_cannot_be_answered_is_met_with_silence(data: bytes, reason: DropReason) -> None:
    assert silent(data) is reason


@pytest.mark.parametrize("name", ["Via", "To", "From", "Call-ID", "CSeq"])
def test_a_mandatory_header_that_is_missing_leaves_nothing_to_answer(name: str) -> None:
    assert silent(invite(without=name)) is DropReason.MISSING_HEADER


@pytest.mark.parametrize(
    "line",
    [
        "Via: SIP/2.0/UDP pc33.atlanta.com:99999",
        'To: "Bob <sip:bob@biloxi.com>',
        "From: <alice>",
        "Call-ID: a b",
        "CSeq: 4294967296 INVITE",
    ],
)
def test_a_mandatory_header_that_cannot_be_read_leaves_nothing_to_answer(line: str) -> None:
    assert silent(invite(instead=line)) in (DropReason.BAD_HEADER, DropReason.BAD_URI)


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (invite(uri="sip:bob@"), 400, DropReason.BAD_URI),
        (invite(uri="<sip:bob@biloxi.com>"), 400, DropReason.BAD_URI),
        (invite(uri="sip:bob@biloxi.com; lr"), 400, DropReason.BAD_URI),
        (invite(uri=" sip:bob@biloxi.com"), 400, DropReason.BAD_URI),
        (invite(uri="sip:" + "a" * MAX_URI), 414, DropReason.URI_TOO_LONG),
        (invite(instead="Max-Forwards: 256"), 400, DropReason.BAD_HEADER),
        (invite(instead="Max-Forwards: -1"), 400, DropReason.BAD_HEADER),
        (invite(instead="CSeq: 1 BYE"), 400, DropReason.CSEQ_METHOD_MISMATCH),
        (invite("no colon"), 400, DropReason.BAD_HEADER),
        (invite(": no name"), 400, DropReason.BAD_HEADER),
        (invite("two words: x"), 400, DropReason.BAD_HEADER),
        (invite("Subject: a\rX-Evil: b"), 400, DropReason.BAD_HEADER),
        (invite("f: <sip:eve@x>;tag=1"), 400, DropReason.BAD_HEADER),
        (invite("Call-ID: 2"), 400, DropReason.BAD_HEADER),
        (invite("X: " + "a" * MAX_HEADER_LINE), 400, DropReason.HEADER_TOO_LONG),
        (invite(*["X: 1"] * MAX_HEADERS), 400, DropReason.TOO_MANY_HEADERS),
        (invite(f"Content-Length: {MAX_BODY + 1}"), 413, DropReason.TOO_LARGE),
        (invite(body=b"a" * (MAX_BODY + 1)), 413, DropReason.TOO_LARGE),
        (invite(*["X: " + "a" * 1000] * 40), 513, DropReason.TOO_LARGE),
        (invite().replace(b"sip:bob@biloxi.com SIP/2.0", b"sip:bob@biloxi.com SIP/7.0"), 505, DropReason.BAD_VERSION),
        (invite()[:-2], 400, DropReason.BAD_HEADER),
    ],
)
def test_each_defect_has_its_status(data: bytes, status: int, reason: DropReason) -> None:
    assert answered(data) == (status, reason)


def test_a_method_is_bounded() -> None:
    name = "A" * (MAX_METHOD + 1)
    data = datagram(f"{name} sip:x SIP/2.0", *(line.replace("314159 INVITE", f"1 {name}") for line in HEADERS))
    assert answered(data) == (400, DropReason.BAD_START_LINE)


def test_a_uri_that_cannot_be_read_is_marked_in_what_is_answered() -> None:
    partial = refused(invite(uri="sip:bob@")).partial
    assert isinstance(partial, Request)
    assert partial.uri is UNREADABLE_URI
    assert partial.body == b""


def test_an_ack_is_never_answered() -> None:
    ack = invite("no colon", instead="CSeq: 314159 ACK").replace(b"INVITE", b"ACK", 1)
    assert silent(ack) is DropReason.BAD_HEADER


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ok(start="SIP/2.0 99 Low"), DropReason.BAD_START_LINE),
        (ok(start="SIP/2.0 700 High"), DropReason.BAD_START_LINE),
        (ok(start="SIP/2.0 4294967301 better not break the receiver"), DropReason.BAD_START_LINE),
        (ok(start="SIP/2.0 2\u0660\u0660 OK"), DropReason.BAD_START_LINE),
        (ok(start="SIP/3.0 200 OK"), DropReason.BAD_VERSION),
        (ok(start="SIP/x 200 OK"), DropReason.BAD_START_LINE),
        (ok("no colon"), DropReason.BAD_HEADER),
        (ok("Content-Length: 9"), DropReason.BAD_CONTENT_LENGTH),
        (ok(start="SIP/2.0 200 " + "a" * MAX_HEADER_LINE), DropReason.HEADER_TOO_LONG),
        (datagram("SIP/2.0 200 OK", *HEADERS[1:]), DropReason.MISSING_HEADER),
    ],
)
def test_a_bad_response_is_dropped(data: bytes, reason: DropReason) -> None:
    assert silent(data) is reason


def test_two_thousand_names_cost_no_more_than_the_bound() -> None:
    data = invite(*(f"X-{number}: 1" for number in range(2000)))
    began = time.process_time()
    assert answered(data) == (400, DropReason.TOO_MANY_HEADERS)
    partial = refused(data).partial
    assert isinstance(partial, Request)
    assert len(partial.headers) == MAX_HEADERS
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize("seed", [b"\r\n ", b"\n\t", b" ", b":", b"\r", b"a:b\r\n", b"l:1\r\n", b"v: ,\n", b"\n \n"])
def test_no_datagram_holds_the_reader(seed: bytes) -> None:
    data = invite()[:-2] + seed * ((MAX_DATAGRAM - 1000) // len(seed))
    began = time.process_time()
    for given_data in (data, data + b"\r\n\r\n", seed * (MAX_DATAGRAM // len(seed))):
        attempt(parse, given_data)
    assert time.process_time() - began < 0.2


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_protocol_error(data: bytes) -> None:
    outcome = attempt(parse, data)
    if isinstance(outcome, ProtocolError):
        assert (outcome.status_hint == 0) == (outcome.partial is None)


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_message_is_a_message_or_a_protocol_error(data: st.DataObject) -> None:
    """Whatever is read can be written, and is then read as the same."""
    whole = bytearray(
        invite("Contact: *", "Supported: a,b", "Content-Length: 3", "Route: <sip:a;lr>, <sip:b>", body=b"abc")
    )
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(whole) - 1))
        whole[position : position + data.draw(st.integers(0, 3))] = data.draw(
            st.sampled_from(
                [b"", b"\r\n", b'"', b"<", b">", b",", b";", b":", b"\x00", b"\xff", b" ", b"9" * 30, b"\n "]
            )
        )
    message = attempt(parse, bytes(whole))
    if isinstance(message, ProtocolError):
        return
    for name in ("vias", "contacts", "contact_star", "routes", "record_routes", "supported", "require"):
        value = attempt(getattr, message, name)
        assert not isinstance(value, ProtocolError) or value.status_hint == 400
    assert message.expires is None
    again = parse(message.encode())
    assert again.headers == message.headers
    assert again.body == message.body


# Streams --------------------------------------------------------------------------------------------------------------


def test_messages_of_a_stream_are_found_at_every_split() -> None:
    first = invite("l : 3", body=b"abc")
    second = invite("Content-Length:\r\n 0")
    stream = b"\r\n" + first + b"\r\n\r\n" + second
    for cut in range(len(stream) + 1):
        buffer = bytearray()
        found: list[bytes] = []
        pings = 0
        for piece in (stream[:cut], stream[cut:]):
            buffer += piece
            while buffer:
                piece_of = frame(buffer)
                pings += piece_of.pings
                if piece_of.end is None or piece_of.end > len(buffer):
                    del buffer[: piece_of.start]
                    break
                found.append(bytes(buffer[piece_of.start : piece_of.end]))
                del buffer[: piece_of.end]
        assert found == [first, second]
        assert pings == 1
        assert not buffer


def test_keep_alives_are_counted_and_half_of_one_waits() -> None:
    assert frame(b"") == Frame(0, None)
    assert frame(b"\r\n") == Frame(0, None)
    assert frame(b"\r\n\r") == Frame(0, None)
    assert frame(b"\r\n\r\n") == Frame(4, None, pings=1)
    assert frame(b"\r\n\r\n\r\n\r\n\r\n") == Frame(8, None, pings=2)
    assert frame(b"\r\n\r\nINV") == Frame(4, None, pings=1)


def test_the_end_is_known_before_the_body_is_there() -> None:
    data = invite("Content-Length: 10", body=b"0123456789")
    assert frame(data[:-10]) == Frame(0, len(data))


def test_a_head_that_trickles_in_is_searched_once() -> None:
    data = invite("Content-Length: 0")
    for size in range(1, len(data)):
        assert frame(data[:size], scanned=size - 1).end is None
    assert frame(data, scanned=len(data) - 1).end == len(data)


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (invite(), 400, DropReason.BAD_CONTENT_LENGTH),
        (invite("Content-Length: -1"), 400, DropReason.BAD_CONTENT_LENGTH),
        (invite("Content-Length: 1", "l: 2"), 400, DropReason.BAD_CONTENT_LENGTH),
        (invite(f"l: {MAX_BODY + 1}"), 413, DropReason.TOO_LARGE),
        (invite("X: " + "a" * MAX_HEAD), 513, DropReason.TOO_LARGE),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0, DropReason.NOT_SIP),
        (b"\x80" * MAX_HEAD, 0, DropReason.NOT_SIP),
        (b"\r\n" * MAX_KEEP_ALIVE, 0, DropReason.TOO_LARGE),
        (ok(), 0, DropReason.BAD_CONTENT_LENGTH),
    ],
)
def test_a_stream_that_cannot_be_framed(data: bytes, status: int, reason: DropReason) -> None:
    with pytest.raises(ProtocolError) as caught:
        frame(data)
    assert (caught.value.status_hint, caught.value.reason) == (status, reason)
    assert isinstance(caught.value.partial, Request) == (status != 0)


@given(
    st.lists(
        st.sampled_from([b"\r\n", b"\n", b"\r", b"INVITE x SIP/2.0", b"l: 5", b"Content-Length:", b"7", b" ", b"a"])
    )
)
def test_framing_and_reading_agree(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    found = attempt(frame, data)
    if isinstance(found, Frame) and found.end is not None and found.end <= len(data):
        outcome = attempt(parse, data[found.start : found.end])
        assert not isinstance(outcome, ProtocolError) or outcome.reason is not DropReason.BAD_CONTENT_LENGTH
