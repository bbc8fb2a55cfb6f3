"""Ring several phones at once: the first answer wins, the others get CANCEL with the reason (RFC 3326)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.call.line import Line
from sip.errors import ProtocolError
from sip.message.envelope import DEFAULT_MAX_FORWARDS
from sip.message.values import NameAddr
from sip.registrar import Binding
from sip.rim.calls import Answered, Failed, OutgoingCall
from sip.rim.user_agent import UserAgent
from sip.sdp.answer import NotAcceptable

ANSWERED_ELSEWHERE = ("Reason", 'SIP;cause=200;text="Call completed elsewhere"')
CANNOT_TALK = ("Reason", 'SIP;cause=488;text="No audio in common"')
MAX_PHONES = 10

BUSY_STATUSES = frozenset({486, 600})
DECLINED_STATUSES = frozenset({603, 607})
UNREACHABLE_STATUSES = frozenset({404, 410, 430, 503})


@dataclass(slots=True)
class Branch:
    """One phone being rung and the line it would talk over."""

    phone: Binding
    call: OutgoingCall
    line: Line


@dataclass(slots=True)
class Refusals:
    """What the phones that did not answer said; the outcome for the caller is the most telling of them."""

    statuses: list[int] = field(default_factory=list)

    def outcome(self) -> str:
        """``declined``, ``busy``, ``no_answer`` or, when no phone could be reached at all, ``not_registered``."""
        statuses = set(self.statuses)
        if statuses & DECLINED_STATUSES:
            return "declined"
        if statuses & BUSY_STATUSES:
            return "busy"
        if statuses and statuses <= UNREACHABLE_STATUSES:
            return "not_registered"
        return "no_answer"


async def ring_phones(branches: Sequence[Branch], seconds: float) -> Branch | str:
    """Wait until a phone answers (its branch, media agreed) or none will: ``busy``, ``no_answer``, ``declined``, ...

    Somebody's 'decline' ends it for all phones. However this ends, cancellation included, no phone but the winner's
    goes on ringing.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    waiting = {branch.call.outcome: branch for branch in branches}
    refusals = Refusals()
    winner: Branch | None = None
    try:
        while waiting and winner is None:
            left = deadline - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait(waiting, timeout=max(0.0, left), return_when=asyncio.FIRST_COMPLETED)
            if not done:
                return "no_answer"
            ready = [branch for outcome, branch in waiting.items() if outcome in done]
            for branch in ready:
                del waiting[branch.call.outcome]
            winner = next((branch for branch in ready if _agrees(branch)), None)
            refusals.statuses += [_status_of(branch) for branch in ready]
            if winner is None and DECLINED_STATUSES.intersection(refusals.statuses):
                return "declined"
        return winner or refusals.outcome()
    finally:
        reason = (ANSWERED_ELSEWHERE,) if winner else ()
        for branch in branches:
            if branch is not winner:
                branch.call.hang_up(headers=reason)


def _agrees(branch: Branch) -> bool:
    """Whether the phone answered so that we can talk; one that answered otherwise is hung up."""
    answer = branch.call.outcome.result()
    if not isinstance(answer, Answered):
        return False
    try:
        branch.line.take_answer(answer.sdp or b"")
    except (NotAcceptable, ProtocolError):
        branch.call.hang_up(headers=(CANNOT_TALK,))
        return False
    return True


def _status_of(branch: Branch) -> int:
    outcome = branch.call.outcome.result()
    return outcome.status if isinstance(outcome, Failed) else 488


def place_calls(
    agent: UserAgent,
    phones: Sequence[Binding],
    lines: Mapping[str, Line],
    from_: NameAddr,
    headers: Sequence[tuple[str, str]] = (),
    max_forwards: int = DEFAULT_MAX_FORWARDS,
) -> list[Branch]:
    """Send an INVITE to each phone where its REGISTER came from; its offer is the line of the address used.

    A phone is left out if there is no line at its address. ``max_forwards`` is the caller's less one: calls that go
    round in circles over several systems end.
    """
    offers = {address: line.make_offer() for address, line in lines.items()}
    branches = []
    for phone in phones:
        address = phone.flow.local[0]
        if address not in lines:
            continue
        call = agent.call(
            phone.contact,
            flow=phone.flow,
            from_=from_,
            to=NameAddr("", phone.contact, ()),
            offer=offers[address],
            headers=headers,
            routes=phone.path,
            max_forwards=max_forwards,
        )
        branches.append(Branch(phone, call, lines[address]))
    return branches
