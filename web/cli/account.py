"""``belplan account``: what an account is called, where it is, and what new extensions look like."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Failed, config_option
from web.accounts.changing import change, facts_of
from web.accounts.drafts import read_facts, typed_facts
from web.cli.people_desk import AtDesk, at_desk


@click.command
@click.option("--name", help="What the organisation is called")
@click.option("--country", metavar="CC", help="Whose numbers are read without a country code, such as NL")
@click.option("--timezone", metavar="ZONE", help="Such as Europe/Amsterdam")
@click.option("--language", metavar="LANGUAGE", help="What callers hear, such as nl")
@click.option("--licences", metavar="NUMBER", help="One for each person who has a number")
@click.option("--extension-length", metavar="DIGITS", help="How many digits new extensions have")
@click.option("--account", help="The account, where there are several")
@config_option
def account(account: str | None, extension_length: str | None, config: Path | None, **given: str | None) -> None:
    """Show what an account is, or change it."""
    wanted = {name: value for name, value in given.items() if value is not None}
    with at_desk(config, account) as at:
        if wanted:
            change_account(at, wanted)
        if extension_length is not None:
            at.desk.set_extension_length(extension_length.strip(), at.now)
        for name, value in typed_facts(at.desk.about).items():
            used = f", {at.desk.licences().used} in use" if name == "licences" else ""
            click.echo(f"{name}: {value}{used}")
        if at.desk.has_plan:
            free = at.desk.roster().extensions()
            click.echo(f"extensions: {free.length} digits, the next is {free.next() or 'none: all are taken'}")


def change_account(at: AtDesk, wanted: dict[str, str]) -> None:
    """Give an account other facts; what is not ``wanted`` stays. Raises Failed and Mistakes."""
    about = at.desk.about
    if at.desk.store.console.accounts.find(about.key) is None:
        raise Failed(f"'{about.key}' has no owner yet: belplan init --owner EMAIL --account {about.key}")
    facts = read_facts(**typed_facts(about) | wanted)
    change(at.settings, at.desk.store, about.key, at.desk.who, facts, facts_of(about), at.now)
    del at.desk.about
