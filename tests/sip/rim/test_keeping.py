"""Phones behind routers are asked now and then, silent ones are passed over, and a call over a new flow goes on."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sip.flow import Flow
from sip.message.build import response
from sip.message.envelope import Request, Response
from sip.rim import keeping, placing
from sip.rim.keeping import MISSES
from sip.rim.sockets import Sockets
from tests.sip.rim.network import ANSWER, OFFER, Datagrams, NoStore, Side, datagrams, request, soon, until, user_agent
from tests.sip.rim.test_tcp import stream_to

AOR = "desk@bakery.example"
PRIVATE = "Contact: <sip:desk@192.168.1.5:5062>"


@contextlib.asynccontextmanager
async def keeper(seconds: float, store: NoStore | None = None) -> AsyncIterator[Side]:
    async with user_agent(store=store) as side:
        side.agent.keep_alive(seconds)
        yield side


async def register(phone: Datagrams, side: Side, contact: str = PRIVATE, **more: str) -> None:
    phone.send(request("REGISTER", sent_by="192.168.1.5:5062", headers=[contact], **more), side.at())  # type: ignore[arg-type]
    while not isinstance(await phone.next(), Response):
        pass


def there(side: Side) -> bool:
    return bool(side.agent.core.registrar.lookup(AOR, time.time()))


async def asked(phone: Datagrams) -> Request:
    message = await phone.next()
    assert isinstance(message, Request)
    assert message.method == "OPTIONS"
    return message


async def test_a_phone_behind_a_router_is_asked_where_it_is_and_any_answer_will_do() -> None:
    async with keeper(0.2) as side, datagrams() as phone:
        await register(phone, side)
        for status in (200, 404, 481):
            options = await asked(phone)
            assert str(options.uri) == "sip:desk@192.168.1.5:5062"
            assert str(options.from_.uri) == "sip:bakery.example"
            phone.send(response(options, status).encode(), side.at())
        assert there(side)


async def test_a_phone_that_is_where_it_says_is_left_alone() -> None:
    async with keeper(0.05) as side, datagrams() as phone:
        phone.send(
            request(
                "REGISTER",
                sent_by=f"127.0.0.1:{phone.address[1]}",
                headers=[f"Contact: <sip:desk@127.0.0.1:{phone.address[1]}>"],
            ),
            side.at(),
        )
        assert isinstance(await phone.next(), Response)
        assert len(side.agent.keeping or ()) == 0


async def test_a_phone_that_stops_answering_is_passed_over_until_it_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PATIENCE", 0.1)
    async with keeper(0.3) as side, datagrams() as phone:
        await register(phone, side)
        await until(lambda: not there(side))
        ids = set()
        while not phone.received.empty():
            ids.add((await asked(phone)).call_id)
        assert len(ids) == MISSES
        (binding,) = side.agent.core.registrar.bindings
        assert binding.silent_since is not None
        assert abs(binding.silent_since - time.time()) < 5
        late = await asked(phone)
        assert not there(side)
        phone.send(response(late, 200).encode(), side.at())
        await until(lambda: there(side))


async def test_who_has_no_binding_any_more_is_asked_no_more() -> None:
    async with keeper(0.1) as side, datagrams() as phone:
        await register(phone, side)
        assert len(side.agent.keeping or ()) == 1
        phone.send(request("REGISTER", branch="z9hG4bK2", call_id="b", headers=["Contact: *", "Expires: 0"]), side.at())
        await until(lambda: len(side.agent.keeping or ()) == 0)


async def test_a_phone_that_a_call_finds_silent_is_passed_over_and_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "TARGET_SECONDS", 0.2)
    async with keeper(0.2) as side, datagrams() as phone:
        host, port = phone.address
        phone.send(
            request("REGISTER", sent_by=f"{host}:{port}", headers=[f"Contact: <sip:desk@{host}:{port}>"]), side.at()
        )
        assert isinstance(await phone.next(), Response)
        (binding,) = side.agent.core.registrar.bindings
        call = side.call(binding.contact, flow=binding.flow, identity=AOR)
        await until(lambda: not there(side))
        assert not call.outcome.done(), "this call waits on"
        while (message := await phone.next()).method != "OPTIONS":  # type: ignore[union-attr]
            pass
        phone.send(response(message, 200).encode(), side.at())  # type: ignore[arg-type]
        await until(lambda: there(side))
        call.cancel()


async def test_a_thousand_phones_are_asked_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart all are there at once; what is asked is a steady trickle."""
    phones = 1000
    store = NoStore()
    async with user_agent(store=store) as side, datagrams() as phone:
        await register(phone, side)
    (binding,) = store.bindings
    flows = [Flow("udp", binding.flow.local, ("127.0.0.1", 20_000 + number)) for number in range(phones)]
    many = [replace(binding, aor=f"{n}@bakery.example", flow=flow) for n, flow in enumerate(flows)]
    sent: list[tuple[float, Flow]] = []
    monkeypatch.setattr(Sockets, "send", lambda self, data, flow: sent.append((time.monotonic(), flow)))
    seconds = 2.0
    monkeypatch.setattr(keeping, "PATIENCE", 60.0)
    async with keeper(seconds, NoStore(many)) as side:
        assert side.agent.keeping is not None
        began = side.agent.now()
        tenths = Counter(int((at - began) / (seconds / 10)) for at, _, _ in side.agent.keeping._due)
        assert sum(tenths.values()) == phones
        assert max(tenths.values()) < 3 * phones / 10
        assert max(tenths) < 10
        await until(lambda: len({flow for _, flow in sent}) == phones)


