"""The letter of agency: what whoever is named on the invoice signs, in English and Dutch.

Its text alone, as it was shown, is what is signed: a digest of it is kept with the signature.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from babel.dates import format_date

from web.transfers.numbers import national, shown
from web.transfers.order import Customer, Invoice, Order

LANGUAGES: Final = ("en", "nl")
DATES: Final = {"en": "en_GB", "nl": "nl_NL"}
_TWO_STOPS = re.compile(r"\.\.(?=\s|$)")
"""Behind a name that ends in one, such as B.V."""


@dataclass(frozen=True, slots=True)
class Words:
    """The letter in one language; the gaps are those that ``drawn_up`` fills."""

    title: str
    to: str
    customer: str
    account: str
    code: str
    numbers: str
    authority: str
    agency: tuple[str, ...]
    knowing: str
    known: tuple[str, ...]
    validity: str
    signing: str
    order: str
    signed: str
    signed_by: str
    signed_at: str
    signed_from: str
    digest: str


WORDS: Final = {
    "en": Words(
        title="Letter of agency: transfer of telephone numbers",
        to="To {provider}, and to every company that carries or administers the numbers below",
        customer="Customer of {provider}",
        account="Account number: {account_number}",
        code="Transfer code: {code}",
        numbers="Numbers to be transferred",
        authority="I, {person}, am named on the invoice of {dated} and may decide about these numbers for {holder}.",
        agency=(
            "I want all numbers listed above to be transferred to {office}. For that I authorise {office}, and the"
            " carrier that {office} entrusts with its telephone numbers, to act in my name with {provider}.",
            "They may hand in this order, be told which numbers, addresses and services belong to the account, agree on"
            " a day, and have the numbers moved on that day.",
        ),
        knowing="I know that",
        known=(
            "the contract with {provider} may have a period of notice, a minimum term or fees, which this letter"
            " neither ends nor settles;",
            "what depends on a number, such as internet access, an alarm, a lift or an entry in a directory, may end"
            " when the number moves;",
            "I must not cancel the numbers with {provider} before the transfer is complete, since cancelled numbers"
            " cannot be transferred.",
        ),
        validity="This letter holds for these numbers only, until they have been transferred, and for 90 days at most."
        " I may withdraw it in writing until a day has been agreed on.",
        signing="I sign it electronically, by typing my name. That signature is to bind me as one by hand would.",
        order="Order {id}",
        signed="Signed electronically",
        signed_by="Name: {name}",
        signed_at="Time: {local} ({utc} UTC)",
        signed_from="From the address: {source}",
        digest="SHA-256 of the text above, as it was shown: {digest}",
    ),
    "nl": Words(
        title="Volmacht voor het overzetten van telefoonnummers",
        to="Aan {provider}, en aan elk bedrijf dat de nummers hieronder levert of beheert",
        customer="Klant van {provider}",
        account="Klantnummer: {account_number}",
        code="Overstapcode: {code}",
        numbers="Over te zetten nummers",
        authority="Ik, {person}, sta vermeld op de factuur van {dated} en mag namens {holder} over deze nummers"
        " beslissen.",
        agency=(
            "Ik wil dat alle hierboven genoemde nummers overgaan naar {office}. Daarvoor machtig ik {office}, en de"
            " aanbieder aan wie {office} zijn telefoonnummers toevertrouwt, om bij {provider} namens mij op te treden.",
            "Zij mogen deze opdracht indienen, vernemen welke nummers, adressen en diensten bij het klantnummer horen,"
            " een dag afspreken, en de nummers op die dag laten overzetten.",
        ),
        knowing="Ik weet dat",
        known=(
            "het contract met {provider} een opzegtermijn, een minimale looptijd of kosten kan hebben, die met deze"
            " volmacht niet vervallen en niet zijn geregeld;",
            "wat van een nummer afhangt, zoals internettoegang, een alarm, een lift of een vermelding in een gids, kan"
            " ophouden wanneer het nummer overgaat;",
            "ik de nummers niet bij {provider} mag opzeggen voordat het overzetten klaar is, omdat opgezegde nummers"
            " niet meer overgezet kunnen worden.",
        ),
        validity="Deze volmacht geldt alleen voor deze nummers, tot ze zijn overgezet, en ten hoogste 90 dagen. Ik kan"
        " haar schriftelijk intrekken zolang er geen dag is afgesproken.",
        signing="Ik onderteken elektronisch, door mijn naam te typen. Die ondertekening bindt mij zoals een met de"
        " hand.",
        order="Opdracht {id}",
        signed="Elektronisch ondertekend",
        signed_by="Naam: {name}",
        signed_at="Tijd: {local} ({utc} UTC)",
        signed_from="Vanaf het adres: {source}",
        digest="SHA-256 van de tekst hierboven, zoals die is getoond: {digest}",
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the letter: ``title``, ``heading``, ``paragraph`` or ``list``, with its lines."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """The whole letter in one language."""

    language: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The letter as plain text: this is what is signed."""
        return "\n\n".join("\n".join(_plain(part)) for part in self.parts) + "\n"

    @property
    def digest(self) -> str:
        """The SHA-256 of the text in UTF-8, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def drawn_up(order: Order, customer: Customer, invoice: Invoice, office: str, language: str) -> Letter:
    """The letter for an order of the organisation called ``office``."""
    words = WORDS[language]
    gaps = {
        "provider": customer.provider,
        "holder": customer.holder,
        "account_number": customer.account_number,
        "code": customer.code,
        "person": invoice.person,
        "dated": format_date(invoice.dated, "long", locale=DATES[language]),
        "office": office,
        "id": order.id,
    }

    def filled(*lines: str) -> tuple[str, ...]:
        return tuple(_TWO_STOPS.sub(".", line.format_map(gaps)) for line in lines)

    address = (customer.holder, customer.street, f"{customer.postcode} {customer.city}")
    code = filled(words.code) if customer.code else ()
    numbers = tuple(f"{shown(number)} ({national(number)})" for number in order.numbers)
    parts = (
        Part("title", filled(words.title)),
        Part("paragraph", filled(words.to)),
        Part("heading", filled(words.customer)),
        Part("paragraph", (*address, *filled(words.account), *code)),
        Part("heading", filled(words.numbers)),
        Part("list", numbers),
        Part("paragraph", filled(words.authority)),
        *(Part("paragraph", filled(line)) for line in words.agency),
        Part("paragraph", filled(words.knowing)),
        Part("list", filled(*words.known)),
        Part("paragraph", filled(words.validity)),
        Part("paragraph", filled(words.signing)),
        Part("paragraph", filled(words.order)),
    )
    return Letter(language, parts)


def _plain(part: Part) -> Iterator[str]:
    for line in part.lines:
        yield f"- {line}" if part.kind == "list" else line
