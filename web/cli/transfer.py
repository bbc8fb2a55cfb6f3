"""``belplan transfer``: numbers brought over from another provider, from the draft to the moment they ring here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from engine.cli.common import Failed, config_option, configured, print_table
from engine.cli.stored import opened
from web.cli.common import account_of, author, failing
from web.editing.plans import Plans
from web.mail import Post
from web.transfers.desk import Desk
from web.transfers.letter import LANGUAGES
from web.transfers.opening import open_desk
from web.transfers.order import Order
from web.transfers.orders import NoSuchOrder
from web.transfers.states import TITLES, Event, OutOfTurn, State, possible
from web.transfers.verdicts import MAX_BYTES

HEAD = ("order", "state", "numbers", "provider", "when")
SOURCE = "a command on the server"
"""Where a signature comes from that was given here."""
DETAILS = (
    ("provider", "The provider that the numbers are with now"),
    ("account_number", "The account or customer number there"),
    ("holder", "Company or person that the contract is with"),
    ("street", "Street and number, as on the invoice"),
    ("postcode", "Postcode"),
    ("city", "City"),
    ("code", "The code for a transfer, if the provider has given one"),
)
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Counter:
    """The desk, opened for a command about one account."""

    desk: Desk
    account: str
    who: str
    now: float

    def order(self, id: str) -> Order:
        """Raises Failed."""
        try:
            return self.desk.orders.get(self.account, id.upper())
        except NoSuchOrder:
            raise Failed(f"there is no order {id}; 'belplan transfer list' shows all") from None


@contextmanager
def at_the_counter(account: str | None, config: Path | None) -> Iterator[Counter]:
    """What a command needs; what other processes left undone is done first. Raises Failed."""
    settings = configured(config)
    with opened(settings) as store, failing():
        post = Post(settings)
        now = time.time()
        desk = open_desk(settings, store, post)
        desk.resume(now)
        try:
            yield Counter(desk, account_of(Plans(settings, store), account), author(), now)
        except OutOfTurn as problem:
            raise Failed(str(problem.why)) from None
        asyncio.run(post.deliver())


def shared(command: Command) -> Command:
    """The options that every sub-command has."""
    return config_option(click.option("--account", help="The account, where there are several")(command))


def filled_in(command: Command) -> Command:
    """The options that say what is in an order."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    options = (
        click.option("--numbers", help="The numbers that are to come over, with commas between them"),
        *(click.option(f"--{name.replace('_', '-')}", name, help=text) for name, text in DETAILS),
        click.option("--invoice", type=file, help="PDF, PNG or JPEG"),
        click.option("--dated", metavar="YYYY-MM-DD", help="The invoice's date, of the last 30 days"),
        click.option("--person", help="The person named on the invoice, who signs"),
        click.option("--main", metavar="NUMBER", help="The number that becomes the main number; 'none' for none"),
        click.option(
            "--main-stays/--main-gives-way", default=None, help="What becomes of the present main number then"
        ),
        click.option("--give", multiple=True, metavar="NUMBER=PERSON", help="Whom a number is for; may be repeated"),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def transfer() -> None:
    """Bring numbers over from another provider."""


@transfer.command()
@filled_in
@shared
def new(account: str | None, config: Path | None, **given: Any) -> None:
    """Begin an order. What is not given yet is filled in with 'change'."""
    with at_the_counter(account, config) as counter:
        order = counter.desk.begin(counter.account, counter.who, counter.now)
        click.echo(f"order {order.id}")
        _tell(counter, _fill(counter, order, given))


@transfer.command()
@click.argument("id")
@filled_in
@shared
def change(id: str, account: str | None, config: Path | None, **given: Any) -> None:
    """Fill in or correct an order that has not been submitted, or was rejected."""
    with at_the_counter(account, config) as counter:
        _tell(counter, _fill(counter, counter.order(id), given))


@transfer.command("list")
@shared
def list_(account: str | None, config: Path | None) -> None:
    """All orders, the newest first."""
    with at_the_counter(account, config) as counter:
        rows = [
            (
                order.id,
                order.state.value,
                ", ".join(order.numbers),
                order.customer.provider if order.customer else "",
                _when(order),
            )
            for order in counter.desk.orders.of(counter.account)
        ]
        print_table(HEAD, rows)


@transfer.command()
@click.argument("id")
@click.option("--letter", type=click.Choice(LANGUAGES), help="Print the letter of agency in this language")
@click.option("--bundle", type=click.Path(dir_okay=False, path_type=Path), help="Write what the carrier gets to a file")
@shared
def show(id: str, letter: str | None, bundle: Path | None, account: str | None, config: Path | None) -> None:
    """An order with all that has happened to it."""
    with at_the_counter(account, config) as counter:
        order = counter.order(id)
        if letter is not None:
            click.echo(counter.desk.draft.letter(order, letter).text, nl=False)
        elif bundle is not None:
            bundle.write_bytes(counter.desk.bundle(order))
        else:
            _tell(counter, order)
            zone = ZoneInfo(counter.desk.office(counter.account).timezone)
            for news in counter.desk.orders.news(order):
                when = f"{datetime.fromtimestamp(news.at, zone):%Y-%m-%d %H:%M}"
                click.echo(f"  {when}  {news.who}: {news.what}{f' ({news.note})' if news.note else ''}")


