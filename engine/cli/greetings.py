"""``belplan greetings``: which greetings people have recorded by phone; one can be removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured, print_table
from engine.cli.stored import loaded, opened
from engine.dialplan.account import Account
from engine.dialplan.findings import did_you_mean
from engine.dialplan.greetings import FACT
from engine.settings import Settings
from engine.store.store import Store

HEAD = ("account", "menu", "language", "during", "file")


@click.command
@click.option("--remove", metavar="MENU", help="Go back to what the dialplan says, in all languages and for all hours")
@click.option("--account", help="The account, where several have a menu of that name")
@config_option
def greetings(remove: str | None, account: str | None, config: Path | None) -> None:
    """Show the greetings of menus that were recorded by phone, or remove those of one menu.

    A running system goes by it within about two seconds.
    """
    settings = configured(config)
    accounts = loaded(settings, account)
    with opened(settings) as store:
        found = [(one, fact) for one in accounts for fact in store.standing.of(one.key).names(FACT)]
        if remove is not None:
            _remove(remove, found, store)
            return
        rows = list(_rows(found, store, settings))
    if rows:
        print_table(HEAD, rows)
    else:
        click.echo("no greeting was recorded by phone")


def _rows(found: list[tuple[Account, str]], store: Store, settings: Settings) -> Iterator[tuple[str, ...]]:
    for account, fact in found:
        menu, language, *during = fact.removeprefix(FACT).split("/")
        file = store.standing.get(account.key, fact) or ""
        path = settings.state / "greetings" / account.key / file
        yield account.key, menu, language, "/".join(during), str(path) if path.is_file() else f"{path} (missing)"


def _remove(menu: str, found: list[tuple[Account, str]], store: Store) -> None:
    having = [(account, fact) for account, fact in found if fact.startswith(f"{FACT}{menu}/")]
    if not having:
        known = sorted({fact.removeprefix(FACT).split("/")[0] for _, fact in found})
        advice = did_you_mean(menu, known, f"there are those of {', '.join(known)}" if known else "there are none")
        raise Failed(f"no greeting of '{menu}' was recorded by phone ({advice})")
    keys = sorted({account.key for account, _ in having})
    if len(keys) > 1:
        raise Failed(f"several accounts have '{menu}'; add --account {' or '.join(keys)}")
    for account, fact in having:
        store.standing.write(account.key, fact, None)
    click.echo(f"callers of {menu} hear again what the dialplan says")
