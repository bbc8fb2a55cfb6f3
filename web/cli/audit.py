"""``belplan audit``: who did what to an account, and when."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from engine.cli.common import config_option, configured, print_table
from engine.cli.stored import opened
from web.accounts.about import UTC, about
from web.accounts.audit import PAGE, entries
from web.cli.common import failing, key_of

MAX_ENTRIES = 10_000


@click.command
@click.option("--account", help="The account, where there are several")
@click.option("--limit", type=click.IntRange(1, MAX_ENTRIES), default=PAGE, show_default=True, help="How many at most")
@config_option
def audit(account: str | None, limit: int, config: Path | None) -> None:
    """List what managers, programs and commands have done to an account, the newest first."""
    settings = configured(config)
    with opened(settings) as store, failing():
        key = key_of(sorted(store.console.accounts.owned()), account)
        known = about(settings, store, key)
        zone = ZoneInfo(known.timezone if known else UTC)
        print_table(
            ("at", "who", "what"),
            [
                (f"{datetime.fromtimestamp(each.at, zone):%Y-%m-%d %H:%M:%S}", each.who, str(each.what))
                for each in entries(store, key, limit=limit)
            ],
        )
