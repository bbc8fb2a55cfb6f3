"""``belplan tokens``: what programs prove themselves with at the API."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured, print_table
from engine.cli.stored import opened
from web.accounts import tokens as room
from web.accounts.tokens import SCOPES
from web.cli.common import author, failing, key_of

HEAD = ("id", "program", "scopes", "made by", "made", "last used", "good until")
NEVER = "never"


@click.command
@click.option("--account", help="The account, where there are several")
@click.option("--make", metavar="PROGRAM", help="Make a token for a program, and print it: this once")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(list(SCOPES)), help="With --make: what it is good for"
)
@click.option(
    "--days",
    default=str(room.DAYS),
    show_default=True,
    help="With --make: for how many days it is good; 'never' for until it is revoked",
)
@click.option("--revoke", metavar="ID", help="Let a token open nothing any more")
@config_option
def tokens(
    account: str | None, make: str | None, scopes: tuple[str, ...], days: str, revoke: str | None, config: Path | None
) -> None:
    """List the tokens of an account, make one, or revoke one."""
    settings = configured(config)
    with opened(settings) as store, failing():
        key = key_of(sorted(store.console.accounts.owned()), account)
        now = time.time()
        if make is not None:
            wanted = "" if days == NEVER else days
            click.echo(room.make(store, key, author(), make, scopes, now, days=wanted).secret)
            return
        if revoke is not None:
            if not room.revoke(store, key, author(), revoke, now):
                raise Failed(f"there is no token {revoke}, or it is revoked already")
            return
        print_table(
            HEAD,
            [
                (
                    each.id,
                    each.name,
                    each.scopes,
                    each.created_by,
                    _moment(each.created_at),
                    _moment(each.used_at),
                    "expired" if room.expired(each, now) else _moment(each.expires_at, "it is revoked"),
                )
                for each in room.kept(store, key)
            ],
        )


def _moment(at: float | None, none: str = NEVER) -> str:
    return none if at is None else f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"
