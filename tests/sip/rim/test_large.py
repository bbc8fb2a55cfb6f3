"""Requests too large for UDP (RFC 3261 section 18.1.1)."""

from __future__ import annotations

import pytest

from sip.flow import Flow
from sip.message.envelope import Request
from sip.rim.flows import ListenAddress
from sip.rim.large import MAX_UDP_REQUEST, REFUSAL_SECONDS, LargeRequests
from tests.sip.rim.network import ANSWER, OFFER, datagrams, request, soon, user_agent

LARGE = OFFER + b"".join(b"a=x-candidate:%d\r\n" % number for number in range(100))
FLOW = Flow("udp", ("192.0.2.1", 5060), ("203.0.113.9", 5060))
INVITE = request("INVITE", body=LARGE)
CANCEL = request("CANCEL")


class Connections:
    """Stands for TcpSockets: notes what is opened and sent, and fails when told."""

    def __init__(self) -> None:
        self.opened: list[Flow] = []
        self.sent: list[bytes] = []
        self.living: set[Flow] = set()
        self.made: set[Flow] = set()
        self.has_room = True

    def alive(self, flow: Flow) -> bool:
        return flow in self.living

    def up(self, flow: Flow) -> bool:
        return flow in self.made

    def open(self, remote: tuple[str, int], on_failed: object, patience: float) -> Flow | None:
        if not self.has_room:
            return None
        flow = Flow("tcp", FLOW.local, remote, len(self.opened) + 1)
        self.opened.append(flow)
        self.living.add(flow)
        self.fail = on_failed
        return flow

    def send(self, data: bytes, flow: Flow) -> bool:
        self.sent.append(data)
        return flow in self.living


class Scene:
    def __init__(self) -> None:
        self.tcp = Connections()
        self.by_udp: list[tuple[bytes, Flow]] = []
        self.now = 1000.0
        self.large = LargeRequests(self.tcp, lambda *sent: self.by_udp.append(sent), lambda: self.now)  # type: ignore[arg-type]

    def takes(self, data: bytes) -> bool:
        return self.large.take(data, FLOW)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def of_size(size: int) -> bytes:
    data = request("INVITE", body=b"")
    return request("INVITE", headers=["X: " + "x" * (size - len(data) - len("X: \r\n"))])


def test_up_to_the_figure_of_the_rfc_requests_go_by_udp(scene: Scene) -> None:
    assert len(of_size(MAX_UDP_REQUEST)) == MAX_UDP_REQUEST
    assert not scene.takes(of_size(MAX_UDP_REQUEST))
    assert scene.takes(of_size(MAX_UDP_REQUEST + 1))


def test_a_large_request_goes_by_tcp_and_its_via_says_so(scene: Scene) -> None:
    assert scene.takes(INVITE)
    assert scene.tcp.sent == [INVITE.replace(b"Via: SIP/2.0/UDP", b"Via: SIP/2.0/TCP")]


def test_responses_of_any_size_stay_where_they_are(scene: Scene) -> None:
    scene.takes(INVITE)
    assert not scene.takes(b"SIP/2.0 200 OK\r\n" + INVITE)


def test_what_follows_to_the_same_peer_takes_the_same_way(scene: Scene) -> None:
    assert not scene.takes(CANCEL)
    scene.takes(INVITE)
    scene.tcp.made.update(scene.tcp.opened)
    assert scene.takes(CANCEL)
    assert len(scene.tcp.opened) == 1


def test_small_requests_do_not_wait_for_a_connection_that_may_never_be_made(scene: Scene) -> None:
    scene.takes(INVITE)
    assert not scene.takes(CANCEL)
    assert scene.takes(INVITE)
    assert len(scene.tcp.opened) == 1


def test_where_there_is_no_tcp_it_goes_by_udp_and_tcp_is_left_alone_for_a_while(scene: Scene) -> None:
    scene.takes(INVITE)
    scene.tcp.living.clear()
    scene.tcp.fail(scene.tcp.sent)  # type: ignore[operator]
    assert scene.by_udp == [(INVITE, FLOW)]
    assert not scene.takes(INVITE)
    scene.now += REFUSAL_SECONDS
    assert scene.takes(INVITE)


def test_a_peer_whose_connection_dies_is_not_tried_again_at_once(scene: Scene) -> None:
    scene.takes(INVITE)
    scene.tcp.living.clear()
    assert not scene.takes(INVITE)
    assert not scene.takes(CANCEL)


def test_without_room_for_a_connection_it_goes_by_udp(scene: Scene) -> None:
    scene.tcp.has_room = False
    assert not scene.takes(INVITE)


@pytest.mark.parametrize("transports", [("udp", "tcp"), ("udp",)])
async def test_a_call_with_a_large_offer_comes_through(transports: tuple[str, ...]) -> None:
    """A peer's TCP port is tried at the number of its UDP port: there once it listens, and once it does not."""
    async with user_agent() as caller, user_agent(transports=("udp",)) as callee:
        if "tcp" in transports:
            await callee.agent.listen([ListenAddress("tcp", "127.0.0.1", callee.at().port)])
        call = caller.call(callee.uri().with_params(transport=None), LARGE)
        incoming = await callee.next_call()
        assert incoming.request.via.transport == transports[-1].upper()
        assert incoming.offer == LARGE
        await incoming.answer(ANSWER)
        await soon(call.outcome)
        call.hang_up()
        assert (await soon(incoming.ended)).by == "remote"


async def test_an_offer_is_not_lost_while_tcp_is_tried() -> None:
    async with user_agent() as caller, datagrams() as phone:
        way = Flow("udp", ("127.0.0.1", caller.at().port), phone.address)
        caller.call(caller.uri().with_params(transport=None), LARGE, flow=way)
        invite = await phone.next()
        assert isinstance(invite, Request)
        assert (invite.via.transport, invite.body) == ("UDP", LARGE)
