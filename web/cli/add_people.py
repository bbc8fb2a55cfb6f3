"""``belplan add-people``: one person, or all those of a CSV file."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Failed, config_option, print_table
from web.cli.invite import send
from web.cli.people_desk import FILE, at_desk, content_of
from web.people.rows import TypedPerson, csv_rows

HEAD = ("extension", "person", "number", "coming")


@click.command("add-people")
@click.argument("file", type=FILE, required=False)
@click.option("--email", default="", help="One person instead of a file: where the invitation goes")
@click.option("--name", default="", help="Their name, as phones show it; it does without an address")
@click.option("--number", default="", help="A number of the stock, or 'any'")
@click.option("--coming", default="", help="A number that will be transferred to you")
@click.option("--temporary", default="", help="With --coming: the number until then, or 'any'")
@click.option("--extension", default="", help="The next free one if left out")
@click.option("--invite", is_flag=True, help="Send them an invitation at once")
@click.option("--account", help="The account, where there are several")
@config_option
def add_people(
    file: Path | None,
    email: str,
    name: str,
    number: str,
    coming: str,
    temporary: str,
    extension: str,
    invite: bool,
    account: str | None,
    config: Path | None,
) -> None:
    """Add the people of a CSV FILE, or one: all of them, or none.

    Columns of the file: e-mail, name, number, extension, temporary. In place of a number may stand 'any', or
    'transfer' and the number that is to come.
    """
    if (file is None) == (not email and not name):
        raise click.UsageError("name a file, or give --email or --name")
    if coming and number:
        raise Failed("give --number or --coming")
    with at_desk(config, account) as at:
        if file is not None:
            rows = csv_rows(content_of(file))
        else:
            wanted = "transfer" if coming else number
            rows = (TypedPerson("", email, name, wanted, coming, temporary, extension),)
        joined = at.desk.add_people(rows, at.now)
        print_table(
            HEAD,
            [(each.facts.extension, each.key, each.facts.number or "-", each.coming or "-") for each in joined],
        )
        if invite and (reached := [each.key for each in joined if each.facts.email]):
            send(at, reached)
