"""Nothing a peer writes makes us send to a third: every answer and request goes where the peer itself was."""

from __future__ import annotations

import asyncio

import pytest

from sip.core import CoreConfig, UserAgentCore
from sip.flow import Flow
from sip.gate import Admit
from sip.message.values import NameAddr, Uri
from sip.registrar import Registrar
from sip.rim.user_agent import ListenAddress, UserAgent
from sip.testing.parts import ANSWER, TO_ALICE, MemoryBindings, ScriptedGate, new_core
from sip.testing.scripted import ScriptedPeer

VICTIM = "198.51.100.99"
LIES = [
    ("Contact", f"<sip:victim@{VICTIM}:5060;maddr={VICTIM}>"),
    ("Record-Route", f"<sip:{VICTIM};lr>, <sip:{VICTIM};maddr={VICTIM};lr>"),
    ("Route", f"<sip:{VICTIM};lr>"),
    ("Reply-To", f"<sip:{VICTIM}>"),
]
VIAS = [
    f"SIP/2.0/UDP {VICTIM}:5060;branch=z9hG4bKa",
    f"SIP/2.0/UDP {VICTIM}:5060;branch=z9hG4bKa;rport",
    f"SIP/2.0/UDP {VICTIM}:5060;branch=z9hG4bKa;rport=6666;received={VICTIM}",
    f"SIP/2.0/UDP {TO_ALICE.remote[0]};maddr={VICTIM};branch=z9hG4bKa",
    f"SIP/2.0/UDP {TO_ALICE.remote[0]};received={VICTIM};branch=z9hG4bKa",
    f"SIP/2.0/TCP {VICTIM};branch=z9hG4bKa",
]


class Watched(ScriptedPeer):
    """Notes the address each message goes to."""

    def drain(self) -> None:
        for action in self.core.take_actions(self.now):
            self.hosts.add(action.flow.remote[0])
        self._events += self.core.take_events()

    def __init__(self, core: UserAgentCore, flow: Flow = TO_ALICE) -> None:
        super().__init__(core, flow)
        self.hosts: set[str] = set()


@pytest.mark.parametrize("via", VIAS)
@pytest.mark.parametrize("method", ["OPTIONS", "REGISTER", "INVITE", "BYE", "NONSENSE"])
def test_an_answer_goes_where_the_request_came_from(method: str, via: str) -> None:
    peer = Watched(new_core())
    peer.send(peer.request(method).with_header("Via", via))
    peer.send(peer.request(method).with_header("Via", via).with_header("CSeq", f"1 {method}x"))
    for session in peer.core.sessions:
        session.reject(486, None, peer.now)
    peer.wait(40.0)
    assert peer.hosts == {TO_ALICE.remote[0]}


@pytest.mark.parametrize("via", VIAS)
def test_a_whole_call_goes_to_where_its_caller_is(via: str) -> None:
    """Contact, Record-Route, Route and Via name a victim: 200s, their retransmissions, re-INVITE, INFO and BYE do not
    go there."""
    peer = Watched(new_core())
    invite = peer.request("INVITE", body=ANSWER).with_header("Via", via)
    for name, value in LIES:
        invite = invite.with_header(name, value)
    peer.send(invite)
    (session,) = peer.core.sessions
    session.ring(peer.now)
    session.answer(ANSWER, peer.now)
    peer.wait(2.0)
    assert session.dialog is not None
    ack = peer.request("ACK", to_tag=session.dialog.local.tag, cseq=1).with_header("Via", via)
    peer.send(ack)
    session.send_info("text/plain", b"x", peer.now)
    session.reoffer(ANSWER, peer.now)
    peer.wait(40.0)
    session.bye(peer.now)
    peer.wait(100.0)
    assert peer.hosts == {TO_ALICE.remote[0]}


def test_a_caller_who_closes_the_connection_moves_the_call_to_nobody() -> None:
    over_tcp = Flow("tcp", TO_ALICE.local, TO_ALICE.remote, 7)
    core = new_core()
    core.config.route = lambda uri, _gone: Flow("udp", TO_ALICE.local, (uri.host, 5060))
    peer = Watched(core, over_tcp)
    invite = peer.request("INVITE", body=ANSWER)
    for name, value in LIES:
        invite = invite.with_header(name, value)
    peer.send(invite)
    (session,) = core.sessions
    session.answer(ANSWER, peer.now)
    core.flow_closed(over_tcp, peer.now)
    session.bye(peer.now)
    peer.wait(100.0)
    assert peer.hosts <= {TO_ALICE.remote[0]}


async def test_a_phone_is_called_where_it_registered_from_and_nowhere_else() -> None:
    """A contact names a victim, and the connection it was registered over is gone: the call fails."""
    agent = UserAgent(UserAgentCore(CoreConfig(), ScriptedGate(), Registrar(MemoryBindings())))
    (ours,) = await agent.listen([ListenAddress("udp", "127.0.0.1", 0)])
    victim, asked = asyncio.get_running_loop().create_future(), asyncio.get_running_loop()

    class Victim(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _addr: object) -> None:
            if not victim.done():
                victim.set_result(data)

    transport, _ = await asked.create_datagram_endpoint(Victim, local_addr=("127.0.0.3", 0))
    port = transport.get_extra_info("sockname")[1]
    gone = Flow("tcp", (ours.host, ours.port), ("127.0.0.2", 40_000), 7)
    contact = Uri.parse(f"sip:101@127.0.0.3:{port}")
    shown = NameAddr("", Uri.parse("sip:a@b"), ())
    call = agent.call(contact, flow=gone, from_=shown, to=NameAddr("", contact, ()), offer=ANSWER)
    outcome = await asyncio.wait_for(call.outcome, 2.0)
    assert getattr(outcome, "status", None) == 503
    assert not victim.done()
    transport.close()
    await agent.close()


def test_who_moves_takes_no_call_of_others_along() -> None:
    """Two people behind one proxy; one of them registers from elsewhere, and has the other's Contact written, too."""
    elsewhere = Flow("udp", TO_ALICE.local, (VICTIM, 5060))
    gate = ScriptedGate()
    peer = ScriptedPeer(new_core(gate=gate), TO_ALICE)
    sessions = {}
    for aor in ("anna@bakery.example", "mallory@bakery.example"):
        gate.decision = Admit(aor, aor)
        peer.call_id = f"register-{aor}"
        peer.send(peer.request("REGISTER", headers=[("Contact", "<sip:anna@10.0.0.5>")]))
        peer.call_id = f"from-{aor}"
        sessions[aor, "from"] = peer.call()
        peer.sent()
        sessions[aor, "to"], _ = peer.be_called(identity=aor)
    peer.call_id = "register-mallory@bakery.example"
    peer.send(peer.request("REGISTER", headers=[("Contact", "<sip:anna@10.0.0.5>")]), elsewhere)
    assert {key: session.flow for key, session in sessions.items()} == {
        ("anna@bakery.example", "from"): TO_ALICE,
        ("anna@bakery.example", "to"): TO_ALICE,
        ("mallory@bakery.example", "from"): elsewhere,
        ("mallory@bakery.example", "to"): elsewhere,
    }
