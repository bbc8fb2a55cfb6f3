"""A REFER of a leg's peer: who is asked what becomes of it, and how it goes from there (RFC 3515)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sip.dialog.referring import Referral
from sip.errors import DropReason

if TYPE_CHECKING:
    from sip.rim.calls import CallLeg

log = logging.getLogger(__name__)


def answer_refer(leg: CallLeg, referral: Referral) -> None:
    """Have ``on_refer`` say what becomes of it; 403 where nobody is asked."""
    now, status = leg.agent.now(), 403 if leg.on_refer is None else 500
    try:
        if leg.on_refer is not None:
            status = leg.on_refer(referral.refer)
    except Exception:
        log.exception("a REFER could not be answered", extra={"call": leg.id})
    if status == 202:
        referral.accept(now)
    else:
        referral.refuse(status, now)
        leg.agent.note_drop(DropReason.REFER_REFUSED, leg.flow)


def tell_referrer(leg: CallLeg, status: int) -> None:
    """Tell the peer how far what it referred has come; a final status is the last word."""
    if leg.session.referral is not None:
        leg.session.referral.tell(status, leg.agent.now())
        leg.agent.drain()


def has_last_word(leg: CallLeg) -> bool:
    """Whether the last word on a REFER is on its way: a BYE waits until it has arrived, or is given up."""
    referral = leg.session.referral
    return referral is not None and referral.says_last
