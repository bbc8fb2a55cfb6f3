"""The messages of RFC 4475 and RFC 5118, word for word where that says something: what becomes of each, and why.

*CALL*: the INVITE reaches the user. A number: the final response. *SILENCE*: dropped, with the reason. ``section`` is
that of RFC 4475, or with "v6" in front that of RFC 5118.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sip.errors import DropReason, ProtocolError
from sip.events import IncomingInvite
from sip.gate import Admit
from sip.message.envelope import Request, Response
from sip.message.intake import parse
from sip.testing.parts import ScriptedGate, new_core
from sip.testing.scripted import ScriptedPeer
from tests.sip.torture.reading import names, torture

CALL, SILENCE = "call", "silence"
R = DropReason


@dataclass(frozen=True, slots=True)
class Case:
    section: str
    outcome: str | int
    why: str
    reason: DropReason | None = None
    """Why it is dropped or refused, if the core tells."""


CASES = {
    # valid syntax
    "wsinv": Case(
        "3.1.1.1",
        481,
        "well-formed however folded; there is no such dialog",
        R.UNKNOWN_DIALOG,
    ),
    "intmeth": Case("3.1.1.2", 405, "well-formed, with a method that nobody knows", R.UNSUPPORTED_METHOD),
    "esc01": Case("3.1.1.3", CALL, "escapes are those of the user part, and make no other URI of it"),
    "escnull": Case("3.1.1.4", 200, "a null is a character like others: two different contacts are registered"),
    "esc02": Case("3.1.1.5", 405, "a method has no escapes, so this is not REGISTER", R.UNSUPPORTED_METHOD),
    "lwsdisp": Case("3.1.1.6", 200, "no space is needed between a name of one token and <"),
    "longreq": Case("3.1.1.7", CALL, "34 Vias and long values are no reason to refuse"),
    "dblreq": Case("3.1.1.8", 200, "what follows the body in a datagram is not looked at"),
    "semiuri": Case("3.1.1.9", 200, "a semicolon in the user part begins no parameter"),
    "transports": Case("3.1.1.10", 200, "the topmost Via alone says how the answer travels"),
    "mpart01": Case("3.1.1.11", 415, "nulls and CRLFs in bodies are read; no plain text", R.UNSUPPORTED_BODY),
    "unreason": Case("3.1.1.12", SILENCE, "read with any reason phrase; nobody waits for it", R.STRAY_RESPONSE),
    "noreason": Case("3.1.1.13", SILENCE, "read without a phrase; nobody waits for it", R.STRAY_RESPONSE),
    # invalid syntax
    "badinv01": Case("3.1.2.1", 400, "separators without values in Via", R.BAD_HEADER),
    "clerr": Case("3.1.2.2", 400, "Content-Length beyond the datagram", R.BAD_CONTENT_LENGTH),
    "ncl": Case("3.1.2.3", 400, "negative Content-Length", R.BAD_CONTENT_LENGTH),
    "scalar02": Case("3.1.2.4", SILENCE, "CSeq beyond 2**31: no response can be made that repeats it", R.BAD_HEADER),
    "scalarlg": Case("3.1.2.5", SILENCE, "a response with such a CSeq is dropped", R.BAD_HEADER),
    "quotbal": Case("3.1.2.6", SILENCE, "To cannot be read, so no response can be made", R.BAD_HEADER),
    "ltgtruri": Case("3.1.2.7", 400, "a Request-URI in <>", R.BAD_URI),
    "lwsruri": Case("3.1.2.8", 400, "space within the Request-URI", R.BAD_URI),
    "lwsstart": Case("3.1.2.9", 400, "more than one space between the parts of the request line", R.BAD_URI),
    "trws": Case("3.1.2.10", SILENCE, "space where the version must end", R.BAD_START_LINE),
    "escruri": Case("3.1.2.11", CALL, "headers in the Request-URI are ignored, as it allows: they would be a third's"),
    "baddate": Case("3.1.2.12", CALL, "Date means nothing to us, so a wrong one is no reason to lose a call"),
    "regbadct": Case("3.1.2.13", 400, "a Contact with headers needs <>"),
    "badaspec": Case("3.1.2.14", SILENCE, "space within <> of To, so no response can be made", R.BAD_URI),
    "baddn": Case("3.1.2.15", 200, "a comma in a name without quotes: taken, as it is clear who is meant"),
    "badvers": Case("3.1.2.16", 505, "another version", R.BAD_VERSION),
    "mismatch01": Case("3.1.2.17", 400, "request line and CSeq name two methods", R.CSEQ_METHOD_MISMATCH),
    "mismatch02": Case("3.1.2.18", 400, "the same with a method that nobody knows", R.CSEQ_METHOD_MISMATCH),
    "bigcode": Case("3.1.2.19", SILENCE, "a status that is none", R.BAD_START_LINE),
    # transactions
    "badbranch": Case("3.2.1", 200, "a branch that is only the cookie is taken as one of RFC 2543"),
    # applications
    "insuf": Case("3.3.1", SILENCE, "no Call-ID, From, To: no response can be made", R.MISSING_HEADER),
    "unkscm": Case("3.3.2", 416, "a scheme nobody knows", R.UNSUPPORTED_SCHEME),
    "novelsc": Case("3.3.3", 416, "a scheme that has nothing to do with us", R.UNSUPPORTED_SCHEME),
    "unksm2": Case("3.3.4", 400, "a Contact that is no SIP URI"),
    "bext01": Case("3.3.5", 420, "extensions nobody supports", R.UNSUPPORTED_EXTENSION),
    "invut": Case("3.3.6", 415, "a body nobody reads", R.UNSUPPORTED_BODY),
    "regaut01": Case("3.3.7", 200, "credentials of an unknown scheme are none; the gate of this test asks for none"),
    "multi01": Case("3.3.8", 400, "two values where there must be one", R.BAD_HEADER),
    "mcl01": Case("3.3.9", 400, "two lengths of one body", R.BAD_CONTENT_LENGTH),
    "bcast": Case("3.3.10", SILENCE, "a response on its way to somebody behind us", R.STRAY_RESPONSE),
    "zeromf": Case("3.3.11", 200, "Max-Forwards 0 at the end of the way is no error"),
    "cparam01": Case("3.3.12", 200, "without <> the parameter is the header's"),
    "cparam02": Case("3.3.13", 200, "within <> it is the URI's"),
    "regescrt": Case("3.3.14", 200, "headers in a Contact are not kept: no call of ours takes a Route from them"),
    "sdp01": Case("3.3.15", 406, "the caller could not read an answer", R.UNSUPPORTED_BODY),
    "inv2543": Case("3.4.1", CALL, "of RFC 2543: no branch, no Max-Forwards, no tag, no Content-Length"),
    # IPv6
    "ipv6-good": Case("v6 4.1", 200, "an IPv6 reference in brackets"),
    "ipv6-bad": Case("v6 4.2", 400, "without brackets it is none", R.BAD_URI),
    "port-ambiguous": Case("v6 4.3", 200, "within the brackets all is address"),
    "port-unambiguous": Case("v6 4.4", 200, "the port stands behind them"),
    "via-received-param-with-delim": Case("v6 4.5", 481, "received in brackets; no such dialog", R.UNKNOWN_DIALOG),
    "via-received-param-no-delim": Case("v6 4.5", 200, "and without them"),
    "ipv6-in-sdp": Case("v6 4.6", CALL, "IN IP6 in SDP"),
    "mult-ip-in-header": Case("v6 4.7", 481, "both families in one message; there is no such dialog", R.UNKNOWN_DIALOG),
    "mult-ip-in-sdp": Case("v6 4.8", CALL, "both families in one offer"),
    "ipv4-mapped-ipv6": Case("v6 4.9", CALL, "IPv4-mapped addresses"),
    "ipv6-bug-abnf-3-colons": Case("v6 4.10", 200, "three colons, which the grammar of RFC 3261 lets one write"),
}

READ_FIRST = {
    *(R.STRAY_RESPONSE, R.UNKNOWN_DIALOG, R.UNSUPPORTED_METHOD, R.UNSUPPORTED_SCHEME),
    *(R.UNSUPPORTED_EXTENSION, R.UNSUPPORTED_BODY),
}
"""Reasons of refusals whose message can be read."""
LAZY = {"badinv01"}
"""Refused by the core, as the parser reads only the topmost Via by itself."""
UNREADABLE = {
    name for name, case in CASES.items() if case.reason and case.reason not in READ_FIRST and name not in LAZY
}


def test_every_message_has_a_verdict() -> None:
    assert sorted(CASES) == names()


@pytest.mark.parametrize("name", CASES)
def test_the_parser_reads_what_is_valid_and_raises_nothing_else(name: str) -> None:
    data = torture(name)
    if name in UNREADABLE:
        with pytest.raises(ProtocolError) as caught:
            parse(data)
        assert caught.value.reason is CASES[name].reason
        return
    message = parse(data)
    again = parse(message.encode())
    assert (again.headers, again.body, again.start_line) == (message.headers, message.body, message.start_line)


@pytest.mark.parametrize("name", CASES)
def test_the_core_does_what_must_be_done_and_forgets_it(name: str) -> None:
    case = CASES[name]
    core = new_core(gate=ScriptedGate(Admit("user@example.com", "user@example.com")))
    peer = ScriptedPeer(core)
    peer.send(torture(name))
    answers = [answer for answer in peer.sent() if isinstance(answer, Response)]
    if case.outcome == CALL:
        assert peer.told(IncomingInvite).session.identity == "user@example.com"
        core.sessions[0].reject(486, None, peer.now)
    else:
        assert [answer.status for answer in answers] == ([] if case.outcome == SILENCE else [case.outcome]), case.why
        if case.reason is not None:
            assert peer.drops() == [case.reason]
    peer.wait(120.0)
    assert core.calls.empty
    assert len(core.table) == 0
    assert core.next_deadline() is None


def test_what_the_messages_say_is_what_is_read() -> None:
    def request(name: str) -> Request:
        message = parse(torture(name))
        assert isinstance(message, Request)
        return message

    assert request("esc01").uri.user == "sips:user@example.com"
    assert [contact.uri.user for contact in request("escnull").contacts if contact != "*"] == ["\0", "\0\0"]
    assert request("semiuri").uri.user == "user;par=u@example.net"
    assert len(request("longreq").vias) == 34
    assert request("dblreq").body == b""
    (beside,), (within,) = request("cparam01").contacts, request("cparam02").contacts
    assert (beside.uri.param("unknownparam"), beside.param("unknownparam")) == (None, "")
    assert (within.uri.param("unknownparam"), within.param("unknownparam")) == ("", None)
    assert request("port-ambiguous").uri.port is None
    assert request("port-unambiguous").uri.port == 5070
    assert b"\0" in request("mpart01").body
    phrase = parse(torture("unreason"))
    assert isinstance(phrase, Response)
    assert phrase.reason.startswith("= 2**3 * 5**2 \u043d\u043e")
