"""REGISTER: a phone says where it is (RFC 3261 section 10)."""

from __future__ import annotations

from sip.flow import Flow
from sip.message.envelope import Request
from sip.outside.surroundings import Surroundings
from sip.screening import Refusal
from sip.transaction.transaction import ServerTransaction


def receive(
    around: Surroundings, request: Request, transaction: ServerTransaction, flow: Flow, now: float
) -> Refusal | None:
    admitted = around.admitted(request, transaction, flow, now)
    if admitted is None:
        return None
    if admitted.aor is None:
        around.respond(request, transaction, 404, now)
        return None
    answer = around.registrar.register(request, flow, admitted.aor, now + around.config.epoch)
    around.table.respond(transaction, answer, now)
    return None
