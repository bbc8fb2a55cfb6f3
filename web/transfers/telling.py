"""Who is written to when something happens to an order, and what: managers, and whoever gets one of the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from email.message import EmailMessage
from typing import Final

from babel.dates import format_date

from engine.store.console.transfers import News
from web.mail import Link, letter
from web.transfers.letter import DATES
from web.transfers.numbers import shown
from web.transfers.office import Colleague, Office
from web.transfers.order import Order
from web.transfers.states import Event
from web.words import Sentence, say, say_n

MAX_LISTED: Final = 10
"""Numbers that a letter lists."""

Managers = Callable[[str], Sequence[str]]
"""The e-mail addresses of an account's managers."""


def letters(
    order: Order, news: News, office: Office, managers: Sequence[str], url: str | None
) -> Iterator[EmailMessage]:
    """A letter to everyone concerned; ``url`` is the order's page. Whoever is both gets the managers' one."""
    event = Event(news.what)
    for address in dict.fromkeys(managers):
        subject, said = _for_managers(order, event, office, news)
        link = [Link(say("The order with all that has happened to it:"), url)] if url else []
        yield letter(address, subject, [said, *link], language=office.language)
    known = {address.casefold() for address in managers}
    for colleague, number in concerned(order, office):
        if colleague.email and colleague.email.casefold() not in known:
            told = _for_colleagues(order, event, office, number)
            if told is not None:
                subject, said = told
                yield letter(colleague.email, subject, [said], language=office.language, name=colleague.title)


def concerned(order: Order, office: Office) -> Iterator[tuple[Colleague, str | None]]:
    """Those whose number is among them, with that number where they have it already."""
    for colleague in office.people.values():
        if colleague.number and colleague.number in order.numbers:
            yield colleague, colleague.number
        elif colleague.name in order.people:
            yield colleague, None


def day(when: date | None, language: str) -> str:
    """A day in words of the language."""
    return format_date(when, "full", locale=DATES.get(language.partition("-")[0], DATES["en"])) if when else "?"


def listed(order: Order) -> Sentence | str:
    """The numbers, or the first of many."""
    few = ", ".join(shown(number) for number in order.numbers[:MAX_LISTED])
    more = len(order.numbers) - MAX_LISTED
    if more <= 0:
        return few
    return say_n("{numbers} and {n} more", "{numbers} and {n} more", more, numbers=few)


def _for_managers(order: Order, event: Event, office: Office, news: News) -> tuple[Sentence, Sentence]:
    numbers, name = listed(order), office.name
    if event is Event.SUBMIT:
        first, last = (day(each, office.language) for each in order.expected or (None, None))
        provider = order.customer.provider if order.customer else "?"
        return say("Numbers ordered from {provider}", provider=provider), say(
            "{who} has submitted the order to transfer these numbers to {name}: {numbers}."
            " They are expected between {first} and {last}.",
            who=news.who,
            name=name,
            numbers=numbers,
            first=first,
            last=last,
        )
    if event is Event.ACCEPT:
        agreed = day(order.agreed, office.language)
        return say("Your numbers come over on {day}", day=agreed), say(
            "The carrier will transfer these numbers on {day}: {numbers}. Until then everything stays as it is; do not"
            " cancel the contract with your present provider before the transfer is complete.",
            day=agreed,
            numbers=numbers,
        )
    if event is Event.REJECT:
        return say("Transfer rejected: something has to be corrected"), say(
            "The carrier cannot carry out the order for {numbers}. The reason: {reason}. Correct the order and submit"
            " it again; its numbers stay where they are meanwhile.",
            numbers=numbers,
            reason=news.note,
        )
    if event is Event.LIVE:
        return say("Your numbers are here"), say(
            "The transfer is complete: {numbers} reach {name} now, and temporary numbers have given way.",
            numbers=numbers,
            name=name,
        )
    if event is Event.NOT_LIVE:
        return say("Your numbers could not be put in place"), say(
            "{numbers} have come over, but the plan of {name} could not be changed: {reason}. Put that right, then"
            " choose “The numbers are here” once more on the order's page.",
            numbers=numbers,
            name=name,
            reason=news.note,
        )
    return say("Transfer cancelled"), say(
        "{who} has cancelled the transfer of {numbers}. They stay where they are.", who=news.who, numbers=numbers
    )


def _for_colleagues(order: Order, event: Event, office: Office, number: str | None) -> tuple[Sentence, Sentence] | None:
    name = office.name
    if event is Event.SUBMIT:
        first, last = (day(each, office.language) for each in order.expected or (None, None))
        return say("Your telephone number is coming over"), say(
            "{name} has ordered the transfer of your telephone number. It is expected between {first} and {last}.",
            name=name,
            first=first,
            last=last,
        )
    if event is Event.ACCEPT:
        agreed = day(order.agreed, office.language)
        return say("Your telephone number comes over on {day}", day=agreed), say(
            "Your telephone number comes over to {name} on {day}. You need not do anything.", name=name, day=agreed
        )
    if event is Event.REJECT:
        return say("Your telephone number comes over later"), say(
            "The transfer of your telephone number to {name} takes longer: something has to be corrected first.",
            name=name,
        )
    if event is Event.LIVE and number is not None:
        return say("Your telephone number is here"), say(
            "{number} rings your phone at {name} now.", number=shown(number), name=name
        )
    if event is Event.CANCEL:
        return say("Your telephone number stays where it is"), say(
            "The transfer of your telephone number to {name} has been cancelled.", name=name
        )
    return None
