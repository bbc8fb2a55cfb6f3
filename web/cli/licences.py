"""``belplan licences``: how many an account has and uses, and another number of them."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Failed, config_option
from web.accounts.changing import change, facts_of
from web.accounts.drafts import read_facts, typed_facts
from web.cli.people_desk import at_desk


@click.command
@click.option("--set", "number", metavar="NUMBER", help="The account has so many from now on")
@click.option("--account", help="The account, where there are several")
@config_option
def licences(number: str | None, account: str | None, config: Path | None) -> None:
    """Show how many licences an account has, and how many people with a number use one."""
    with at_desk(config, account) as at:
        about = at.desk.about
        if number is not None:
            if at.desk.store.console.accounts.find(about.key) is None:
                raise Failed(f"'{about.key}' has no owner yet: belplan init --owner EMAIL --account {about.key}")
            facts = read_facts(**typed_facts(about) | {"licences": number})
            change(at.settings, at.desk.store, about.key, at.desk.who, facts, facts_of(about), at.now)
            del at.desk.about
        now = at.desk.licences()
        click.echo(f"{now.used} of {now.owned} in use" if now.owned else f"{now.used} in use, and nobody counts")
