"""Transfers of live calls, by code or by a phone's transfer key (REFER): blind, or attended (RFC 5589).

Whoever transfers has called, or was called. If they were called, their caller's call goes on and is led elsewhere. If
they have called, whoever they called goes on in a call of its own (HandedOver), and theirs ends once that has arrived.

An attended transfer joins the other sides of two conversations of one person. Where one of the two is no conversation
yet (it rings, or waits in a queue, or listens to a menu), the other side is led to where that one stands, and begins
there anew: it is a blind transfer to that node.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.call.callers_side import CallersSide
from engine.call.forking import Party
from engine.call.ring_plan import RingTarget, Transferred
from engine.call.seat import Seat, seat_of
from engine.call.transfer import MAX_TRANSFERS, Granted, Lead, Left, Lent, Transfer
from engine.dialplan.nodes.transferred import Joined, LedOn
from engine.dialplan.transferable import can_be_led_to
from engine.events import Side
from engine.transfer_events import CallTransferred
from sip.dialog.referring import Refer
from sip.message.values import Uri
from sip.rim.replaced import leg_of

REFUSED = 403

if TYPE_CHECKING:
    from engine.call.talking import Talk


def refer(seat: Seat, asked: Refer) -> int:
    """What becomes of a REFER: 202, or the status that refuses it."""
    call, person, talk = seat.call, seat.person, seat.talk
    if person is None or call.transfers >= MAX_TRANSFERS:
        return REFUSED
    if asked.replaces is not None:
        other = seat_of(leg_of(call.around.agent, asked.replaces))
        if other is None or other.leg is seat.leg or not other.belongs_to(call.facts.account, person):
            return REFUSED
        return 202 if _attended(seat, other, person) else REFUSED
    if talk is None:
        return REFUSED
    number = _dialled(asked.target)
    lead = call.leads(person, number)
    if lead is None:
        return 404
    transfer = Transfer(person, number, seat.leg)
    _send_on(seat, talk, transfer, lead)
    return 202


def sit(call: CallersSide) -> None:
    """Let the caller's leg be found, and refer the call elsewhere if they are one of ours."""
    _sit(Seat(call, call.incoming, Side.CALLER, call.facts.caller.person))


def _sit(seat: Seat) -> None:
    seat.leg.owner = seat
    if seat.person is not None:
        seat.leg.on_refer = lambda asked: refer(seat, asked)


@contextmanager
def seated(call: CallersSide, talk: Talk) -> Iterator[None]:
    """Let both sides of a conversation be found by their legs inside the block, and ask for a transfer."""
    leg, target = talk.party.call, talk.party.target
    before = leg.owner, leg.on_refer
    call.talk = talk
    _sit(Seat(call, leg, Side.CALLEE, target.person if isinstance(target, RingTarget) else None))
    try:
        yield
    finally:
        call.talk = None
        if not leg.ended.done():
            leg.owner, leg.on_refer = before


def referred_by(call: CallersSide) -> tuple[tuple[str, str], ...]:
    """Who has transferred the caller, for the phones that ring until the transfer has arrived."""
    transfer, path = call.transfer, call.path
    if transfer is None or transfer.over or path is None or transfer.by not in path.account.people:
        return ()
    extension = path.account.people[transfer.by].extension
    return (("Referred-By", f"<sip:{extension}@{call.facts.domain}>"),)


def send_on(
    call: CallersSide, party: Party, side: Side, transfer: Transfer, lead: Lead, *, keeps: bool = False
) -> Granted:
    """Lead the other side of whoever is on ``side`` to a node; ``keeps`` has them stay to hear how it goes."""
    to = Lead(lead.account, LedOn.of(transfer, lead))
    who = call.shown if side is Side.CALLEE else party.target.person
    call.emit(lambda c, t: CallTransferred(c, t, transfer.by, who, transfer.to, transfer.how))
    if side is Side.CALLEE:
        call.transfer = transfer
        call.transfers += 1
        if keeps:
            _keep(party)
            transfer.kept = party
        return Transferred(transfer, to.node)
    _keep(party)
    return Left(transfer, lambda: call.around.begin(call, party, transfer, to))


def _send_on(seat: Seat, talk: Talk, transfer: Transfer, lead: Lead) -> None:
    """Lead on the other side of a seat, who stays to hear how it goes."""
    talk.end(send_on(talk.caller, talk.party, seat.side, transfer, lead, keeps=True), goes_on=True)


def _keep(party: Party) -> None:
    """Whoever this is talks elsewhere from now on, by the leg and line they have."""
    party.line.keep()


def _attended(one: Seat, two: Seat, person: str) -> bool:
    """Join the other sides of two seats of a person. False if that cannot be."""
    first, second = one.talk, two.talk
    if first is None:
        one, two, first, second = two, one, second, first
    if first is None:
        return False
    leg = one.leg
    if second is None:
        place = place_of(two.call) if two.side is Side.CALLER else None
        if place is None:
            return False
        transfer = Transfer(person, two.call.called, leg, how="attended")
        _send_on(one, first, transfer, place)
        two.call.end(Side.CALLER, "transferred the call")
        return True
    if one.side is Side.CALLER and two.side is Side.CALLEE:
        one, two, first, second = two, one, second, first
    _join(one, first, second, two.side, Transfer(person, _other(second, two.side), leg, how="attended"))
    return True


def place_of(call: CallersSide) -> Lead | None:
    """Where a caller stands who talks to nobody yet, if somebody else may stand there."""
    node, path = call.node, call.path
    if node is None or path is None or not can_be_led_to(node):
        return None
    return Lead(path.account, node)


def _other(talk: Talk, side: Side) -> str:
    return talk.party.target.person if side is Side.CALLER else talk.caller.shown


def _join(one: Seat, first: Talk, second: Talk, side: Side, transfer: Transfer) -> None:
    """Let the other side of ``one`` talk to that of whoever is on ``side`` of the second conversation."""
    if side is Side.CALLER:
        _keep(second.party)
        party = second.party
        second.end(Left(transfer))
    else:
        party = second.caller.as_party()
        assert party.over is not None
        second.end(Lent(party.over))
    account = first.caller.path.account if first.caller.path is not None else None
    assert account is not None
    lead = Lead(account, Joined.to(party, second.free))
    _send_on(one, first, transfer, lead)


def _dialled(uri: Uri) -> str:
    return (uri.user or "").partition(";")[0]
