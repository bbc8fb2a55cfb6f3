"""The core against what nobody sane sends: nothing escapes, and everything is forgotten in the end."""

from __future__ import annotations

import contextlib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from sip.core import CoreConfig, UserAgentCore
from sip.digest import Authenticator, Verified
from sip.errors import ProtocolError
from sip.flow import Flow
from sip.gate import Admit, Challenge, Refuse
from sip.guard.guard import Guard, Limits
from sip.message.envelope import Request
from sip.message.intake import parse
from sip.message.values import Uri
from sip.registrar import Registrar
from sip.sdp.description import SessionDescription
from sip.testing.parts import ANSWER, OFFER, MemoryBindings, ScriptedGate, new_core
from sip.testing.scripted import ScriptedPeer
from tests.sip.torture.reading import names, torture

METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "INFO", "UPDATE", "OPTIONS", "REGISTER", "PRACK", "REFER", "NOTIFY")
DECISIONS = (Admit(), Admit("a@b", "a@b"), Challenge(("Digest x",), proxy=True), Refuse(403))
SIGNS = (b";", b",", b'"', b"<", b">", b"\r\n", b"\n ", b"%00", b"[", b":")
LONG = 3600.0
"""Seconds after which no transaction, dialog without an end or timer may be left."""


def come_to_rest(peer: ScriptedPeer) -> None:
    """End the calls that are left, let time pass, and see that nothing is kept."""
    for session in peer.core.sessions:
        session.bye(peer.now)
    peer.wait(LONG)
    core = peer.core
    assert core.calls.empty
    assert len(core.table) == 0
    assert core.next_deadline() is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(METHODS),
            st.integers(1, 5),
            st.sampled_from((None, "ours", "theirs", "other")),
            st.sampled_from(("z9hG4bK1", "z9hG4bK2", "z9hG4bK3")),
            st.sampled_from((b"", OFFER, ANSWER, b"v=0 nonsense")),
            st.floats(0.0, 40.0),
            st.sampled_from(("wait", "answer", "ring", "reject", "bye")),
        ),
        max_size=30,
    ),
    st.sampled_from(DECISIONS),
)
@settings(max_examples=60, deadline=None)
def test_any_order_of_well_formed_messages(steps: list[tuple[object, ...]], decision: object) -> None:
    """Whatever order requests of one peer come in, and whatever the user does: nothing escapes, nothing is left."""
    peer = ScriptedPeer(new_core(gate=ScriptedGate(decision)))  # type: ignore[arg-type]
    tag = "none"
    for method, cseq, to_tag, branch, body, gap, act in steps:
        given_tag = {"ours": tag, "theirs": "peer", "other": "x"}.get(str(to_tag)) if to_tag else None
        peer.send(peer.request(str(method), cseq=int(str(cseq)), to_tag=given_tag, branch=str(branch), body=body))  # type: ignore[arg-type]
        for message in peer.sent():
            tag = message.to_tag or tag
        for session in peer.core.sessions:
            if act == "answer":
                session.answer(ANSWER, peer.now)
            elif act == "ring":
                session.ring(peer.now)
            elif act == "reject":
                session.reject(486, None, peer.now)
            elif act == "bye":
                session.bye(peer.now)
        peer.wait(float(str(gap)))
    come_to_rest(peer)


@given(st.sampled_from(names()), st.integers(0, 2**32), st.integers(1, 12))
@settings(max_examples=250, deadline=None)
def test_damaged_torture_messages(name: str, seed: int, damages: int) -> None:
    """Whatever a message is damaged by: parser and core raise nothing but ProtocolError, and keep nothing."""
    damaged = bytearray(torture(name))
    chance = random.Random(seed)
    for _ in range(damages):
        at = chance.randrange(len(damaged) + 1)
        match chance.randrange(4):
            case 0:
                damaged[at:at] = bytes([chance.randrange(256)]) * chance.choice((1, 2, 300))
            case 1:
                del damaged[at : at + chance.choice((1, 3, 40))]
            case 2:
                damaged[at : at + 1] = chance.choice(
                    (b";", b",", b'"', b"<", b">", b"\r\n", b"\n ", b"%00", b"[", b":")
                )
            case _:
                damaged[at:at] = damaged[: chance.randrange(1, 200)]
    core = UserAgentCore(CoreConfig(), ScriptedGate(), Registrar(MemoryBindings()), Guard())
    peer = ScriptedPeer(core)
    peer.send(bytes(damaged))
    for session in core.sessions:
        session.answer(ANSWER, peer.now)
        peer.drain()
    come_to_rest(peer)


@given(st.text(max_size=300), st.sampled_from(("Authorization", "Proxy-Authorization")))
def test_no_authorization_header_is_ever_taken_for_a_password(text: str, name: str) -> None:
    """Whatever stands in the header: verify raises nothing, and lets nobody in."""
    server = Authenticator(b"0123456789abcdef")
    line = "Digest " + text.replace("\r", "").replace("\n", "")
    request = Request("REGISTER", Uri.parse("sip:bakery.example"), [(name, line), ("CSeq", "1 REGISTER")], b"")
    verdict = server.verify(request, "bakery.example", lambda *_: "s3cret-password", 1.0)
    assert not isinstance(verdict, Verified)


@given(st.binary(max_size=400), st.sampled_from((OFFER, ANSWER)), st.integers(0, 200))
def test_damaged_sdp(piece: bytes, base: bytes, at: int) -> None:
    """Whatever an SDP is damaged by: it is read, or refused with ProtocolError."""
    try:
        described = SessionDescription.parse(base[:at] + piece + base[at:])
    except ProtocolError:
        return
    SessionDescription.parse(bytes(described))


@given(st.lists(st.binary(max_size=200), max_size=40), st.integers(0, 3))
def test_nonsense_over_a_connection_ends_in_a_ban(pieces: list[bytes], more: int) -> None:
    """Whatever comes over a connection: the guard raises nothing, and keeps no more than one source's worth."""
    guard = Guard(Limits())
    core = UserAgentCore(CoreConfig(), ScriptedGate(), Registrar(MemoryBindings()), guard)
    flow = Flow("tcp", ("192.0.2.1", 5060), ("198.51.100.9", 4000 + more), more)
    for piece in pieces:
        core.receive(piece, flow, 0.0)
        core.take_actions(0.0)
    assert guard.size <= 16
    if guard.refuses("198.51.100.9", 0.0):
        before = len(core.take_events())
        core.receive(b"OPTIONS sip:a SIP/2.0\r\n\r\n", flow, 0.0)
        assert len(core.take_events()) <= before + 1


def test_a_message_cut_anywhere_is_read_or_refused() -> None:
    whole = torture("wsinv")
    for length in range(len(whole)):
        with contextlib.suppress(ProtocolError):
            parse(whole[:length])
