"""An order drawn up step by step, each step kept; and what is still missing before it can be submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from engine.store.console.numbers import StoredNumber, StoredNumbers
from web.mistakes import Mistake, Mistakes, Stale, refused
from web.people.licences import Licences, main_uses
from web.transfers.details import age_mistakes, clean, read_customer, read_invoice, same_person
from web.transfers.folder import Folder
from web.transfers.inspecting import looked_through
from web.transfers.letter import LANGUAGES, Letter, drawn_up
from web.transfers.letter_pdf import signed_pdf
from web.transfers.numbers import check_free, read_numbers, shown
from web.transfers.office import Office
from web.transfers.order import Invoice, Order, Signature
from web.transfers.orders import Orders
from web.transfers.states import Action, Event, move
from web.transfers.verdicts import SENTENCES, Kind, NotTaken
from web.words import Sentence, say

MAX_TYPED_NAME: Final = 200
_NOT_RIGHT: Final = say("The invoice is here, but its date or the person it names is not right yet.")


class Step(StrEnum):
    """A page of the wizard."""

    NUMBERS = "numbers"
    PROVIDER = "provider"
    INVOICE = "invoice"
    LETTER = "letter"
    SUBMIT = "submit"


class Drafting:
    """The steps. ``offices`` reads an account's dialplan, ``used`` gives the account of every number in any of them,
    ``licences`` how many an account has (0 where nobody counts).
    """

    def __init__(
        self,
        orders: Orders,
        folder: Folder,
        stock: StoredNumbers,
        offices: Callable[[str], Office],
        used: Callable[[], Mapping[str, str]],
        licences: Callable[[str], int],
    ) -> None:
        self._orders = orders
        self._folder = folder
        self._stock = stock
        self._offices = offices
        self._used = used
        self._licences = licences

    # --- numbers ------------------------------------------------------------------------------------------------------

    def numbers(self, order: Order, typed: str, who: str, now: float) -> Order:
        """The numbers that are to come over. They are coming numbers of the stock from now on. Raises Mistakes."""
        move(order.state, Event.CHANGE)
        wanted = read_numbers(typed, self._offices(order.account).country)
        check_free(wanted, self._here(order, wanted), self._orders.taken(wanted), order.account, order.id)
        main = order.main if order.main in wanted else ""
        changed = self._changed(order, who, now, numbers=wanted, main=main)
        self.stocked(changed, now)
        self.unstocked(order.account, set(order.numbers) - set(wanted))
        return changed

    def expected_numbers(self, account: str) -> list[str]:
        """Coming numbers of the stock that are in no order yet."""
        coming = [row.number for row in self._stock.of(account) if row.coming]
        ordered = self._orders.taken(coming)
        return [number for number in coming if number not in ordered]

    def stocked(self, order: Order, now: float) -> None:
        """All numbers of the order are coming ones of the account's stock."""
        self._stock.add([StoredNumber(number, order.account, coming=True, added_at=now) for number in order.numbers])

    def unstocked(self, account: str, numbers: set[str]) -> None:
        """They are not coming by an order any more; those that somebody was promised stay."""
        gone = [row.number for row in self._stock.of(account)
                if row.coming and row.number in numbers and row.meant_for is None]  # fmt: skip
        self._stock.remove(account, gone)

    def _here(self, order: Order, wanted: tuple[str, ...]) -> dict[str, str]:
        """The account that has each of the numbers already, in its dialplan or its stock."""
        coming = {row.number for row in self._stock.of(order.account) if row.coming}
        stocked = {number: owner for number, owner in self._stock.owners(wanted).items() if number not in coming}
        used = self._used()
        return stocked | {number: used[number] for number in wanted if number in used}

    # --- where they lead ----------------------------------------------------------------------------------------------

    def place(
        self, order: Order, main: str, main_stays: bool, people: Mapping[str, str], who: str, now: float
    ) -> Order:
        """Where the numbers will lead: ``main`` becomes the main number, each of ``people`` gets theirs.

        A number in neither leads where the main number does. Raises Mistakes, OutOfTurn.
        """
        move(order.state, Event.PLACE)
        office = self._offices(order.account)
        wanted = {number: person for number, person in people.items() if person and number != main}
        self._check_places(order, office, main, wanted)
        rows = {row.number: row for row in self._stock.of(order.account)}
        for number in order.numbers:
            meant_for = rows[number].meant_for if number in rows else None
            if meant_for is not None and meant_for != wanted.get(number):
                self._stock.unpromise(order.account, meant_for)
        for number, person in wanted.items():
            own = office.people[person].number
            temporary = own if own in rows and not rows[own].coming else None
            if not self._stock.promise(order.account, number, person, temporary):
                raise refused(f"people.{number}", say("{number} is meant for somebody else.", number=shown(number)))
        named = tuple(dict.fromkeys(wanted.values()))
        return self._orders.move(order, Event.PLACE, who, now, main=main, main_stays=main_stays, people=named)

    def places(self, order: Order, whose: Mapping[str, str] | None = None) -> dict[str, str]:
        """Whom each number is meant for, or who has it, of those of the account (``whose``, if it is known)."""
        known = self.whose(order.account) if whose is None else whose
        return {number: person for number, person in known.items() if number in order.numbers}

    def whose(self, account: str) -> dict[str, str]:
        """The same of every number: people by their names in the dialplan; numbers for nobody are left out."""
        meant = {row.number: row.meant_for for row in self._stock.of(account) if row.meant_for}
        people = self._offices(account).people.values()
        return meant | {each.number: each.name for each in people if each.number}

    def _check_places(self, order: Order, office: Office, main: str, wanted: Mapping[str, str]) -> None:
        mistakes: list[Mistake] = []
        if main and main not in order.numbers:
            mistakes.append(Mistake("main", say("This number is not in the order.")))
        for number, person in wanted.items():
            field = f"people.{number}"
            if number not in order.numbers:
                mistakes.append(Mistake(field, say("This number is not in the order.")))
            elif person not in office.people:
                mistakes.append(Mistake(field, say("Nobody is called {person}.", person=person[:60])))
            elif list(wanted.values()).count(person) > 1:
                mistakes.append(Mistake(field, say("{person} cannot have two numbers.", person=person)))
        if not mistakes and (missing := self._licences_missing(order, office, set(wanted.values()))):
            mistakes.append(Mistake("", missing))
        if mistakes:
            raise Mistakes(mistakes)

    def _licences_missing(self, order: Order, office: Office, wanted: set[str]) -> Sentence | None:
        """What is said if people whom the order gives a number need more licences than there are."""
        promised = [row for row in self._stock.of(order.account) if row.coming and row.meant_for in office.people]
        numbered = {person for person, facts in office.people.items() if facts.number}
        before = numbered | {row.meant_for for row in promised}
        after = numbered | {row.meant_for for row in promised if row.number not in order.numbers} | wanted
        owned = self._licences(order.account)
        using = len(before & after) + main_uses(owned)
        return Licences(owned, using).refusal(len(after - before)) if after - before else None

    # --- provider and invoice -----------------------------------------------------------------------------------------

    def customer(self, order: Order, typed: Mapping[str, str], who: str, now: float) -> Order:
        """How the current provider knows the customer. Raises Mistakes."""
        move(order.state, Event.CHANGE)
        return self._changed(order, who, now, customer=read_customer(typed))

    def invoice(
        self,
        order: Order,
        data: bytes | None,
        dated: str,
        person: str,
        who: str,
        now: float,
        *,
        keep_file: bool = False,
    ) -> Order:
        """The newest invoice; without ``data`` the file that is there stays. Raises Mistakes.

        With ``keep_file`` a good file is there from then on, even where its date or the person is wrong.
        """
        move(order.state, Event.CHANGE)
        mistakes: list[Mistake] = []
        found = None
        try:
            found = read_invoice(dated, person, self._offices(order.account).today(now))
        except Mistakes as problem:
            mistakes += problem.mistakes
        document = order.newest_invoice
        if data is None and document is None:
            mistakes.append(Mistake("file", say("Choose the invoice: a PDF or a picture of it.")))
        inspected = None
        if data is not None:
            try:
                inspected = looked_through(data)
            except NotTaken as problem:
                mistakes.append(Mistake("file", SENTENCES[problem.refusal]))
        if inspected is not None and (keep_file or not mistakes):
            document = self._folder.keep(inspected.data, inspected.kind.value)
        if mistakes or found is None:
            if inspected is not None and keep_file:
                self._changed(order, who, now, sent=document)
            raise Mistakes(mistakes)
        assert document is not None
        return self._changed(order, who, now, invoice=Invoice(document, *found), sent=None)

    # --- the letter ---------------------------------------------------------------------------------------------------

    def letter(self, order: Order, language: str) -> Letter:
        """The letter of agency as it is to be signed. Raises Mistakes with what has to be there before."""
        missing = [Mistake(step.value, what) for step, what in self._before_signing(order)]
        if missing:
            raise Mistakes(missing)
        assert order.customer is not None
        assert order.invoice is not None
        office = self._offices(order.account)
        return drawn_up(order, order.customer, order.invoice, office.name, language if language in LANGUAGES else "en")

    def sign(
        self, order: Order, typed: str, consent: bool, digest: str, language: str, source: str, who: str, now: float
    ) -> Order:
        """Sign the letter whose digest whoever signs has seen. Raises Mistakes, Stale, OutOfTurn."""
        move(order.state, Event.SIGN)
        letter = self.letter(order, language)
        assert order.invoice is not None
        name = clean(typed[:MAX_TYPED_NAME])
        mistakes: list[Mistake] = []
        if not same_person(name, order.invoice.person):
            what = say("Type the name as it stands on the invoice: {person}.", person=order.invoice.person)
            mistakes.append(Mistake("name", what))
        if not consent:
            mistakes.append(Mistake("consent", say("Without this consent it is no signature.")))
        if mistakes:
            raise Mistakes(mistakes)
        if digest != letter.digest:
            raise Stale(say("The letter has changed since it was shown. Read it once more, then sign."))
        zone = self._offices(order.account).timezone
        made = signed_pdf(letter, order.id, name, now, source, zone)
        document = self._folder.keep(made, Kind.PDF.value)
        signature = Signature(name, now, source, letter.language, letter.text, letter.digest, document)
        note = f"{name}, {source}"
        return self._orders.move(order, Event.SIGN, who, now, note, signature=signature)

    # --- all together -------------------------------------------------------------------------------------------------

    def missing(self, order: Order, now: float) -> list[tuple[Step, Sentence]]:
        """What has to be done before the order can be submitted, and in which step."""
        found = list(self._before_signing(order))
        if order.invoice:
            today = self._offices(order.account).today(now)
            found += [(Step.INVOICE, what) for what in age_mistakes(order.invoice.dated, today)]
        if order.invoice and order.sent:
            found.append((Step.INVOICE, _NOT_RIGHT))
        if order.signature is None:
            found.append((Step.LETTER, say("The letter of agency has not been signed.")))
        return found

    def _before_signing(self, order: Order) -> Iterator[tuple[Step, Sentence]]:
        if not order.numbers:
            yield Step.NUMBERS, say("The numbers are missing.")
        if order.customer is None:
            yield Step.PROVIDER, say("The current provider is missing.")
        if order.invoice is None:
            yield Step.INVOICE, _NOT_RIGHT if order.sent else say("The invoice is missing.")

    def _changed(self, order: Order, who: str, now: float, **changes: Any) -> Order:
        """The order with a step done; a signature for a letter that says something else now is dropped."""
        arrow = move(order.state, Event.CHANGE)
        changed = replace(order, **changes)
        signed = order.signature
        if Action.DROP_SIGNATURE in arrow.actions and signed is not None:
            complete = not list(self._before_signing(changed))
            if not complete or self.letter(changed, signed.language).digest != signed.digest:
                changes["signature"] = None
        return self._orders.move(order, Event.CHANGE, who, now, ", ".join(changes), **changes)
