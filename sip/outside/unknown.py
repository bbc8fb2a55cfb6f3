"""BYE, INFO, PRACK, UPDATE without a dialog: the peer means a call that is not there (RFC 3261 section 12.2.2)."""

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
    return Refusal(481, DropReason.UNKNOWN_DIALOG)
