"""OPTIONS outside a call: what can you do, or: are you there (RFC 3261 section 11)."""

from __future__ import annotations

from sip.dialog.features.options import CAPABILITIES
from sip.flow import Flow
from sip.message.envelope import Request
from sip.outside.surroundings import Surroundings
from sip.screening import ALLOW_OUTSIDE, Refusal
from sip.transaction.transaction import ServerTransaction

_CAPABILITIES = (("Allow", ALLOW_OUTSIDE), *CAPABILITIES[1:])


def receive(
    around: Surroundings, request: Request, transaction: ServerTransaction, _flow: Flow, now: float
) -> Refusal | None:
    around.respond(request, transaction, 200 if around.accepting else 503, now, headers=_CAPABILITIES)
    return None
