"""The main number: chosen first, when the account's dialplan begins; another one later."""

from __future__ import annotations

from collections.abc import Iterable

from engine.store.console.numbers import StoredNumber, StoredNumbers
from web.editing.accounts import AccountFacts, begun, with_main
from web.editing.people import PersonFacts
from web.editing.plans import Plans, Saved
from web.mistakes import refused
from web.numbers.reading import NoNumber, ReadNumber, read
from web.numbers.stock import State, Stock, Use
from web.people.extensions import Extensions
from web.words import Sentence, say


def may_be_main(stock: Stock, number: str) -> Sentence | None:
    """Why a number can't be the main number; None if it can."""
    found = stock.numbers.get(number)
    shown = ReadNumber(number).international
    if found is None:
        return say("{number} is not in your stock of numbers: add it there first.", number=shown)
    if found.state is State.COMING:
        return say(
            "{number} is still being transferred to you. It can be the main number once the transfer is complete.",
            number=shown,
        )
    if found.state is State.TEMPORARY:
        return say("{number} is temporary: it stands in for a number that is being transferred to you.", number=shown)
    if found.use is Use.PERSON:
        return say(
            "{number} is the number of {person}: give them another one first.", number=shown, person=found.person
        )
    return None


def candidates(stock: Stock) -> Iterable[str]:
    """The numbers that can be the main number."""
    return (number for number in stock.numbers if may_be_main(stock, number) is None)


def begin(
    plans: Plans,
    numbers: StoredNumbers,
    account: str,
    number: str,
    facts: AccountFacts,
    owner: tuple[str | None, str],
    *,
    author: str,
    now: float,
) -> Saved:
    """Write the account's first dialplan: callers of ``number`` reach the owner (name and address), who is its first
    person, with the first extension.

    Raises Mistakes for ``number``.
    """
    if account in plans.accounts():
        raise refused("number", say("This account has its main number already."))
    chosen = _chosen(Stock.of(account, numbers.of(account), None), number, facts.country)
    extension = Extensions(None, facts.country, numbers.extension_length(account)).next()
    assert extension is not None  # nobody has any yet
    name, email = owner
    plan = begun(facts, ReadNumber(chosen).international, PersonFacts(extension, name or None, email))
    return plans.save(account, plan, author=author, what=say("The main number is chosen"), now=now)


def move(
    plans: Plans, numbers: StoredNumbers, stock: Stock, number: str, country: str, *, author: str, now: float
) -> Saved:
    """Make another number the main one; that of before stays in the stock. Raises Mistakes and Stale."""
    plan = plans.read(stock.account)
    before = next((each.number for each in stock.numbers.values() if each.use is Use.MAIN), None)
    chosen = _chosen(stock, number, country)
    saved = plans.save(
        stock.account,
        with_main(plan, ReadNumber(chosen).international),
        author=author,
        what=say("{number} is the main number", number=ReadNumber(chosen).international),
        now=now,
    )
    if before is not None:
        numbers.add([StoredNumber(before, stock.account, added_at=now)])
    return saved


def _chosen(stock: Stock, text: str, country: str) -> str:
    if not text:
        raise refused("number", say("Choose the main number."))
    try:
        number = read(text, country).number
    except NoNumber as problem:
        raise refused("number", problem.why) from None
    if why := may_be_main(stock, number):
        raise refused("number", why)
    return number
