"""Requests of ours outside calls: sent, challenged, answered, or not."""

from __future__ import annotations

from collections.abc import Callable

from sip.core import Admit, Challenge
from sip.credentials import Credentials
from sip.digest import Algorithm, Authenticator, Verified
from sip.flow import Flow
from sip.gate import Decision
from sip.message.envelope import Request
from sip.message.values import NameAddr, Uri
from sip.rim.asking import Question, ask
from tests.sip.rim.network import user_agent

ME = NameAddr("", Uri("sip", "31201234567", None, "provider.example"))


class Provider:
    """A registrar that knows one password."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self._authenticator = Authenticator(b"k" * 32, algorithms=(Algorithm.SHA_256,))

    def admit(self, request: Request, _flow: Flow, now: float) -> Decision:
        self.asked.append(request)
        passwords: Callable[[str], str | None] = lambda user: {"31201234567": "secret"}.get(user)  # noqa: E731
        known = self._authenticator.verify(request, "provider.example", lambda user, _: passwords(user), now)
        if isinstance(known, Verified):
            return Admit(known.username, "31201234567@provider.example")
        return Challenge(self._authenticator.challenge("provider.example", now), proxy=False)


def question(method: str, uri: Uri, **more: object) -> Question:
    return Question(method, uri, ME, ME, **more)  # type: ignore[arg-type]


async def test_options_shows_that_somebody_is_there() -> None:
    async with user_agent() as alice, user_agent() as bob:
        reply = await ask(alice.agent, question("OPTIONS", bob.uri()))
        assert (reply.status, reply.reason) == (200, "OK")
        assert reply.response is not None
        assert "INVITE" in (reply.response.header("Allow") or "")


async def test_a_challenge_is_answered_once() -> None:
    async with user_agent() as alice, user_agent() as bob:
        gate = bob.agent.core.gate = Provider()
        right, wrong = Credentials("31201234567", "secret"), Credentials("31201234567", "guess")
        asked = question("REGISTER", bob.uri(), call_id="ours", cseq=7, headers=[("Expires", 120)])
        assert (await ask(alice.agent, asked, credentials=right)).status == 200
        assert [(each.call_id, each.cseq.number) for each in gate.asked] == [("ours", 7), ("ours", 8)]
        assert (await ask(alice.agent, asked, credentials=wrong)).status == 401
        assert len(gate.asked) == 4
        assert (await ask(alice.agent, asked)).status == 401


async def test_where_nobody_is_or_no_way_leads() -> None:
    async with user_agent() as alice, user_agent(transports=("udp",)) as bob:
        refused = await ask(alice.agent, question("OPTIONS", bob.uri().with_params(transport="tcp")))
        assert (refused.status, refused.reason) == (503, "unreachable")
        nowhere = await ask(alice.agent, question("OPTIONS", Uri.parse("sip:nobody.invalid")))
        assert nowhere.status == 503
        assert "leads nowhere" in nowhere.reason
