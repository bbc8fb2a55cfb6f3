"""A 2xx of ours to an INVITE, repeated end to end until its ACK comes (RFC 3261 sections 13.3.1.4 and 14.2)."""

from __future__ import annotations

from sip.message.envelope import Response
from sip.transaction.matching import TransactionTable
from sip.transaction.timers import Timers
from sip.transaction.transaction import ServerTransaction


class Acceptance:
    """The 2xx on its way. ``offers`` if it carries our offer, so that the ACK must bring the answer."""

    __slots__ = ("_interval", "_next_at", "_response", "_transaction", "give_up_at", "offers")

    def __init__(
        self, response: Response, transaction: ServerTransaction, now: float, timers: Timers, *, offers: bool
    ) -> None:
        self.offers = offers
        self.give_up_at = now + timers.lifetime
        self._response = response
        self._transaction = transaction
        self._interval = timers.t1
        self._next_at = now + timers.t1

    @property
    def cseq(self) -> int:
        """Of the INVITE it answers, and so of its ACK."""
        return self._response.cseq.number

    @property
    def deadline(self) -> float:
        return min(self._next_at, self.give_up_at)

    def repeat_if_due(self, table: TransactionTable, now: float, t2: float) -> None:
        """Send it again after T1, then each time after twice as long, at most T2; over every transport."""
        if self._next_at <= now:
            table.respond(self._transaction, self._response, now)
            self._interval = min(2 * self._interval, t2)
            self._next_at = now + self._interval
