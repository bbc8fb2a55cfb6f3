"""A user agent on UDP sockets: where answers go, what it makes of noise, what ICMP tells it."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest

from sip.errors import DropReason
from sip.flow import Flow
from sip.guard.guard import Guard, Limits
from sip.message.envelope import Request, Response
from sip.rim import udp
from sip.rim.calls import Failed
from sip.rim.flows import ListenAddress
from sip.rim.udp import BATCH, UdpSocket
from tests.sip.rim.network import HOSTS, datagrams, request, soon, until, user_agent


@pytest.mark.parametrize("host", HOSTS)
async def test_an_answer_goes_where_the_request_came_from(host: str) -> None:
    async with user_agent(host) as side, datagrams(host) as phone:
        phone.send(request(sent_by="192.0.2.77:5999"), side.at())
        answer = await phone.next()
        assert isinstance(answer, Response)
        assert answer.status == 200
        assert (answer.via.received, answer.via.rport) == phone.address


async def test_on_a_wildcard_the_contact_is_an_address_the_peer_can_reach() -> None:
    async with user_agent("0.0.0.0") as side, datagrams() as phone:
        phone.send(
            request("INVITE", headers=["Contact: <sip:phone@127.0.0.1>"]),
            ListenAddress("udp", "127.0.0.1", side.at().port),
        )
        call = await side.next_call()
        assert call.flow.local == ("127.0.0.1", side.at().port)
        call.ringing()
        ringing = await phone.next()
        assert isinstance(ringing, Response)
        assert ringing.status == 180
        assert (ringing.contacts[0].uri.host, ringing.contacts[0].uri.port) == ("127.0.0.1", side.at().port)


@pytest.mark.parametrize(
    ("noise", "reason"),
    [
        (b"\r\n\r\n", DropReason.KEEP_ALIVE),
        (b"\x00" * 4, DropReason.NOT_SIP),
        (b"SIP/2.0 200 OK\r\n\r\n", DropReason.MISSING_HEADER),
        (b"\xff" * 65_000, DropReason.NOT_SIP),
    ],
)
async def test_noise_is_dropped_with_a_reason_and_nothing_stops(noise: bytes, reason: DropReason) -> None:
    async with user_agent() as side, datagrams() as phone:
        phone.send(noise, side.at())
        phone.send(request(), side.at())
        assert isinstance(await phone.next(), Response)
        assert side.dropped == [reason]
        assert side.agent.drops.counts[reason] == 1


async def test_a_burst_is_answered_whole_and_in_order() -> None:
    async with user_agent() as side, datagrams() as phone:
        for number in range(100):
            phone.send(request(call_id=str(number), branch=f"z9hG4bK{number}"), side.at())
        assert [(await phone.next()).call_id for _ in range(100)] == [str(number) for number in range(100)]


@pytest.mark.parametrize(("waited", "strangers"), [(0.0, 200), (0.6, 503), (1.2, 503)])
async def test_what_has_waited_in_the_kernel_is_noticed_and_strangers_are_turned_away(
    monkeypatch: pytest.MonkeyPatch, waited: float, strangers: int
) -> None:
    """From the second batch on; a phone that is registered notices nothing."""
    monkeypatch.setattr(udp, "time", SimpleNamespace(time=lambda: time.time() + waited))
    async with user_agent() as side, datagrams() as stranger, datagrams() as phone:
        guard = side.agent.core.guard = Guard(Limits(per_source=0.0, lateness=1.0))
        for number in range(BATCH + 1):
            stranger.send(request(call_id=str(number), branch=f"z9hG4bK{number}"), side.at())
        answers = [await stranger.next() for _ in range(BATCH + 1)]
        assert [each.status for each in answers if isinstance(each, Response)] == [*([200] * BATCH), strangers]
        assert (answers[-1].header("Retry-After") is not None) == (strangers == 503)
        assert guard.load.worst == pytest.approx(waited, abs=0.4)
        guard.verified(Flow("udp", ("127.0.0.1", side.at().port), phone.address), "101", side.agent.now())
        phone.send(request(call_id="phone", branch="z9hG4bKphone"), side.at())
        answer = await phone.next()
        assert isinstance(answer, Response)
        assert answer.status == 200


async def test_a_peer_that_icmp_calls_unreachable_fails_without_waiting_for_a_timeout() -> None:
    async with user_agent() as side:
        async with datagrams() as phone:
            gone = phone.address
        call = side.call(side.uri().with_params(transport=None), flow=Flow("udp", ("127.0.0.1", side.at().port), gone))
        outcome = await soon(call.outcome)
        assert outcome == Failed(503, "unreachable")


async def test_an_icmp_error_costs_no_other_peer_its_message() -> None:
    failed: list[Flow] = []
    feed: list[tuple[bytes, Flow]] = []
    sock = UdpSocket(ListenAddress("udp", "127.0.0.1", 0), lambda *got: feed.append(got), lambda: None, failed.append)
    try:
        async with datagrams() as phone, datagrams() as leaving:
            alive, gone = sock.flow_to(phone.address), sock.flow_to(leaving.address)
            leaving.transport.close()
            await asyncio.sleep(0)
            for number in range(20):
                assert sock.send(b"to nobody", gone)
                assert sock.send(b"to the phone %d" % number, alive)
            for number in range(20):
                data, _ = await soon(phone.received.get())
                assert data == b"to the phone %d" % number
            await until(lambda: bool(failed))
            assert set(failed) == {gone}
    finally:
        sock.close()


async def test_a_datagram_that_cannot_be_sent_is_said_so() -> None:
    sock = UdpSocket(ListenAddress("udp", "127.0.0.1", 0), lambda *_: None, lambda: None, lambda _: None)
    try:
        assert not sock.send(b"x", Flow("udp", ("127.0.0.1", sock.address.port), ("2001:db8::1", 5060)))
        assert not sock.send(b"x" * 70_000, sock.flow_to(("127.0.0.1", 9)))
    finally:
        sock.close()


async def test_a_flow_of_an_earlier_process_finds_a_socket_of_this_one() -> None:
    async with user_agent() as side, datagrams() as phone:
        before = Flow("udp", ("127.0.0.1", 1), phone.address)
        side.call(side.uri(), flow=before)
        invite = await phone.next()
        assert isinstance(invite, Request)
        assert invite.via.port == side.at().port
