"""``belplan password EXTENSION``: a new SIP password for a person; a running engine knows it within a second."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured
from engine.cli.stored import having, opened
from engine.store.passwords import WeakPassword, new_password


@click.command
@click.argument("extension")
@click.option("--set", "chosen", metavar="VALUE", help="This password instead of one made up")
@click.option("--hidden", is_flag=True, help="Keep only its hashes: it is shown now and never again")
@click.option("--account", help="The account, where several have this extension")
@config_option
def password(extension: str, chosen: str | None, hidden: bool, account: str | None, config: Path | None) -> None:
    """Give EXTENSION another SIP password and print it. Its phones have to be told."""
    settings = configured(config)
    owner = having(settings, extension, account)
    value = new_password() if chosen is None else chosen
    with opened(settings) as store:
        try:
            store.passwords.set(owner.key, extension, value, hidden_in=owner.domain if hidden else None)
        except WeakPassword as problem:
            raise Failed(str(problem)) from None
    click.echo(value)
