"""What the commands for numbers and people share: the desk of the account that is meant."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from engine.cli.common import Failed, configured
from engine.cli.stored import opened
from engine.settings import Settings
from engine.store.store import Store
from web.cli.common import author, failing, key_of
from web.csv_files import MAX_BYTES
from web.editing.plans import Plans
from web.people.desk import Desk


@dataclass(frozen=True, slots=True)
class AtDesk:
    """An account's desk, and the moment at which the command is given."""

    desk: Desk
    settings: Settings
    now: float


@contextmanager
def at_desk(config: Path | None, account: str | None) -> Iterator[AtDesk]:
    """The desk of the account that is meant, be it one that has no dialplan yet. What it refuses is Failed."""
    settings = configured(config)
    with opened(settings) as store, failing():
        key = _account(Plans(settings, store), store, account)
        yield AtDesk(Desk(settings, store, key, author()), settings, time.time())


def _account(plans: Plans, store: Store, account: str | None) -> str:
    keys = sorted({*plans.accounts(), *(each.key for each in store.console.accounts.all())})
    return key_of(keys, account, none="there is no account yet: belplan init --owner EMAIL makes one")


def content_of(file: Path) -> bytes:
    """What is in a file that was named; raises Failed."""
    try:
        with file.open("rb") as opened_file:
            return opened_file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise Failed(f"{file} cannot be read: {problem.strerror or problem}") from None


FILE = click.Path(path_type=Path, dir_okay=False)
