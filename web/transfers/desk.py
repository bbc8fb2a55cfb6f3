"""The desk for transfers: everything that pages, commands, the API and carriers do with orders goes through here."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final, Protocol

import structlog

from engine.settings import Settings
from engine.store.console.transfers import News
from engine.store.store import Store
from web.editing.plan import Plan
from web.mistakes import Mistake, Mistakes, Stale, refused
from web.transfers.bundle import packed
from web.transfers.business_days import expected
from web.transfers.carrier import ByHand, ByMail, Carrier, CarrierFailed, Send
from web.transfers.details import clean
from web.transfers.drafting import Drafting
from web.transfers.folder import Folder
from web.transfers.live import Wish, gone_live
from web.transfers.office import Office, office_in, office_of
from web.transfers.order import Document, Order
from web.transfers.orders import Audit, Orders
from web.transfers.states import Action, Event, State, move
from web.transfers.telling import Managers, letters
from web.words import Sentence, say

MAX_REASON: Final = 500
LONGEST: Final = timedelta(days=365)
"""A carrier names no day that is further away."""
TRIES: Final = 5
"""To change the dialplan while others change it, too."""
BY_ITSELF: Final = "Belplan"
WEBHOOK: Final = "/hooks/transfers"

log = structlog.get_logger()


class Plans(Protocol):
    """The dialplans (``web.editing.plans``)."""

    def accounts(self) -> list[str]: ...
    def read(self, account: str) -> Plan: ...
    def save(self, account: str, plan: Plan, *, author: str, what: Sentence | str, now: float) -> object: ...


def _no_audit(account: str, who: str, what: Sentence, now: float) -> None: ...


class Desk:
    """Orders of all accounts. Times are seconds since the epoch; ``who`` is the e-mail address of whoever does it."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        plans: Plans,
        send: Send,
        managers: Managers,
        *,
        audit: Audit = _no_audit,
        carrier: Carrier | None = None,
    ) -> None:
        self.folder = Folder(settings.state)
        self.orders = Orders(store.console.transfers, self.folder, audit)
        self.draft = Drafting(self.orders, self.folder, store.console.numbers, self.office, self.used, self.licences)
        self.carrier = carrier or (
            ByMail(settings.transfer_email, send) if settings.transfer_email is not None else ByHand()
        )
        self._store = store
        self._plans = plans
        self._send = send
        self._managers = managers
        self.keep_invoices = settings.keep_invoices
        self._base = settings.console_base

    # --- the account --------------------------------------------------------------------------------------------------

    def office(self, account: str) -> Office:
        """The account as its dialplan has it. Raises Mistakes if there is none."""
        return office_in(account, self._plans.read(account).text)

    def used(self) -> dict[str, str]:
        """The account of every number in any dialplan; one that cannot be read has none."""
        found: dict[str, str] = {}
        for account in self._plans.accounts():
            try:
                found |= dict.fromkeys(self.office(account).numbers, account)
            except Mistakes:
                continue
        return found

    def licences(self, account: str) -> int:
        """How many the account has, 0 where nobody counts."""
        kept = self._store.console.accounts.find(account)
        return kept.licences if kept else 0

    # --- what a manager does ------------------------------------------------------------------------------------------

    def begin(self, account: str, who: str, now: float) -> Order:
        """A new draft. Raises Mistakes where the account has no dialplan yet."""
        self.office(account)
        return self.orders.begin(account, who, now)

    def submit(self, order: Order, who: str, now: float) -> Order:
        """Hand the order to the carrier. Raises Mistakes with what is missing, OutOfTurn, Stale."""
        move(order.state, Event.SUBMIT)
        missing = [Mistake(step.value, what) for step, what in self.draft.missing(order, now)]
        if missing:
            raise Mistakes(missing)
        office = self.office(order.account)
        self.draft.stocked(order, now)
        days = expected(office.country, office.today(now), office.region)
        note = office.today(now).isoformat()
        changes = {"submitted_at": now, "expected": days, "agreed": None, "reason": ""}
        return self._moved(order, Event.SUBMIT, who, now, note, **changes)

    def cancel(self, order: Order, who: str, now: float) -> Order:
        """The numbers stay where they are. Raises OutOfTurn, Stale."""
        cancelled = self._moved(order, Event.CANCEL, who, now)
        self.draft.unstocked(order.account, set(order.numbers))
        return cancelled

    def complete(self, order: Order, who: str, now: float) -> Order:
        """The numbers are here: put them in place. Raises OutOfTurn, Stale; what prevents it is the order's reason."""
        return self._put_in_place(self.orders.move(order, Event.COMPLETE, who, now, reason=""), who, now)

    # --- what the carrier answers -------------------------------------------------------------------------------------

    def accept(self, order: Order, day: str, who: str, now: float) -> Order:
        """The carrier has agreed on a day (2026-12-31). Raises Mistakes, OutOfTurn, Stale."""
        move(order.state, Event.ACCEPT)
        agreed = self._agreed(order, day, now)
        return self._moved(order, Event.ACCEPT, who, now, agreed.isoformat(), agreed=agreed, reason="")

    def reject(self, order: Order, reason: str, who: str, now: float) -> Order:
        """The carrier cannot carry it out. Raises Mistakes, OutOfTurn, Stale."""
        move(order.state, Event.REJECT)
        why = clean("".join(each if each.isprintable() else " " for each in reason))
        if not why:
            raise refused("reason", say("Write down the reason that the carrier has given."))
        if len(why) > MAX_REASON:
            raise refused("reason", say("This is too long; at most {n} characters.", n=MAX_REASON))
        return self._moved(order, Event.REJECT, who, now, why, agreed=None, reason=why)

    def _agreed(self, order: Order, day: str, now: float) -> date:
        office = self.office(order.account)
        try:
            agreed = date.fromisoformat(day.strip())
        except ValueError:
            example = office.today(now).isoformat()
            raise refused("day", say("Write the day as {example}.", example=example)) from None
        submitted = office.today(order.submitted_at or order.made_at)
        if not submitted <= agreed <= submitted + LONGEST:
            raise refused("day", say("The day is before the order, or more than a year after it."))
        return agreed

    # --- for reading --------------------------------------------------------------------------------------------------

    def bundle(self, order: Order) -> bytes:
        """What the carrier gets, for a manager to hand it in. Raises Mistakes before it has been submitted."""
        if order.submitted_at is None or order.signature is None or order.invoice is None:
            raise refused("", say("The bundle is made when the order is submitted."))
        if order.invoice.document is None:
            raise refused("", say("The invoice has been deleted, so there is no bundle any more."))
        return packed(order, self.office(order.account), self.folder, self._report_to())

    def document(self, document: Document) -> bytes:
        """A file of an order. Raises OSError where it is gone."""
        return self.folder.read(document)

    # --- after a crash, and after every change ------------------------------------------------------------------------

    def resume(self, now: float) -> None:
        """Finish what a process that died has begun: numbers to be put in place, letters to be written."""
        for order in self.orders.going_live():
            if not order.reason:
                try:
                    self._put_in_place(order, BY_ITSELF, now)
                except Stale:
                    continue
        self.tell()

    def tidy(self, now: float) -> None:
        """Delete the invoices of orders that have been over for long enough: they hold more than anybody needs."""
        for order in self.orders.with_invoices(now - self.keep_invoices):
            with contextlib.suppress(Stale):
                self.orders.forget_invoice(order, BY_ITSELF, now)

    def tell(self) -> None:
        """Hand over and write what has not been yet. What cannot be now is tried the next time."""
        with self.folder.alone():
            for news in self._store.console.transfers.untold():
                order = self.orders.find(news.transfer)
                try:
                    if order is not None:
                        self._tell(order, news)
                except (CarrierFailed, OSError, Mistakes) as problem:
                    log.warning(
                        "what happened to a transfer cannot be told yet", transfer=news.transfer, why=str(problem)
                    )
                    continue
                self._store.console.transfers.tell(news)

    def _tell(self, order: Order, news: News) -> None:
        office = self.office(order.account)
        actions = move(State(news.before), Event(news.what)).actions
        if Action.HAND_IN in actions and order.state in (State.SUBMITTED, State.ACCEPTED):
            self.carrier.submit(order, office, self.bundle(order))
        if Action.WITHDRAW in actions:
            self.carrier.cancel(order, office)
        if Action.TELL in actions:
            url = f"{self._base}/transfers/{order.id}" if self._base else None
            for mail in letters(order, news, office, self._managers(order.account), url):
                self._send(mail)

    def _report_to(self) -> str | None:
        return f"{self._base}{WEBHOOK}" if self._base else None

    def _moved(self, order: Order, event: Event, who: str, now: float, note: str = "", **changes: Any) -> Order:
        moved = self.orders.move(order, event, who, now, note, **changes)
        self.tell()
        return moved

    def _put_in_place(self, order: Order, who: str, now: float) -> Order:
        """Change the dialplan, then the order. ``reason`` tells what prevents it."""
        try:
            self._change_dialplan(order, who, now)
        except Mistakes as problem:
            why = str(problem)[:MAX_REASON]
            return self._moved(order, Event.NOT_LIVE, who, now, why, reason=why)
        self._store.console.numbers.set_coming(order.account, order.numbers, False)
        return self._moved(order, Event.LIVE, who, now, reason="")

    def _change_dialplan(self, order: Order, who: str, now: float) -> None:
        """In one save. Raises Mistakes."""
        what = say("Numbers of transfer {id} are here", id=order.id)
        for _ in range(TRIES):
            plan = self._plans.read(order.account)
            office = office_of(order.account, plan.data)
            changed = plan.with_data(gone_live(plan.data, office.country, self._wishes(order, office)))
            try:
                self._plans.save(order.account, changed, author=who, what=what, now=now)
            except Stale:
                continue
            return
        raise refused("", say("Somebody else keeps changing the plan."))

    def _wishes(self, order: Order, office: Office) -> Sequence[Wish]:
        """Where each number is to lead, as the stock has it."""
        rows = self._store.console.numbers.of(order.account)
        meant: Mapping[str, str | None] = {row.number: row.meant_for for row in rows}
        stands_in = {row.stands_in_for: row.number for row in rows if row.stands_in_for}
        wishes = [Wish(each, False, meant.get(each), stands_in.get(each)) for each in order.numbers]
        if order.main_stays:
            return [replace(wish, main=True) if wish.number == order.main else wish for wish in wishes]
        return [replace(each, main=True, temporary=office.main) if each.number == order.main else each
                for each in wishes]  # fmt: skip
