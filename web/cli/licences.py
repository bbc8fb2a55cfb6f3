"""``belplan licences``: how many an account has and uses, and another number of them."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import config_option
from web.cli.account import change_account
from web.cli.people_desk import at_desk


@click.command
@click.option("--set", "number", metavar="NUMBER", help="The account has so many from now on")
@click.option("--account", help="The account, where there are several")
@config_option
def licences(number: str | None, account: str | None, config: Path | None) -> None:
    """Show how many licences an account has, and how many people with a number use one."""
    with at_desk(config, account) as at:
        if number is not None:
            change_account(at, {"licences": number})
        now = at.desk.licences()
        click.echo(f"{now.used} of {now.owned} in use" if now.owned else f"{now.used} in use, and nobody counts")
