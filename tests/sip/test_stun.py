"""STUN Binding requests among SIP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import DropReason
from sip.flow import Flow
from sip.gate import Admit
from sip.stun import MAX_REQUEST, answer_to
from sip.testing.parts import TO_ALICE, ScriptedGate, new_core
from sip.testing.scripted import ScriptedPeer

REQUEST = bytes.fromhex("000100002112a442b7e7a701bc34d686fa87dfae")
"""A Binding request without attributes, under the transaction id of RFC 5769."""


@pytest.mark.parametrize(
    ("source", "mapped"),
    [
        (("192.0.2.1", 32853), "002000080001a147e112a643"),
        (("2001:db8:1234:5678:11:2233:4455:6677", 32853), "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),
    ],
)
def test_the_answer_has_the_source_as_rfc_5769_writes_it(source: tuple[str, int], mapped: str) -> None:
    answer = answer_to(REQUEST, source)
    assert answer is not None
    assert answer[:2] == b"\x01\x01"
    assert answer[4:20] == REQUEST[4:20]
    assert answer[20:].hex() == mapped


@pytest.mark.parametrize(
    "data",
    [b"", REQUEST[:-1], REQUEST + b"\0", b"\x01\x01" + REQUEST[2:], REQUEST[:4] + bytes(16), b"OPTIONS sip:x SIP/2.0"],
)
def test_nothing_else_is_answered(data: bytes) -> None:
    assert answer_to(data, ("192.0.2.1", 1)) is None


@given(st.binary(max_size=MAX_REQUEST + 100))
def test_whatever_comes_nothing_is_raised_and_no_answer_is_long(tail: bytes) -> None:
    answer = answer_to(REQUEST[:2] + tail, ("192.0.2.1", 1))
    assert answer is None or len(answer) <= 32


def test_only_a_registered_phone_is_answered_so_that_nobody_else_is_sent_to() -> None:
    peer = ScriptedPeer(new_core())
    for flow in (peer.flow, Flow("tcp", TO_ALICE.local, TO_ALICE.remote, 1)):
        peer.core.receive(REQUEST, flow, peer.now)
        assert peer.core.take_actions(peer.now) == []
    assert peer.drops() == [DropReason.NOT_SIP] * 2
    register = peer.request("REGISTER", headers=[("Contact", "<sip:101@192.168.1.5>")])
    peer.core.gate = ScriptedGate(Admit("101@x", "101@x"))
    peer.send(register)
    assert peer.next_response(200).status == 200
    peer.core.receive(REQUEST, peer.flow, peer.now)
    (sent,) = peer.core.take_actions(peer.now)
    assert sent.flow == peer.flow
    assert sent.data == answer_to(REQUEST, peer.flow.remote)
