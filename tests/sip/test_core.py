"""The core's door: requests outside dialogs, the gate, the registrar, bounds, and what cannot be read."""

import pytest

from sip.config import CoreConfig
from sip.core import Admit, Challenge, Refuse
from sip.dialog.capabilities import ALLOW
from sip.errors import DropReason, ProtocolError
from sip.events import IncomingInvite
from sip.facing import Facing
from sip.flow import Flow
from sip.message.bounds import MAX_BODY, MAX_HEAD, MAX_HEADERS
from sip.message.envelope import Request, Response
from sip.outside.invite import URGENT_ROOM
from sip.testing.parts import ANSWER, OFFER, TO_ALICE, MemoryBindings, ScriptedGate, new_core
from sip.testing.scripted import ScriptedPeer

EPOCH = 1_795_000_000.0


@pytest.fixture
def peer() -> ScriptedPeer:
    return ScriptedPeer(new_core())


def at_gate(decision, **config) -> tuple[ScriptedPeer, ScriptedGate]:
    gate = ScriptedGate(decision)
    return ScriptedPeer(new_core(CoreConfig(**config), gate)), gate


# --- methods ----------------------------------------------------------------------------------------------------------


def test_options_says_what_we_can(peer):
    peer.send(peer.request("OPTIONS"))
    ok = peer.next_response(200)
    assert ok.header("Allow") == f"{ALLOW}, MESSAGE, REGISTER, SUBSCRIBE"
    assert ok.header("Accept") == "application/sdp"
    assert ok.header("Supported") == "100rel, 199, norefersub, path, replaces, timer"
    assert ok.to_tag


def test_options_within_a_call(peer):
    session = peer.call()
    session.answer(ANSWER, peer.now)
    tag = peer.next_response(200).to_tag
    peer.send(peer.request("OPTIONS", to_tag=tag))
    assert peer.next_response(200).header("Allow") == "ACK, BYE, CANCEL, INFO, INVITE, OPTIONS, PRACK, REFER, UPDATE"


@pytest.mark.parametrize("method", ["BYE", "INFO", "PRACK", "UPDATE"])
def test_what_belongs_to_a_call_is_481_without_one(peer, method):
    peer.send(peer.request(method))
    peer.next_response(481)
    assert peer.drops() == [DropReason.UNKNOWN_DIALOG]


@pytest.mark.parametrize("method", ["INVITE", "BYE", "INFO", "OPTIONS", "REGISTER", "REFER"])
def test_an_unknown_dialog_is_481(peer, method):
    peer.send(peer.request(method, to_tag="nobody"))
    peer.next_response(481)
    assert peer.drops() == [DropReason.UNKNOWN_DIALOG]


@pytest.mark.parametrize("method", ["PUBLISH", "NOTIFY", "NONSENSE"])
def test_an_unknown_method_is_405_with_allow(peer, method):
    peer.send(peer.request(method))
    assert peer.next_response(405).header("Allow")
    assert peer.drops() == [DropReason.UNSUPPORTED_METHOD]


def test_an_unknown_method_within_a_call_is_405_and_leaves_it(peer):
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.send(peer.request("MESSAGE", to_tag=ok.to_tag))
    peer.next_response(405)
    peer.ack(ok)
    assert not session.ended


def test_an_older_number_is_500_an_equal_one_is_taken(peer):
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.ack(ok)
    peer.send(peer.request("OPTIONS", to_tag=ok.to_tag, cseq=50))
    peer.send(peer.request("OPTIONS", to_tag=ok.to_tag, cseq=49))
    peer.send(peer.request("OPTIONS", to_tag=ok.to_tag, cseq=50))
    assert [peer.next_response(status).status for status in (200, 500, 200)]
    assert peer.drops() == [DropReason.OUT_OF_ORDER]


def test_what_screening_refuses_is_answered_and_counted(peer):
    peer.invite(uri="mailto:x@y")
    peer.next_response(416)
    peer.invite(headers=[("Require", "precondition")])
    assert peer.next_response(420).header("Unsupported") == "precondition"
    peer.invite(headers=[("Max-Forwards", 0)])
    peer.next_response(483)
    assert peer.drops() == [
        DropReason.UNSUPPORTED_SCHEME,
        DropReason.UNSUPPORTED_EXTENSION,
        DropReason.TOO_MANY_HOPS,
    ]
    assert peer.core.sessions == ()


