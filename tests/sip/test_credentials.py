"""A call of ours that the peer challenges: made again with credentials, once (RFC 3261 section 22)."""

from __future__ import annotations

import pytest

from sip.core import Challenge
from sip.credentials import Credentials
from sip.dialog.session import InviteSession
from sip.digest import Algorithm, Authenticator, Verified
from sip.events import Answered, Failed, IncomingInvite, Progress
from sip.flow import Flow
from sip.gate import Admit, Decision
from sip.message.envelope import Request
from sip.message.values import NameAddr, Uri
from sip.testing.pair import Pair
from sip.testing.parts import ANSWER, OFFER
from sip.testing.wire import LOST, LossyWire

REALM = "provider.example"
BOB, ALICE = Uri("sip", "bob", None, "bob.example"), Uri("sip", "alice", None, "alice.example")


class Provider:
    """Lets in who knows the password; keeps what it was asked."""

    def __init__(self, *, proxy: bool, algorithms: tuple[Algorithm, ...]) -> None:
        self.asked: list[Request] = []
        self._proxy = proxy
        self._authenticator = Authenticator(b"k" * 32, algorithms=algorithms)

    def admit(self, request: Request, _flow: Flow, now: float) -> Decision:
        self.asked.append(request)
        known = self._authenticator.verify(request, REALM, lambda user, _: {"31201234567": "secret"}.get(user), now)
        if isinstance(known, Verified):
            return Admit(known.username, None)
        return Challenge(self._authenticator.challenge(REALM, now), self._proxy)


def called(pair: Pair, password: str | None) -> InviteSession:
    known = Credentials("31201234567", password) if password else None
    return pair.alice.core.invite(
        BOB,
        pair.alice.flow,
        from_=NameAddr("", ALICE),
        to=NameAddr("", BOB),
        offer=OFFER,
        now=pair.now,
        authorize=known.authorize if known else None,
    )


def provider(pair: Pair, *, proxy: bool = True, only: Algorithm | None = None) -> Provider:
    gate = Provider(proxy=proxy, algorithms=(only,) if only else (Algorithm.SHA_256, Algorithm.MD5))
    pair.bob.core.gate = gate
    return gate


@pytest.mark.parametrize("proxy", [True, False])
@pytest.mark.parametrize("only", [None, Algorithm.MD5])
def test_a_challenge_is_answered_under_the_same_call_id_with_the_next_cseq(proxy: bool, only: Algorithm | None) -> None:
    pair = Pair()
    gate = provider(pair, proxy=proxy, only=only)
    ours = called(pair, "secret")
    pair.run_until(lambda: pair.bob.all(IncomingInvite))
    first, second = gate.asked
    assert (first.call_id, first.from_tag) == (second.call_id, second.from_tag)
    assert (first.cseq.number, second.cseq.number) == (1, 2)
    assert first.via.branch != second.via.branch
    assert second.to_tag is None
    assert second.body == OFFER
    assert second.header("Proxy-Authorization" if proxy else "Authorization")
    pair.bob.session.ring(pair.now)
    pair.bob.session.answer(ANSWER, pair.now)
    pair.run_until(lambda: pair.bob.session.state.name == "CONFIRMED" and pair.alice.all(Answered))
    assert len(pair.alice.all(Progress)) == 1
    ours.bye(pair.now)
    pair.rest()
    ladder = pair.ladder()
    assert ladder.index("-- ACK 1 -") < ladder.index("-- INVITE 2 ") < ladder.index("-- ACK 2 -")


def test_wrong_credentials_are_tried_once() -> None:
    pair = Pair()
    gate = provider(pair)
    called(pair, "wrong")
    pair.rest()
    assert pair.alice.one(Failed).status == 407
    assert len(gate.asked) == 2


def test_without_credentials_a_challenge_is_a_refusal() -> None:
    pair = Pair()
    gate = provider(pair)
    called(pair, None)
    pair.rest()
    assert pair.alice.one(Failed).status == 407
    assert len(gate.asked) == 1


@pytest.mark.parametrize("values", [(), ('Basic realm="x"',), ('Digest realm="x", nonce="1", algorithm=FROB',), ("?",)])
def test_a_challenge_that_cannot_be_answered_is_a_refusal(values: tuple[str, ...]) -> None:
    pair = Pair()

    class Odd:
        def admit(self, request: Request, flow: Flow, now: float) -> Decision:
            return Challenge(values, True)

    pair.bob.core.gate = Odd()
    called(pair, "secret")
    pair.rest()
    assert pair.alice.one(Failed).status == 407


def test_a_call_given_up_before_the_challenge_is_not_made_again() -> None:
    pair = Pair()
    gate = provider(pair)
    ours = called(pair, "secret")
    ours.cancel(pair.now)
    pair.rest()
    assert pair.alice.one(Failed).status == 407
    assert len(gate.asked) == 1


def test_a_call_given_up_after_the_challenge_is_cancelled() -> None:
    pair = Pair()
    provider(pair)
    ours = called(pair, "secret")
    pair.run_until(lambda: pair.bob.all(IncomingInvite))
    pair.bob.session.ring(pair.now)
    pair.run_until(lambda: pair.alice.all(Progress))
    ours.cancel(pair.now)
    pair.rest()
    assert pair.alice.one(Failed).status == 487


@pytest.mark.parametrize("lost", range(8))
def test_whatever_packet_is_lost_the_call_comes_up(lost: int) -> None:
    pair = Pair(LossyWire({lost: LOST}))
    provider(pair)
    ours = called(pair, "secret")
    pair.run_until(lambda: pair.bob.all(IncomingInvite))
    pair.bob.session.answer(ANSWER, pair.now)
    pair.run_until(lambda: pair.alice.all(Answered))
    assert ours.forks.heard
    ours.bye(pair.now)
    pair.rest()


def test_nobody_is_heard_of_before_an_answer() -> None:
    pair = Pair(LossyWire(usual=LOST))
    ours = called(pair, None)
    pair.run(5.0)
    assert not ours.forks.heard
    pair.rest()
    assert pair.alice.one(Failed).status == 408


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(Credentials("31201234567", "secret"))
