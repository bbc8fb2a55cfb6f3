"""A request of ours outside a call, awaited: REGISTER with a provider, OPTIONS to see who is there, MESSAGE."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sip.credentials import Credentials
from sip.flow import Flow
from sip.message.build import new_call_id, new_tag, request
from sip.message.envelope import Response
from sip.message.values import NameAddr, Uri
from sip.rim.resolver import Unreachable

if TYPE_CHECKING:
    from sip.rim.user_agent import UserAgent

_WITH_CONTACT = frozenset({"REGISTER", "OPTIONS", "SUBSCRIBE", "NOTIFY"})


@dataclass(frozen=True, slots=True)
class Reply:
    """The final status; without a ``response`` 408 (none came) or 503 (there is no way, as ``reason`` says)."""

    status: int
    reason: str
    response: Response | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``call_id`` and ``cseq`` are for those that belong together, as one phone's REGISTERs do."""

    method: str
    uri: Uri
    from_: NameAddr
    to: NameAddr
    headers: Sequence[tuple[str, object]] = ()
    body: bytes = b""
    content_type: str | None = None
    routes: Sequence[NameAddr] = ()
    call_id: str = ""
    cseq: int = 1


async def ask(
    agent: UserAgent, question: Question, *, flow: Flow | None = None, credentials: Credentials | None = None
) -> Reply:
    """Send it over ``flow`` while that is there, else where the first route or the URI points; never raises.

    With ``credentials`` a challenge is answered, once, under the next CSeq.
    """
    try:
        way = await agent.way_over(flow, question.routes[0].uri if question.routes else question.uri)
    except Unreachable as problem:
        return Reply(503, str(problem))
    replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def take(response: Response | None, status: int, _now: float) -> None:
        if status >= 200 and not replied.done():
            lost = "no response" if status == 408 else "unreachable"
            replied.set_result(Reply(status, response.reason if response is not None else lost, response))

    agent.core.ask(
        request(
            question.method,
            question.uri.without_headers(),
            from_=question.from_ if question.from_.param("tag") else question.from_.with_params(tag=new_tag()),
            to=question.to,
            call_id=question.call_id or new_call_id(),
            cseq=question.cseq,
            routes=question.routes,
            contact=agent.core.calls.contact(way) if question.method in _WITH_CONTACT else None,
            headers=question.headers,
            body=question.body,
            content_type=question.content_type,
        ),
        way,
        take,
        agent.now(),
        authorize=None if credentials is None else credentials.authorize,
    )
    agent.drain()
    return await replied