def test_a_body_we_need_not_read_is_none(peer):
    headers = [("Content-Type", "application/isup"), ("Content-Disposition", "signal;handling=optional")]
    assert peer.call(b"isup", headers=headers).request.body == b""


def test_a_merged_request_is_482(peer):
    """The same INVITE by another path (section 8.2.2.2)."""
    invite = peer.invite()
    peer.told(IncomingInvite)
    peer.send(invite.with_header("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKother"))
    peer.next_response(482)
    assert peer.drops() == [DropReason.MERGED_REQUEST]


# --- the gate ---------------------------------------------------------------------------------------------------------


def test_the_gate_says_who_calls():
    peer, gate = at_gate(Admit("101@bakery.example", "101@bakery.example"))
    assert peer.call().identity == "101@bakery.example"
    assert [request.method for request in gate.asked] == ["INVITE"]


@pytest.mark.parametrize(
    ("proxy", "status", "name"), [(True, 407, "Proxy-Authenticate"), (False, 401, "WWW-Authenticate")]
)
def test_a_challenge_goes_out_with_every_value(proxy, status, name):
    peer, _ = at_gate(Challenge(("Digest a", "Digest b"), proxy))
    peer.invite()
    assert peer.next_response(status).header_all(name) == ["Digest a", "Digest b"]
    assert peer.events() == []
    assert peer.core.sessions == ()


def test_a_refusal_goes_out_with_its_words():
    peer, _ = at_gate(Refuse(403, "Not You"))
    peer.invite()
    assert peer.next_response(403).reason == "Not You"
    assert peer.events() == []


def test_a_caller_who_comes_back_with_credentials_makes_one_call():
    peer, gate = at_gate(Challenge(("Digest a",), True))
    challenged = peer.invite()
    peer.send(peer.request("ACK", cseq=1, branch=challenged.via.branch, to_tag=peer.next_response(407).to_tag))
    gate.decision = Admit("101@bakery.example")
    assert peer.call(headers=[("Proxy-Authorization", "Digest b")]).identity == "101@bakery.example"


def test_options_are_not_asked_about():
    peer, gate = at_gate(Refuse(403))
    peer.send(peer.request("OPTIONS"))
    peer.next_response(200)
    assert gate.asked == []


# --- registrations ----------------------------------------------------------------------------------------------------


def test_a_registration_is_kept_by_the_wall_clock():
    peer, _ = at_gate(Admit("101@x", "101@x"), epoch=EPOCH)
    peer.now = 100.0
    peer.send(peer.request("REGISTER", headers=[("Contact", "<sip:101@10.0.0.7>"), ("Expires", 600)]))
    assert peer.next_response(200).header("Contact") == "<sip:101@10.0.0.7>;expires=600"
    (binding,) = peer.core.registrar.lookup("101@x", EPOCH + 100)
    assert binding.expires_at == EPOCH + 700
    assert binding.flow == peer.flow


def test_a_registration_that_names_nobody_is_404():
    peer, _ = at_gate(Admit("101@x", None))
    peer.send(peer.request("REGISTER", headers=[("Contact", "<sip:101@10.0.0.7>")]))
    peer.next_response(404)


def test_a_registration_is_challenged_like_a_call():
    peer, _ = at_gate(Challenge(("Digest a",), False))
    peer.send(peer.request("REGISTER", headers=[("Contact", "<sip:101@10.0.0.7>")]))
    peer.next_response(401)


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_calls_are_bounded():
    peer = ScriptedPeer(new_core(CoreConfig(max_sessions=2)))
    first = peer.call()
    peer.call_id = "call-2"
    peer.call()
    peer.call_id = "call-3"
    peer.invite()
    assert peer.next_response(503).header("Retry-After")
    assert peer.drops() == [DropReason.TOO_MANY_DIALOGS]
    first.reject(486, None, peer.now)
    peer.next_response(486)
    peer.call_id = "call-4"
    peer.call()