# --- calls of phones that move ----------------------------------------------------------------------------------------


async def test_a_call_goes_on_where_its_phone_registers_from_then() -> None:
    async with user_agent() as side, datagrams() as phone, datagrams() as elsewhere:
        await register(phone, side)
        (binding,) = side.agent.core.registrar.bindings
        call = side.call(binding.contact, flow=binding.flow, identity=AOR)
        invite = await phone.next()
        assert isinstance(invite, Request)
        contact = ("Contact", "<sip:desk@192.168.1.5:5062>")
        answer = response(invite, 200, to_tag="t", headers=[contact], body=ANSWER, content_type="application/sdp")
        phone.send(answer.encode(), side.at())
        await soon(call.outcome)
        await register(elsewhere, side, branch="z9hG4bK2", call_id="restarted")
        call.hang_up()
        bye = await elsewhere.next()
        assert isinstance(bye, Request)
        assert bye.method == "BYE"


async def test_a_call_goes_on_over_the_connection_that_its_phone_makes_anew() -> None:
    device = 'Contact: <sip:desk@192.168.1.5:5062;transport=tcp>;+sip.instance="<urn:uuid:1>";reg-id=1'
    registration = request("REGISTER", "TCP", headers=[device, "Supported: outbound"])
    async with user_agent() as side:
        async with stream_to(side) as first:
            first.send(registration)
            assert (await first.next()).status == 200
            invite = request("INVITE", "TCP", branch="z9hG4bK3", body=OFFER, headers=[device.partition(";+")[0]])
            first.send(invite.replace(b"Content-Length", b"Content-Type: application/sdp\r\nContent-Length"))
            theirs = await side.next_call()
            theirs.session.identity = AOR  # as the gate says of a phone that has proved it
            await theirs.answer(ANSWER)
        await until(lambda: not side.tcp.alive(theirs.flow))
        async with stream_to(side) as second:
            second.send(registration.replace(b"z9hG4bK1", b"z9hG4bK9").replace(b"bare\r\nCSeq", b"new\r\nCSeq"))
            received = b""
            while b"REGISTER" not in received:
                received += await soon(second.reader.read(4096))
            theirs.hang_up()
            while b"BYE " not in received and b"200 OK" not in received.partition(b"REGISTER")[2]:
                received += await soon(second.reader.read(4096))
