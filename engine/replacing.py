"""INVITE with Replaces (RFC 3891): a phone of ours takes the place of another one in a call, or picks one up by it.

Only an authenticated person may do so, and only in place of their own phones, or of those that ring whose calls they
may pick up anyway (pick_up.py). For everybody else the dialog is not there: 481, whatever they have guessed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from engine.authentication import dialled
from engine.call.live import LiveCall
from engine.call.protocol import Caller
from engine.call.seat import Seat, seat_of
from engine.call.transfer import Lead, Left, Transfer
from engine.call.transferring import place_of, send_on
from engine.dialplan.model import Exit
from engine.dialplan.nodes.pick_up import people_for
from engine.dialplan.nodes.transferred import InPlace, Joined
from engine.dialplan.path import Path
from engine.events import Side
from engine.numbering import Numbering
from engine.router import Route
from sip.dialog.replacing import refusal
from sip.dialog.tables import State
from sip.message.replaces import replaces_of
from sip.rim.calls import IncomingCall
from sip.rim.replaced import leg_of

UNKNOWN = 481
"""What everybody hears who may not replace a dialog, as if it were not there."""

log = logging.getLogger(__name__)


def replacement(incoming: IncomingCall, numbering: Numbering) -> Route | int:
    """What becomes of an INVITE with Replaces: how it begins, or the status that refuses it."""
    replaces = replaces_of(incoming.request)
    assert replaces is not None
    extension, _, domain = (incoming.identity or "").partition("@")
    account, leg = numbering.by_domain(domain), leg_of(incoming.agent, replaces)
    person, seat = account.person_by_extension.get(extension) if account is not None else None, seat_of(leg)
    if account is None or person is None or leg is None or seat is None or seat.call.facts.account != account.key:
        return _refused(incoming, UNKNOWN)
    rings = leg.session.state is State.CALLING
    if seat.person != person and not (rings and seat.person in people_for(account, person)):
        return _refused(incoming, UNKNOWN)
    status = refusal(leg.session, replaces)
    if status:
        return _refused(incoming, status)
    entry = InPlace.of(_pick_up(seat) if rings else _take_place(seat))
    caller = Caller(extension, account.people[person].name or person, person)
    return Route(account, entry, caller, dialled(incoming.request.uri))


def _refused(incoming: IncomingCall, status: int) -> int:
    log.warning("a call with Replaces is refused with %d", status, extra={"source": incoming.flow.remote[0]})
    return status


Step = Callable[[LiveCall, Path], Awaitable[Exit]]


def _pick_up(seat: Seat) -> Step:
    """The call that rings there is taken over."""

    async def step(call: LiveCall, _path: Path) -> Exit:
        waiting = call.office.waiting.of(seat.call.id)
        if waiting is not None and await call.take_over(waiting):
            return Exit("picked_up")
        return Exit("nothing")

    return step


def _take_place(seat: Seat) -> Step:
    """The call's caller is from now on where the seat's person has been, who is hung up."""

    async def step(call: LiveCall, path: Path) -> Exit:
        await call.answer()
        talk, other = seat.talk, seat.call
        transfer = Transfer(seat.person or "", call.facts.caller.number, how="attended")
        if talk is None:
            place = place_of(other) if seat.side is Side.CALLER else None
            if place is None:
                return Exit("nothing")
            other.end(Side.CALLER, "replaced by another phone")
            return Exit("replaced", place.node)
        if seat.side is Side.CALLER:
            transfer.settled = asyncio.get_running_loop().create_future()
            transfer.settle(arrived=True)
            talk.party.line.keep()
            talk.end(Left(transfer))
            return Exit("replaced", Joined.to(talk.party, talk.free))
        party, ready = call.as_party(), asyncio.get_running_loop().create_future()
        ready.set_result(None)
        assert party.over is not None
        lead = Lead(path.account, Joined.to(party, ready))
        talk.end(send_on(other, talk.party, Side.CALLEE, transfer, lead))
        await party.over
        return Exit("replaced")

    return step
