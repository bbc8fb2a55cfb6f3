"""``belplan versions``: every change of a plan, with who made it and when; shown, or brought back."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from engine.cli.common import config_option, configured, print_table
from engine.cli.stored import opened
from web.cli.common import account_of, failing, put, show_difference
from web.editing.accounts import account_of as facts_of
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.editing.said import back_to, said

HEAD = ("version", "at", "by", "what")


@click.command
@click.option("--account", help="The account, where there are several")
@click.option("--show", type=int, metavar="N", help="Print the plan as it was in version N")
@click.option("--difference", type=int, metavar="N", help="The lines that version N has changed")
@click.option("--undo", type=int, metavar="N", help="Bring version N back, as a new version")
@config_option
def versions(
    account: str | None, show: int | None, difference: int | None, undo: int | None, config: Path | None
) -> None:
    """List the versions of a plan, the newest first; changes made in the file itself are among them."""
    settings = configured(config)
    with opened(settings) as store, failing():
        plans = Plans(settings, store)
        key = account_of(plans, account)
        if show is not None:
            click.echo(plans.version(key, show).text, nl=False)
        elif difference is not None:
            show_difference(plans.version_before(key, difference), plans.version(key, difference))
        elif undo is not None:
            plan = plans.version(key, undo)
            put(store, plans, key, plan, what=back_to(undo), now=time.time())
        else:
            _list(plans, key)


def _list(plans: Plans, key: str) -> None:
    zone = _zone_of(plans.read(key))
    print_table(
        HEAD,
        [
            (
                str(each.number),
                f"{datetime.fromtimestamp(each.at, zone):%Y-%m-%d %H:%M:%S}",
                each.author,
                str(said(each.what)),
            )
            for each in plans.versions(key)
        ],
        right=(0,),
    )


def _zone_of(plan: Plan) -> ZoneInfo:
    try:
        return ZoneInfo(facts_of(plan).timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
