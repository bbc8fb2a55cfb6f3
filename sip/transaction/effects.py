"""What comes out of the transaction layer: messages for the network and news for the transaction user."""

from __future__ import annotations

from dataclasses import dataclass

from sip.errors import DropReason
from sip.flow import Flow
from sip.message.envelope import Message, Request, Response
from sip.transaction.transaction import ClientTransaction, ServerTransaction


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the network. A message is encoded once; its repetitions are the same object."""

    data: bytes
    flow: Flow


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request never seen before, to be answered through ``transaction``; no ACK, no CANCEL."""

    request: Request
    transaction: ServerTransaction
    flow: Flow


@dataclass(frozen=True, slots=True)
class AckReceived:
    """An ACK that acknowledges no failure: to a 2xx, or to nothing (RFC 3261 section 13.3.1.4)."""

    request: Request
    flow: Flow


@dataclass(frozen=True, slots=True)
class CancelReceived:
    """The peer cancels an INVITE not finally answered yet. The CANCEL has its 200; the INVITE now wants a 487 (9.2)."""

    invite_transaction: ServerTransaction
    cancel: Request


@dataclass(frozen=True, slots=True)
class ResponseReceived:
    """A response to a request of ours; every 2xx to INVITE, repeated or of another fork, comes for 64*T1."""

    response: Response
    transaction: ClientTransaction


@dataclass(frozen=True, slots=True)
class TransactionTimedOut:
    """No final response came (timers B, F, after CANCEL), no ACK (H), or we did not answer in time: like a 408."""

    transaction: ClientTransaction | ServerTransaction


@dataclass(frozen=True, slots=True)
class TransactionFailed:
    """The flow broke while it mattered: like a 503 for a client transaction (section 8.1.3.1); a server one stays."""

    transaction: ClientTransaction | ServerTransaction


@dataclass(frozen=True, slots=True)
class TransactionEnded:
    """The transaction is forgotten; nothing more will be heard of it."""

    transaction: ClientTransaction | ServerTransaction


@dataclass(frozen=True, slots=True)
class Dropped:
    """A message that reached no user, and why."""

    reason: DropReason
    message: Message


Effect = (
    Send
    | NewRequest
    | AckReceived
    | CancelReceived
    | ResponseReceived
    | TransactionTimedOut
    | TransactionFailed
    | TransactionEnded
    | Dropped
)
