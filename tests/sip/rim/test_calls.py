"""Two user agents on loopback: calls from their offer to their end, as the layer above sees them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from sip.dialog.session import State
from sip.errors import DropReason, ProtocolError
from sip.rim.calls import Answered, Ended, Failed, IncomingCall, OutgoingCall, ReofferRefused
from sip.sdp.answer import NotAcceptable, Refusal
from sip.transaction.timers import Timers
from tests.sip.rim.network import ANSWER, HOSTS, OFFER, Side, soon, until, user_agent

OTHER = OFFER.replace(b"40000", b"40100")


@contextlib.asynccontextmanager
async def two(host: str = "127.0.0.1") -> AsyncIterator[tuple[Side, Side]]:
    async with user_agent(host) as alice, user_agent(host) as bob:
        yield alice, bob


@contextlib.asynccontextmanager
async def talking(transport: str = "udp", host: str = "127.0.0.1") -> AsyncIterator[tuple[OutgoingCall, IncomingCall]]:
    """Both sides of a call that is up."""
    async with two(host) as (alice, bob):
        mine = alice.call(bob.uri(transport))
        theirs = await bob.next_call()
        await theirs.answer(ANSWER)
        await soon(mine.outcome)
        await until(lambda: theirs.session.state is State.CONFIRMED)
        yield mine, theirs


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_call_from_offer_to_bye(host: str, transport: str, who: str) -> None:
    async with two(host) as (alice, bob):
        mine = alice.call(bob.uri(transport))
        progress: list[tuple[int, bytes | None]] = []
        mine.on_progress = lambda status, sdp: progress.append((status, sdp))
        theirs = await bob.next_call()
        assert (theirs.id, theirs.offer, theirs.identity) == (mine.id, OFFER, None)
        assert (theirs.flow.transport, theirs.flow.local) == (transport, (host, bob.at(transport).port))
        assert (str(theirs.remote.uri), str(mine.remote.uri)) == ("sip:caller@example.net", str(bob.uri(transport)))
        theirs.ringing()
        theirs.ringing(183, ANSWER)
        assert await soon(theirs.answer(ANSWER)) is None
        assert await soon(mine.outcome) == Answered(ANSWER)
        assert progress == [(180, None), (183, ANSWER)]
        await until(lambda: theirs.session.state is State.CONFIRMED)
        first, second = (mine, theirs) if who == "caller" else (theirs, mine)
        first.hang_up()
        assert (await soon(first.ended)).by == "local"
        assert (await soon(second.ended)).by == "remote"
        await until(lambda: not alice.agent.core.busy and not bob.agent.core.busy)
        assert alice.dropped == bob.dropped == []


async def test_a_refused_call() -> None:
    async with two() as (alice, bob):
        mine = alice.call(bob.uri())
        (await bob.next_call()).reject(486)
        assert await soon(mine.outcome) == Failed(486, "Busy Here")
        assert (await soon(mine.ended)).by == "remote"


async def test_a_call_given_up_while_it_rings() -> None:
    async with two() as (alice, bob):
        mine = alice.call(bob.uri())
        theirs = await bob.next_call()
        theirs.ringing()
        mine.cancel(headers=[("Reason", "SIP;cause=200")])
        assert (await soon(mine.outcome)) == Failed(487, "Request Terminated")
        ended = await soon(theirs.ended)
        assert ended.by == "remote"
        assert "200" in ended.reason
        assert await soon(theirs.answer(ANSWER)) is None
        mine.cancel()
        mine.hang_up()


async def test_giving_up_a_call_that_was_answered_a_moment_ago_hangs_up() -> None:
    async with talking() as (mine, theirs):
        mine.cancel()
        assert (await soon(theirs.ended)).by == "remote"


async def test_a_late_offer() -> None:
    async with two() as (alice, bob):
        mine = alice.call(bob.uri(), None)
        theirs = await bob.next_call()
        assert theirs.offer is None
        answering = asyncio.ensure_future(theirs.answer(OFFER))
        assert await soon(mine.outcome) == Answered(OFFER)
        mine.acknowledge(ANSWER)
        assert await soon(answering) == ANSWER
        mine.hang_up()
        await soon(theirs.ended)


async def test_who_waits_for_a_late_answer_may_be_cancelled_and_the_call_goes_on() -> None:
    async with two() as (alice, bob):
        mine = alice.call(bob.uri(), None)
        theirs = await bob.next_call()
        answering = asyncio.ensure_future(theirs.answer(OFFER))
        await soon(mine.outcome)
        answering.cancel()
        mine.acknowledge(ANSWER)
        theirs.on_offer = lambda _: ANSWER
        mine.on_offer = lambda _: ANSWER
        assert await soon(theirs.reoffer(OTHER)) == ANSWER


async def test_a_late_offer_that_nobody_answers_ends_the_call() -> None:
    hasty = Timers(t1=0.01, t2=0.04, t4=0.02)
    async with user_agent() as alice, user_agent(timers=hasty) as bob:
        alice.call(bob.uri(), None)
        theirs = await bob.next_call()
        assert await soon(theirs.answer(OFFER)) is None
        assert (await soon(theirs.ended)).by == "timeout"


# --- within a call ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_session_is_changed(who: str) -> None:
    async with talking() as (mine, theirs):
        asker, asked = (mine, theirs) if who == "caller" else (theirs, mine)
        offers: list[bytes | None] = []
        asked.on_offer = lambda offer: (offers.append(offer), ANSWER)[1]
        assert await soon(asker.reoffer(OTHER)) == ANSWER
        assert await soon(asker.reoffer(OFFER)) == ANSWER
        assert offers == [OTHER, OFFER]


def refuses(error: Exception) -> Callable[[bytes | None], bytes]:
    def on_offer(_: bytes | None) -> bytes:
        raise error

    return on_offer


@pytest.mark.parametrize(
    ("on_offer", "status"),
    [
        (None, 488),
        (refuses(NotAcceptable(Refusal.NO_COMMON_CODEC)), 488),
        (refuses(ProtocolError(400, DropReason.BAD_SDP)), 400),
        (refuses(ZeroDivisionError()), 500),
    ],
)
async def test_a_change_refused_leaves_the_call_as_it_was(
    on_offer: Callable[[bytes | None], bytes] | None, status: int
) -> None:
    async with talking() as (mine, theirs):
        theirs.on_offer = on_offer
        with pytest.raises(ReofferRefused) as caught:
            await soon(mine.reoffer(OTHER))
        assert caught.value.status == status
        theirs.on_offer = lambda _: ANSWER
        assert await soon(mine.reoffer(OTHER)) == ANSWER


async def test_one_change_at_a_time() -> None:
    async with talking() as (mine, theirs):
        theirs.on_offer = lambda _: ANSWER
        first = asyncio.ensure_future(mine.reoffer(OTHER))
        await asyncio.sleep(0)
        with pytest.raises(ReofferRefused) as caught:
            await soon(mine.reoffer(OFFER))
        assert caught.value.status == 491
        assert await soon(first) == ANSWER


async def test_no_change_after_the_end() -> None:
    async with talking() as (mine, theirs):
        changing = asyncio.ensure_future(mine.reoffer(OTHER))
        await asyncio.sleep(0)
        mine.hang_up()
        for attempt in (changing, mine.reoffer(OTHER)):
            with pytest.raises(ReofferRefused) as caught:
                await soon(attempt)
            assert caught.value.status == 481
        await soon(theirs.ended)


async def test_info_reaches_the_other_side() -> None:
    async with talking() as (mine, theirs):
        infos: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        theirs.on_info = lambda *info: infos.put_nowait(info)
        mine.send_info("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n")
        assert await soon(infos.get()) == ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n")


# --- listeners that fail ----------------------------------------------------------------------------------------------


async def test_a_listener_that_fails_hurts_no_call() -> None:
    async with talking() as (mine, theirs):

        def fails(*_: object) -> None:
            raise ZeroDivisionError

        theirs.on_info = fails
        mine.send_info("text/plain", b"x")
        theirs.on_offer = lambda _: ANSWER
        assert await soon(mine.reoffer(OTHER)) == ANSWER
        mine.hang_up()
        await soon(theirs.ended)


async def test_a_call_that_cannot_be_taken_is_refused() -> None:
    async with two() as (alice, bob):

        def fails(_: IncomingCall) -> None:
            raise ZeroDivisionError

        bob.agent.on_call = fails
        assert await soon(alice.call(bob.uri()).outcome) == Failed(500, "Server Internal Error")
        bob.agent.on_call = None
        assert (await soon(alice.call(bob.uri()).outcome)) == Failed(480, "Temporarily Unavailable")


async def test_a_listener_may_act_on_the_call_it_is_told_of() -> None:
    async with two() as (alice, bob):
        bob.agent.on_call = lambda call: (call.ringing(), call.reject(603))[1]
        mine = alice.call(bob.uri())
        progress: list[int] = []
        mine.on_progress = lambda status, _: (progress.append(status), mine.cancel())[1]
        outcome = await soon(mine.outcome)
        assert outcome == Failed(603, "Decline")
        assert progress == [180]


async def test_hanging_up_before_answering_refuses() -> None:
    async with two() as (alice, bob):
        mine = alice.call(bob.uri())
        theirs = await bob.next_call()
        theirs.hang_up()
        assert await soon(mine.outcome) == Failed(480, "Temporarily Unavailable")
        assert await soon(theirs.ended) == Ended("local", "refused with 480")


async def test_a_caller_over_udp_has_shown_where_it_is_once_our_answer_has_come_back() -> None:
    async with two() as (alice, bob):
        mine = alice.call(bob.uri())
        theirs = await bob.next_call()
        proved: list[str | None] = []
        theirs.on_proved = lambda: proved.append(theirs.proved_host)
        assert (theirs.host, theirs.proved_host) == ("127.0.0.1", None), "anybody can write that address"
        theirs.ringing()
        await until(lambda: mine.heard)
        assert mine.proved_host == "127.0.0.1"
        await theirs.answer(ANSWER)
        await until(lambda: bool(proved))
        assert proved == ["127.0.0.1"]
        theirs.session.flow = replace(theirs.session.flow, remote=("192.0.2.66", 5060))
        assert (theirs.host, theirs.proved_host) == ("192.0.2.66", "127.0.0.1"), "it may have moved, or not"


async def test_a_caller_over_a_connection_or_with_a_password_has_shown_where_it_is() -> None:
    async with two() as (alice, bob):
        alice.call(bob.uri("tcp"))
        assert (await bob.next_call()).proved_host == "127.0.0.1"
        alice.call(bob.uri())
        session = (await bob.next_call()).session
        session.identity = "101@bakery.test"
        assert IncomingCall(bob.agent, session).proved_host == "127.0.0.1"


async def test_a_prack_shows_where_a_caller_is() -> None:
    async with two() as (alice, bob):
        alice.call(bob.uri(), headers=[("Supported", "100rel")])
        theirs = await bob.next_call()
        theirs.ringing(183, ANSWER)
        await until(lambda: theirs.proved_host == "127.0.0.1")
        theirs.reject(486)
