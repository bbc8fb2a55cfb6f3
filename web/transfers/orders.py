"""The orders of all accounts: found, moved along the table of states, and kept with the news of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from engine.store.console.transfers import News, NumberTaken, Overtaken, StoredTransfers
from web.mistakes import Mistake, Mistakes, Stale
from web.transfers.folder import Folder
from web.transfers.numbers import FIELD, shown
from web.transfers.order import Order, restored, stored
from web.transfers.states import OPEN, Action, Event, State, move
from web.words import Sentence, say

ID_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Nobody mistakes them for one another when an order is talked about."""
ID_LENGTH: Final = 8
MAX_ORDERS: Final = 500
"""Orders of one account, the old ones among them."""
FORGET: Final = "forget"
"""The news of an invoice that was deleted, when nothing more can happen to its order."""
Audit = Callable[[str, str, Sentence, float], None]
"""Tells the audit log: account, who, what, when."""
_TOLD: Final = frozenset({Action.TELL, Action.HAND_IN, Action.WITHDRAW})


class NoSuchOrder(Exception):
    """The account has no order with this id."""


class Orders:
    """What the store keeps, as orders. An order that has changed meanwhile is refused with Stale.

    All that becomes of one is told to the audit log.
    """

    def __init__(self, store: StoredTransfers, folder: Folder, audit: Audit) -> None:
        self._store = store
        self._folder = folder
        self._audit = audit

    def of(self, account: str) -> list[Order]:
        """An account's, the newest first."""
        return [restored(kept) for kept in self._store.of(account)]

    def get(self, account: str, id: str, version: int | None = None) -> Order:
        """One of an account's. Raises NoSuchOrder, and Stale if it is not at that version any more."""
        kept = self._store.find(id)
        if kept is None or kept.account != account:
            raise NoSuchOrder(id)
        if version is not None and kept.version != version:
            raise _stale()
        return restored(kept)

    def find(self, id: str) -> Order | None:
        """One of whatever account."""
        kept = self._store.find(id)
        return restored(kept) if kept else None

    def going_live(self) -> list[Order]:
        """Those whose numbers are being put in place, or were when a process died."""
        return [restored(kept) for kept in self._store.in_state(State.GOING_LIVE.value)]

    def taken(self, numbers: Sequence[str]) -> dict[str, str]:
        """The open order that each of these numbers is in."""
        return self._store.taken(numbers)

    def begin(self, account: str, who: str, now: float) -> Order:
        """A new, empty draft. Raises Mistakes if there are too many."""
        if len(self._store.of(account)) >= MAX_ORDERS:
            raise Mistakes([Mistake("", say("There are {n} orders already; that is the most.", n=MAX_ORDERS))])
        id = "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))
        news = News(now, who, "begin", "", State.DRAFT.value)
        kept = self._store.put(stored(Order(id, account, now)), (), [news])
        self._audit(account, who, say("began the transfer {id}", id=id), now)
        return restored(kept)

    def move(self, order: Order, event: Event, who: str, now: float, note: str = "", **changes: Any) -> Order:
        """The order after the event, kept with its news. Raises OutOfTurn, Stale, Mistakes."""
        arrow = move(order.state, event)
        moved = replace(order, state=arrow.to, **changes)
        told = _TOLD.isdisjoint(arrow.actions)
        news = News(now, who, event.value, order.state.value, arrow.to.value, note, told)
        needless = set(moved.documents) - set(order.documents)
        try:
            kept = self._store.put(stored(moved), moved.numbers if moved.state in OPEN else (), [news])
            needless = set(order.documents) - set(moved.documents)
        except Overtaken:
            raise _stale() from None
        except NumberTaken as problem:
            what = say("{number} is in another order already.", number=shown(problem.number))
            raise Mistakes([Mistake(FIELD, what)]) from None
        finally:
            for document in needless:
                self._folder.remove(document)
        if (said := _said(event, order, changes)) is not None:
            self._audit(order.account, who, said, now)
        return restored(kept)

    def with_invoices(self, before: float) -> list[Order]:
        """Those that were over by then, and whose invoice is still kept."""
        ended = [restored(kept) for state in set(State) - OPEN for kept in self._store.in_state(state.value)]
        return [order for order in ended if order.newest_invoice is not None and self._ended_at(order) < before]

    def forget_invoice(self, order: Order, who: str, now: float) -> Order:
        """Delete the invoice of an order that is over; its date and the person stay. Raises Stale."""
        for document in (order.invoice.document if order.invoice else None, order.sent):
            if document is not None:
                self._folder.remove(document)
        invoice = replace(order.invoice, document=None) if order.invoice else None
        state = order.state.value
        try:
            kept = self._store.put(
                stored(replace(order, invoice=invoice, sent=None)), (), [News(now, who, FORGET, state, state)]
            )
        except Overtaken:
            raise _stale() from None
        self._audit(order.account, who, say("deleted the invoice of the transfer {id}", id=order.id), now)
        return restored(kept)

    def _ended_at(self, order: Order) -> float:
        return min(each.at for each in self.news(order) if each.state == order.state)

    def news(self, order: Order) -> list[News]:
        """What has happened to it, the oldest first."""
        return self._store.news(order.id)


def _said(event: Event, order: Order, changes: Mapping[str, Any]) -> Sentence | None:
    """What the audit log says of an event; nothing of a step that was left as it was."""
    id = order.id
    words = {
        Event.PLACE: say("chose where the numbers of the transfer {id} lead", id=id),
        Event.SIGN: say("signed the letter of agency of the transfer {id}", id=id),
        Event.SUBMIT: say("submitted the transfer {id}", id=id),
        Event.ACCEPT: say("recorded that the carrier accepts the transfer {id}", id=id),
        Event.REJECT: say("recorded that the carrier rejects the transfer {id}", id=id),
        Event.CANCEL: say("cancelled the transfer {id}", id=id),
        Event.LIVE: say("put the numbers of the transfer {id} in place", id=id),
        Event.NOT_LIVE: say("could not put the numbers of the transfer {id} in place", id=id),
    }
    if event is not Event.CHANGE:
        return words.get(event)
    parts = {
        "numbers": say("changed the numbers of the transfer {id}", id=id),
        "customer": say("changed what the transfer {id} says of the present provider", id=id),
        "invoice": say("sent the invoice of the transfer {id}", id=id),
        "sent": say("sent the invoice of the transfer {id}", id=id),
    }
    changed = (part for part in parts if part in changes and changes[part] != getattr(order, part))
    return next((parts[part] for part in changed), None)


def _stale() -> Stale:
    return Stale(say("Somebody else has changed this order meanwhile. Here it is as it is now."))
