"""``belplan to-do``: what is left to do until an account is set up, as the dashboard's "Finish set-up" lists it."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import config_option
from web.cli.people_desk import at_desk
from web.dashboard.setup import steps_of
from web.dashboard.todo import facts_of, transfers_under_way
from web.dashboard.view import Sight


@click.command("to-do")
@click.option("--account", help="The account, where there are several")
@config_option
def to_do(account: str | None, config: Path | None) -> None:
    """Show the steps of the set-up: what is done, and what is still to be done and where."""
    with at_desk(config, account) as at:
        key, store = at.desk.account, at.desk.store
        view, _ = Sight(at.settings, store).glance(key)
        for step in steps_of(facts_of(store, view, transfers_under_way(store, key))):
            where = "" if step.done else f" ({at.settings.console_base or ''}{step.path})"
            click.echo(f"{'[x]' if step.done else '[ ]'} {step.title}{where}")
