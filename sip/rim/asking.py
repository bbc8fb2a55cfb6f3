"""A request of ours outside a call, awaited: REGISTER with a provider, OPTIONS to see who is there, MESSAGE."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sip.credentials import Credentials
from sip.flow import Flow
from sip.message.build import new_call_id, new_tag, request
from sip.message.envelope import Response
from sip.message.values import NameAddr, Uri
from sip.rim.resolver import Unreachable
from sip.rim.ways import TARGET_SECONDS, UNABLE

if TYPE_CHECKING:
    from sip.rim.user_agent import UserAgent

_WITH_CONTACT = frozenset({"REGISTER", "OPTIONS", "SUBSCRIBE", "NOTIFY"})


@dataclass(frozen=True, slots=True)
class Reply:
    """The final status; without a ``response`` 408 (none came) or 503 (there is no way, as ``reason`` says).

    ``flow`` is the way by which it came.
    """

    status: int
    reason: str
    response: Response | None = None
    flow: Flow | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``call_id`` and ``cseq`` are for those that belong together, as one phone's REGISTERs do.

    ``contact_user`` is the user part of our Contact, in place of the usual one.
    """

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
    contact_user: str = ""


async def ask(
    agent: UserAgent, question: Question, *, flow: Flow | None = None, credentials: Credentials | None = None
) -> Reply:
    """Send it over ``flow`` while that is there, else where the first route or the URI points; never raises.

    Of several targets the next is asked where one cannot serve or is silent (RFC 3263 section 4.3). With
    ``credentials`` a challenge is answered, once, under the next CSeq.
    """
    try:
        ways = await agent.ways_to(question.routes[0].uri if question.routes else question.uri, flow)
    except Unreachable as problem:
        return Reply(503, str(problem))
    question = replace(question, call_id=question.call_id or new_call_id(), from_=_tagged(question.from_))
    reply = Reply(503, "unreachable")
    for number, way in enumerate(ways, 1):
        try:
            reply = await _ask_once(agent, question, agent.ways.open(way), credentials, last=number == len(ways))
        except Unreachable as problem:
            reply = Reply(503, str(problem))
            continue
        agent.ways.went(way, reply.status)
        if reply.status not in UNABLE:
            break
    return reply


async def _ask_once(
    agent: UserAgent, question: Question, way: Flow, credentials: Credentials | None, *, last: bool
) -> Reply:
    """One target's reply; 408 from one that is silent while there are others."""
    replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    heard = asyncio.Event()

    def take(response: Response | None, status: int, _now: float) -> None:
        if response is not None:
            heard.set()
        if status >= 200 and not replied.done():
            lost = "no response" if status == 408 else "unreachable"
            replied.set_result(Reply(status, response.reason if response is not None else lost, response, way))

    agent.core.ask(
        request(
            question.method,
            question.uri.without_headers(),
            from_=question.from_,
            to=question.to,
            call_id=question.call_id,
            cseq=question.cseq,
            routes=question.routes,
            contact=_contact(agent, question, way) if question.method in _WITH_CONTACT else None,
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
    if not last:
        await asyncio.wait((replied,), timeout=TARGET_SECONDS)
        if not replied.done() and not heard.is_set():
            return Reply(408, "no response")
    return await replied


def _contact(agent: UserAgent, question: Question, way: Flow) -> NameAddr:
    contact = agent.core.calls.contact(way)
    return replace(contact, uri=replace(contact.uri, user=question.contact_user)) if question.contact_user else contact


def _tagged(from_: NameAddr) -> NameAddr:
    return from_ if from_.param("tag") else from_.with_params(tag=new_tag())
