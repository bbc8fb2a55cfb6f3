"""``belplan people``: who has an extension, and what to type into their phones."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import config_option, configured, print_table
from engine.cli.stored import loaded, opened


@click.command
@click.option("--show-passwords", is_flag=True, help="Also show the SIP passwords")
@click.option("--account", help="Only people of this account")
@config_option
def people(show_passwords: bool, account: str | None, config: Path | None) -> None:
    """List the people of all accounts: extension, name, user name and domain for a softphone."""
    settings = configured(config)
    accounts = loaded(settings, account)
    head = ["account", "extension", "person", "user name", "domain"] + ["password"] * show_passwords
    rows = []
    with opened(settings) as store:
        for one in accounts:
            if show_passwords:
                store.passwords.ensure(one.key, (person.extension for person in one.people.values()))
            for name, person in sorted(one.people.items(), key=lambda item: item[1].extension):
                row = [one.key, person.extension, person.name or name, person.extension, one.domain]
                if show_passwords:
                    row.append(store.passwords.lookup(one.key, person.extension) or "")
                rows.append(row)
    print_table(head, rows)