@transfer.command()
@click.argument("id")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the letter")
@click.option("--name", help="The name, typed by the person on the invoice; asked for, if left out")
@click.option("--consent", is_flag=True, help="It binds like a signature by hand; asked, if left out")
@shared
def sign(
    id: str, language: str, name: str | None, consent: bool, account: str | None, config: Path | None
) -> None:  # fmt: skip
    """Read the letter of agency and sign it, as the person named on the invoice."""
    with at_the_counter(account, config) as counter:
        order = counter.order(id)
        letter = counter.desk.draft.letter(order, language)
        click.echo(letter.text)
        typed = click.prompt("Your name, as it stands on the invoice") if name is None else name
        agreed = consent or click.confirm("Do you want this to bind you as a signature by hand does?")
        order = counter.desk.draft.sign(
            order, typed, agreed, letter.digest, language, SOURCE, counter.who, counter.now
        )  # fmt: skip
        _tell(counter, order)


@transfer.command()
@click.argument("id")
@shared
def submit(id: str, account: str | None, config: Path | None) -> None:
    """Hand an order to the carrier."""
    with at_the_counter(account, config) as counter:
        order = counter.desk.submit(counter.order(id), counter.who, counter.now)
        _tell(counter, order)


@transfer.command()
@click.argument("id")
@click.option("--accepted", metavar="YYYY-MM-DD", help="The carrier transfers the numbers on this day")
@click.option("--rejected", metavar="REASON", help="The carrier cannot carry it out, and why")
@shared
def answer(id: str, accepted: str | None, rejected: str | None, account: str | None, config: Path | None) -> None:
    """Record what the carrier has answered."""
    if (accepted is None) == (rejected is None):
        raise Failed("say what the carrier has answered: --accepted DAY or --rejected REASON")
    with at_the_counter(account, config) as counter:
        order = counter.order(id)
        if accepted is not None:
            order = counter.desk.accept(order, accepted, counter.who, counter.now)
        else:
            order = counter.desk.reject(order, rejected or "", counter.who, counter.now)
        _tell(counter, order)


@transfer.command()
@click.argument("id")
@shared
def complete(id: str, account: str | None, config: Path | None) -> None:
    """The numbers are here: put them in place."""
    with at_the_counter(account, config) as counter:
        order = counter.desk.complete(counter.order(id), counter.who, counter.now)
        if order.state is not State.COMPLETE:
            raise Failed(order.reason)
        _tell(counter, order)


@transfer.command()
@click.argument("id")
@shared
def cancel(id: str, account: str | None, config: Path | None) -> None:
    """Cancel an order: its numbers stay where they are."""
    with at_the_counter(account, config) as counter:
        _tell(counter, counter.desk.cancel(counter.order(id), counter.who, counter.now))


def _fill(counter: Counter, order: Order, given: dict[str, Any]) -> Order:
    """Each step for which something was given."""
    draft, who, now = counter.desk.draft, counter.who, counter.now
    if given["numbers"] is not None:
        order = draft.numbers(order, given["numbers"], who, now)
    details = {name: given[name] for name, _ in DETAILS if given[name] is not None}
    if details:
        before = {name: getattr(order.customer, name) for name, _ in DETAILS} if order.customer else {}
        order = draft.customer(order, before | details, who, now)
    if any(given[name] is not None for name in ("invoice", "dated", "person")):
        kept = order.invoice
        dated = given["dated"] or (kept.dated.isoformat() if kept else "")
        person = given["person"] or (kept.person if kept else "")
        data = _bytes_of(given["invoice"]) if given["invoice"] is not None else None
        order = draft.invoice(order, data, dated, person, who, now)
    if given["main"] is not None or given["main_stays"] is not None or given["give"]:
        main = {None: order.main, "none": ""}.get(given["main"], given["main"])
        people = draft.places(order) | dict(_pair(each) for each in given["give"])
        stays = order.main_stays if given["main_stays"] is None else given["main_stays"]
        order = draft.place(order, main, stays, people, who, now)
    return order


def _bytes_of(file: Path) -> bytes:
    with file.open("rb") as opened_file:
        return opened_file.read(MAX_BYTES + 1)


def _pair(written: str) -> tuple[str, str]:
    number, equals, person = written.partition("=")
    if not equals:
        raise Failed(f"'{written}' is not NUMBER=PERSON, such as +31201234567=anna")
    return number.strip(), person.strip()


def _tell(counter: Counter, order: Order) -> None:
    """Where an order stands, and what comes next."""
    click.echo(f"{order.id}: {str(TITLES[order.state]).lower()}{f', {_when(order)}' if _when(order) else ''}")
    if order.reason:
        click.echo(f"  because: {order.reason}")
    if order.numbers:
        click.echo(f"  numbers: {', '.join(order.numbers)}")
    if Event.SUBMIT in possible(order.state):
        for _, what in counter.desk.draft.missing(order, counter.now):
            click.echo(f"  to do: {what}")


def _when(order: Order) -> str:
    if order.agreed is not None:
        return order.agreed.isoformat()
    if order.expected is not None and order.state is State.SUBMITTED:
        return f"expected {order.expected[0]} to {order.expected[1]}"
    return ""
