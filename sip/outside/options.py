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
    packages = around.subscriptions.notifier.packages
    events = (("Allow-Events", ", ".join(packages)),) if packages else ()
    status = 200 if around.accepting else 503
    around.respond(request, transaction, status, now, headers=(*_CAPABILITIES, *events))
    return None
