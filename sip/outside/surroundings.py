"""What a request outside a dialog needs of the core around it."""

from __future__ import annotations

from typing import Protocol

from sip.config import CoreConfig
from sip.dialog.matching import SessionTable
from sip.dialog.subscriptions import SubscriptionTable
from sip.dialog.surroundings import Headers
from sip.flow import Flow
from sip.gate import Admit
from sip.guard.guard import Guard
from sip.message.envelope import Request
from sip.registrar import Registrar
from sip.transaction.matching import TransactionTable
from sip.transaction.transaction import ServerTransaction


class Surroundings(Protocol):
    """``UserAgentCore`` as the methods see it. ``admitted`` answers what it does not let in; ``respond`` anything."""

    config: CoreConfig
    registrar: Registrar
    guard: Guard | None
    accepting: bool
    calls: SessionTable
    subscriptions: SubscriptionTable
    table: TransactionTable

    def admitted(self, request: Request, transaction: ServerTransaction, flow: Flow, now: float) -> Admit | None: ...

    def respond(
        self,
        request: Request,
        transaction: ServerTransaction,
        status: int,
        now: float,
        phrase: str | None = None,
        headers: Headers = (),
    ) -> None: ...
