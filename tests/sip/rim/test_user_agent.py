"""The user agent as a whole: ways to a peer, registrations, drops, and its end."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from sip.errors import DropReason
from sip.flow import Flow
from sip.message.build import response
from sip.message.envelope import Request, Response
from sip.message.values import NameAddr, Uri
from sip.rim.calls import Failed
from sip.rim.flows import ListenAddress, ListenFailed
from sip.rim.user_agent import CLOSE_SECONDS
from tests.sip.rim.network import ANSWER, OFFER, NoStore, datagrams, request, soon, until, user_agent
from tests.sip.rim.test_tcp import stream_to

# --- ways -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("uri", ["sip:desk@nobody.invalid", "sip:desk@192.0.2.1;transport=sctp", "tel:+31201234567"])
async def test_a_call_that_leads_nowhere_fails_and_does_not_raise(uri: str) -> None:
    async with user_agent() as side:
        call = side.call(Uri.parse(uri))
        outcome = await soon(call.outcome)
        assert isinstance(outcome, Failed)
        assert outcome.status == 503
        assert call.ended.done()


async def test_a_name_is_looked_up_before_it_is_called() -> None:
    async with user_agent() as alice, user_agent() as bob:
        mine = alice.call(Uri.parse(f"sip:desk@localhost:{bob.at().port}"))
        assert mine.id == ""
        theirs = await bob.next_call()
        assert theirs.id == mine.id != ""
        theirs.reject(486)
        assert (await soon(mine.outcome)) == Failed(486, "Busy Here")


async def test_a_call_given_up_while_its_name_is_looked_up_is_never_placed() -> None:
    async with user_agent() as alice, user_agent() as bob:
        mine = alice.call(Uri.parse(f"sip:desk@localhost:{bob.at().port}"))
        mine.cancel()
        assert mine.outcome.result() == Failed(487, "cancelled")
        after = alice.call(bob.uri())
        assert (await bob.next_call()).id == after.id
        await asyncio.sleep(0.05)
        assert bob.calls.empty()


async def test_a_peer_that_refuses_tcp_is_unreachable() -> None:
    async with user_agent() as alice, user_agent(transports=("udp",)) as bob:
        mine = alice.call(bob.uri().with_params(transport="tcp"))
        assert await soon(mine.outcome) == Failed(503, "unreachable")


async def test_a_connection_serves_several_calls() -> None:
    async with user_agent() as alice, user_agent() as bob:
        calls = [alice.call(bob.uri("tcp")) for _ in range(5)]
        for _ in calls:
            (await bob.next_call()).reject(486)
        assert {await soon(call.outcome) for call in calls} == {Failed(486, "Busy Here")}
        assert len(alice.tcp) == len(bob.tcp) == 1


async def test_the_first_route_is_where_a_call_goes() -> None:
    async with user_agent() as alice, user_agent() as bob:
        route = NameAddr("", bob.uri().with_params(lr="", transport=None))
        alice.call(Uri.parse("sip:101@192.0.2.1"), routes=[route])
        theirs = await bob.next_call()
        assert str(theirs.request.uri) == "sip:101@192.0.2.1"
        assert theirs.request.routes == (route,)


# --- registrations ----------------------------------------------------------------------------------------------------

CONTACT = "Contact: <sip:desk@192.0.2.99:5062>"


async def test_a_registered_phone_is_called_where_its_register_came_from() -> None:
    async with user_agent() as side, datagrams() as phone:
        phone.send(request("REGISTER", headers=[CONTACT]), side.at())
        assert isinstance(await phone.next(), Response)
        registrar, epoch = side.agent.core.registrar, side.agent.core.config.epoch
        assert abs(side.agent.now() + epoch - time.time()) < 1.0
        (binding,) = registrar.lookup("desk@bakery.example", time.time())
        assert binding.flow == Flow("udp", ("127.0.0.1", side.at().port), phone.address)
        call = side.call(binding.contact, flow=binding.flow)
        invite = await phone.next()
        assert isinstance(invite, Request)
        phone.send(response(invite, 486).encode(), side.at())
        assert await soon(call.outcome) == Failed(486, "Busy Here")


async def test_a_phone_on_tcp_is_called_over_its_connection_and_when_that_is_gone_at_its_contact() -> None:
    async with user_agent() as side, user_agent() as phone:
        register = request("REGISTER", "TCP", headers=[f"Contact: <{phone.uri('tcp')}>"])
        async with stream_to(side) as stream:
            stream.send(register)
            assert (await stream.next()).status == 200
            (binding,) = side.agent.core.registrar.lookup("desk@bakery.example", time.time())
            side.call(binding.contact, flow=binding.flow)
            invite = await soon(stream.reader.readuntil(b"\r\n\r\n"))
            assert invite.startswith(b"INVITE sip:desk@127.0.0.1")
        await until(lambda: not side.tcp.alive(binding.flow))
        (binding,) = side.agent.core.registrar.lookup("desk@bakery.example", time.time())
        again = side.call(binding.contact, flow=binding.flow)
        assert (await phone.next_call()).id == again.id


async def test_an_outbound_registration_ends_with_its_connection() -> None:
    contact = 'Contact: <sip:desk@192.0.2.9;transport=tcp>;+sip.instance="<urn:uuid:1>";reg-id=1'
    async with user_agent() as side:
        async with stream_to(side) as stream:
            stream.send(request("REGISTER", "TCP", headers=[contact, "Supported: outbound"]))
            assert (await stream.next()).status == 200
            assert len(side.agent.core.registrar) == 1
        await until(lambda: len(side.agent.core.registrar) == 0)


async def test_our_own_end_costs_no_registration() -> None:
    contact = 'Contact: <sip:desk@192.0.2.9;transport=tcp>;+sip.instance="<urn:uuid:1>";reg-id=1'
    store = NoStore()
    async with user_agent(store=store) as side, stream_to(side) as stream:
        stream.send(request("REGISTER", "TCP", headers=[contact, "Supported: outbound"]))
        assert (await stream.next()).status == 200
        await side.agent.close()
        assert await stream.is_closed()
        assert len(store.bindings) == 1


# --- drops and failures -----------------------------------------------------------------------------------------------


async def test_a_registration_refused_is_told() -> None:
    async with user_agent() as side, datagrams() as phone:
        phone.send(request("REGISTER", headers=[f"{CONTACT};expires=1"]), side.at())
        assert (await phone.next()).header("Min-Expires") == "60"
        assert side.dropped == [DropReason.INTERVAL_TOO_BRIEF]


def faults(caplog: pytest.LogCaptureFixture) -> int:
    return sum(record.levelno == logging.ERROR for record in caplog.records)


async def test_a_fault_of_ours_is_logged_and_the_agent_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    async with user_agent() as side, datagrams() as phone:
        side.agent.drops.on_dropped = fails
        phone.send(b"noise", side.at())
        await until(lambda: faults(caplog) == 1)
        with monkeypatch.context() as patch:
            patch.setattr(side.agent.core, "receive", fails)
            phone.send(request(), side.at())
            await until(lambda: faults(caplog) == 2)
        phone.send(request(), side.at())
        assert isinstance(await phone.next(), Response)
        assert faults(caplog) == 2


async def test_an_address_in_use_is_said_in_a_sentence() -> None:
    async with user_agent() as side:
        taken = side.at()
        with pytest.raises(ListenFailed, match=rf"port {taken.port} on 127.0.0.1 \(udp\) is in use by another program"):
            await side.agent.listen([ListenAddress("udp", "127.0.0.1", taken.port)])


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_closing_says_goodbye_to_every_call_and_takes_no_more() -> None:
    async with user_agent() as alice, user_agent() as bob:
        talking, ringing = alice.call(bob.uri()), alice.call(bob.uri("tcp"))
        await (await bob.next_call()).answer(ANSWER)
        (await bob.next_call()).ringing()
        await soon(talking.outcome)
        closing = asyncio.ensure_future(bob.agent.close())
        await asyncio.sleep(0)
        assert await soon(alice.call(bob.uri()).outcome) == Failed(503, "Service Unavailable")
        assert (await soon(talking.ended)).by == "remote"
        assert isinstance(await soon(ringing.outcome), Failed)
        started = time.monotonic()
        await soon(closing)
        assert time.monotonic() - started < CLOSE_SECONDS


async def test_closing_waits_no_longer_than_it_says_for_a_peer_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sip.rim.user_agent.CLOSE_SECONDS", 0.1)
    async with user_agent() as side, datagrams() as phone:
        side.call(
            side.uri().with_params(transport=None), flow=Flow("udp", ("127.0.0.1", side.at().port), phone.address)
        )
        await phone.next()
        started = time.monotonic()
        await side.agent.close()
        assert 0.1 <= time.monotonic() - started < CLOSE_SECONDS


async def test_nothing_is_left_behind() -> None:
    before = set(asyncio.all_tasks())
    async with user_agent() as alice, user_agent() as bob:
        mine = alice.call(bob.uri("tcp"), OFFER)
        await (await bob.next_call()).answer(ANSWER)
        await soon(mine.outcome)
    await until(lambda: set(asyncio.all_tasks()) == before)
