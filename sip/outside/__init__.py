"""Requests of peers that belong to no dialog, one file each, registered by method."""

from __future__ import annotations

from collections.abc import Callable

from sip.flow import Flow
from sip.message.envelope import Request
from sip.outside import invite, message, options, refer, register, subscribe
from sip.outside.surroundings import Surroundings
from sip.outside.unknown import receive as unknown
from sip.screening import INSIDE_ONLY, Refusal
from sip.transaction.transaction import ServerTransaction

OutsideFeature = Callable[[Surroundings, Request, ServerTransaction, Flow, float], Refusal | None]
"""What is to be refused comes back. May raise ProtocolError: the request is then refused with its hint."""

OUTSIDE: dict[str, OutsideFeature] = {
    "INVITE": invite.receive,
    "MESSAGE": message.receive,
    "OPTIONS": options.receive,
    "REFER": refer.receive,
    "REGISTER": register.receive,
    "SUBSCRIBE": subscribe.receive,
    **dict.fromkeys(INSIDE_ONLY, unknown),
}
