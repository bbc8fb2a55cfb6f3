"""Messages after RFC 4475, each named as there, and what this element makes of it."""

from __future__ import annotations

import pytest

from sip.errors import DropReason, ProtocolError
from sip.message.envelope import Message, Request, Response
from sip.message.intake import parse
from tests.sip.message.messages import attempt, datagram


def read(text: str, body: bytes = b"") -> Message:
    return parse(text.replace("\n", "\r\n").encode() + body)


def test_3_1_1_1_wsinv_a_short_tortuous_invite() -> None:
    message = read(
        """INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 4
cseq: 0009
  INVITE
Via: SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

""",
        b"v=0\r",
    )
    assert isinstance(message, Request)
    assert message.uri.param("unknownparam") == ""
    assert (message.to_tag, message.from_tag, message.from_.display) == ("1918181833n", "98asjd8", 'J Rosenberg \\"')
    assert (message.max_forwards, message.cseq.number, message.cseq.method) == (68, 9, "INVITE")
    assert [(via.transport, via.host, via.branch) for via in message.vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    assert message.header("Subject") == ""
    assert message.header("NewFangledHeader") == "newfangled value continued newfangled value"
    (contact,) = message.contacts
    assert (contact.display, contact.param("q"), contact.param("newparam"), contact.param("secondparam")) == (
        *('Quoted string ""', "0.33", "newvalue", ""),
    )
    assert message.routes[0].uri.param("unknownwith") == "value"


def test_3_1_1_2_intmeth_a_wide_range_of_valid_characters() -> None:
    method = "!interesting-Method0123456789_*+`.%indeed'~"
    user = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    message = read(
        f"""{method} sip:{user}:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:{user}@example.com>
From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>
 ;fromParam''~+*_!.-%="\u0440\u0430\u0431\u043e\u0442\u0430";tag=_token~1'+`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/"][?}}{{
CSeq: 139122385 {method}
Max-Forwards: 255
extensionHeader-!.%*+_`'~: \ufeff\u5927\u505c\u96fb
Content-Length: 0

"""
    )
    assert isinstance(message, Request)
    assert (message.method, message.uri.user) == (method, user)
    assert message.uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert message.to.display == "BEL:  NUL:  DEL: "
    assert message.from_.display == "token1~` token2'+_ token3*%!.-"
    assert message.from_.param("fromParam''~+*_!.-%") == "\u0440\u0430\u0431\u043e\u0442\u0430"
    assert parse(message.encode()).headers == message.headers


def base(method: str, *changes: str, start: str = "", extra: bytes = b"") -> bytes:
    """A plain request or response of the RFC's kind, in which each of ``changes`` replaces the header it names."""
    headers = {
        "Via": "SIP/2.0/UDP host.example.com;branch=z9hG4bK293423",
        "To": "<sip:user@example.com>",
        "From": "<sip:caller@example.net>;tag=234ads",
        "Call-ID": "case.0ha0isndaksdj@192.0.2.1",
        "CSeq": f"8 {method}",
        "Max-Forwards": "9",
    }
    added: list[str] = []
    for change in changes:
        name, _, value = change.partition(": ")
        if name in headers:
            headers[name] = value
        else:
            added.append(change)
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    return datagram(start or f"{method} sip:user@example.com SIP/2.0", *lines, *added, body=extra)


VALID = {
    "3.1.1.3 esc01": base("INVITE", start="INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0"),
    "3.1.1.4 escnull": base("REGISTER", "To: <sip:null-%00-null@example.com>", "Contact: <sip:%00@host5.example.com>"),
    "3.1.1.5 esc02": base("RE%47IST%45R", "Contact: <sip:alias1@host1.example.com>"),
    "3.1.1.6 lwsdisp": base("OPTIONS", 'From: "caller"<sip:caller@example.com>;tag=323'),
    "3.1.1.7 longreq": base(
        "INVITE",
        'To: "I have a user name of extremeproportion"<sip:user@example.com:6000;unknownparam1=' + "long" * 40 + ">",
        "From: <sip:" + "amazinglylongcallername" * 9 + "@example.net>;tag=12" + "982" * 60 + "424",
        *(f"Via: SIP/2.0/TCP sip{n}.example.com" for n in range(33, 0, -1)),
        "Unknown-" + "Long" * 80 + "-Header: " + "unknown-header-value" * 10,
    ),
    "3.1.1.8 dblreq": base("REGISTER", "Content-Length: 0", extra=base("INVITE")),
    "3.1.1.9 semiuri": base("OPTIONS", start="OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0"),
    "3.1.1.10 transports": base("OPTIONS", "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKkdjuw"),
    "3.1.1.12 unreason": base("INVITE", start="SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e"),
    "3.1.1.13 noreason": base("INVITE", start="SIP/2.0 100 "),
    "3.2.1 badbranch": base("OPTIONS", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"),
    "3.3.2 unkscm": base("OPTIONS", start="OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"),
    "3.3.3 novelsc": base("OPTIONS", start="OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"),
    "3.3.4 unksm2": base("REGISTER", "From: <http://www.example.com>;tag=1", "Contact: <name:John_Smith>"),
    "3.3.11 zeromf": base("OPTIONS", "Max-Forwards: 0"),
    "3.3.13 cparam02": base("REGISTER", "Contact: <sip:+19725552222@gw1.example.net;unknownparam>"),
    "3.4.1 inv2543": base(
        *("INVITE", "Via: SIP/2.0/UDP iftgw.example.com", "From: <sip:+18005551212@x;user=phone>", "Max-Forwards: ")
    ),
}


@pytest.mark.parametrize("name", VALID)
def test_what_must_be_read(name: str) -> None:
    message = parse(VALID[name])
    for attribute in ("vias", "contacts", "routes"):
        getattr(message, attribute)
    again = parse(message.encode())
    assert again.headers == message.headers
    assert again.start_line == message.start_line


def test_3_1_1_3_escapes_are_undone_in_the_user_part_only() -> None:
    message = parse(VALID["3.1.1.3 esc01"])
    assert isinstance(message, Request)
    assert (message.uri.scheme, message.uri.user, message.uri.host) == ("sip", "sips:user@example.com", "example.net")
    null = parse(VALID["3.1.1.4 escnull"])
    assert null.to.uri.user == "null-\x00-null"
    assert null.contacts[0].uri.user == "\x00"
    odd = parse(VALID["3.1.1.5 esc02"])
    assert isinstance(odd, Request)
    assert odd.method == "RE%47IST%45R", "a method has no escapes: this is not REGISTER"
    semicolon = parse(VALID["3.1.1.9 semiuri"])
    assert isinstance(semicolon, Request)
    assert (semicolon.uri.user, semicolon.uri.params) == ("user;par=u@example.net", ())


def test_3_1_1_12_and_13_reason_phrases() -> None:
    message = parse(VALID["3.1.1.12 unreason"])
    assert isinstance(message, Response)
    assert message.reason == "= 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e"


INVALID = {
    "3.1.2.2 clerr": (base("INVITE", "Content-Length: 9999", extra=b"v=0"), 400),
    "3.1.2.3 ncl": (base("INVITE", "Content-Length: -999", extra=b"v=0"), 400),
    "3.1.2.4 scalar02": (base("REGISTER", "CSeq: 36893488147419103232 REGISTER", "Max-Forwards: 300"), 0),
    "3.1.2.5 scalarlg": (base("REGISTER", "CSeq: 9292394834772304023312 OPTIONS", start="SIP/2.0 503 Unavailable"), 0),
    "3.1.2.6 quotbal": (base("INVITE", 'To: "Mr. J. User <sip:j.user@example.com>'), 0),
    "3.1.2.7 ltgtruri": (base("INVITE", start="INVITE <sip:user@example.com> SIP/2.0"), 400),
    "3.1.2.8 lwsruri": (base("INVITE", start="INVITE sip:user@example.com; lr SIP/2.0"), 400),
    "3.1.2.9 lwsstart": (base("INVITE", start="INVITE  sip:user@example.com  SIP/2.0"), 400),
    "3.1.2.16 badvers": (base("OPTIONS", start="OPTIONS sip:t@example.com SIP/7.0"), 505),
    "3.1.2.17 mismatch01": (base("OPTIONS", "CSeq: 8 INVITE"), 400),
    "3.1.2.18 mismatch02": (base("NEWMETHOD", "CSeq: 8 INVITE"), 400),
    "3.1.2.19 bigcode": (base("INVITE", start="SIP/2.0 4294967301 better not break the receiver"), 0),
    "3.3.1 insuf": (base("INVITE", "From: "), 0),
    "3.3.8 multi01": (base("INVITE", "CSEQ: 59 INVITE", "from: <sip:other@example.com>;tag=2"), 400),
    "3.3.9 mcl01": (base("OPTIONS", "Content-Length: 13", "l: 5", extra=b"There's no way"), 400),
}


@pytest.mark.parametrize("name", INVALID)
def test_what_must_be_refused(name: str) -> None:
    data, status = INVALID[name]
    refusal = attempt(parse, data)
    assert isinstance(refusal, ProtocolError)
    assert refusal.status_hint == status
    assert isinstance(refusal.partial, Request) == (status != 0)


@pytest.mark.parametrize(
    ("name", "contact"),
    [
        ("3.1.2.13 regbadct", "sip:user@example.com?Route=%3Csip:sip.example.com%3E"),
        ("3.1.2.14 badaspec", '"Watson, Thomas" < sip:t.watson@example.org >'),
    ],
)
def test_a_contact_that_is_refused_when_it_is_asked_for(name: str, contact: str) -> None:
    message = parse(base("REGISTER", f"Contact: {contact}"))
    with pytest.raises(ProtocolError) as caught:
        _ = message.contacts
    assert caught.value.reason in (DropReason.BAD_HEADER, DropReason.BAD_URI)


def test_3_1_2_1_badinv01_separators_without_parameters() -> None:
    """The topmost Via is enough to answer; the list as a whole is refused when it is asked for."""
    message = parse(base("INVITE", "Via: SIP/2.0/UDP 192.0.2.15;;,;,,"))
    assert (message.via.host, message.via.params) == ("192.0.2.15", ())
    with pytest.raises(ProtocolError):
        _ = message.vias
