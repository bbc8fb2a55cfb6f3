"""What a session needs of the core around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from sip.dialog.session_timer import Terms
from sip.errors import DropReason
from sip.events import Event
from sip.flow import Flow
from sip.message.envelope import Request, Response
from sip.message.values import NameAddr
from sip.transaction.matching import TransactionTable
from sip.transaction.timers import Timers
from sip.transaction.transaction import ClientTransaction

if TYPE_CHECKING:
    from sip.dialog.dialog import Dialog
    from sip.dialog.session import InviteSession

Headers = Iterable[tuple[str, object]]
OnResponse = Callable[[Response | None, int, float], None]
"""(response, its status, now); without a response the status is 408 for a timeout, 503 for a broken transport."""

CHALLENGES = frozenset({401, 407})
Authorize = Callable[[Request, Response], Request | None]
"""(our request, the 401 or 407 to it): the request that answers it, None if it cannot be answered."""


class Surroundings(Protocol):
    """``UserAgentCore`` as its sessions see it. ``random`` gives 0 <= x < 1."""

    table: TransactionTable
    timers: Timers
    terms: Terms

    def tell(self, event: Event) -> None: ...
    def drop(self, reason: DropReason, flow: Flow) -> None: ...
    def random(self) -> float: ...

    def contact(self, flow: Flow, secure: bool = False) -> NameAddr: ...
    def flow_of(self, session: InviteSession, dialog: Dialog) -> Flow: ...
    def send_request(self, request: Request, flow: Flow, on_response: OnResponse, now: float) -> ClientTransaction: ...
    def send_ack(self, ack: Request, flow: Flow) -> bytes: ...
    def send_again(self, data: bytes, flow: Flow) -> None: ...

    def remember(self, session: InviteSession, dialog: Dialog) -> None: ...
    def forget_dialog(self, dialog: Dialog) -> None: ...
    def forget(self, session: InviteSession) -> None: ...
    def wake(self, session: InviteSession) -> None: ...


def ignore_response(_answer: Response | None, _status: int, _now: float) -> None:
    """For requests that are sent whatever is said to them: BYE."""
