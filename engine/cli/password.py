"""``belplan password EXTENSION``: a new SIP password for a person; a running engine knows it within a second."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured
from engine.cli.stored import loaded, opened
from engine.store.passwords import WeakPassword, new_password


@click.command
@click.argument("extension")
@click.option("--set", "chosen", metavar="VALUE", help="This password instead of one made up")
@click.option("--account", help="The account, where several have this extension")
@config_option
def password(extension: str, chosen: str | None, account: str | None, config: Path | None) -> None:
    """Give EXTENSION another SIP password and print it. Its phones have to be told."""
    settings = configured(config)
    having = [one for one in loaded(settings, account) if extension in one.person_by_extension]
    if not having:
        raise Failed(f"nobody has extension {extension}")
    if len(having) > 1:
        raise Failed(f"several accounts have {extension}; add --account {' or '.join(one.key for one in having)}")
    value = new_password() if chosen is None else chosen
    with opened(settings) as store:
        try:
            store.passwords.set(having[0].key, extension, value)
        except WeakPassword as problem:
            raise Failed(str(problem)) from None
    click.echo(value)
