"""``belplan numbers``: an account's stock of numbers, and its main number."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import config_option, print_table
from web.cli.people_desk import FILE, at_desk, content_of
from web.numbers.stock import State, StockNumber, Use
from web.people.desk import Desk

HEAD = ("number", "from abroad", "state", "who has it")
STATES = {State.IN_STOCK: "in stock", State.COMING: "coming", State.TEMPORARY: "temporary"}


@click.command
@click.option("--add", metavar="NUMBERS", help="Add these, separated by commas")
@click.option("--import", "file", type=FILE, help="Add those of a CSV file, such as a provider's")
@click.option("--remove", metavar="NUMBER", help="Take one that nobody has out of the stock")
@click.option("--main", metavar="NUMBER", help="Let this be the main number; a new account's dialplan begins with it")
@click.option("--account", help="The account, where there are several")
@config_option
def numbers(
    add: str | None, file: Path | None, remove: str | None, main: str | None, account: str | None, config: Path | None
) -> None:
    """List the numbers of an account and who has which, or add, remove and choose some."""
    with at_desk(config, account) as at:
        if add is not None:
            click.echo(f"added: {at.desk.add_numbers(add, at.now)}")
        if file is not None:
            click.echo(f"added: {at.desk.import_numbers(content_of(file), at.now)}")
        if remove is not None:
            at.desk.remove_number(remove, at.now)
        if main is not None:
            saved = at.desk.choose_main(main, at.now)
            click.echo(str(saved.told.what) if saved.told is not None else "nothing changes")
        if not any((add, file, remove, main)):
            _list(at.desk)


def _list(desk: Desk) -> None:
    rows = [
        (each.national, each.international, STATES[each.state], _whose(each)) for each in desk.stock().numbers.values()
    ]
    print_table(HEAD, rows)


def _whose(number: StockNumber) -> str:
    if number.use is Use.MAIN:
        return "main number"
    if number.use is Use.OTHER:
        return "as the main number"
    if number.person is None:
        return "-"
    return f"coming for {number.person}" if number.state is State.COMING else number.person
