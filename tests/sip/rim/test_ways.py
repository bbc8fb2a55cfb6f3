"""Failover: the next target of a name, or the next way of a phone, where one fails before anything was heard of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from name_server import name_server, needs_dnsmasq

from sip.flow import Flow
from sip.message.build import response
from sip.message.envelope import Request
from sip.message.values import NameAddr, Uri
from sip.rim import asking, placing
from sip.rim.asking import Question, ask
from sip.rim.calls import Answered, Failed
from sip.rim.names import Names
from sip.rim.resolver import Resolver, Target, Unreachable
from sip.rim.ways import Hop
from tests.sip.rim.network import ANSWER, Datagrams, Side, datagrams, soon, user_agent

DOMAIN = Uri.parse("sip:desk@many.example")
NOBODY = 9
"""A port at which nobody listens: ICMP says so."""


@contextlib.asynccontextmanager
async def caller_of(*ports: int, transport: str = "udp") -> AsyncIterator[Side]:
    """A user agent in whose world DOMAIN has machines at these ports, preferred in this order."""
    records = [f"srv-host=_sip._{transport}.many.example,pbx.many.example,{port},{n},0" for n, port in enumerate(ports)]
    with name_server([*records, "host-record=pbx.many.example,127.0.0.1"]) as server:
        async with user_agent(resolver=Resolver(Names([server.address]))) as side:
            yield side


@needs_dnsmasq
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_machine_that_is_not_there_is_passed_over_and_then_avoided(transport: str) -> None:
    async with user_agent() as bob, caller_of(NOBODY, bob.at(transport).port, transport=transport) as alice:
        mine = alice.call(DOMAIN)
        theirs = await bob.next_call()
        await theirs.answer(ANSWER)
        assert await soon(mine.outcome) == Answered(ANSWER)
        assert mine.id == theirs.id, "the call is the one that was heard"
        assert (await alice.agent.ways_to(DOMAIN))[0].target == Target(
            transport, "127.0.0.1", bob.at(transport).port, "many.example"
        )
        mine.hang_up()


@needs_dnsmasq
async def test_a_machine_that_is_full_or_silent_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "TARGET_SECONDS", 0.3)
    async with contextlib.AsyncExitStack() as stack:
        full, silent = [await stack.enter_async_context(datagrams()) for _ in range(2)]
        bob = await stack.enter_async_context(user_agent())
        ports = full.address[1], silent.address[1], bob.at().port
        alice = await stack.enter_async_context(caller_of(*ports))
        mine = alice.call(DOMAIN)
        first = await full.next()
        assert isinstance(first, Request)
        full.send(response(first, 503).encode(), alice.at())
        theirs = await bob.next_call()
        theirs.reject(486)
        assert await soon(mine.outcome) == Failed(486, "Busy Here")
        late = await silent.next()
        assert isinstance(late, Request)
        silent.send(response(late, 180, to_tag="late").encode(), alice.at())
        while (cancel := await silent.next()).method == "INVITE":
            pass
        assert cancel.method == "CANCEL", "who is late is told that nobody waits"


@needs_dnsmasq
async def test_who_has_rung_or_refused_is_not_passed_over() -> None:
    async with datagrams() as rings, user_agent() as bob, caller_of(rings.address[1], bob.at().port) as alice:
        for status in (None, 486):
            mine = alice.call(DOMAIN)
            invite = await _invite(rings)
            if status is None:
                rings.send(response(invite, 180, to_tag="ringing").encode(), alice.at())
            rings.send(response(invite, status or 503).encode(), alice.at())
            outcome = await soon(mine.outcome)
            assert isinstance(outcome, Failed)
            assert outcome.status == (status or 503)
        assert bob.calls.empty()


@needs_dnsmasq
async def test_when_all_fail_the_last_failure_is_told() -> None:
    async with caller_of(NOBODY, NOBODY + 2) as alice:
        assert await soon(alice.call(DOMAIN).outcome) == Failed(503, "unreachable")


@needs_dnsmasq
async def test_a_call_given_up_goes_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "TARGET_SECONDS", 0.05)
    async with datagrams() as silent, user_agent() as bob, caller_of(silent.address[1], bob.at().port) as alice:
        mine = alice.call(DOMAIN)
        invite = await _invite(silent)
        mine.cancel()
        silent.send(response(invite, 100).encode(), alice.at())
        silent.send(response(invite, 503).encode(), alice.at())
        assert isinstance(await soon(mine.outcome), Failed)
        assert bob.calls.empty()


@needs_dnsmasq
async def test_a_question_goes_to_the_next_machine_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "TARGET_SECONDS", 0.2)
    me = NameAddr("", Uri.parse("sip:me@here.example"))
    async with datagrams() as silent, user_agent() as bob, caller_of(silent.address[1], NOBODY, bob.at().port) as alice:
        began = time.monotonic()
        assert (await soon(ask(alice.agent, Question("OPTIONS", DOMAIN, me, me)))).status == 200
        assert time.monotonic() - began >= 0.2
        assert (await soon(ask(alice.agent, Question("OPTIONS", DOMAIN, me, me)))).status == 200
        asked = set()
        while not silent.received.empty():
            asked.add((await silent.next()).call_id)
        assert len(asked) == 1, "it is not asked again so soon"


# --- a phone's ways --------------------------------------------------------------------------------------------------


async def test_an_edge_that_has_lost_the_phone_is_passed_over() -> None:
    async with user_agent() as side, datagrams() as one, datagrams() as two:
        flows = [Flow("udp", ("127.0.0.1", side.at().port), edge.address) for edge in (one, two)]
        contact = Uri.parse("sip:desk@192.168.1.5:5062;ob")
        mine = side.call(contact, flow=flows[0], others=[Hop(contact, flows[1])])
        one.send(response(await _invite(one), 430).encode(), side.at())
        again = await _invite(two)
        assert again.uri == contact
        two.send(response(again, 486).encode(), side.at())
        assert await soon(mine.outcome) == Failed(486, "Busy Here")


async def test_a_phone_is_not_looked_for_where_it_never_was() -> None:
    """A Contact of ours to call is whatever a phone wrote; a lost connection must not make us connect to a third."""
    async with user_agent() as side, user_agent("127.0.0.2") as third:
        gone = Flow("tcp", ("127.0.0.1", side.at("tcp").port), ("127.0.0.1", 40123), 7)
        for uri, routes in (
            (third.uri("tcp"), []),
            (Uri.parse("sip:desk@192.0.2.1"), [NameAddr("", third.uri("tcp").with_params(lr=""))]),
        ):
            outcome = await soon(side.call(uri, flow=gone, routes=routes).outcome)
            assert outcome == Failed(503, "127.0.0.2 is not where the phone was")
        assert side.agent.ways.again(third.uri("tcp"), gone) is not None, "the machine it was at may be tried"
        assert third.calls.empty()
        with pytest.raises(Unreachable):
            await side.agent.ways_to(third.uri("tcp"), gone)


async def _invite(peer: Datagrams) -> Request:
    """The next INVITE of a call that this peer has not seen yet."""
    seen: set[str] = getattr(peer, "seen", set())
    peer.seen = seen  # type: ignore[attr-defined]
    while True:
        message = await peer.next()
        if isinstance(message, Request) and message.method == "INVITE" and message.call_id not in seen:
            seen.add(message.call_id)
            return message
