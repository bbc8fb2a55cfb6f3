"""REFER without a dialog: we call nobody for a stranger, nor for a phone of ours that talks to nobody (RFC 3515)."""

from __future__ import annotations

from sip.errors import DropReason
from sip.flow import Flow
from sip.message.envelope import Request
from sip.outside.surroundings import Surroundings
from sip.screening import Refusal
from sip.transaction.transaction import ServerTransaction


def receive(
    _around: Surroundings, _request: Request, _transaction: ServerTransaction, _flow: Flow, _now: float
) -> Refusal | None:
    return Refusal(403, DropReason.REFER_REFUSED)