def test_somebody_who_calls_for_help_is_never_one_too_many():
    peer, gate = at_gate(Admit("101@x"), max_sessions=1)
    peer.call()
    peer.call_id = "call-2"
    peer.invite()
    peer.next_response(503)
    peer.drops()
    gate.decision = Admit("101@x", urgent=True)
    for number in range(URGENT_ROOM):
        peer.call_id = f"call-{3 + number}"
        assert peer.call().identity == "101@x"
    assert peer.drops() == []
    peer.call_id = "one-too-many"
    peer.invite()
    peer.next_response(503)


def test_no_call_is_taken_while_we_are_leaving_and_options_say_so(peer):
    session = peer.call()
    peer.core.accepting = False
    peer.call_id = "call-2"
    peer.invite()
    assert peer.next_response(503).header("Retry-After")
    peer.send(peer.request("OPTIONS"))
    peer.next_response(503)
    session.answer(ANSWER, peer.now)
    peer.next_response(200)


# --- what cannot be read ----------------------------------------------------------------------------------------------


def spoilt(peer: ScriptedPeer, *changes: tuple[bytes, bytes], method: str = "INVITE", body: bytes = OFFER) -> bytes:
    data = peer.request(method, body=body).encode()
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    return data


@pytest.mark.parametrize(
    ("old", "new", "status", "reason"),
    [
        (b"CSeq: 1 INVITE", b"CSeq: 1 BYE", 400, DropReason.CSEQ_METHOD_MISMATCH),
        (b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia", 505, DropReason.BAD_VERSION),
        (b"INVITE sip:desk", b"INVITE sip:" + b"x" * 3000, 414, DropReason.URI_TOO_LONG),
        (b"Max-Forwards: 70", b"Max-Forwards: -1", 400, DropReason.BAD_HEADER),
        (b"Content-Length: ", b"Content-Length: 9", 400, DropReason.BAD_CONTENT_LENGTH),
        (b"Content-Length: ", b"Content-Length: %d" % MAX_BODY, 413, DropReason.TOO_LARGE),
        (b"Content-Length", b"X: y\r\n" * MAX_HEADERS + b"Content-Length", 400, DropReason.TOO_MANY_HEADERS),
        (b"Max-Forwards: 70", b"X: " + b"y" * 9000, 400, DropReason.HEADER_TOO_LONG),
        (b"Max-Forwards: 70", b"\r\n".join([b"X: " + b"y" * 4000] * (MAX_HEAD // 4000 + 1)), 513, DropReason.TOO_LARGE),
    ],
)
def test_a_malformed_request_is_answered_with_what_is_wrong(peer, old, new, status, reason):
    data = spoilt(peer, (old, new))
    if status == 513:  # what must be there for an answer has to come before the excess
        head, _, rest = data.partition(b"\r\n")
        lines = [line for line in rest.split(b"\r\n") if not line.startswith(b"X: ")]
        data = b"\r\n".join([head, *lines[:5], new, *lines[5:]])
    peer.send(data)
    answer = peer.next_response(status)
    assert answer.to_tag
    assert answer.via.received == "192.0.2.1"
    assert peer.drops() == [reason]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", DropReason.EMPTY),
        (b"\r\n\r\n", DropReason.KEEP_ALIVE),
        (b"\x00\x01\x02\x03", DropReason.NOT_SIP),
        (b"GET / HTTP/1.1\r\n\r\n", DropReason.NOT_SIP),
        (b"SIP/2.0 abc\r\n\r\n", DropReason.BAD_START_LINE),
        (b"INVITE sip:a@b SIP/2.0\r\nFrom: x\r\n\r\n", DropReason.MISSING_HEADER),
    ],
)
def test_what_cannot_be_answered_is_met_with_silence(peer, data, reason):
    peer.send(data)
    peer.sends_nothing()
    assert peer.drops() == [reason]


def test_a_malformed_ack_is_met_with_silence(peer):
    peer.send(spoilt(peer, (b"Max-Forwards: 70", b"Max-Forwards: x"), method="ACK", body=b""))
    peer.sends_nothing()
    assert peer.drops() == [DropReason.BAD_HEADER]


@pytest.mark.parametrize("header", [("Require", 'a, "'), ("Require", ",".join("abcdefgh" * 20))])
def test_a_header_found_malformed_later_is_400(peer, header):
    peer.invite(headers=[header])
    peer.next_response(400)
    assert peer.drops() == [DropReason.BAD_HEADER]


def test_a_stray_response_is_dropped(peer):
    stray = Response(200, "OK", peer.request("INVITE").headers)
    peer.send(stray)
    peer.sends_nothing()
    assert peer.drops() == [DropReason.STRAY_RESPONSE]


def test_a_stream_that_cannot_be_framed_is_answered(peer):
    error = ProtocolError(400, DropReason.BAD_CONTENT_LENGTH)
    error.partial = peer.request("INVITE")
    peer.core.refuse_stream(error, peer.flow)
    peer.next_response(400)
    assert peer.drops() == [DropReason.BAD_CONTENT_LENGTH]


# --- where from, where to ---------------------------------------------------------------------------------------------


def test_the_way_back_is_written_into_the_via(peer):
    nat = Flow("udp", TO_ALICE.local, ("203.0.113.9", 31000))
    peer.send(peer.request("OPTIONS"), nat)
    via = peer.next_response(200).via
    assert (via.host, via.port, via.received, via.rport) == ("192.0.2.1", 5060, "203.0.113.9", 31000)


def test_a_peer_that_asks_for_no_port_is_told_its_address_if_it_is_another(peer):
    request = peer.request("OPTIONS").with_header("Via", "SIP/2.0/UDP phone.local:5060;branch=z9hG4bKa")
    peer.send(request)
    via = peer.next_response(200).via
    assert (via.received, via.param("rport")) == ("192.0.2.1", None)


def test_an_advertised_address_stands_in_contact_and_via():
    peer = ScriptedPeer(new_core(CoreConfig(facing=Facing("198.51.100.1", local=()), user="pbx")))
    _, invite = peer.be_called()
    assert str(invite.contacts[0]) == "<sip:pbx@198.51.100.1:5060>"
    assert (invite.via.host, invite.via.port) == ("198.51.100.1", 5060)


def test_an_empty_core_waits_for_nothing():
    core = new_core()
    assert core.next_deadline() is None
    core.handle_timer(1e9)
    assert core.take_actions(1e9) == []
    assert core.take_events() == []
    assert not core.busy


def test_a_core_is_busy_until_its_last_bye_is_answered(peer):
    session = peer.call()
    assert peer.core.busy
    session.answer(ANSWER, peer.now)
    peer.ack(peer.next_response(200))
    session.bye(peer.now)
    bye = peer.next_request("BYE")
    assert isinstance(bye, Request)
    assert peer.core.busy
    peer.respond(bye, 200)
    assert not peer.core.busy


def test_memory_bindings_begin_empty():
    assert list(MemoryBindings().load()) == []


# --- where answers go -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("192.0.2.1:5070;branch=z9hG4bK1", 5070),  # sends from one port and listens on another (18.2.2)
        ("192.0.2.1;branch=z9hG4bK1", 5060),
        ("192.0.2.1:5070;rport;branch=z9hG4bK1", 40000),  # asks to be answered where it sent from (RFC 3581)
        ("10.0.0.5:5070;branch=z9hG4bK1", 40000),  # behind a router
        ("phone.example:5070;branch=z9hG4bK1", 40000),
    ],
)
def test_an_answer_by_udp_goes_where_the_phone_listens(via, port):
    peer = ScriptedPeer(new_core())
    flow = Flow("udp", peer.flow.local, ("192.0.2.1", 40000))
    peer.core.receive(peer.request("OPTIONS").with_header("Via", f"SIP/2.0/UDP {via}").encode(), flow, peer.now)
    (answer,) = peer.core.take_actions(peer.now)
    assert answer.flow.remote == ("192.0.2.1", port)


def test_an_answer_without_a_transaction_has_the_same_tag_each_time(peer):
    broken = peer.request("OPTIONS").encode().replace(b"CSeq: 1 OPTIONS", b"CSeq: 1 BYE")
    tags = set()
    for _ in range(2):
        peer.send(broken)
        tags.add(peer.next_response(400).to_tag)
    assert len(tags) == 1
    other = peer.request("OPTIONS").with_header("Call-ID", "other").encode()
    peer.send(other.replace(b"CSeq: 2 OPTIONS", b"CSeq: 2 BYE"))
    assert peer.next_response(400).to_tag not in tags
