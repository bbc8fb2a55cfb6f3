"""``belplan people``: who has an extension, and how their phones get to know what they need."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from engine.cli.common import config_option, configured, print_table
from engine.cli.provisioning import provision
from engine.cli.stored import HIDDEN, loaded, opened
from sip.bindings import Binding


@click.command
@click.option("--show-passwords", is_flag=True, help="Also show the SIP passwords")
@click.option("--provision", "extension", metavar="EXTENSION", help="Set up a phone of this person, by a QR code")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --provision: write files there instead of waiting for a phone",
)
@click.option("--url", help="With --folder: the web address at which you will put its .xml file; adds a QR code")
@click.option("--account", help="Only people of this account")
@config_option
def people(
    show_passwords: bool,
    extension: str | None,
    folder: Path | None,
    url: str | None,
    account: str | None,
    config: Path | None,
) -> None:
    """List the people of all accounts, or set up a phone: extension, name, user name and domain for a softphone."""
    if extension is not None:
        provision(extension, folder, url, account, config)
        return
    if folder is not None or url is not None:
        raise click.UsageError("--folder and --url go with --provision EXTENSION")
    settings = configured(config)
    accounts = loaded(settings, account)
    head = ["account", "extension", "person", "user name", "domain", "password" if show_passwords else "phones"]
    rows = []
    with opened(settings) as store:
        phones = _phones(store.bindings.load())
        for one in accounts:
            if show_passwords:
                store.passwords.ensure(one.key, (person.extension for person in one.people.values()))
            for name, person in sorted(one.people.items(), key=lambda item: item[1].extension):
                row = [one.key, person.extension, person.name or name, person.extension, one.domain]
                if show_passwords:
                    row.append(store.passwords.lookup(one.key, person.extension) or HIDDEN)
                else:
                    row.append(phones.get(f"{person.extension}@{one.domain}", "-"))
                rows.append(row)
    print_table(head, rows)


def _phones(bindings: Iterable[Binding]) -> dict[str, str]:
    """What is told of the phones of each address-of-record: ``1``, or ``2, 1 silent``."""
    live = [binding for binding in bindings if binding.expires_at > time.time()]
    counts = Counter(binding.aor for binding in live)
    silent = Counter(binding.aor for binding in live if binding.silent_since is not None)
    return {aor: f"{number}, {silent[aor]} silent" if silent[aor] else str(number) for aor, number in counts.items()}
